"""The map of each subnet's /28s over time, if the run recorded who has each address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np

from sim.report.format import count, duration
from sim.report.fragment_plots import fragments_title
from sim.report.palette import FRAGMENTS
from sim.results.fragments import STATES, Fragmentation, fragmentation

from .draw import Drawing, TimeAxis, axis_range, change_key, hover, over_time, source_of
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result

BINS = 120
MOST_PANELS = 6
ROW_PX, LEAST_PX, MOST_PX, AXIS_PX = 9, 140, 420, 56
TICKS = 8
TABLE_ROWS = 12


def fragment_chart(result: Result, axis: TimeAxis) -> Chart | None:
    """Which /28s are whole, and by whom the others are broken; None if that was not recorded."""
    if not result.scenario.model.cluster.record_addresses:
        return None
    times = np.linspace(0, result.end_ms - 1, BINS).astype(np.int64).tolist()
    found = [fragmentation(result, name, times) for name in result.names.subnets]
    found.sort(key=lambda one: int(one.counts()["whole"].min()))
    shown = found[:MOST_PANELS]
    seen = np.unique(np.concatenate([np.unique(one.states) for one in shown]))
    return Chart(
        title=fragments_title(result, shown[0].subnet),
        reading="Each row is a /28 of a subnet, in the order of addresses. Prefixes can only be "
        "made of those that are whole.",
        panels=tuple(Panel(one.subnet, (_drawing(one, axis),)) for one in shown),
        tables=tuple(_table(one) for one in shown),
        legend=(
            *(Key(FRAGMENTS[n].label, FRAGMENTS[n].colour) for n in map(STATES.__getitem__, seen)),
            *change_key(axis),
        ),
        wide=True,
    )


def _drawing(one: Fragmentation, axis: TimeAxis) -> Drawing:
    from bokeh.models import LinearColorMapper

    blocks = one.states.shape[1]
    height = min(max(ROW_PX * blocks, LEAST_PX), MOST_PX)
    drawing = over_time(axis, height + AXIS_PX, "/28s")
    drawing.y_range = axis_range(blocks, 0)
    drawing.ygrid.grid_line_color = None
    rows = np.unique(np.linspace(0, blocks - blocks // TICKS, TICKS).astype(int)).tolist()
    drawing.yaxis.ticker = rows
    drawing.yaxis.major_label_overrides = {
        row: str(ipaddress.IPv4Address(one.first + 16 * row)) for row in rows
    }
    drawing.min_border_left = 96
    source = source_of(
        {
            "image": [states[None].astype(np.uint8) for states in one.states.T],
            "y": np.arange(blocks),
            "row": [one.cidr(block) for block in range(blocks)],
        }
    )
    palette = [FRAGMENTS[name].colour for name in STATES]
    mapper = LinearColorMapper(palette=palette, low=-0.5, high=len(STATES) - 0.5)
    width = axis.places(axis.end_ms)
    strips = drawing.image("image", x=0, y="y", dw=width, dh=1, source=source, color_mapper=mapper)
    hover(drawing, strips, {"": "@row", axis.unit: "$x{0.0}"}, "mouse")
    return drawing


def _table(one: Fragmentation) -> Table:
    counts, free = one.counts(), one.free.sum(axis=1)
    shown = [name for name in STATES if counts[name].any()]
    rows = [
        (
            duration(one.times_ms[row] / 1000),
            *(count(int(counts[name][row])) for name in shown),
            count(int(free[row])),
            count(int(one.broken_free[row])),
        )
        for row in range(0, len(one.times_ms), BINS // TABLE_ROWS)
    ]
    head = ("at", *(FRAGMENTS[name].label for name in shown), "free IPs", "in no whole /28")
    return Table.of(head, rows, caption=f"{one.subnet}: /28s at that instant")
