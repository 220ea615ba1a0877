"""Means with the uncertainty of a few replications, by Student's t.

The mean of n independent values of a normal distribution with unknown variance lies within
t(n - 1) * s / sqrt(n) of the true mean in 95 of 100 cases, with s the sample's standard deviation
and t(n - 1) the 97.5th percentile of Student's t with n - 1 degrees of freedom. Differences of two
settings are taken run by run, on the same seed, before this is done: what both had in common
cancels. Source: Law, Simulation Modeling and Analysis, sections 9.4.1 and 10.2.1.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean and how well it is known.

    Attributes:
        mean: of the values.
        low: lower end of its confidence interval; -inf if there was one value.
        high: upper end; inf if there was one value.
        n: number of values.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def is_known(self) -> bool:
        """Whether there is an interval at all: one value has none."""
        return self.n > 1

    @property
    def is_zero(self) -> bool:
        """Whether all values were 0: of a difference, that there was none."""
        return self.low == self.high == 0

    @property
    def could_be_zero(self) -> bool:
        """Whether 0 lies in the interval: of a difference, whether chance could explain it."""
        return self.low <= 0 <= self.high


def estimate(values: Sequence[float], level: float = LEVEL) -> Estimate:
    """The mean of independent values, with its confidence interval.

    Args:
        values: one a replication, at least one.
        level: in how many of 1 cases such an interval holds the true mean.

    Raises:
        ValueError: there are no values.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no values to estimate a mean from")
    mean = float(statistics.mean(values))
    if n == 1:
        return Estimate(mean, -math.inf, math.inf, n)
    half = _student_t(n - 1, level) * statistics.stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def paired(a: Sequence[float], b: Sequence[float], level: float = LEVEL) -> Estimate:
    """The mean of b - a, taken pair by pair, with its confidence interval.

    Args:
        a: one value a replication.
        b: as many values, of the same replications in the same order.
        level: as in `estimate`.

    Raises:
        ValueError: there are no values, or not as many of both.
    """
    return estimate([there - here for here, there in zip(a, b, strict=True)], level)


@cache
def _student_t(freedom: int, level: float) -> float:
    """How many standard errors to either side hold ``level`` of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))
