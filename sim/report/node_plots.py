"""Nodes that come and go: how many there were over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.series import node_count

from .axes import axes, counts, dressed, legend, time_axis, time_unit
from .format import count
from .palette import QUIET, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.result import Result


def draw_node_count(result: Result, ax: Axes | None = None) -> Axes:
    """Ready nodes of each group, stacked, and those that are not Ready yet on top.

    Raises:
        ImportError: matplotlib is not installed.
    """
    ax, found = axes(ax), node_count(result)
    times = np.append(found.times, result.end_ms) / time_unit(result.end_ms).ms
    shown = [place for place, row in enumerate(found.launched) if row.any()]
    starting = (found.launched - found.ready).sum(axis=0)
    layers = [np.append(row, row[-1:]) for row in (*found.ready[shown], starting)]
    style: dict[str, Any] = {
        "labels": [*(result.names.groups[place] for place in shown), "starting"],
        "colors": [*(SERIES[place % len(SERIES)] for place in range(len(shown))), QUIET],
    }
    ax.stackplot(times, *layers, step="post", linewidth=0, **style)
    x = time_axis(ax, result)
    counts(ax)
    legend(ax)
    hours = result.summary["nodes"]["node_hours"]
    most, launched = found.launched.sum(axis=0).max(), result.summary["nodes"]["requested"]
    title = f"{count(launched)} nodes, at most {count(most)} at once, for {count(hours)} node hours"
    return dressed(ax, title, x, "nodes")
