"""Plots of a result: ``result.plot.addresses()`` and others, matplotlib axes in and out.

Each draws on the axes it is given, or on those of a new figure, and returns them: sizes, fonts and
the file are matplotlib's business. Titles say what came out, labels have units, and the colours are
those of every other report. See docs/notebooks-and-plots.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.ec2 import THROTTLED
from sim.results.series import (
    Requests,
    StepSeries,
    WaitCurve,
    address_series,
    node_map,
    request_series,
    token_series,
    wait_curve,
    waits_over_time,
)
from sim.scenario.errors import InputError, Problem, did_you_mean

from .axes import PIXELS, axes, counts, dressed, legend, limit_line, time_axis, time_unit
from .format import count, duration, number_of, percent, wait
from .palette import ACTIONS, BAD, HEAT, QUIET, STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from sim.results.result import Result
    from sim.results.series.addresses import By
    from sim.results.series.nodes import Count
    from sim.results.steps import Ints

HELD = ("assigned", "cooldown", "partial", "warm", "eni_primary", "in_transition")
"""The states of what nodes hold, as they are stacked: what is used below, what is not above."""

FEW_NODES = 16
BARS, WAIT_BINS = 350, 100
WIDTHS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400)
WAIT_WORDS = {"ip_wait_s": "waited for an address", "start_latency_s": "took to run"}
WAIT_LABELS = {
    "ip_wait_s": "wait for an address (s)",
    "start_latency_s": "from creation to running (s)",
}
COUNT_WORDS = {"held": "held", "assigned": "used by pods", "waste": "held, but not used"}


class ResultPlots:
    """The plots of one result, as ``Result.plot``."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def addresses(
        self,
        ax: Axes | None = None,
        *,
        subnet: str | None = None,
        node_group: str | None = None,
        node: str | None = None,
    ) -> Axes:
        """What the nodes held over time, stacked by state.

        Args:
            ax: where to; the axes of a new figure if not given.
            subnet: only what they held in this one; its size is drawn if it came near.
            node_group: only what its nodes held.
            node: only what it held.

        Raises:
            InputError: there is no such subnet, node group or node, or more than one is given.
            ImportError: matplotlib is not installed.
        """
        by, name = self._part(subnet=subnet, node_group=node_group, node=node)
        names = None if by == "cluster" else [name]
        series = address_series(self._result, by, names, bins=PIXELS)[name]
        ax = axes(ax)
        _stack(ax, series)
        if by == "subnet":
            self._draw_room(ax, series)
        below = time_axis(ax, self._result)
        counts(ax)
        legend(ax)
        return dressed(ax, self._held_title(by, name, series), below, "IP addresses")

    def _part(self, **given: str | None) -> tuple[By, str]:
        """What is asked for, and its name."""
        chosen = [(kind, name) for kind, name in given.items() if name is not None]
        if not chosen:
            return "cluster", "cluster"
        if len(chosen) > 1:
            raise InputError([Problem("give only one of subnet, node_group and node")])
        kind, name = chosen[0]
        names = self._result.names
        known = {"subnet": names.subnets, "node_group": names.groups, "node": names.nodes}[kind]
        if name not in known:
            what = kind.replace("_", " ")
            remedy = did_you_mean(name, known)
            raise InputError([Problem(f"there is no {what} {name}", remedy=remedy)])
        return kind, name  # type: ignore[return-value]  # the names of the arguments are those of By

    def _draw_room(self, ax: Axes, series: StepSeries) -> None:
        """How many addresses of the subnet there are for nodes, if it is not far above."""
        held, others = series.values["held"], series.values["other"]
        room = int(held[0] + series.values["free"][0])
        if held.max() * 2 >= room:
            label = f"all there are{', without those of others' if others[0] else ''}"
            limit_line(ax, room, label)

    def _held_title(self, by: By, name: str, series: StepSeries) -> str:
        summary = self._result.summary["addresses"]
        if by == "node":
            most = number_of(int(series.values["held"].max()), "address", "addresses")
            return f"{name} held at most {most}"
        figures = summary["cluster"] if by == "cluster" else summary[f"{by}s"][name]
        held, used = (count(figures[state]["mean"]) for state in ("held", "assigned"))
        whose = "" if by == "cluster" else f"{name}: "
        if by == "subnet" and figures["ran_out_at_s"] is not None:
            return f"{whose}no address left after {duration(figures['ran_out_at_s'])}"
        return f"{whose}{held} addresses held on average, {used} of them used by pods"

    def ec2(self, ax: Axes | None = None, *, action: str | None = None) -> Axes:
        """Requests of one action over time, against what its bucket sustains.

        In a long run a bar is the busiest of several seconds; its label says of how many.

        Args:
            ax: where to; the axes of a new figure if not given.
            action: EC2's name; if not given the one that was throttled most, or if none was, the
                one that was requested most.

        Raises:
            InputError: no such action was requested.
            ImportError: matplotlib is not installed.
        """
        every = request_series(self._result)
        action = self._action(action, every)
        ax = axes(ax)
        one, end = every[action], self._result.end_ms
        width = next((w for w in WIDTHS_S if end <= w * 1000 * BARS), WIDTHS_S[-1])
        binned, unit = one.binned(width, end), time_unit(end)
        _draw_requests(ax, binned, width * 1000 / unit.ms, unit.ms / 1000)
        bucket = self._result.scenario.model.aws.sized_buckets().get(action)
        if bucket is not None:
            limit_line(ax, bucket.refill_per_s, f"refill, {bucket.refill_per_s} a second")
        below = time_axis(ax, self._result)
        counts(ax)
        legend(ax)
        of = f"{width} s" if width < 60 else duration(width)
        label = "requests per second" + (f"\n(busiest of {of})" if width > 1 else "")
        return dressed(ax, self._ec2_title(action), below, label)

    def _ec2_title(self, action: str) -> str:
        codes = self._result.summary["ec2"]["requests"].get(action, {})
        made, throttled = sum(codes.values()), codes.get(THROTTLED, 0)
        if not throttled:
            return f"{action}: {number_of(made, 'request')}, none throttled"
        share = percent(throttled / made)
        return f"{action}: {count(throttled)} of {number_of(made, 'request')} throttled ({share})"

    def tokens(self, ax: Axes | None = None, *, action: str | None = None) -> Axes:
        """How full one action's bucket was over time.

        Args:
            ax: where to; the axes of a new figure if not given.
            action: as for `ec2`.

        Raises:
            InputError: no such action was requested, or it has no bucket.
            ImportError: matplotlib is not installed.
        """
        action = self._action(action, request_series(self._result))
        series = token_series(self._result, action, bins=PIXELS)
        if series is None:
            raise InputError([Problem(f"{action} is not throttled in this scenario")])
        ax, unit = axes(ax), time_unit(self._result.end_ms)
        ax.plot(series.times / unit.ms, series.tokens, color=ACTIONS[action], linewidth=1.2)
        limit_line(ax, series.bucket.size, "full")
        below = time_axis(ax, self._result)
        counts(ax)
        ax.set_ylim(top=series.bucket.size * 1.08)
        legend(ax)
        least = int(series.tokens.min())
        said = "ran empty" if least == 0 else f"never had fewer than {number_of(least, 'token')}"
        title = f"The bucket of {action} {said}"
        return dressed(ax, title, below, f"tokens, of {count(series.bucket.size)}")

    def _action(self, action: str | None, every: Mapping[str, Requests]) -> str:
        if not every:
            raise InputError([Problem("no EC2 request was made in this run")])
        if action is None:
            return next(iter(every))
        if action not in every:
            remedy = did_you_mean(action, list(every))
            raise InputError([Problem(f"no request of {action} was made", remedy=remedy)])
        return action

    def waits(self, ax: Axes | None = None, *, metric: str = "ip_wait_s") -> Axes:
        """How many pods waited longer than so long.

        This is 1 less the empirical distribution function, on a scale that shows the few that wait
        long. Pods whose wait had not ended count with what it had lasted, and a shaded band shows
        how far up the line may be in truth.

        Args:
            ax: where to; the axes of a new figure if not given.
            metric: ``ip_wait_s``, or ``start_latency_s``.

        Raises:
            ImportError: matplotlib is not installed.
        """
        curve = wait_curve(self._result, metric)
        ax = axes(ax)
        if curve.n:
            _draw_waits(ax, curve)
        if curve.unended.any():
            legend(ax, loc="upper right", bbox_to_anchor=None)
        title = self._wait_title(metric)
        return dressed(ax, title, WAIT_LABELS[metric], "pods that waited longer (%)")

    def waits_over_time(self, ax: Axes | None = None, *, metric: str = "ip_wait_s") -> Axes:
        """How long pods waited, by when their wait began: the longest, the 99 % and the median.

        Args:
            ax: where to; the axes of a new figure if not given.
            metric: as for `waits`.

        Raises:
            ImportError: matplotlib is not installed.
        """
        waits, unit = (
            waits_over_time(self._result, metric, WAIT_BINS),
            time_unit(self._result.end_ms),
        )
        ax = axes(ax)
        times = (waits.starts + waits.width_ms / 2) / unit.ms
        for name, (label, colour) in WAIT_LINES.items():
            figures = waits.figures_s[name]
            ax.plot(times, figures, ".", color=colour, label=label, markersize=3)
        open_ended = waits.at_least["max"]
        if open_ended.any():
            longest = waits.figures_s["max"][open_ended]
            ax.plot(times[open_ended], longest, "^", color=BAD, markersize=5, label="or longer")
        below = time_axis(ax, self._result)
        ax.set_ylim(bottom=0)
        legend(ax)
        of = duration(waits.width_ms / 1000)
        label = f"{WAIT_LABELS[metric]}\n(of those that begin within {of})"
        return dressed(ax, self._wait_title(metric), below, label)

    def _wait_title(self, metric: str) -> str:
        figures = self._result.summary["pods"][metric]
        if not figures["count"]:
            return "No pods"
        if figures["max"] == 0:
            return f"None of {number_of(figures['count'], 'pod')} {WAIT_WORDS[metric]}"
        if "p99" in figures["at_least"]:
            return f"1 % of pods {WAIT_WORDS[metric]} {duration(figures['p99'])} or longer"
        longest, p99 = wait(figures, "max"), wait(figures, "p99")
        return f"99 % of pods {WAIT_WORDS[metric]} no longer than {p99}, the last {longest}"

    def nodes(self, ax: Axes | None = None, *, show: Count = "waste") -> Axes:
        """Every node over time as a row of a map: how many addresses it had.

        Args:
            ax: where to; the axes of a new figure if not given.
            show: ``waste``: held, but not used by a pod; ``held``, or ``assigned``.

        Raises:
            InputError: there was no node.
            ImportError: matplotlib is not installed.
        """
        if not len(self._result.nodes):
            raise InputError([Problem("there was no node in this run")])
        found, unit = node_map(self._result, show), time_unit(self._result.end_ms)
        ax = axes(ax)
        order = np.argsort(found.groups, kind="stable")
        image = ax.imshow(
            found.means[order],
            aspect="auto",
            cmap=_heat(),
            vmin=0,
            extent=(0, found.edges[-1] / unit.ms, len(order), 0),
            interpolation="nearest",
        )
        names = [found.names[row] for row in order]
        _name_rows(ax, names, found.groups[order], self._result.names.groups)
        bar = ax.figure.colorbar(image, ax=ax, label=f"IP addresses\n{COUNT_WORDS[show]}")
        bar.outline.set_visible(False)
        mean = self._result.summary["addresses"]["cluster"][show]["mean"]
        who = number_of(len(order), "node")
        title = f"{count(mean)} addresses {COUNT_WORDS[show]}, on average, by {who}"
        return dressed(ax, title, time_axis(ax, self._result), "nodes, by launch")

    def node_count(self, ax: Axes | None = None) -> Axes:
        """How many nodes there were over time, by group, and how many of them were not Ready."""
        from .node_plots import draw_node_count

        return draw_node_count(self._result, ax)

    def fragments(self, ax: Axes | None = None, *, subnet: str | None = None) -> Axes:
        """A subnet's /28s over time as rows of a map: whole ones, prefixes, and what breaks others.

        Raises:
            InputError: there is no such subnet, or cluster.record_addresses was off.
        """
        from .fragment_plots import draw_fragments

        return draw_fragments(self._result, ax, subnet)

    def others(self, ax: Axes | None = None) -> Axes:
        """Requests of others in the account over time, and how many of them were throttled."""
        from .fragment_plots import draw_others

        return draw_others(self._result, ax)


WAIT_LINES = {
    "p50": ("half waited no longer", QUIET),
    "p99": ("99 % waited no longer", STATES["warm"].colour),
    "max": ("longest", STATES["assigned"].colour),
}


def _stack(ax: Axes, series: StepSeries) -> None:
    """What is held, state upon state."""
    times = np.append(series.starts, series.end) / time_unit(series.end).ms
    shown = [state for state in HELD if series.values[state].any()]
    layers = [np.append(series.values[state], series.values[state][-1:]) for state in shown]
    labels = [STATES[state].label for state in shown]
    colours = [STATES[state].colour for state in shown]
    if shown:
        ax.stackplot(times, *layers, labels=labels, colors=colours, step="post", linewidth=0)


def _draw_requests(ax: Axes, binned: Requests, width: float, seconds_a_unit: float) -> None:
    """Bars of what was answered and, on top of it, of what was throttled."""
    starts = binned.seconds / seconds_a_unit
    answered = binned.made - binned.throttled
    blue = STATES["assigned"].colour
    bars: Any = {"width": width, "align": "edge", "linewidth": 0}
    ax.bar(starts, answered, color=blue, label="answered", **bars)
    if binned.throttled.any():
        ax.bar(starts, binned.throttled, bottom=answered, color=BAD, label="throttled", **bars)


def _draw_waits(ax: Axes, curve: WaitCurve) -> None:
    seconds = np.append(0, curve.values) / 1000
    at_most, at_least = (
        100 * (1 - np.append(0, known) / curve.n)
        for known in (curve.ended, curve.ended + curve.unended)
    )
    if curve.values[:1] == 0:  # the step at 0 is on the axis
        seconds, at_most, at_least = seconds[1:], at_most[1:], at_least[1:]
    blue = STATES["assigned"].colour
    ax.step(seconds, at_least, where="post", color=blue, linewidth=1.5, label="at least")
    if curve.unended.any():
        label = "and at most: some waits had not ended"
        ax.fill_between(seconds, at_least, at_most, step="post", color=BAD, alpha=0.3, label=label)
    ax.set_xlim(left=0)
    if at_most[0] == 0:
        ax.axhline(0, color=blue, linewidth=3)
        ax.set_ylim(0, 100)
        return
    ax.set_yscale("log")
    ax.set_ylim(bottom=70 / curve.n, top=100)
    ax.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
    if curve.n > 100:
        ax.axhline(1, color=QUIET, linewidth=0.8, linestyle=":")
        ax.annotate("p99", (1, 1), xycoords=("axes fraction", "data"), ha="right", va="bottom")


def _heat() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("heat", HEAT)  # what is not there stays blank


def _name_rows(ax: Axes, nodes: Sequence[str], of: Ints, groups: Sequence[str]) -> None:
    """Names of the node groups in the middle of their rows; of few nodes their own names."""
    present = np.unique(of)
    ends = np.searchsorted(of, present, side="right")
    if len(nodes) <= FEW_NODES:
        ax.set_yticks(np.arange(len(nodes)) + 0.5, nodes)
    elif len(present) > 1:
        middles = (np.searchsorted(of, present) + ends) / 2
        ax.set_yticks(middles, [groups[group] for group in present])
    for end in ends[:-1]:
        ax.axhline(end, color="white", linewidth=1)
