"""Branch ENIs of pods with security groups of their own: addresses outside of ipamd's pool."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Moves, Run, Stretch
from .metric import Metric
from .steps import Changes, Steps

METRICS = (
    Metric("held", "IPs", "Σ branch_enis.assigned + unassigned", "Addresses of branch ENIs."),
    Metric("assigned", "IPs", "Σ branch_enis.assigned", "Those of pods."),
    Metric(
        "unassigned",
        "IPs",
        "Σ branch_enis.unassigned",
        "Those without a pod: being made, cooling down for the controller's branch-eni-cooldown, "
        "or being deleted. They count against the instance type's limit.",
    ),
)


class BranchAddresses:
    """Addresses that pods hold of branch ENIs, block by block."""

    def __init__(self) -> None:
        self._changes = Changes(1)

    def moves(self, stretch: Stretch) -> Moves:
        """Their changes in the next stretch."""
        table = stretch.tables["branch_enis"]
        by = self._changes.of(table["node"], table["assigned"][None, :].astype(np.int64))
        return Moves(table["time_ms"], table["node"], table["subnet"], by)


class BranchFigures:
    """The summary's ``branch_enis``, block by block."""

    def __init__(self, run: Run) -> None:
        self._is_asked = run.has_branch_enis
        self._changes = Changes(2)
        self._steps = Steps(np.zeros(len(METRICS), np.int64), run.start)

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        if not self._is_asked:
            return
        table = stretch.tables["branch_enis"]
        values = np.array([table["assigned"], table["unassigned"]])
        assigned, unassigned = self._changes.of(table["node"], values)
        changes = np.array([assigned + unassigned, assigned, unassigned])
        self._steps.add(table.times, changes, stretch.until)

    def figures(self) -> dict[str, Any]:
        """Mean, peak and end of each of `METRICS`."""
        return {one.name: self._steps.figures(place) for place, one in enumerate(METRICS)}
