"""Others in the account: how many requests they made, and how many EC2 throttled."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Run, Stretch
from .metric import Metric
from .steps import Ints

COUNTS = ("requests", "throttled", "given_up")

METRICS = (
    Metric(
        "requests",
        "requests",
        "Σ tenants.requests",
        "Requests that they made, all attempts of their clients counted; only whole seconds after "
        "the warm-up.",
    ),
    Metric("throttled", "requests", "Σ tenants.throttled", "Those that EC2 throttled."),
    Metric(
        "given_up",
        "calls",
        "Σ tenants.given_up",
        "Calls whose last attempt was throttled: work of theirs that was not done.",
    ),
    Metric("throttled_share", "1", "throttled / requests", "0 if there were no requests."),
)

ACTION_METRICS = (
    Metric(
        "busiest_second",
        "requests",
        "max over whole seconds of tenants.requests",
        "Their largest burst; of each tenant and action.",
    ),
)


class AccountFigures:
    """The summary's ``account``, block by block."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sums: dict[tuple[int, int], Ints] = {}  # by tenant and action
        self._busiest: dict[tuple[int, int], int] = {}

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        table = stretch.tables["tenants"]
        if not len(table):
            return
        table = table.only(np.flatnonzero(table.times >= self._run.start))
        counts = np.array([table[name] for name in COUNTS])
        pairs = np.stack([table["tenant"], table["action"]], axis=1)
        for tenant, action in np.unique(pairs, axis=0).tolist():
            rows = (pairs == (tenant, action)).all(axis=1)
            key = tenant, action
            self._sums[key] = self._sums.get(key, 0) + counts[:, rows].sum(axis=1)
            busiest = int(counts[0, rows].max())
            self._busiest[key] = max(self._busiest.get(key, 0), busiest)

    def figures(self) -> dict[str, Any]:
        """`METRICS` of all, of each tenant, and of each tenant's actions."""
        tenants = {name: self._of(n) for n, name in enumerate(self._run.names.tenants)}
        return {**_figures(list(self._sums.values())), "tenants": tenants}

    def _of(self, number: int) -> dict[str, Any]:
        """One tenant's."""
        actions = sorted(action for tenant, action in self._sums if tenant == number)
        sums = {action: self._sums[number, action] for action in actions}
        by_action = {
            self._run.names.actions[action]: {
                **_figures([one]),
                "busiest_second": self._busiest[number, action],
            }
            for action, one in sums.items()
        }
        return {**_figures(list(sums.values())), "actions": by_action}


def _figures(sums: list[Ints]) -> dict[str, int | float]:
    totals = np.sum(sums, axis=0).tolist() if sums else [0] * len(COUNTS)
    found: dict[str, int | float] = dict(zip(COUNTS, totals, strict=True))
    return {**found, "throttled_share": totals[1] / totals[0] if totals[0] else 0.0}
