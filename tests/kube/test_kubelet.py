"""A pod's way on its node: sandbox, CNI ADD and its retries, containers, CNI DEL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from worlds import (
    NO_LATENCY,
    READY_MS,
    STOP_MS,
    TEARDOWN_MS,
    PodRow,
    column,
    deployment,
    group,
    held_at_end,
    job,
    play,
    pods,
    trace,
)

NINE_ADDRESSES = {"MAX_ENI": 1}  # one ENI of an m5.large
STEPS = ("schedule", "sandbox", "image_pull", "container_start", "teardown")
AT_ONCE = {f"{step}_time": "0s" for step in STEPS}


def the_pod(*workload: Any, **changes: Any) -> PodRow:
    """The record of the only pod of a world."""
    (pod,) = pods(play(*workload, **changes))
    return pod


def times(pod: PodRow) -> tuple[int, ...]:
    """Created, bound, first ADD, address, running, ended, released."""
    return pod[4:11]


def test_a_pod_that_finishes() -> None:
    """Bound after 10 ms, ADD after 500, running after 2,500, 10 s of work, DEL after 300."""
    pod = the_pod(job())
    assert times(pod) == (2_000, 2_010, 2_510, 2_510, 5_010, 15_010, 15_310)
    assert (pod.node, pod.adds, pod.outcome, pod.reason) == ("g-0", 1, "finished", "")


def test_a_pod_that_is_deleted(tmp_path: Path) -> None:
    """Its containers stop 2 s after the request; only then is the address released."""
    pod = the_pod(trace(tmp_path, [(2, 20)]))
    assert times(pod) == (2_000, 2_010, 2_510, 2_510, 5_010, 20_000, 20_000 + STOP_MS)
    assert pod.outcome == "deleted"


def test_a_pod_that_is_deleted_before_it_runs(tmp_path: Path) -> None:
    """Deleted between address and start: it never runs, and gives the address back."""
    pod = the_pod(trace(tmp_path, [(2, 4)]))
    assert times(pod) == (2_000, 2_010, 2_510, 2_510, -1, 4_000, 4_000 + STOP_MS)
    assert pod.outcome == "deleted"


def test_a_pod_that_is_deleted_in_its_sandbox(tmp_path: Path) -> None:
    """Deleted before its first ADD, 510 ms after its creation: it never holds an address."""
    world = play(trace(tmp_path, [(2, 2.4)]))
    (pod,) = pods(world)
    assert times(pod) == (2_000, 2_010, -1, -1, -1, 2_400, -1)
    assert (pod.outcome, pod.reason) == ("unserved", "starting")
    assert held_at_end(world, "g-0")["assigned"] == 0


def test_a_pod_without_room_waits_for_a_cooled_address(tmp_path: Path) -> None:
    """ADDs come every 10 s. The first pod leaves at 20 s, its address is released at 22.3 s.

    It has cooled off when over 30 s old, at 52.301 s: the ADD at 2.51 + 5 x 10 s finds it.
    """
    given = [(2, 20), *[(2,)] * 9]
    *_, last = pods(play(trace(tmp_path, given), ipamd=NINE_ADDRESSES))
    assert (last.first_add_ms, last.address_ms, last.adds) == (2_510, 52_510, 6)


def test_a_pod_that_is_deleted_between_its_retries(tmp_path: Path) -> None:
    """ADDs at 2.51, 12.51 and 22.51 s found no address; none comes after the end at 30 s."""
    given = [*[(2,)] * 9, (2, 30)]
    *_, last = pods(play(trace(tmp_path, given), ipamd=NINE_ADDRESSES))
    assert times(last) == (2_000, 2_010, 2_510, -1, -1, 30_000, -1)
    assert (last.adds, last.outcome, last.reason) == (3, "unserved", "no free address")


def test_a_pod_still_waiting_at_the_end_is_unserved(tmp_path: Path) -> None:
    """The run ends at 20 s, after two ADDs without an address."""
    world = play(trace(tmp_path, [(2,)] * 10), ipamd=NINE_ADDRESSES, duration="20s")
    *_, last = pods(world)
    assert (last.adds, last.ended_ms, last.outcome) == (2, -1, "unserved")
    assert column(world, "outcome")[:9] == ["running"] * 9


@pytest.mark.parametrize(("duration", "adds", "address"), [("4s", 3, 3_510), ("3.505s", 2, -1)])
def test_a_pod_waits_for_the_daemon(duration: str, adds: int, address: int) -> None:
    """ADDs at 1.51, 2.51 and 3.51 s; the daemon is ready at 3.5 s, 2.5 s after its start."""
    latency = NO_LATENCY["latency"] | {"DescribeNetworkInterfaces": "2.5s"}
    groups = [group(daemonsets=[{"name": "agent"}])]
    world = play(groups=groups, aws=NO_LATENCY | {"latency": latency}, duration=duration)
    (pod,) = pods(world, "daemonset/agent")
    assert (pod.created_ms, pod.first_add_ms) == (READY_MS, READY_MS + 510)
    assert (pod.adds, pod.address_ms) == (adds, address)
    assert pod.reason == ("" if address > 0 else "node not ready")


def test_pods_on_the_hosts_network_need_no_address() -> None:
    """aws-node and kube-proxy start with the node, without an ADD, and live to its end."""
    for name in ("aws-node", "kube-proxy"):
        (pod,) = pods(play(), f"daemonset/{name}")
        assert times(pod) == (1_000, 1_010, -1, 1_510, 4_010, -1, -1)
        assert (pod.host_network, pod.adds, pod.outcome) == (1, 0, "running")


def test_the_last_instant_belongs_to_the_run() -> None:
    """A pod that starts to run with the run's last ms runs; one ms less, and it does not."""
    assert the_pod(job(), duration="5010ms").running_ms == 5_010
    assert the_pod(job(), duration="5009ms").running_ms == -1
    ends = [the_pod(job(), duration=f"{end}ms") for end in (15_010 + TEARDOWN_MS, 15_309)]
    assert [(pod.ended_ms, pod.released_ms) for pod in ends] == [(15_010, 15_310), (15_010, -1)]


def test_nothing_takes_time() -> None:
    """With all times 0 a pod runs in the ms of its creation, and an update takes no time."""
    web = deployment(3, updates=[{"at": "5s", "maxSurge": 1, "maxUnavailable": 0}])
    world = play(web, kube=AT_ONCE)
    assert column(world, "running_ms") == [1_000] * 3 + [5_000] * 3
    assert column(world, "ended_ms") == [5_000] * 3 + [-1] * 3
