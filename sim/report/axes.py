"""What all plots share: axes to draw on, an axis of time, and a look without ornaments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .palette import QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.result import Result

SIZE_INCHES = (7.0, 3.4)
"""The width of a page's text; with matplotlib's 10 point letters."""

PIXELS = 700
"""Bins of time of a line: about a pixel each, where a picture is as wide as a page's text."""

HOUR, MINUTE = 3_600_000, 60_000
LONGEST_IN_MINUTES = 3 * HOUR


class TimeUnit(NamedTuple):
    """What times are divided by, and what the axis says then."""

    ms: int
    label: str


def axes(given: Axes | None, size: tuple[float, float] = SIZE_INCHES) -> Axes:
    """The axes that were given, or those of a new figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    if given is not None:
        return given
    try:
        from matplotlib import pyplot
    except ImportError:
        message = "plots need matplotlib, which is not installed: pip install 'ipamd-sim[plot]'"
        raise ImportError(message, name="matplotlib") from None
    _figure, new = pyplot.subplots(figsize=size, layout="constrained")
    return new


def time_unit(end_ms: int) -> TimeUnit:
    """Minutes for runs of up to three hours, hours for longer ones."""
    if end_ms <= LONGEST_IN_MINUTES:
        return TimeUnit(MINUTE, "time (min)")
    return TimeUnit(HOUR, "time (h)")


def time_axis(ax: Axes, result: Result) -> str:
    """Lets the axis of time span a run, and marks its warm-up's end and its changes of aws-node.

    Returns:
        What stands below it.
    """
    unit, warm_up = time_unit(result.end_ms), result.scenario.model.warm_up
    ax.set_xlim(0, result.end_ms / unit.ms)
    if 0 < warm_up < result.end_ms:
        style = {"color": QUIET, "linewidth": 1, "linestyle": ":"}
        ax.axvline(warm_up / unit.ms, label="averages begin", **style)  # type: ignore[arg-type]
    if result.scenario.model.change:
        _mark_changes(ax, result, unit)
    return unit.label


def _mark_changes(ax: Axes, result: Result, unit: TimeUnit) -> None:
    """Shades the times in which aws-node was being replaced."""
    changes, end = result.summary["changes"], result.end_ms / 1000
    for place, one in enumerate(changes):
        later = changes[place + 1]["at_s"] if place + 1 < len(changes) else end
        until = later if one["settled_at_s"] is None else one["settled_at_s"]
        begin, until = (second * 1000 / unit.ms for second in (one["at_s"], until))
        label = None if place else "aws-node is replaced"
        ax.axvspan(begin, until, color=QUIET, alpha=0.3, linewidth=0, label=label)


def dressed(ax: Axes, title: str, x: str, y: str) -> Axes:
    """The axes with their words, open above and to the right."""
    ax.set_title(title, loc="left", fontsize="medium")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize="small")
    return ax


def limit_line(ax: Axes, height: float, label: str) -> None:
    """A dashed line across the axes, such as a size or a rate that is not to be exceeded."""
    ax.axhline(height, color=QUIET, linewidth=1, linestyle=(0, (5, 3)), label=label)


def counts(ax: Axes) -> None:
    """Whole numbers with thousands separators on the upright axis, which begins at 0."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def legend(ax: Axes, **options: Any) -> None:
    """A legend without a frame, right of the axes; none if there is nothing to tell apart."""
    handles, labels = ax.get_legend_handles_labels()
    if not labels:
        return
    place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} | options
    ax.legend(handles[::-1], labels[::-1], frameon=False, fontsize="small", **place)
