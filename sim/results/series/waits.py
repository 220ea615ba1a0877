"""Waits of pods for their address: how they are spread, and when they came.

Waits that never ended count with what they had lasted, as in `sim.results.waits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.results.pods import WAITS, Pods, counts
from sim.results.steps import Ints, Window
from sim.results.waits import waits

if TYPE_CHECKING:
    from sim.results.result import Result

Floats = npt.NDArray[np.float64]
SHOWN = ("p50", "p99", "max")


class WaitCurve(NamedTuple):
    """How the waits of some pods are spread.

    The share of pods that waited no longer than v is known but for waits that had not ended by
    then: it is at least ``ended / n``, and at most ``(ended + unended) / n``. Without
    unended waits both are the empirical distribution function.

    Attributes:
        values: shape (values,), ms, rising: every length that occurs.
        ended: shape (values,), how many waits had ended after that time at the latest.
        unended: how many had gone on for no longer than that when the pod or the run ended.
        n: how many waits there are in all.
    """

    values: Ints
    ended: Ints
    unended: Ints
    n: int


class WaitsOverTime(NamedTuple):
    """Figures of waits by the bin of time in which they began.

    Attributes:
        starts: shape (bins,), ms at which the bins begin; only those in which a wait began.
        n: shape (bins,), how many began.
        figures_s: ``p50``, ``p99`` and ``max`` in seconds, by nearest rank.
        at_least: by the same names, which of them are only lower bounds.
        width_ms: length of a bin.
    """

    starts: Ints
    n: Ints
    figures_s: dict[str, Floats]
    at_least: dict[str, npt.NDArray[np.bool_]]
    width_ms: float


def wait_curve(result: Result, metric: str = "ip_wait_s") -> WaitCurve:
    """How the waits that the summary counts are spread.

    Args:
        result: whose records.
        metric: ``ip_wait_s``, or ``start_latency_s``.
    """
    ended, unended = _counted(result).lasted(*WAITS[metric])
    values = np.unique(np.concatenate([ended, unended]))
    up_to = [np.searchsorted(np.sort(one), values, side="right") for one in (ended, unended)]
    return WaitCurve(values, up_to[0], up_to[1], len(ended) + len(unended))


def waits_over_time(result: Result, metric: str = "ip_wait_s", bins: int = 200) -> WaitsOverTime:
    """The waits that the summary counts, by when they began.

    Args:
        result: whose records.
        metric: as for `wait_curve`.
        bins: how many the run is cut into.
    """
    begin, stop = WAITS[metric]
    pods = _counted(result)
    pods = pods.only(pods[begin] != -1)
    lasted = np.maximum(pods.until(stop) - pods[begin], 0)
    known = pods[stop] != -1
    of = pods[begin] * bins // result.end_ms
    order = np.argsort(of, kind="stable")
    first = np.flatnonzero(np.diff(of[order], prepend=-1))
    parts = np.split(order, first[1:]) if len(first) else []
    figures = [waits(lasted[part][known[part]], lasted[part][~known[part]]) for part in parts]
    return WaitsOverTime(
        starts=-(-of[order][first] * result.end_ms // bins),
        n=np.array([one["count"] for one in figures], np.int64),
        figures_s={name: np.array([one[name] for one in figures], float) for name in SHOWN},
        at_least={name: np.array([name in one["at_least"] for one in figures]) for name in SHOWN},
        width_ms=result.end_ms / bins,
    )


def _counted(result: Result) -> Pods:
    """The pods that the summary counts."""
    start = Window.after(result.scenario.model.warm_up, result.end_ms).start
    pods = result.pods
    return Pods(pods.only(counts(pods, start)), result.end_ms)
