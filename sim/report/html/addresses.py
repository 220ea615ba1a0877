"""The chart of addresses over time, stacked by state, a panel a subnet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.format import count, duration
from sim.report.palette import STATES
from sim.results.series import StepSeries, address_series

from .draw import (
    BINS,
    GREY,
    INK,
    Drawing,
    TimeAxis,
    change_key,
    from_zero,
    hover,
    level,
    over_time,
    source_of,
    warm_up_key,
    whens,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result

STACKED = tuple(state for state in STATES if state != "free")
MOST_PANELS = 6
TABLE_ROWS = 24
FULL = 0.6
"""From this share of a subnet on, the line of its size is drawn: it is what matters then."""

Figures = dict[str, Any]


def address_chart(result: Result, axis: TimeAxis) -> Chart:
    """Who held each subnet's addresses, and when."""
    subnets = result.summary["addresses"]["subnets"]
    shown = _tightest(subnets)
    series = address_series(result, "subnet", shown, bins=BINS)
    left_out = len(subnets) - len(shown)
    more = f" The {len(shown)} tightest of {len(subnets)} subnets are drawn." if left_out else ""
    return Chart(
        title=_title(result.summary),
        reading="IP addresses of each subnet over time, stacked by state; what is free lies above."
        + more,
        panels=tuple(_panel(name, subnets[name], series[name], axis) for name in shown),
        tables=(_averages(subnets), *(_over_time(name, series[name]) for name in shown)),
        legend=(*_legend(series.values()), *warm_up_key(axis), *change_key(axis)),
    )


def _tightest(subnets: dict[str, Figures]) -> list[str]:
    """The names of those that are drawn, in the scenario's order."""
    by_room = sorted(
        subnets, key=lambda name: subnets[name]["smallest_free"] / _size(subnets[name])
    )
    chosen = by_room[:MOST_PANELS]
    return [name for name in subnets if name in chosen]


def _size(one: Figures) -> int:
    return max(1, int(one["size"]))


def _title(summary: Figures) -> str:
    """The worst that happened to a subnet, or else how much of what is held is used."""
    empty = {
        name: one["ran_out_at_s"]
        for name, one in summary["addresses"]["subnets"].items()
        if one["ran_out_at_s"] is not None
    }
    if empty:
        first = min(empty, key=lambda name: empty[name])
        others = f", and {len(empty) - 1} more later" if len(empty) > 1 else ""
        return f"Subnet {first} ran out of addresses at {duration(empty[first])}{others}"
    cluster = summary["addresses"]["cluster"]
    held, used = cluster["held"]["mean"], cluster["assigned"]["mean"]
    if not held:
        return "Nodes held no addresses"
    if not used:
        return f"Nodes held {count(held)} addresses on average, and pods used none"
    return (
        f"Of {count(held)} addresses held on average, pods used {count(used)}: "
        f"{100 * used / held:.0f} %"
    )


def _legend(drawn: Collection[StepSeries]) -> Iterator[Key]:
    for state in STACKED:
        if any(one.values[state].any() for one in drawn):
            yield Key(STATES[state].label, STATES[state].colour)
    if any(_is_nearly_full(one) for one in drawn):
        yield Key("all addresses of the subnet", INK, "dashed")


def _is_nearly_full(one: StepSeries) -> bool:
    """Whether so much was taken at some time that the size of the subnet matters."""
    free = one.values["free"]
    return bool(free.min() < (1 - FULL) * free.max())


def _panel(name: str, one: Figures, series: StepSeries, axis: TimeAxis) -> Panel:
    caption = (
        f"{name}: at most {count(one['held']['peak'])} held of {count(one['size'])}, at least "
        f"{count(one['smallest_free'])} free"
    )
    return Panel(caption, (_drawing(series, int(one["size"]), axis),))


def _drawing(series: StepSeries, size: int, axis: TimeAxis) -> Drawing:
    tops = np.cumsum([series.values[state] for state in STACKED], axis=0)
    drawn = [state for state in STACKED if series.values[state].any()]
    starts = np.append(series.starts, series.end)
    columns = {"x": axis.places(starts).astype(np.float32), "when": whens(starts.tolist())}
    for state, top in zip(STACKED, tops, strict=True):
        if state in drawn:
            columns[state] = _to_end(series.values[state])
            columns[f"{state}_top"] = _to_end(top)
    columns["total"] = _to_end(tops[-1])
    columns["free"] = _to_end(series.values["free"])
    highest = int(tops[-1].max())
    one = over_time(axis, 240, "IP addresses")
    source = source_of(columns)
    _areas(one, source, drawn)
    one.step("x", "total", source=source, mode="after", line_width=1, color=GREY)
    if is_nearly_full := _is_nearly_full(series):
        level(one, size)
    from_zero(one, size if is_nearly_full else highest)
    _hover(one, source, drawn)
    return one


def _to_end(values: Any) -> Any:
    """Values with the last one again, where the run ends."""
    return np.append(values, values[-1:]).astype(np.int32)


def _areas(one: Drawing, source: Any, drawn: list[str]) -> None:
    below: Any = 0
    for state in drawn:
        one.varea_step(
            "x", below, f"{state}_top", source=source, step_mode="after",
            fill_color=STATES[state].colour,
        )  # fmt: skip
        below = f"{state}_top"


def _hover(one: Drawing, source: Any, drawn: list[str]) -> None:
    line = one.line("x", "total", source=source, line_alpha=0)
    states = {STATES[state].label: f"@{state}{{0,0}}" for state in reversed(drawn)}
    hover(one, line, {"at": "@when", "free": "@free{0,0}", **states})


def _averages(subnets: dict[str, Figures]) -> Table:
    head = ("subnet", "size", *(STATES[state].label for state in STACKED), "held", "free", "least")
    states = (*STACKED, "held", "free")
    rows = (
        (
            name,
            count(one["size"]),
            *(count(one[state]["mean"]) for state in states),
            count(one["smallest_free"]),
        )
        for name, one in subnets.items()
    )
    return Table.of(head, rows, caption="IP addresses, time averages; least: fewest free at a time")


def _over_time(name: str, series: StepSeries) -> Table:
    times = [series.end * row // TABLE_ROWS for row in range(TABLE_ROWS)]
    states = [*(state for state in STACKED if series.values[state].any()), "held", "free"]
    labels = [STATES[state].label if state in STATES else state for state in states]
    rows = []
    for time in times:
        values = series.at(time)
        rows.append((duration(time / 1000), *(count(values[state]) for state in states)))
    return Table.of(("at", *labels), rows, caption=f"{name}: IP addresses at that instant")
