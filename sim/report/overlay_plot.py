"""Measured and simulated series over each other, a small chart each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.study.overlay import Line, Overlay

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 2
MEASURED, SIMULATED = "#444444", "#d95f02"


def plot_overlay(found: Overlay) -> Figure:
    """A chart for each quantity that is not always 0, on the run's clock.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    lines = [one for one in found.lines if not one.is_zero]
    rows = -(-len(lines) // COLUMNS)
    figure = Figure(figsize=(11, 0.8 + 1.9 * rows), layout="constrained")
    for place, line in enumerate(lines, start=1):
        _chart(figure.add_subplot(rows, COLUMNS, place), line)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=2, frameon=False)
    figure.suptitle(found.result.scenario.name, x=0.01, ha="left")
    return figure


def _chart(axes: Any, line: Line) -> None:
    minutes = line.times_ms / 60_000
    dots = {"marker": ".", "markersize": 3} if line.unit == "ms" else {"drawstyle": "steps-post"}
    axes.plot(minutes, line.measured, color=MEASURED, lw=1.6, label="measured", **dots)
    axes.plot(minutes, line.simulated, color=SIMULATED, lw=1.0, label="simulated", **dots)
    unit = f" ({line.unit})" if line.unit else ""
    axes.set_title(f"{line.name}{unit}", fontsize=8, loc="left")
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=7)
    axes.set_xlabel("minutes of the run", fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
