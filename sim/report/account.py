"""The section of a run's screen on others in the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .format import count, number_of, percent
from .tables import flagged, grid, section, shortened

MOST_LINES = 8
NOTE = "given up: calls whose last attempt was throttled; peak/s: most in one second"

Figures = dict[str, Any]


def account(figures: Figures) -> Group:
    """What others in the account asked EC2 for, and what they did not get."""
    share = f"{count(figures['throttled'])} throttled ({percent(figures['throttled_share'])})"
    made = number_of(figures["requests"], "request")
    return section(
        "Others in the account",
        Text.assemble(f"{made}, ", flagged(figures["throttled"], share)),
        *_actions(figures["tenants"]),
    )


def _throttled(one: Figures) -> str:
    return f"{count(one['throttled'])} ({percent(one['throttled_share'])})"


def _actions(tenants: dict[str, Figures]) -> Iterator[RenderableType]:
    """A line each tenant and action, the most throttled first."""
    lines = [
        (name, action, one) for name, of in tenants.items() for action, one in of["actions"].items()
    ]
    ranked = sorted(lines, key=lambda line: (-line[2]["throttled"], -line[2]["requests"]))
    heads = ("tenant", "action", "requests", "throttled", "given up", "peak/s")
    table = grid(heads, names=2)
    for name, action, one in ranked[:MOST_LINES]:
        table.add_row(
            shortened(name),
            action,
            count(one["requests"]),
            flagged(one["throttled"], _throttled(one)),
            flagged(one["given_up"]),
            count(one["busiest_second"]),
        )
    yield table
    if (more := len(ranked) - MOST_LINES) > 0:
        yield Text(f"+ {number_of(more, 'more line')}")
    yield Text(NOTE, style="dim")
