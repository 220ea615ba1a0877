"""Nodes: how many there were, how many failed, how long they took to be ready."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Run
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


def node_figures(run: Run) -> dict[str, Any]:
    """The summary's ``nodes``."""
    nodes, window = run.tables["nodes"], run.window
    gone, ready, requested = (nodes[name] for name in ("terminated_ms", "ready_ms", "requested_ms"))
    there = (gone == NEVER) | (gone >= window.start)
    is_new, is_ready = requested >= window.start, ready != NEVER
    until = np.where(is_ready, ready, np.where(gone == NEVER, window.end, gone))
    took = until - requested
    return {
        "requested": int(there.sum()),
        "ready": int((there & is_ready).sum()),
        "launch_failures": int(window.holds(run.tables["launch_failures"]["time_ms"]).sum()),
        "boot_failures": int(nodes["boot_failures"][is_new].sum()),
        "time_to_ready_s": waits(took[is_new & is_ready], took[is_new & ~is_ready]),
    }
