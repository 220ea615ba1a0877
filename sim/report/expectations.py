"""What the scenario expects, each rule with the measured value beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from sim.scenario.headlines import HEADLINES

from .format import NOTHING, at_least, count, duration, percent
from .palette import BAD, GOOD
from .tables import grid, section

HOLDS, FAILS = "✓", "✗"
PLAIN = {HOLDS: "ok", FAILS: "FAILED", "≥": ">="}
"""What stands for characters that a stream cannot encode."""

NEAR = 0.05
"""A value closer to its limit than this share of it is shown with more digits."""

Expectation = dict[str, Any]


def expectations(ones: Sequence[Expectation], *, encoding: str = "utf-8") -> Group:
    """The rules with ✓ or ✗ and what was measured.

    Args:
        ones: the summary's ``expectations``; not empty.
        encoding: of the stream that this will be printed on.
    """
    failed = sum(not one["holds"] for one in ones)
    answer = f"{failed} of {len(ones)} failed" if failed else f"all {len(ones)} hold"
    table = grid(("", "metric", "expected", "measured", ""), names=3)
    table.show_header = False
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for one in ones:
        style = GOOD if one["holds"] else BAD
        cells = (HOLDS if one["holds"] else FAILS, one["metric"], one["rule"], measured(one))
        marked, *rest = (encodable(cell, encoding) for cell in cells)
        table.add_row(Text(marked, style=style), *rest, Text(one["why"], style="dim"))
    return section("Expectations", Text(answer, style=BAD if failed else ""), table)


def measured(one: Expectation) -> str:
    """A measured value, with more digits close to its limit, where rounding could mislead."""
    value, limit = one["value"], one["limit"]
    if value is None:
        return NOTHING
    unit = HEADLINES[one["metric"]].unit
    is_near = abs(value - limit) < NEAR * limit
    return at_least(_exact(value, unit) if is_near else _rounded(value, unit), one["at_least"])


def _rounded(value: float, unit: str) -> str:
    if unit == "s":
        return duration(value)
    return percent(value) if unit == "share" else count(value)


def _exact(value: float, unit: str) -> str:
    scaled, suffix = {"s": (value, " s"), "share": (100 * value, " %")}.get(unit, (value, ""))
    return f"{scaled:,.6g}{suffix}"


def encodable(text: str, encoding: str) -> str:
    """The text, its marks in ASCII if the encoding lacks them."""
    try:
        "".join(PLAIN).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "".join(PLAIN.get(character, character) for character in text)
    return text
