"""Where no setting keeps the limits: why, what would help, and what the closest setting is."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from sim.scenario.variants import CURRENT
from sim.study.no_choice import Kept, Shortage
from sim.study.recommendation import Recommendation
from sim.study.reliefs import Relief

from .alternatives import short
from .expectations import FAILS, HOLDS, encodable
from .figures import value
from .format import count, number_of
from .palette import BAD, GOOD
from .robustness import forms
from .tables import INDENT, grid, section


def why(answer: Recommendation) -> Iterator[RenderableType]:
    """That no setting can keep the limits, if that is known."""
    sentences = list(reasons(answer))
    if sentences:
        yield section("Why", " ".join(sentences))


def reasons(answer: Recommendation) -> Iterator[str]:
    """The same in sentences; none if nothing is known."""
    without = answer.without
    if without is None or without.shortage is None:
        return
    yield f"No setting can: {lacking(without.shortage)}."
    if without.gave_up:
        tried, every = answer.effort.tried, answer.effort.candidates
        yield f"So only {count(tried)} of {count(every)} settings were tried, for the closest."


def lacking(one: Shortage) -> str:
    """What is lacking at least, and where."""
    where = f"subnet {one.subnet}" if one.subnet else "the tightest subnet"
    return (
        f"at its peak the cluster needs {number_of(one.addresses, 'address', 'addresses')} more "
        f"than {where} has, for its pods alone"
    )


def helps(answer: Recommendation, encoding: str) -> Group:
    """What each relief does to the closest setting."""
    assert answer.without is not None
    table = grid(("", "one at a time", "then"), names=3)
    table.columns[2].no_wrap = False
    for one in answer.without.reliefs:
        mark, style = (HOLDS, GOOD) if one.suffices else (FAILS, BAD)
        cell = Text("" if one.refused else encodable(mark, encoding), style=style)
        table.add_row(cell, one.name, outcome(one))
    n = number_of(len(answer.comparison.seeds), "run")
    settings = dict.fromkeys((short(answer.closest[0]), CURRENT))
    said = f"with {' and with '.join(settings)}, in {n} each; the better of them"
    return section("What helps", said if len(settings) > 1 else said.partition(";")[0], table)


def outcome(one: Relief) -> str:
    """What comes of a relief."""
    if one.refused:
        return f"cannot be: {one.refused}"
    fails = ", ".join(f"{metric} {value(metric, worst)}" for metric, worst in one.fails)
    return f"{short(one.setting)} {f'fails {fails}' if fails else 'keeps all limits'}"


def keeps(answer: Recommendation) -> Group:
    """The limits that the closest setting keeps, to be pasted."""
    assert answer.without is not None
    kept = answer.without.kept
    parts: list[RenderableType] = []
    if kept.values:
        parts.append(Padding(Text("\n".join(arguments(kept))), (0, 0, 0, INDENT)))
    if kept.never:
        never = f"{', '.join(kept.never)}: no number would do, some waits never ended"
        parts.append(Text(never))
    n = number_of(len(answer.comparison.seeds), "run")
    return section("Limits it keeps", f"{short(answer.closest[0])}, in {n}", *parts)


def arguments(kept: Kept) -> Iterator[str]:
    """Arguments of a command with these limits, one a line."""
    for place, one in enumerate(kept.values):
        name, _, text = one.partition("=")
        more = " \\" if place < len(kept.values) - 1 else ""
        yield f"--set {name}='{text}'{more}"


def to_set_all_the_same(answer: Recommendation, records: str | None) -> Group:
    """The lines of the closest setting, marked as not keeping the limits."""
    assert answer.without is not None
    name = answer.closest[0]
    if answer.without.lines is None:
        return section("To set the closest", "it is what is set now: nothing is to be changed")
    said = Text(f"{short(name)} does NOT keep {', '.join(answer.oversteps(name))}", style=BAD)
    where = records or "ANSWER.json"
    steps = Text(f"Step by step: ipamd-sim settings {where} --closest")
    return section("To set the closest", said, *forms(answer.without.lines), steps)


def without_a_choice(
    answer: Recommendation, encoding: str, records: str | None
) -> Iterator[RenderableType]:
    """All of it, below what is in the way."""
    if answer.without is not None:
        yield helps(answer, encoding)
        yield keeps(answer)
        yield to_set_all_the_same(answer, records)
