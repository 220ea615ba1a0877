"""The goals and what was measured, as rows; how they are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .measuring import Ratio

HEAD = ("case", "goal", "reach", "measured", "spread", "events", "met")


@dataclass(frozen=True)
class Row:
    """One case.

    Attributes:
        case: its key in the file of ratios.
        what: what is measured, in words.
        measured: a ratio, or an amount in ``unit``.
        goal: the most that it should be, or the least; None: it is only told.
        reach: the figure to reach for.
        events: how many the case has on the clock.
        unit: of the measured, the goal and the spread.
        is_least: the goal is the least that it should be.
    """

    case: str
    what: str
    measured: Ratio
    goal: float | None = None
    reach: float | None = None
    events: int | None = None
    unit: str = "x"
    is_least: bool = False

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of `HEAD`."""
        one = self.measured
        spread = f"{one.low:.2f} to {one.high:.2f}" if one.low < one.high else ""
        return (
            self.case,
            "≥ " * (self.is_least and self.goal is not None) + self._amount(self.goal),
            self._amount(self.reach),
            self._amount(one.median),
            spread,
            "" if self.events is None else f"{self.events:,}",
            self._met(),
        )

    def _amount(self, value: float | None) -> str:
        return "" if value is None else f"{value:.2f} {self.unit}"

    def _met(self) -> str:
        if self.goal is None:
            return ""
        if self.reach is not None and self.measured.median <= self.reach:
            return "reached"
        one = self.measured.median
        is_met = one >= self.goal if self.is_least else one <= self.goal
        return "met" if is_met else "no"


@dataclass(frozen=True)
class Part:
    """What a part of the suite found: rows of the table, and sentences below it."""

    rows: list[Row]
    notes: list[str]


def lines(parts: list[Part]) -> Iterator[str]:
    """The table and the notes, as text."""
    cells = [HEAD, *(row.cells() for part in parts for row in part.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([first.strip().ljust(widths[0]), *rest]).rstrip()
    notes = [note for part in parts for note in part.notes]
    if notes:
        yield ""
        yield from notes
