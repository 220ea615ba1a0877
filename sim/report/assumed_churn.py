"""The part of a recommendation's screen that repeats what was assumed of churn."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from sim.results.headline import HEADLINES
from sim.scenario.variants import CURRENT
from sim.study.assumed_churn import LEVELS, METRICS, Assumption
from sim.study.recommendation import Recommendation

from .expectations import FAILS, HOLDS, encodable
from .figures import value
from .format import NOTHING
from .palette import BAD, GOOD
from .tables import grid, section

HEADS = ("", "churn", "setting", *(HEADLINES[name].title for name in METRICS))
UNMEASURED = "Nobody has measured it: the cluster's history, with `import churn`, would tell"


def assumed_sentence(answer: Recommendation) -> str:
    """What is assumed, to stand behind what was asked; empty if nothing is."""
    one = answer.assumption
    return "" if one is None else f". Churn is assumed, {one.level}: {one.text}"


def assumed_churn(answer: Recommendation, encoding: str) -> Iterator[RenderableType]:
    """How the current setting and the choice do under all levels."""
    one = answer.assumption
    if one is None:
        return
    said = Text(f"assumed: {one.level}. {UNMEASURED}", style="bold")
    table = grid(HEADS, names=3)
    before = ""
    for row, (level, setting, *cells) in zip(one.rows, level_rows(one), strict=True):
        style = BAD if row.failing else GOOD
        mark = Text(encodable(FAILS if row.failing else HOLDS, encoding), style=style)
        table.add_row(mark, level if level != before else "", setting, *cells)
        before = level
    levels = [Text(f"{name}: {level.text}") for name, level in LEVELS.items()]
    yield section("Churn", said, table, *levels)


def level_rows(one: Assumption) -> Iterator[tuple[str, ...]]:
    """(level, setting, figures) of each."""
    for row in one.rows:
        figures = [(name, row.mean(name)) for name in METRICS]
        cells = (NOTHING if mean is None else value(name, mean) for name, mean in figures)
        yield row.level, "current" if row.setting == CURRENT else "choice", *cells
