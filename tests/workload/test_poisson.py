"""Poisson arrivals against what their rate says."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np
import pytest
from scipy import stats
from whole import whole

from sim.randomness import Streams
from sim.scenario.workload import Poisson
from sim.workload.arrivals import CHUNK_PODS, STAYS, Arrivals, Chunk, poisson

HOUR_MS = 3_600_000


def arrivals(rates: Any = 60, seed: int = 1, duration_ms: int = HOUR_MS, **more: Any) -> Arrivals:
    """Arrivals at these rates a minute."""
    given = {"kind": "poisson", "name": "web", "lifetime": "60s", "arrivals_per_minute": rates}
    return poisson(Poisson.model_validate({**given, **more}), Streams(seed), duration_ms)


def pods(*given: Any, **more: Any) -> Chunk:
    """All pods of `arrivals`."""
    return whole(arrivals(*given, **more))


def seconds(pods: Chunk) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Creation times in seconds."""
    return np.asarray(pods.created_ms) / 1000


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", [0.5, 6, 600])
def test_count_follows_the_rate(rate: float, seed: int) -> None:
    """In ten hours the count lies within 4 standard deviations of rate x time."""
    expected = rate * 600
    count = len(pods(rate, seed, 10 * HOUR_MS).created_ms)
    assert abs(count - expected) <= 4 * math.sqrt(expected)


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_neither_clumped_nor_even(seed: int) -> None:
    """Counts in 3,600 windows of 10 s have variance / mean = 1 within 4 standard deviations."""
    counts = np.bincount((seconds(pods(60, seed, 10 * HOUR_MS)) // 10).astype(int), minlength=3600)
    dispersion = counts.var(ddof=1) / counts.mean()
    assert abs(dispersion - 1) <= 4 * math.sqrt(2 / 3600)


@pytest.mark.parametrize("seed", range(3))
def test_gaps_are_exponential(seed: int) -> None:
    """Gaps between arrivals, to the millisecond, are exponential with mean 1 / rate."""
    gaps = np.diff(seconds(pods(6, seed, 100 * HOUR_MS)))
    assert stats.kstest(gaps, stats.expon(scale=10).cdf).pvalue >= 0.001


@pytest.mark.parametrize("seed", range(3))
def test_rates_change_where_they_should(seed: int) -> None:
    """Each step has its own rate from its start on, and none before the first."""
    steps = [
        {"at": "1h", "arrivals_per_minute": 60},
        {"at": "2h", "arrivals_per_minute": 0},
        {"at": "3h", "arrivals_per_minute": 240},
        {"at": "9h", "arrivals_per_minute": 1},
    ]
    times = seconds(pods(steps, seed, 4 * HOUR_MS))
    by_hour = np.histogram(times, bins=np.arange(5) * 3600)[0]
    assert by_hour[0] == by_hour[2] == 0
    assert abs(by_hour[1] - 3_600) <= 4 * 60
    assert abs(by_hour[3] - 14_400) <= 4 * 120


@pytest.mark.parametrize("seed", range(3))
def test_within_a_step_arrivals_are_uniform(seed: int) -> None:
    """Given their number, arrivals of a step are uniform over it, also next to its ends."""
    steps = [{"at": "10m", "arrivals_per_minute": 60}, {"at": "1h", "arrivals_per_minute": 5}]
    times = seconds(pods(steps, seed, 2 * HOUR_MS))
    within = times[times < 3_600]
    assert stats.kstest(within, stats.uniform(600, 3_000).cdf).pvalue >= 0.001


def test_times_rise_within_the_run() -> None:
    """Creation times are ordered and lie in [0, duration)."""
    created = pods(600).created_ms
    assert list(created) == sorted(created)
    assert created[0] >= 0
    assert created[-1] < HOUR_MS


def test_a_longer_run_continues_a_shorter_one() -> None:
    """The first hour of two hours is the hour alone: arrivals, lifetimes and terminations."""
    random = {"uniform": {"min": "1s", "max": "9s"}}
    short, long = (
        pods(60, duration_ms=hours * HOUR_MS, lifetime=random, termination_time=random)
        for hours in (1, 2)
    )
    count = len(short.created_ms)
    assert count < len(long.created_ms)
    for name in ("created_ms", "lifetime_ms", "termination_ms"):
        assert getattr(short, name) == getattr(long, name)[:count]


def test_a_run_of_many_pods_is_drawn_in_chunks() -> None:
    """A million pods a minute for 30 days are there at once, for no more is drawn than is used."""
    chunks = arrivals(1_000_000, duration_ms=720 * HOUR_MS).chunks
    first, second = next(chunks), next(chunks)
    assert len(first.created_ms) == len(second.created_ms) == CHUNK_PODS
    assert first.created_ms[-1] <= second.created_ms[0]
    assert {len(column) for column in second[:5]} == {CHUNK_PODS}


def test_chunks_end_where_the_run_ends() -> None:
    """Where chunks are cut changes no number of a shorter run, and the last one may be short."""
    random = {"lifetime": {"exponential": {"mean": "5m"}}, "termination_time": "1s"}
    short = pods(3_000, duration_ms=HOUR_MS // 10, **random)
    assert 0 < len(short.created_ms) < CHUNK_PODS
    sizes = [len(chunk.created_ms) for chunk in arrivals(3_000, **random).chunks]
    assert sizes[:-1] == [CHUNK_PODS] * (len(sizes) - 1)
    assert len(sizes) > 5
    long = pods(3_000, **random)
    assert [column[: len(short.created_ms)] for column in long[:5]] == list(short[:5])


def test_streams_are_apart() -> None:
    """What pods request and how long they live changes no arrival; the seed and the name do."""
    base = pods().created_ms
    other_lifetime = pods(lifetime={"exponential": {"mean": "5m"}}, termination_time="9s")
    assert other_lifetime.created_ms == base
    assert pods(requests={"cpu": "2", "memory": "1Gi"}).created_ms == base
    assert pods(seed=2).created_ms != base
    assert pods(name="api").created_ms != base


def test_columns() -> None:
    """Every column has one value a pod, taken from the workload."""
    given = arrivals(
        requests={"cpu": "250m", "memory": "64Mi"}, termination_time="3s", lifetime_from="created"
    )
    columns = whole(given)
    count = len(columns.created_ms)
    assert columns.cpu == array("q", [250] * count)
    assert columns.memory == array("q", [64] * count)
    assert columns.lifetime_ms == array("q", [60_000] * count)
    assert columns.termination_ms == array("q", [3_000] * count)
    assert (columns.nodes, given.lifetime_from) == (None, "created")
    assert STAYS not in columns.lifetime_ms


@pytest.mark.parametrize("seed", range(3))
def test_lifetimes_follow_their_distribution(seed: int) -> None:
    """Lifetimes of a lognormal by p50 and p99 have that median and that 99th percentile."""
    given = {"lognormal": {"p50": "60s", "p99": "600s"}}
    lifetimes = np.asarray(pods(600, seed, lifetime=given).lifetime_ms)
    under_median, under_p99 = np.mean(lifetimes < 60_000), np.mean(lifetimes < 600_000)
    assert abs(under_median - 0.5) <= 4 * math.sqrt(0.25 / len(lifetimes))
    assert abs(under_p99 - 0.99) <= 4 * math.sqrt(0.0099 / len(lifetimes))


def test_no_arrivals() -> None:
    """A rate of 0 gives no pods."""
    assert list(arrivals(0).chunks) == []
