"""The screen of what changed between two saved runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.scenario.headlines import HEADLINES
from sim.study.designs import as_text
from sim.study.diff import Change, Diff

from .figures import number, value
from .format import NOTHING, at_least, duration, modelled_by, number_of, percent
from .tables import grid, section
from .terminal import print_screen

MOST_FIGURES = 15
LONGEST_VALUE = 24

SAME_INPUTS = (
    "The inputs are the same, so the results should be: another build of the same version made one "
    "of the runs."
)
ONLY_THE_SEED = (
    "Only the seed differs: what differs below may be chance. Many runs of each tell; compare and "
    "sweep do that."
)


def print_diff(diff: Diff, *, console: Console | None = None) -> None:
    """Print the screen of a difference.

    Args:
        diff: what is shown.
        console: where to; standard output if not given.
    """
    print_screen(screen(diff), console or Console(file=sys.stdout))


def screen(diff: Diff) -> RenderableType:
    """Everything there is to say, for lines of 80 characters and more."""
    old, new = diff.folders
    parts = [
        Text.assemble((str(old), "bold"), " and ", (str(new), "bold"), f": {_verdict(diff)}"),
        *_section("Inputs", diff.inputs, _inputs(diff.inputs)),
        *([Text(note)] if (note := _note(diff)) else []),
        *_section("Results", diff.headlines, _headlines(diff)),
        *_section("Other figures", diff.figures, *_figures(diff.figures)),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts), _footer(diff))


def _section(
    title: str, changes: Sequence[Change], *body: RenderableType
) -> Iterator[RenderableType]:
    """A part of the screen, if there is something in it."""
    if changes:
        differ = "differs" if len(changes) == 1 else "differ"
        yield section(title, f"{number_of(len(changes), 'value')} {differ}", *body)


def _verdict(diff: Diff) -> str:
    if diff.is_identical:
        return "identical, in what went in and in what came out"
    if diff.has_same_results:
        return "other inputs, the same results"
    return "other results"


def _note(diff: Diff) -> str:
    if diff.has_same_results:
        return ""
    if not diff.inputs:
        return SAME_INPUTS
    return ONLY_THE_SEED if diff.is_chance else ""


def _inputs(changes: Iterable[Change]) -> Table:
    table = grid(("", "before", "after"), names=3)
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"
    for one in changes:
        table.add_row(Text(one.name), Text(_written(one.old)), Text(_written(one.new)))
    return table


def _written(value: Any) -> str:
    text = as_text(value)
    if text is None:
        return NOTHING
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _headlines(diff: Diff) -> Table:
    table = grid(("", "before", "after", "change"))
    bounds = diff.at_least
    for one in diff.headlines:
        sides = zip((one.old, one.new), bounds, strict=True)
        shown = (at_least(value(one.name, side), one.name in bound) for side, bound in sides)
        change = _change(one, partial(value, one.name))
        table.add_row(_title(one.name), *shown, change)
    return table


def _title(metric: str) -> str:
    one = HEADLINES[metric]
    return f"{one.title}, {one.unit}" if one.unit.startswith("IP") else one.title


def _change(one: Change, shown: Callable[[float], str]) -> str:
    """By how much a number changed, with its sign, and in percent of what it was."""
    difference = one.difference
    if difference is None:
        return NOTHING
    sign = "+" if difference > 0 else "-"
    share = f" ({100 * difference / one.old:+.0f} %)" if one.old else ""
    return f"{sign}{shown(abs(difference))}{share}".replace("< ", "<")


def _figures(changes: Sequence[Change]) -> Iterator[RenderableType]:
    table = grid(("", "before", "after", "change"))
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"
    for one in changes[:MOST_FIGURES]:
        sides = (_figure(one.name, side) for side in (one.old, one.new))
        change = _change(one, partial(_figure, one.name))
        table.add_row(Text(one.name), *sides, change)
    yield table
    if (more := len(changes) - MOST_FIGURES) > 0:
        yield Text(f"+ {number_of(more, 'more figure')}; -o json has all")


def _figure(name: str, figure: Any) -> str:
    """A figure by the unit that its path in the summary tells."""
    if not isinstance(figure, int | float):
        return _written(figure)
    *_, last = parts = name.split(".")
    if last != "count" and any(part.endswith("_s") for part in parts):
        return duration(figure)
    return percent(figure) if last.endswith("_share") else number(figure)


def _footer(diff: Diff) -> Text:
    old, new = diff.seed
    seed = f"seed {old}" if old == new else f"seeds {old} and {new}"
    return Text(f"{seed}; {modelled_by(diff.versions)}")
