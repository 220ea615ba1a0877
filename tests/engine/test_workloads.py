"""From what a scenario says of its workload to the pods of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    NO_LATENCY,
    Data,
    column,
    deployment,
    group,
    job,
    play,
    pods,
    rows,
    scenario,
)

from sim.engine.build import World
from sim.engine.run import Progress, run

POISSON: Data = {
    "kind": "poisson",
    "name": "churn",
    "arrivals_per_minute": 30,
    "lifetime": {"exponential": {"mean": "40s"}},
    "termination_time": {"uniform": {"min": "0s", "max": "9s"}},
}
BATCH = job(name="batch", completions=20, parallelism=20, lifetime={"exponential": {"mean": "40s"}})
TOO_FEW: Data = {"ipamd": {"MAX_ENI": 1}}  # nine addresses


def lives(world: World, workload: str) -> list[tuple[int, int]]:
    """(creation, lifetime) of pods that came to their end, in the order of their creation."""
    found = pods(world, workload)
    return [(p.created_ms, p.ended_ms - p.running_ms) for p in found if p.outcome == "finished"]


@pytest.mark.parametrize("workload", [POISSON, BATCH], ids=["poisson", "job"])
def test_lives_do_not_depend_on_waits(workload: Data) -> None:
    """Pods that wait for addresses, which move their times, live as long as those that do not."""
    name = workload["name"]
    served = lives(play(workload, duration="1h"), name)
    squeezed = lives(play(workload, duration="1h", **TOO_FEW), name)
    assert len(squeezed) > 10
    assert len({life for _, life in squeezed}) > 10
    assert set(squeezed) <= set(served)


def test_the_order_of_workloads_moves_no_pod() -> None:
    """Streams are keyed by the workloads' names, not by their places."""
    one, other = play(POISSON, BATCH), play(BATCH, POISSON)
    for name in ("churn", "batch"):
        assert lives(one, name) == lives(other, name)
    assert one.recorder.names.workloads[:2] == ["churn", "batch"]
    assert other.recorder.names.workloads[:2] == ["batch", "churn"]


def test_another_name_is_other_randomness() -> None:
    """Two workloads alike but for their names have pods of their own."""
    world = play(POISSON, POISSON | {"name": "again"})
    assert column(world, "created_ms", "churn") != column(world, "created_ms", "again")


def test_daemonsets_of_one_name_are_one_workload() -> None:
    """aws-node runs on the nodes of both groups; each node has a pod of it."""
    world = play(groups=[group(nodes=2), group(name="h")])
    assert column(world, "node", "daemonset/aws-node") == ["g-0", "g-1", "h-0"]
    assert world.recorder.names.workloads == ["none", "daemonset/aws-node", "daemonset/kube-proxy"]


def test_a_traces_own_requests_count(tmp_path: Path) -> None:
    """1,780m are free for pods: the first two fit, the third waits for the first one's end."""
    path = tmp_path / "pods.csv"
    path.write_text("start,end,cpu,memory\n5,20,1.5,0\n6,,0.2,0\n7,,1.4,0\n")
    world = play({"kind": "trace", "name": "trace", "file": str(path)})
    assert column(world, "created_ms") == [5_000, 6_000, 7_000]
    assert column(world, "bound_ms") == [5_010, 6_010, 20_000 + 2_300 + 10]


def test_a_life_may_count_from_creation() -> None:
    """Then a pod is deleted at its age, whether it runs or waits."""
    given = POISSON | {"lifetime": "20s", "lifetime_from": "created", "arrivals_per_minute": 60}
    world = play(given, **TOO_FEW)
    ended = [pod for pod in pods(world) if pod.ended_ms >= 0]
    assert {pod.ended_ms - pod.created_ms for pod in ended} == {20_000}
    assert {pod.outcome for pod in ended} == {"deleted", "unserved"}


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 99),
    rate=st.integers(1, 60),
    counts=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    ipamd=st.sampled_from([{}, {"MAX_ENI": 1}, {"WARM_IP_TARGET": 1}]),
)
def test_every_pod_leaves_one_record(
    seed: int, rate: int, counts: list[int], ipamd: dict[str, int]
) -> None:
    """Through churn, updates and drains; its times are in order, and its outcome fits them."""
    steps = [{"at": f"{minute}m", "nodes": count} for minute, count in enumerate(counts)]
    world = play(
        POISSON | {"arrivals_per_minute": rate},
        BATCH,
        deployment(8, updates=[{"at": "90s"}], lifetime={"exponential": {"mean": "60s"}}),
        groups=[group(nodes=steps)],
        ipamd=ipamd,
        seed=seed,
        duration="6m",
    )
    numbers = [row["pod"] for row in rows(world.recorder.pods)]
    assert sorted(numbers) == list(range(world.api.created))
    for pod in pods(world):
        known = [at for at in pod[4:9] if at >= 0]
        assert known == sorted(known)
        assert (pod.address_ms >= 0) == (pod.outcome != "unserved") == (pod.reason == "")
        assert (pod.ended_ms < 0) == (pod.outcome == "running") or pod.outcome == "unserved"
        assert pod.released_ms < 0 or pod.released_ms >= max(pod.ended_ms, pod.address_ms)


def test_progress_counts_what_the_records_hold() -> None:
    """The last look is taken at the end; throttled requests are told apart."""
    looks: list[Progress] = []
    buckets = {"AssignPrivateIpAddresses": {"max": 1, "refill_per_s": 0}}
    loaded = scenario(groups=[group(nodes=3)], aws=NO_LATENCY | {"buckets": buckets})
    ec2 = run(loaded, progress=looks.append).summary["ec2"]
    last = looks[-1]
    assert (last.now_ms, last.duration_ms) == (600_000, 600_000)
    assert last.pods_started == 6  # two DaemonSets on three nodes
    assert (last.ec2_calls, last.throttled) == (ec2["total"], ec2["throttled"])
    assert 0 < last.throttled < last.ec2_calls
