"""What is reckoned of a workload against what comes of it."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whole import replayed, whole
from worlds import RUNNING_MS, deployment, job, scenario

import sim.workload.expected
from sim import run
from sim.scenario.errors import InputError
from sim.scenario.workload import Poisson, Trace
from sim.workload.expected import Expected, expected, mean_ms
from sim.workload.traces import read_trace

Data = dict[str, Any]
HOUR_MS = 3_600_000


def of(spec: Data, duration: str = "1h") -> tuple[Expected, int, int]:
    """What is expected of a workload, and its pods and the most of them at once in a run."""
    loaded = scenario(spec, duration=duration)
    (workload,) = loaded.model.workload
    reckoned = expected(workload, {}, loaded.duration_ms, RUNNING_MS)
    pods = run(loaded).pods.to_pandas().query("not host_network")
    ends = pods["ended_ms"].fillna(2**62).astype(np.int64)
    changes = sorted([(t, 1) for t in pods["created_ms"]] + [(t, -1) for t in ends])
    most = max(accumulate((change for _, change in changes)), default=0)
    return reckoned, len(pods), most


def cronjob(**changes: Any) -> Data:
    """A Job of four pods, two at a time, every five minutes."""
    base = {"kind": "cronjob", "name": "tick", "schedule": "*/5 * * * *", "lifetime": "1m"}
    return base | {"completions": 4, "parallelism": 2} | changes


@pytest.mark.parametrize(
    "spec",
    [
        deployment(12),
        deployment([{"at": 0, "replicas": 4}, {"at": "9m", "replicas": 12}]),
        deployment([{"at": 0, "replicas": 4}, {"at": "2h", "replicas": 12}]),
        deployment(10, updates=[{"at": "20m"}, {"at": "40m"}, {"at": "3h"}]),
        deployment(10, lifetime="57s"),
        deployment(10, lifetime={"exponential": {"mean": "2m"}}),
        deployment(0),
        job(completions=20, parallelism=5),
        job(completions=1_000, parallelism=5, lifetime="2m"),
        job(at="2h"),
        cronjob(),
        cronjob(lifetime="8m"),
        cronjob(lifetime="8m", concurrencyPolicy="Forbid"),
        cronjob(lifetime="8m", concurrencyPolicy="Replace"),
        cronjob(schedule="0 0 29 2 *"),
    ],
)
def test_controllers(spec: Data) -> None:
    """Pods of controllers are reckoned to a tenth, those at once too, but for short overlaps."""
    (pods, at_once), made, most = of(spec)
    assert pods == pytest.approx(made, rel=0.1)
    assert at_once == pytest.approx(most, rel=0.3)


def test_poisson() -> None:
    """Arrivals are reckoned by their rates, and those at once by their mean stay."""
    rates = [{"at": "10m", "arrivals_per_minute": 3}, {"at": "30m", "arrivals_per_minute": 6}]
    spec = {"kind": "poisson", "name": "p", "arrivals_per_minute": rates, "lifetime": "57s"}
    (pods, at_once), made, most = of(spec)
    assert pods == pytest.approx(20 * 3 + 30 * 6)
    assert abs(pods - made) <= 4 * pods**0.5
    assert at_once == pytest.approx(6 * (57 + 2 + 3.01) / 60)
    assert most >= at_once


@pytest.mark.parametrize(
    ("distribution", "mean_s"),
    [
        ("90s", 90),
        ({"uniform": {"min": "10s", "max": "30s"}}, 20),
        ({"exponential": {"mean": "1m"}}, 60),
        ({"lognormal": {"p50": "60s", "p99": "600s"}}, 97.9),  # 60 e^(0.98976^2 / 2)
        ({"empirical": {"values": ["1s", "9s"], "weights": [3, 1]}}, 3),
        ({"lognormal": {"p50": "1s", "p99": "36500d"}}, None),
    ],
)
def test_mean(distribution: Any, mean_s: float | None) -> None:
    """Means are those of the distributions; what is longer than the run counts as the run."""
    given = {"kind": "poisson", "name": "p", "arrivals_per_minute": 1, "lifetime": distribution}
    mean = mean_ms(Poisson.model_validate(given).lifetime, HOUR_MS)
    assert 0 < mean <= HOUR_MS
    assert mean_s is None or mean == pytest.approx(1000 * mean_s, rel=0.02)


def test_a_schedule_of_many_times() -> None:
    """A century of minutes is reckoned from its first times."""
    (spec,) = scenario(
        cronjob(schedule="* * * * *", lifetime="1s"), duration="36500d"
    ).model.workload
    minutes = 36_500 * 1_440
    assert expected(spec, {}, minutes * 60_000, 0).pods == pytest.approx(4 * minutes, rel=0.01)


def trace_of(folder: Path, times: list[tuple[int, int | None]], **given: Any) -> Trace:
    """A trace of pods that start and end at these seconds; None: they stay."""
    rows = [f"{start},{'' if life is None else start + life}" for start, life in times]
    (folder / "t.csv").write_text("\n".join(["start,end", *rows]))
    base = {"kind": "trace", "name": "t", "file": "t.csv", "columns": {"cpu": None, "memory": None}}
    return Trace.model_validate(base | given)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    times=st.lists(
        st.tuples(st.integers(-50, 50), st.none() | st.integers(0, 50)), min_size=1, max_size=9
    ),
    window=st.none() | st.tuples(st.integers(0, 20), st.integers(1, 30)),
    at=st.integers(0, 9),
    scale=st.sampled_from([0.3, 1.0, 2.5]),
)
def test_traces(
    tmp_path: Path,
    times: list[tuple[int, int | None]],
    window: tuple[int, int] | None,
    at: int,
    scale: float,
) -> None:
    """Exactly the pods that the trace gives are counted."""
    part = window and {"from": f"{window[0]}s", "to": f"{sum(window)}s"}
    spec = trace_of(tmp_path, times, window=part, at=f"{at}s", time_scale=scale)
    try:
        pods = whole(replayed(spec, tmp_path, until_ms=40_000)).created_ms
    except InputError:
        pods = []
    reckoned = expected(spec, {"t": read_trace(spec, tmp_path)}, 40_000, 0)
    assert reckoned.pods == len(pods)
    assert (reckoned.at_once > 0) <= (len(pods) > 0)


def test_a_long_trace_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long trace some rows stand for all."""
    monkeypatch.setattr(sim.workload.expected, "_ROWS", 100)
    spec = trace_of(tmp_path, [(i, 50) for i in range(2_000)])
    reckoned = expected(spec, {"t": read_trace(spec, tmp_path)}, 1_000_000, 0)
    assert reckoned.pods == pytest.approx(1_000, rel=0.02)
    assert reckoned.at_once == pytest.approx(50, rel=0.3)
