"""The chart of settings over time: one run of each, on the same pods and the same luck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.report.figures import value
from sim.report.format import count, duration
from sim.report.palette import SERIES
from sim.results.series import StepSeries, address_series
from sim.results.steps import Ints

from .draw import (
    BINS,
    GREY,
    Drawing,
    TimeAxis,
    from_zero,
    hover,
    over_time,
    source_of,
    warm_up_key,
    whens,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.study.comparison import Comparison

TABLE_ROWS = 24


class Line(NamedTuple):
    """What is drawn of one setting's run: small, whatever the run was."""

    name: str
    colour: str
    addresses: StepSeries
    request_ms: Ints
    requests: Ints


def overlaid_chart(one: Comparison, runs: Iterable[tuple[str, Result]]) -> Chart | None:
    """Addresses and requests over time, a line a setting; None if there are no runs.

    Args:
        one: the comparison.
        runs: names of settings and a run of each; of no more than are drawn at the same time.
    """
    axis = TimeAxis.of(round(1000 * one.duration_s), round(1000 * one.warm_up_s))
    coloured = zip(SERIES, runs, strict=False)
    lines = [_line(name, colour, result) for colour, (name, result) in coloured]
    if not lines:
        return None
    names = [line.name for line in lines]
    held, made = _held(lines, axis), _requests(lines, axis)
    made.x_range = held.x_range
    return Chart(
        title=_title(one, names),
        reading=f"The run of each setting on the first replication (seed {one.seeds[0]}).",
        panels=(
            Panel("IP addresses that nodes held, and that pods used", (held,)),
            Panel("EC2 requests so far", (made,)),
        ),
        tables=(_table(lines, axis),),
        legend=(
            *(Key(line.name, line.colour, "line") for line in lines),
            Key("used by pods", GREY, "dashed"),
            *warm_up_key(axis),
        ),
    )


def _title(one: Comparison, names: list[str]) -> str:
    """The settings with the fewest and the most addresses."""
    held = {
        name: figure.mean
        for name in names
        if (figure := one.setting(name).row.figures["held_mean"])
    }
    if not held:
        return "Settings over time"
    least, most = (pick(held, key=lambda name: held[name]) for pick in (min, max))
    if held[least] == held[most]:
        return f"All settings held {value('held_mean', held[least])} addresses on average"
    return (
        f"{least} held {value('held_mean', held[least])} addresses on average, {most} "
        f"{value('held_mean', held[most])}"
    )


def _line(name: str, colour: str, result: Result) -> Line:
    times = np.sort(result.ec2_calls["request_ms"])
    places = np.unique(np.linspace(0, max(len(times) - 1, 0), BINS).astype(np.int64))
    kept = times[places] if len(times) else times
    begin, stop = np.zeros(1, np.int64), np.full(1, result.end_ms)
    return Line(
        name,
        colour,
        address_series(result, bins=BINS)["cluster"],
        np.concatenate([begin, kept, stop]),
        np.concatenate([begin, places[: len(kept)] + 1, np.full(1, len(times))]),
    )


def _held(lines: list[Line], axis: TimeAxis) -> Drawing:
    one = over_time(axis, 300, "IP addresses")
    top = max(int(line.addresses.values["held"].max()) for line in lines)
    from_zero(one, top)
    for line in lines:
        starts = np.append(line.addresses.starts, line.addresses.end)
        held = _to_end(line.addresses.values["held"])
        columns = {"y": held, "assigned": _to_end(line.addresses.values["assigned"])}
        _stepped(one, axis, starts, columns, line, {"held": "@y{0,0}", "used": "@assigned{0,0}"})
    first = lines[0].addresses
    one.step(
        axis.places(first.starts), first.values["assigned"].astype(np.int32), mode="after",
        line_dash="dashed", line_width=1.5, color=GREY,
    )  # fmt: skip
    return one


def _to_end(values: Any) -> Any:
    return np.append(values, values[-1:]).astype(np.int32)


def _requests(lines: list[Line], axis: TimeAxis) -> Drawing:
    one = over_time(axis, 300, "EC2 requests")
    from_zero(one, max(int(line.requests[-1]) for line in lines))
    for line in lines:
        columns = {"y": line.requests.astype(np.int32)}
        _stepped(one, axis, line.request_ms, columns, line, {"requests": "@y{0,0}"})
    return one


def _stepped(
    one: Drawing, axis: TimeAxis, times: Ints, columns: Mapping[str, Any], line: Line,
    tooltips: Mapping[str, str],
) -> None:  # fmt: skip
    x = axis.places(times).astype(np.float32)
    source = source_of({"x": x, "when": whens(times.tolist()), **columns})
    source.data["setting"] = [line.name] * len(x)
    one.step("x", "y", source=source, mode="after", color=line.colour, line_width=2.5)
    points = one.line("x", "y", source=source, line_alpha=0)
    hover(one, points, {"": "@setting", "at": "@when", **tooltips})


def _table(lines: list[Line], axis: TimeAxis) -> Table:
    head = ("at", *(f"{line.name}: {what}" for line in lines for what in ("held", "requests")))
    rows = []
    for row in range(1, TABLE_ROWS + 1):
        time = axis.end_ms * row // TABLE_ROWS - 1
        cells = [duration(round(time / 1000))]
        for line in lines:
            made = int(np.searchsorted(line.request_ms, time, side="right")) - 1
            cells += [count(line.addresses.at(time)["held"]), count(int(line.requests[made]))]
        rows.append(cells)
    return Table.of(head, rows, caption="IP addresses held then, EC2 requests by then")
