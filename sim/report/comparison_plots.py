"""Plots of a comparison: ``comparison.plot.front()`` and ``.differences()``, axes in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.results.headline import HEADLINES
from sim.scenario.errors import InputError, Problem, did_you_mean
from sim.scenario.variants import CURRENT
from sim.study.front import pareto_front
from sim.study.statistics import Estimate

from .axes import axes, dressed, legend
from .figures import value
from .palette import QUIET, SERIES, SERIES_MARKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.study.comparison import Comparison, Row

ROW_INCHES, FRAME_INCHES = 0.34, 1.3
MOST_NAMES = 3
UNITS = {"share": "share of all", "IPs": "IP addresses", "IP h": "IP-hours", "s": "seconds"}


class ComparisonPlots:
    """The plots of one comparison, as ``Comparison.plot``."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    def front(
        self, ax: Axes | None = None, *, x: str = "waste_mean", y: str = "pod_ip_wait_p99"
    ) -> Axes:
        """Each setting by two figures, with a line through those that no other betters in both.

        Bars are 95 % intervals of the means. A figure that is only a lower bound has an arrow in
        place of its bar, since it may be larger.

        Args:
            ax: where to; the axes of a new figure if not given.
            x: one headline figure.
            y: another.

        Raises:
            InputError: there is no such figure, or no setting has both.
            ImportError: matplotlib is not installed.
        """
        for metric in (x, y):
            _check(metric)
        rows = [one.row for one in self._comparison.settings]
        shown = [row for row in rows if row.figures[x] and row.figures[y]]
        if not shown:
            raise InputError([Problem(f"no setting has both {x} and {y}")])
        ax = axes(ax)
        front = _front(shown, x, y)
        ax.plot(*_means(front, x, y), color=QUIET, linewidth=1, zorder=1, label="not bettered")
        for row in shown:
            _draw_setting(ax, row, (x, y), rows.index(row))
        ax.margins(0.12)
        ax.set_xlim(left=max(ax.get_xlim()[0], 0))
        if not any(_mean(row, y) for row in shown):
            ax.set_ylim(-0.05, 1)
        legend(ax)
        return dressed(
            ax, _front_title([row.name for row in front], len(shown)), _label(x), _label(y)
        )

    def differences(self, ax: Axes | None = None, *, metric: str = "waste_mean") -> Axes:
        """What each variant changes against the current setting, run by run with the same luck.

        A dot is the difference of one pair of runs, the mark their mean with its 95 % interval. A
        hollow mark could be chance.

        Args:
            ax: where to; the axes of a new figure if not given.
            metric: a headline figure.

        Raises:
            InputError: there is no such figure, or no variant has it.
            ImportError: matplotlib is not installed.
        """
        _check(metric)
        comparison = self._comparison
        every = {one.name: comparison.difference(metric, one.name) for one in comparison.variants}
        found = {name: difference for name, difference in every.items() if difference}
        if not found:
            raise InputError([Problem(f"no variant has {metric} in the same runs as current")])
        ax = axes(ax, (7.0, FRAME_INCHES + ROW_INCHES * len(found)))
        ax.axvline(0, color=QUIET, linewidth=1)
        for place, (name, difference) in enumerate(found.items()):
            self._draw_difference(ax, place, name, metric, difference)
        ax.set_yticks(range(len(found)), list(found))
        ax.set_ylim(len(found) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
        x = f"difference from {CURRENT} in {_label(metric)}"
        return dressed(ax, self._difference_title(metric, found), x, "")

    def _draw_difference(
        self, ax: Axes, place: int, name: str, metric: str, difference: Estimate
    ) -> None:
        comparison = self._comparison
        there, here = (
            comparison.setting(one).values_of(metric) for one in (name, comparison.current.name)
        )
        pairs = [b - a for a, b in zip(here, there, strict=True) if a is not None and b is not None]
        colour = SERIES[0]
        ax.plot(pairs, [place] * len(pairs), ".", color=colour, alpha=0.35, markersize=5)
        error = [[difference.mean - difference.low], [difference.high - difference.mean]]
        ax.errorbar(
            difference.mean,
            place,
            xerr=error if difference.is_known else None,
            fmt="o",
            color=colour,
            markerfacecolor=colour if comparison.differs(metric, name) else "white",
            capsize=3,
        )

    def _difference_title(self, metric: str, found: dict[str, Estimate]) -> str:
        """The variant that is best in this figure, and by how much."""
        sign = 1 if HEADLINES[metric].better == "low" else -1
        best = min(found, key=lambda name: sign * found[name].mean)
        title, mean = HEADLINES[metric].title, found[best].mean
        if sign * mean >= 0 or not self._comparison.differs(metric, best):
            return f"No variant is surely better than {CURRENT} in {title}"
        unit = HEADLINES[metric].unit
        amount = value(metric, abs(mean)) + ("" if unit in ("s", "share") else f" {unit}")
        return f"{best}: {title} {amount} {'lower' if mean < 0 else 'higher'} than {CURRENT}"


def _front_title(names: Sequence[str], of: int) -> str:
    if len(names) == 1:
        return f"No other setting betters {names[0]} in either figure"
    if len(names) == of:
        return "Each setting has less of the one for more of the other"
    which = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} of {of} settings"
    return f"No setting betters {which} in both figures"


def _check(metric: str) -> None:
    if metric not in HEADLINES:
        remedy = did_you_mean(metric, list(HEADLINES))
        raise InputError([Problem(f"there is no figure {metric}", remedy=remedy)])


def _label(metric: str) -> str:
    one = HEADLINES[metric]
    return f"{one.title} ({UNITS.get(one.unit, one.unit)})"


def _mean(row: Row, metric: str) -> float:
    figure = row.figures[metric]
    return figure.mean if figure else float("nan")


def _means(rows: Sequence[Row], x: str, y: str) -> tuple[list[float], list[float]]:
    return [_mean(row, x) for row in rows], [_mean(row, y) for row in rows]


def _front(rows: Sequence[Row], x: str, y: str) -> list[Row]:
    """The rows that no other is at least as good as in both figures, by the first."""
    signs = [1 if HEADLINES[metric].better == "low" else -1 for metric in (x, y)]
    points = {row.name: (signs[0] * _mean(row, x), signs[1] * _mean(row, y)) for row in rows}
    by_name = {row.name: row for row in rows}
    return [by_name[name] for name in pareto_front(points)]


def _draw_setting(ax: Axes, row: Row, metrics: tuple[str, str], place: int) -> None:
    """The mark of a setting with its intervals."""
    is_current = row.name == CURRENT
    colour = QUIET if is_current else SERIES[(place - 1) % len(SERIES)]
    bars: Any = {}
    for side, metric in zip(("xerr", "yerr"), metrics, strict=True):
        figure = row.figures[metric]
        if figure is not None and figure.is_known:
            bars[side] = [[figure.mean - figure.low], [figure.high - figure.mean]]
    x, y = metrics
    ax.errorbar(
        _mean(row, x),
        _mean(row, y),
        fmt="X" if is_current else SERIES_MARKS[(place - 1) % len(SERIES_MARKS)],
        color=colour,
        markersize=7,
        capsize=2,
        elinewidth=1,
        lolims=y in row.at_least,
        xlolims=x in row.at_least,
        label=row.name,
        **bars,
    )
