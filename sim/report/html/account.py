"""The table of others in the account: what they asked for, and what EC2 throttled of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.report.format import count, percent

from .page import Figures, Table

NOTE = "Requests of others in the account; given up: calls whose last attempt was throttled."


def account_figures(summary: dict[str, Any]) -> Iterator[Figures]:
    """Nothing if the scenario has no others."""
    if "account" not in summary:
        return
    rows = [
        (
            f"{name}, {action}",
            count(one["requests"]),
            count(one["throttled"]),
            percent(one["throttled_share"]),
            count(one["given_up"]),
            count(one["busiest_second"]),
        )
        for name, of in summary["account"]["tenants"].items()
        for action, one in of["actions"].items()
    ]
    head = ("tenant, action", "requests", "throttled", "share", "given up", "busiest second")
    yield Figures("Others in the account", (Table.of(head, rows),), NOTE)
