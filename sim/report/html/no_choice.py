"""Where no setting keeps the limits: what would help, and what the closest setting is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.report.no_choice import arguments, outcome

from .page import Code, Figures, Section, Table

if TYPE_CHECKING:
    from sim.study.recommendation import Recommendation


def without_a_choice(answer: Recommendation) -> Iterator[Section]:
    """What helps, the limits that the closest setting keeps, and its lines."""
    without = answer.without
    if without is None:
        return
    rows = ((one.name, outcome(one)) for one in without.reliefs)
    table = Table.of(("one at a time", "then"), rows, names=2)
    yield Figures("What helps", (table,), "Under the closest or the current setting.")
    if without.kept.values:
        keeps = "\n".join(arguments(without.kept))
        yield Code("Limits that the closest setting keeps", ((answer.closest[0], keeps),))
    if without.lines is not None:
        fails = ", ".join(answer.oversteps(answer.closest[0]))
        forms = ((f"{answer.closest[0]} does NOT keep {fails}", without.lines.kubectl),)
        yield Code("To set the closest all the same", forms)
