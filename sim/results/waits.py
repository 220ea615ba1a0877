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
MOST_UNSORTED = 1 << 16

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


class _Sample:
    """Whole numbers, of which only how often each came is kept."""

    def __init__(self) -> None:
        self._values = self._counts = np.empty(0, np.int64)
        self._new: list[Ints] = []

    def add(self, numbers: Ints) -> None:
        """Takes some more."""
        if not len(numbers):
            return
        self._new.append(numbers)
        if sum(map(len, self._new)) > max(MOST_UNSORTED, len(self._values)):
            self.counted()

    def counted(self) -> tuple[Ints, Ints]:
        """(values, counts): each number that came, rising, and how often."""
        if self._new:
            new = np.concatenate(self._new)
            self._new.clear()
            self._values, self._counts = merged((self._values, self._counts), _counts(new))
        return self._values, self._counts


def _counts(numbers: Ints) -> tuple[Ints, Ints]:
    ordered = np.sort(numbers)
    first = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    return ordered[first], np.diff(first, append=len(ordered))


def merged(one: tuple[Ints, Ints], other: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """(values, counts), values rising, from two such pairs."""
    if not len(one[0]) or not len(other[0]):
        return one if len(one[0]) else other
    values, counts = (np.concatenate(both) for both in zip(one, other, strict=True))
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    return ordered[first], np.add.reduceat(counts[order], first)


class Waits:
    """Waits in milliseconds, and their figures in seconds."""

    def __init__(self) -> None:
        self._ended, self._unended = _Sample(), _Sample()

    def add(self, ended: Ints, unended: Ints) -> None:
        """Counts some more.

        Args:
            ended: waits that ended.
            unended: waits that did not end, with what they had lasted.
        """
        self._ended.add(ended)
        self._unended.add(unended)

    def figures(self) -> dict[str, Any]:
        """Count, mean, percentiles, and which of them are only lower bounds."""
        known, unended = self._ended.counted(), self._unended.counted()
        values, counts = merged(known, unended)
        if not len(values):
            return {"count": 0, **dict.fromkeys(FIGURES), "at_least": []}
        up_to, known_up_to = np.cumsum(counts), np.append(0, np.cumsum(known[1]))
        count = int(up_to[-1])
        result: dict[str, Any] = {"count": count, "mean": int(values @ counts) / count / 1000}
        at_least = ["mean"] if len(unended[0]) else []
        for name, share in PERCENTILES.items():
            rank = -(-share * count // 100)
            value = int(values[np.searchsorted(up_to, rank)])
            result[name] = value / 1000
            if known_up_to[np.searchsorted(known[0], value, side="right")] < rank:
                at_least.append(name)
        return {**result, "at_least": at_least}


def waits(ended: Ints, unended: Ints) -> dict[str, Any]:
    """Figures of waits that are all given at once, see `Waits.add`."""
    every = Waits()
    every.add(ended, unended)
    return every.figures()
