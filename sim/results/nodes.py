"""Nodes: how many there were, how many failed, how long they took to be ready."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Run, Stretch
from .metric import Metric
from .records import NEVER
from .waits import waits

METRICS = (
    Metric(
        "requested",
        "nodes",
        "count of nodes",
        "Launches that succeeded, less the nodes that were gone before the warm-up ended.",
    ),
    Metric(
        "node_hours",
        "h",
        "Σ (terminated_ms - requested_ms)",
        "Hours of nodes, from their launch to their end, after the warm-up and within the run.",
    ),
    Metric("ready", "nodes", "count with ready_ms", "Those of them whose ipamd ever started."),
    Metric(
        "launch_failures",
        "launches",
        "count of launch_failures",
        "Launches that failed after the warm-up because the subnet had no address for the node.",
    ),
    Metric(
        "boot_failures",
        "starts",
        "Σ boot_failures",
        "Failed starts of ipamd on nodes requested after the warm-up.",
    ),
    Metric(
        "time_to_ready_s",
        "wait",
        "ready_ms - requested_ms",
        "From the launch to the first complete start of ipamd, for nodes requested after the "
        "warm-up. A node that was terminated, or the run ended, before that counts as a wait that "
        "did not end.",
    ),
)


class NodeFigures:
    """The summary's ``nodes``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._failed = np.zeros(len(run.names.subnets), np.int64)

    def add(self, stretch: Stretch) -> None:
        """Counts the failed launches of the next stretch, and looks at the nodes."""
        self._nodes, self._end = stretch.tables["nodes"], stretch.until
        failures = stretch.tables["launch_failures"]
        subnets = failures["subnet"][failures["time_ms"] >= self._run.start]
        self._failed += np.bincount(subnets, minlength=len(self._failed))

    def failed_launches(self) -> dict[str, int]:
        """Failed launches by subnet."""
        return dict(zip(self._run.names.subnets, self._failed.tolist(), strict=True))

    def figures(self) -> dict[str, Any]:
        """What came out."""
        nodes, start = self._nodes, self._run.start
        gone, ready, requested = (
            nodes[name] for name in ("terminated_ms", "ready_ms", "requested_ms")
        )
        launched = requested != NEVER
        there = launched & ((gone == NEVER) | (gone >= start))
        last = np.where(gone == NEVER, self._end, gone)
        lived = np.maximum(last - np.maximum(requested, start), 0)
        is_new, is_ready = requested >= start, ready != NEVER
        until = np.where(is_ready, ready, last)
        took = until - requested
        return {
            "requested": int(there.sum()),
            "node_hours": int(lived[launched].sum()) / 3_600_000,
            "ready": int((there & is_ready).sum()),
            "launch_failures": int(self._failed.sum()),
            "boot_failures": int(nodes["boot_failures"][is_new].sum()),
            "time_to_ready_s": waits(took[is_new & is_ready], took[is_new & ~is_ready]),
        }
