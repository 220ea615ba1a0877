"""The screen of a run laid over measured series: one line a metric, with how far they differ."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from sim.study.overlay import Line, Overlay

from .format import NOTHING, count, duration, modelled_by, number_of, percent
from .tables import grid, section
from .terminal import print_screen

PREFIX = "awscni_"
LONGEST = 25
NOTES = (
    "sums over all nodes; error: simulated less measured, on average; abs.: the mean of the "
    "differences without their signs, then as a share of the measured mean; late: by how much the "
    "simulated gauge is behind, if a shift explains a tenth of the differences"
)


def print_overlay(found: Overlay, *, console: Console | None = None) -> None:
    """Print the screen; to standard output if no console is given."""
    console = console or Console(file=sys.stdout)
    print_screen(screen(found), console)


def screen(found: Overlay) -> RenderableType:
    """Everything there is to say, for lines of 80 characters and more."""
    parts = [_asked(found), *_sections(found), *_alone(found), footer(found)]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _asked(found: Overlay) -> Text:
    at = datetime.fromtimestamp(found.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    begin, end = (duration(one / 1000) for one in found.span_ms)
    said = [
        f" over measured series, {begin} to {end} of the run, every "
        f"{duration(found.step_ms / 1000)}. Its time 0 is {at}: {found.at_from}.",
    ]
    if found.gaps:
        said.append(f" Left out: {number_of(found.gaps, 'time')} without a measured sample.")
    if found.held:
        said.append(f" {number_of(found.held, 'missing sample')} of single nodes held over.")
    return Text.assemble((found.result.scenario.name, "bold"), *said)


def _sections(found: Overlay) -> Iterator[RenderableType]:
    zero = [one for one in found.lines if one.is_zero]
    titles = {
        "": ("Pools and limits", "at each time"),
        "/min": ("Requests", "per minute"),
        "ms": ("Latency of calls", "milliseconds, retries included"),
    }
    for unit, (title, said) in titles.items():
        lines = [one for one in found.lines if one.unit == unit and not one.is_zero]
        if plain := [one for one in lines if not one.of or unit == "ms"]:
            yield section(title, said, _table(found, plain))
        for metric in dict.fromkeys(one.metric for one in lines if one.of and unit != "ms"):
            of = [one for one in lines if one.metric == metric]
            yield section(metric, said, _table(found, of))
    if zero:
        yield Text(f"0 in both: {', '.join(dict.fromkeys(map(_name, zero)))}")
    yield Text(NOTES, style="dim")


def _table(found: Overlay, lines: Iterable[Line]) -> RenderableType:
    table = grid(("", "measured", "simulated", "error", "abs.", "", "late"))
    for line in lines:
        one = line.errors
        lag = NOTHING if one.lag is None else _signed(one.lag * found.step_ms / 1000, _seconds)
        table.add_row(
            _name(line),
            _number(one.measured),
            _number(one.simulated),
            _signed(one.bias, _number),
            _number(one.absolute),
            percent(one.relative),
            lag,
        )
    return table


def _name(line: Line) -> str:
    name = line.of or line.metric.removeprefix(PREFIX)
    return name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"


def _number(value: float) -> str:
    return f"{value:.2f}" if 0 < abs(value) < 9.995 else count(value)


def _seconds(value: float) -> str:
    return f"{value:.0f} s"


def _signed(value: float, text: Callable[[float], str]) -> str:
    return f"{'-' if value < 0 else '+'}{text(abs(value))}" if value else text(0.0)


def _alone(found: Overlay) -> Iterator[RenderableType]:
    for title, names in (
        ("Measured only", found.only_measured),
        ("Simulated only", found.only_simulated),
    ):
        if names:
            yield section(title, ", ".join(names))


def footer(found: Overlay) -> Text:
    """What it takes to get the same again."""
    return Text(f"seed {found.result.scenario.model.seed}; {modelled_by(found.versions)}")
