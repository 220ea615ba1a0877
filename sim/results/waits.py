"""Waits without survivor bias: those that never ended count with what they had lasted.

Percentiles are by nearest rank over all waits, ended or not: of n waits the p-th is the
ceil(p n / 100)-th smallest. What an unended wait would have become is unknown, but it is no
shorter than it was. So every figure is at most the true one, and it is exact if enough waits that
did end lie at or below it to fill the ranks up to its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .metric import Metric
from .steps import Ints

PERCENTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}
FIGURES = ("mean", *PERCENTILES)

METRICS = (
    Metric("count", "waits", "n", "How many waits began, whether they ended or not."),
    Metric("mean", "s", "Σ wait / n", "Average, unended waits with what they had lasted."),
    *(
        Metric(name, "s", f"⌈{share} n / 100⌉-th smallest", "Percentile by nearest rank.")
        for name, share in PERCENTILES.items()
        if name != "max"
    ),
    Metric("max", "s", "n-th smallest", "Longest wait."),
    Metric(
        "at_least",
        "names",
        "percentile or max v of rank r: fewer than r of the waits that ended are ≤ v; "
        "mean: any wait did not end",
        "Figures that are only lower bounds, printed with ≥. All others are exact.",
    ),
)


def waits(ended: Ints, unended: Ints) -> dict[str, Any]:
    """Figures of waits in seconds.

    Args:
        ended: waits that ended, in milliseconds.
        unended: waits that did not end, with what they had lasted.
    """
    everything = np.sort(np.concatenate([ended, unended]))
    count = len(everything)
    if not count:
        return {"count": 0, **dict.fromkeys(FIGURES), "at_least": []}
    known = np.sort(ended)
    result: dict[str, Any] = {"count": count, "mean": int(everything.sum()) / count / 1000}
    at_least = ["mean"] if len(unended) else []
    for name, share in PERCENTILES.items():
        rank = -(-share * count // 100)
        value = int(everything[rank - 1])
        result[name] = value / 1000
        if np.searchsorted(known, value, side="right") < rank:
            at_least.append(name)
    return {**result, "at_least": at_least}
