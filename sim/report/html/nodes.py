"""The map of nodes: who held addresses without a use for them, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.report.format import count
from sim.report.palette import HEAT
from sim.results.series import NodeMap, node_map

from .draw import (
    Drawing,
    TimeAxis,
    axis_range,
    change_key,
    hover,
    over_time,
    short,
    source_of,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result

BINS = 120
MOST_ROWS = 64
ROW_PX, LEAST_PX, MOST_PX, AXIS_PX = 16, 64, 420, 56
COLOURS = 64

Floats = npt.NDArray[np.float64]


class Row(NamedTuple):
    """A row of the map: a node, or several of one group that are much alike."""

    label: str
    group: int
    nodes: int
    means: Floats


def node_chart(result: Result, axis: TimeAxis) -> Chart | None:
    """Addresses that each node held and no pod used; None if there was no node."""
    nodes = _there(node_map(result, "waste", BINS))
    if not nodes.names:
        return None
    rows = _rows(nodes, result.names.groups)
    of_each = _averages(nodes.means[:, nodes.edges[:-1] >= axis.warm_up_ms])
    reading = "Addresses that a node held and no pod used, averaged over each stretch of time."
    if len(rows) < len(nodes.names):
        reading += (
            f" Each of the {len(rows)} rows is several of the {count(len(nodes.names))} nodes: "
            "those of a group, ordered by how many they held without a use."
        )
    top = float(np.nanmax([np.nanmax(row.means) for row in rows]))
    return Chart(
        title=_title(nodes, of_each),
        reading=reading,
        panels=(Panel("", (_drawing(rows, axis, top, result.names.groups),)),),
        tables=(_table(rows),),
        legend=(
            Key(f"0 to {count(top)} addresses a node, not used", ",".join(HEAT), "heat"),
            *change_key(axis),
        ),
        wide=True,
    )


def _there(nodes: NodeMap) -> NodeMap:
    """The nodes that were there for any time at all."""
    rows = np.flatnonzero(~np.isnan(nodes.means).all(axis=1))
    names = [nodes.names[row] for row in rows.tolist()]
    return NodeMap(names, nodes.groups[rows], nodes.edges, nodes.means[rows])


def _averages(means: Floats) -> Floats:
    """Each row's average over the bins in which the node was there."""
    there = ~np.isnan(means)
    return np.asarray(np.where(there, means, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1))


def _title(nodes: NodeMap, of_each: Floats) -> str:
    if len(of_each) == 1:
        return f"{nodes.names[0]} kept {count(float(of_each[0]))} addresses unused on average"
    most, least = int(of_each.argmax()), int(of_each.argmin())
    high, low = float(of_each[most]), float(of_each[least])
    if high - low < 0.05 * high or high < 1:
        return f"All nodes kept about as many addresses unused: {count(float(of_each.mean()))}"
    return (
        f"A node kept {count(float(of_each.mean()))} addresses unused on average, from "
        f"{count(low)} ({nodes.names[least]}) to {count(high)} ({nodes.names[most]})"
    )


def _rows(nodes: NodeMap, groups: list[str]) -> list[Row]:
    """One a node if they are few, else bins of a group's nodes, by how much they waste."""
    if len(nodes.names) <= MOST_ROWS:
        every = zip(nodes.names, nodes.groups.tolist(), nodes.means, strict=True)
        alone = [Row(name, group, 1, means) for name, group, means in every]
        return sorted(alone, key=lambda row: row.group)
    of_each, rows = _averages(nodes.means), []
    for group in np.unique(nodes.groups).tolist():
        members = np.flatnonzero(nodes.groups == group)
        ordered = members[np.argsort(of_each[members], kind="stable")]
        share = max(1, round(MOST_ROWS * len(members) / len(nodes.names)))
        rows += [
            _binned(nodes, part, group, groups[group]) for part in np.array_split(ordered, share)
        ]
    return rows


def _binned(nodes: NodeMap, part: Any, group: int, name: str) -> Row:
    means = nodes.means[part]
    there = ~np.isnan(means)
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(there, means, 0).sum(axis=0) / there.sum(axis=0)
    return Row(f"{name}, {len(part)} nodes", group, len(part), np.asarray(average))


def _drawing(rows: list[Row], axis: TimeAxis, top: float, groups: list[str]) -> Drawing:
    """A strip of colours a row: what the mouse is over has the row's name."""
    from bokeh.models import LinearColorMapper
    from bokeh.palettes import interp_palette

    height = min(max(ROW_PX * len(rows), LEAST_PX), MOST_PX)
    one = over_time(axis, height + AXIS_PX, "nodes")
    one.y_range = axis_range(len(rows), 0)
    one.ygrid.grid_line_color = None
    _names(one, rows, groups)
    source = source_of(
        {
            "image": [row.means[None].astype(np.float32) for row in rows],
            "y": np.arange(len(rows)),
            "row": [row.label for row in rows],
        }
    )
    mapper = LinearColorMapper(
        palette=interp_palette(HEAT, COLOURS), low=0, high=max(top, 1), nan_color="rgba(0,0,0,0)"
    )
    strips = one.image(
        "image", x=0, y="y", dw=axis.places(axis.end_ms), dh=1, source=source, color_mapper=mapper
    )
    tooltips = {"": "@row", "not used": "@image{0,0.0}", axis.unit: "$x{0.0}"}
    hover(one, strips, tooltips, "mouse")
    return one


def _names(one: Drawing, rows: list[Row], groups: list[str]) -> None:
    """At the axis the nodes' names where there is room for them, else those of the groups."""
    names = {place + 0.5: row.label for place, row in enumerate(rows)}
    if len(rows) * ROW_PX > MOST_PX or rows[0].nodes > 1:
        of_rows = np.array([row.group for row in rows])
        middles = ((n, np.flatnonzero(of_rows == n).mean() + 0.5) for n in np.unique(of_rows))
        names = {float(middle): groups[number] for number, middle in middles}
    one.yaxis.ticker = list(names)
    one.yaxis.major_label_overrides = {at: short(name) for at, name in names.items()}
    one.yaxis.major_tick_line_color = None
    one.min_border_left = 64


def _table(rows: list[Row]) -> Table:
    averages = _averages(np.array([row.means for row in rows]))
    cells = (
        (
            row.label,
            count(row.nodes),
            count(float(average)),
            count(float(np.nanmin(row.means))),
            count(float(np.nanmax(row.means))),
        )
        for row, average in zip(rows, averages, strict=True)
    )
    head = ("node", "nodes", "mean", "least", "most")
    return Table.of(head, cells, caption="Addresses held and not used, of a node, over time")
