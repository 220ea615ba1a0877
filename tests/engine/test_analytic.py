"""Whole runs against closed forms; bounds are 4 standard deviations, seeds are fixed."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from worlds import (
    NO_LATENCY,
    READY_MS,
    RUNNING_MS,
    TEARDOWN_MS,
    Data,
    column,
    group,
    play,
    rows,
    scenario,
)

from sim.engine.build import World
from sim.engine.run import run

HOURS = 2
END_MS = HOURS * 3_600_000
SINCE_MS = 600_000  # nothing is left of the start by then
COOLING_S = 30.001  # an address cools while its age is at most 30 s
EXPONENTIAL = {"exponential": {"mean": "30s"}}


def churn(rate: float, **changes: Any) -> Data:
    """Pods that arrive as a Poisson process and work for 30 s on average."""
    spec = {"kind": "poisson", "name": "churn", "arrivals_per_minute": rate, "lifetime": "30s"}
    return spec | changes


def mean_number(starts: list[int], ends: list[int]) -> float:
    """How many of the intervals are open, on average over the time from `SINCE_MS` on."""
    spans = np.clip([starts, ends], SINCE_MS, END_MS)
    return float((spans[1] - spans[0]).sum() / (END_MS - SINCE_MS))


def mean_of(world: World, state: str) -> float:
    """Time average of addresses in a state, over the nodes, from the records of the pool."""
    pool = world.recorder.pool
    total = 0.0
    for node in range(len(world.nodes)):
        own = pool.matrix()[pool.matrix()[:, pool.columns.index("node")] == node]
        times = np.clip([*own[:, 0], END_MS], SINCE_MS, END_MS)
        total += float((np.diff(times) * own[:, pool.columns.index(state)]).sum())
    return total / (END_MS - SINCE_MS)


def deviation(rate_per_s: float, mean_square: float) -> float:
    """Standard deviation of the time average of an M/G/infinity queue.

    Its autocovariance at lag s is rate x the integral of P(service > u) over u > s; so the variance
    of the average over a time T, long against a service, is rate x E[service^2] / T.
    """
    return math.sqrt(rate_per_s * mean_square * 1000 / (END_MS - SINCE_MS))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("lifetime", "variance"), [("30s", 0.0), (EXPONENTIAL, 900.0)])
def test_littles_law(lifetime: Any, variance: float, seed: int) -> None:
    """Mean number = arrival rate x mean time, for pods, addresses of pods and cooling addresses.

    A pod is alive 3.01 s + 30 s, holds its address 2.5 s + 30 s + 0.3 s, which then cools 30.001 s.
    """
    rate = 0.5
    world = play(
        churn(60 * rate, lifetime=lifetime),
        groups=[group(nodes=3)],
        seed=seed,
        duration=f"{HOURS}h",
    )
    ends = [end if end >= 0 else END_MS for end in column(world, "ended_ms")]
    starting = RUNNING_MS / 1000
    for number, time, spread in (
        (mean_number(column(world, "created_ms"), ends), starting + 30, variance),
        (mean_of(world, "assigned"), starting - 0.51 + 30 + TEARDOWN_MS / 1000, variance),
        (mean_of(world, "cooldown"), COOLING_S, 0.0),
    ):
        bound = 4 * deviation(rate, time**2 + spread)
        assert abs(number - rate * time) <= bound < 0.1 * rate * time


@pytest.mark.parametrize("seed", range(2))
def test_pods_arrive_as_a_poisson_process(seed: int) -> None:
    """Counts in windows of 10 s: mean 5, variance / mean 1."""
    world = play(churn(30, lifetime="1s"), seed=seed, duration=f"{HOURS}h")
    windows = END_MS // 10_000
    counts = np.bincount(np.asarray(column(world, "created_ms")) // 10_000, minlength=windows)
    assert len(counts) == windows
    assert abs(counts.mean() - 5) <= 4 * math.sqrt(5 / windows)
    assert abs(counts.var(ddof=1) / counts.mean() - 1) <= 4 * math.sqrt(2 / windows)


@pytest.mark.parametrize(("size", "refill"), [(20, 2), (50, 10)])
def test_a_storm_is_granted_burst_and_refill(size: int, refill: int) -> None:
    """100 daemons start in one instant, at 1 s, and each begins with DescribeNetworkInterfaces.

    In each second in which a request was refused, the bucket gave all it had: its size, and what
    was added at the whole seconds since.
    """
    buckets = {"DescribeNetworkInterfaces": {"max": size, "refill_per_s": refill}}
    world = play(groups=[group(nodes=100)], aws=NO_LATENCY | {"buckets": buckets}, duration="60s")
    names = world.recorder.names
    granted: Counter[int] = Counter()
    refused = set()
    for row in rows(world.recorder.ec2_calls):
        if names.actions[row["action"]] == "DescribeNetworkInterfaces":
            second = row["request_ms"] // 1000
            is_granted = names.codes[row["code"]] == "OK"
            granted[second] += is_granted
            if not is_granted:
                refused.add(second)
    assert len(refused) >= 3
    for second in sorted(refused):
        so_far = sum(count for at, count in granted.items() if at <= second)
        assert so_far == size + refill * (second - READY_MS // 1000)


@pytest.mark.parametrize("seed", range(2))
def test_no_pod_waits_for_a_large_pool(seed: int) -> None:
    """Four nodes of 144 addresses, about 20 pods: each gets its address at its first ADD."""
    loaded = scenario(churn(40), groups=[group(nodes=4)], seed=seed, duration="1h")
    result = run(loaded)
    figures = result.summary["pods"]
    assert figures["started"] > 2_000
    assert figures["ip_wait_s"]["max"] == 0
    assert figures["waited"] == 0


def test_an_overloaded_pool_serves_what_its_addresses_allow() -> None:
    """Nine addresses, each in use for 2.5 + 30 + 0.3 s and then cooling for 30.001 s.

    So at most 9 pods start in any 62.8 s. A cooled address is idle until one of the 18
    pods that wait on the node asks again, each every 10 s.
    """
    world = play(churn(60), ipamd={"MAX_ENI": 1}, duration=f"{HOURS}h")
    started = sum(at >= 0 for at in column(world, "address_ms"))
    in_use = (RUNNING_MS - 510 + 30_000 + TEARDOWN_MS) / 1000 + COOLING_S
    most = 9 * END_MS / 1000 / in_use
    assert 0.97 * most < started <= most + 9
