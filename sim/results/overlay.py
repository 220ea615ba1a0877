"""An overlay's own addresses: what its nodes have claimed, and what pods hold of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Run, Stretch
from .metric import Metric
from .steps import Changes, Steps

METRICS = (
    Metric("held", "IPs", "block size x Σ overlay.blocks", "In blocks that nodes have claimed."),
    Metric("assigned", "IPs", "Σ overlay.assigned", "Held by pods."),
    Metric(
        "waste",
        "IPs",
        "held - assigned",
        "Claimed, but not held by a pod: of the overlay's own space, not of the VPC's. The address "
        "of each node's tunnel is in it.",
    ),
)


class OverlayFigures:
    """The summary's ``overlay``, block by block."""

    def __init__(self, run: Run) -> None:
        self._overlay = run.model.cluster.overlay
        self._changes = Changes(2)
        self._steps = Steps(np.zeros(len(METRICS), np.int64), run.start)

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        if self._overlay is None:
            return
        table = stretch.tables["overlay"]
        values = np.array([table["blocks"] * self._overlay.block_size, table["assigned"]])
        held, assigned = self._changes.of(table["node"], values)
        self._steps.add(table.times, np.array([held, assigned, held - assigned]), stretch.until)

    def figures(self) -> dict[str, Any]:
        """Mean, peak and end of each of `METRICS`."""
        return {one.name: self._steps.figures(place) for place, one in enumerate(METRICS)}
