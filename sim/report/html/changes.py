"""What the page of a run begins with: whether its changes of aws-node were safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.report.changes import NOTE, PHASES, answer, rollout, rows, title, what, with_way_out
from sim.report.format import duration

from .page import Figures, Table


def change_figures(summary: dict[str, Any]) -> Iterator[Figures]:
    """The verdict on each change of aws-node over what was before, during and after it."""
    for one, instead in with_way_out(summary):
        said = (answer(one), f"{rollout(one)}.", instead)
        yield Figures(
            heading=f"{title(one)}: {what(one)}",
            tables=(Table.of(("", *PHASES), rows(one)),),
            note=f"{NOTE}.",
            said=tuple(filter(None, said)),
        )


def headline(summary: dict[str, Any]) -> str:
    """The verdict on the only change, or on the worst of several."""
    order = ("unsafe", "waits", "safe")
    changes = sorted(summary.get("changes", ()), key=lambda one: order.index(one["verdict"]))
    if not changes:
        return ""
    worst = changes[0]
    return f"{what(worst)} at {duration(worst['at_s'])}: {answer(worst)}"
