"""What a job's key stands for, and what comes of a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_jobs import TRACE, failing, jobs, replayed, small

import sim.engine.run
import sim.study.jobs
from sim import Result, Scenario, run
from sim.results.blocks import cut_at
from sim.results.headline import headline_figures
from sim.results.needed import Need, Needed
from sim.results.records import NEVER
from sim.results.summary import Tally
from sim.study.jobs import Job, run_job


def key(**changes: Any) -> str:
    """The key of the small scenario's job."""
    return Job.of(Scenario.from_dict(small(**changes))).key


def test_the_key_is_of_what_is_run() -> None:
    """Names, texts, the order of keys and defaults that are written out change no key."""
    assert len(key()) == 64
    assert key(name="n", description="d") == key()
    assert key(seed=1, ipamd={"WARM_ENI_TARGET": 1, "WARM_IP_TARGET": 2}) == key()
    assert Job.of(Scenario.from_dict(dict(reversed(small().items())))).key == key()
    assert key(duration="600s", warm_up="0s") == key()


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 2},
        {"duration": "601s"},
        {"warm_up": "1s"},
        {"ipamd": {"WARM_IP_TARGET": 3}},
        {"aws": {"quota_multiplier": 2}},
    ],
)
def test_another_run_has_another_key(changes: dict[str, Any]) -> None:
    """Whatever may change figures changes the key."""
    assert key(**changes) != key()


def test_a_seed_of_its_own() -> None:
    """A job with another seed is that of the scenario with this seed."""
    scenario = Scenario.from_dict(small())
    assert Job.of(scenario, 7) == Job.of(scenario.with_values({"seed": 7}))
    assert Job.of(scenario, 7).resolved["seed"] == 7


def test_a_trace_is_its_pods(tmp_path: Path) -> None:
    """Where a trace lies, its name and its columns' change no key; one pod's time does."""
    here = Job.of(replayed(tmp_path))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "other.csv").write_text(TRACE.replace("start", "from"))
    changes = {"file": "b/other.csv", "columns": {"start": "from"}}
    assert Job.of(replayed(tmp_path, **changes)) == here
    later = Job.of(replayed(tmp_path, TRACE.replace("20,110", "21,110")))
    assert later.text == here.text
    assert (later.traces, later.key) != (here.traces, here.key)


def test_another_version_has_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of another version has another key, and is not run by this one."""
    (ours,) = jobs(1)
    monkeypatch.setattr(sim.study.jobs, "_versions", lambda: "ipamd_sim 0.0.1")
    (theirs,) = jobs(1)
    assert theirs.key != ours.key
    assert "another version than the one here, ipamd_sim 0.0.1" in run_job(ours).error


def test_no_file_is_read(tmp_path: Path) -> None:
    """A job runs without the files it was made from, and gives what the scenario's run gives."""
    scenario = replayed(tmp_path)
    job, result = Job.of(scenario), run(scenario)
    (tmp_path / "t.csv").unlink()
    outcome = run_job(replace(job.alone(), pods=dict(job.pods)))
    assert (outcome.key, outcome.error) == (job.key, "")
    assert outcome.figures == headline_figures(result.summary)
    assert outcome.figures.values["pods_created"] == 20


def test_a_run_that_raises(tmp_path: Path) -> None:
    """What a run raises becomes its outcome: key, type and message on one line."""
    job = failing(tmp_path)
    outcome = run_job(job)
    assert (outcome.key, outcome.figures, outcome.needed) == (job.key, None, None)
    assert outcome.error == (
        "InputError: pods: no pod of the trace is alive in the window; move or widen it"
    )


def test_a_run_that_is_too_long() -> None:
    """A job is refused for its size as a run is."""
    (job,) = jobs(1, duration="36500d")
    assert "the run is too long" in run_job(job).error


# ------------------------------------------------------------------------ needed

HARD = small(
    warm_up="3m",
    cluster={
        "subnets": [
            {"name": "a", "cidr": "10.0.0.0/27", "others": {"count": 9}},
            {"name": "b", "cidr": "10.0.1.0/25"},
        ],
        "node_groups": [
            {
                "name": "g",
                "instance_type": "m5.large",
                "nodes": [{"at": 0, "nodes": 3}, {"at": "6m", "nodes": 1}],
            }
        ],
    },
    workload=[
        {
            "kind": "poisson",
            "name": "pods",
            "arrivals_per_minute": 60,
            "lifetime": {"exponential": {"mean": "40s"}},
            "lifetime_from": "created",
            "requests": {"cpu": "10m", "memory": "16Mi"},
        }
    ],
)
"""Pods that wait for addresses in a subnet that is too small, and nodes that are taken away."""


@pytest.fixture(scope="module")
def result() -> Result:
    """The records of the hard case."""
    return run(Scenario.from_dict(HARD))


@pytest.fixture(scope="module")
def by_hand(result: Result) -> Needed:
    """Its needed addresses, millisecond by millisecond, from the pods' records."""
    pods, start, end = result.pods, 180_000, 600_000
    subnet_of = dict(zip(result.nodes["node"], result.nodes["subnet"], strict=True))
    needed = np.zeros((2, end), np.int64)
    columns = ("first_add_ms", "address_ms", "ended_ms", "released_ms", "node", "host_network")
    for asked, got, ended, released, node, on_host in zip(*(pods[c] for c in columns), strict=True):
        if asked != NEVER and not on_host:
            until = released if got != NEVER else ended
            needed[subnet_of[node], asked : end if until == NEVER else until] += 1
    counted = needed[:, start:]
    rooms = np.array([32 - 5 - 9, 128 - 5])
    every = counted.sum(axis=0)
    left = rooms - counted.max(axis=1)
    tightest = result.scenario.model.cluster.subnets[int(left.argmin())].name
    return Needed(every.mean(), every.max(), int(left.min()), tightest)


def test_the_case_is_hard(result: Result, by_hand: Needed) -> None:
    """Most pods wait, many for ever, and more addresses are asked for than there are."""
    pods = result.summary["pods"]
    assert pods["waited"] > 200
    assert pods["unserved"] > 100
    assert pods["started"] > 50
    assert by_hand.headroom < 0


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15
)
@given(instants=st.sets(st.integers(0, 599_999) | st.sampled_from([179_999, 180_000, 180_001])))
def test_needed(result: Result, by_hand: Needed, instants: set[int]) -> None:
    """The need is what a count of every millisecond gives, however the run is cut into blocks."""
    scenario, end = result.scenario, 600_000
    tally, need = Tally(scenario, result.names, end), Need(scenario.model, end)
    for block in cut_at(result.tables, [*sorted(instants), end]):
        need.add(tally.add(block))
    assert need.figures() == by_hand


@pytest.mark.parametrize("rows", [1, 300, 1 << 13])
def test_needed_of_a_run(by_hand: Needed, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """So it is in the blocks that a run makes while it goes on."""
    monkeypatch.setattr(sim.engine.run, "LEAST_ROWS", rows)
    monkeypatch.setattr(sim.engine.run, "EVENTS_BETWEEN_LOOKS", 50)
    assert run_job(Job.of(Scenario.from_dict(HARD))).needed == by_hand
