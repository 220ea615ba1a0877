"""Means with intervals: by hand, and how often the intervals hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.randomness import Streams
from sim.scenario.workload import Poisson
from sim.study.replications import replication_seeds
from sim.study.statistics import Estimate, estimate, paired
from sim.workload.arrivals import poisson

REPETITIONS, REPLICATIONS = 1_000, 10
T_3 = 3.182446  # 97.5th percentile of Student's t with 3 degrees of freedom, from printed tables


def test_mean_and_interval_by_hand() -> None:
    """1, 2, 3, 6: mean 3, sample variance 14/3, half width t(3) x sqrt(14/3/4)."""
    found = estimate([1, 2, 3, 6])
    half = T_3 * math.sqrt(14 / 3 / 4)
    assert found == pytest.approx((3, 3 - half, 3 + half, 4), rel=1e-6)


@pytest.mark.parametrize(("level", "t"), [(0.90, 6.313752), (0.95, 12.706205), (0.99, 63.656741)])
def test_levels(level: float, t: float) -> None:
    """Two values: t(1) of printed tables times half their distance."""
    assert estimate([0, 2], level) == pytest.approx((1, 1 - t, 1 + t, 2), rel=1e-6)


def test_one_value_has_no_interval() -> None:
    """Nothing is known about the spread of one value, so 0 is never excluded."""
    alone = estimate([5.0])
    assert alone == (5.0, -math.inf, math.inf, 1)
    assert (alone.is_known, alone.could_be_zero, alone.is_zero) == (False, True, False)


def test_equal_values_have_an_interval_of_no_width() -> None:
    """What no chance touches is known exactly: 0.1 three times is 0.1, and no difference is 0."""
    assert estimate([0.1] * 3) == (0.1, 0.1, 0.1, 3)
    assert paired([7, 8], [7, 8]) == (0, 0, 0, 2)
    assert paired([7, 8], [7, 8]).is_zero
    assert not estimate([0.1] * 3).could_be_zero


def test_no_values_are_refused() -> None:
    """A mean of nothing is an error, not nan."""
    with pytest.raises(ValueError, match="no values"):
        estimate([])


def test_paired_takes_out_what_both_have_in_common() -> None:
    """Differences 2, 2, 3 are told from 0, though the values themselves vary by thousands."""
    here, there = [1_000, 4_000, 6_000], [1_002, 4_002, 6_003]
    assert paired(here, there) == estimate([2, 2, 3])
    assert paired(there, here).mean == pytest.approx(-7 / 3)
    assert not paired(here, there).could_be_zero


def test_paired_refuses_unequal_lengths() -> None:
    """Without pairs there are no differences."""
    with pytest.raises(ValueError, match="zip"):
        paired([1, 2], [1])


@pytest.mark.parametrize("interval", [(-1.0, 2.0, True), (0.0, 2.0, True), (0.1, 2.0, False)])
def test_could_be_zero(interval: tuple[float, float, bool]) -> None:
    """0 on the edge is inside."""
    low, high, expected = interval
    assert Estimate(1.0, low, high, 9).could_be_zero is expected


def number_in_service(seed: int) -> float:
    """Time average of an M/G/infinity queue after its warm-up, made of the tool's own arrivals.

    2 arrivals a minute that each stay for 1 to 3 minutes, observed for 10 minutes from the 3rd on,
    when all that came before the start would have gone: the truth is 2 x 2 = 4.
    """
    given = {
        "kind": "poisson",
        "name": "pods",
        "arrivals_per_minute": 2,
        "lifetime": {"uniform": {"min": "1m", "max": "3m"}},
    }
    arrivals = poisson(Poisson.model_validate(given), Streams(seed), 780_000)
    inside = 0
    for chunk in arrivals.chunks:
        starts = np.asarray(chunk.created_ms)
        spans = np.clip([starts, starts + np.asarray(chunk.lifetime_ms)], 180_000, 780_000)
        inside += int((spans[1] - spans[0]).sum())
    return inside / 600_000


def test_coverage() -> None:
    """Of 1,000 intervals of 10 replications 93 to 97 % hold the known mean of a queue."""
    found = [
        estimate([number_in_service(seed) for seed in replication_seeds(one, REPLICATIONS)])
        for one in range(REPETITIONS)
    ]
    holding = sum(one.low <= 4 <= one.high for one in found)
    assert 0.93 <= holding / REPETITIONS <= 0.97


def test_coverage_of_differences() -> None:
    """The same of paired differences: 0.3 between two values of one seed, on much larger noise."""
    draw = np.random.default_rng(7)
    common = draw.exponential(50, (REPETITIONS, REPLICATIONS))
    noise = draw.normal(0.3, 1.0, (REPETITIONS, REPLICATIONS))
    found = [paired(a, a + b) for a, b in zip(common, noise, strict=True)]
    holding = sum(one.low <= 0.3 <= one.high for one in found)
    assert 0.93 <= holding / REPETITIONS <= 0.97


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_replication_seeds(seed: int) -> None:
    """The scenario's own seed comes first; more replications keep those of fewer; all differ."""
    ten = replication_seeds(seed, 10)
    assert ten[0] == seed
    assert replication_seeds(seed, 3) == ten[:3]
    assert len(set(ten)) == 10
    assert all(0 <= one < 2**63 for one in ten)
