"""Pods: counts, waits, and whose they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from made_records import Made, scenario

from sim.results.pods import counts

END = 100_000


def figures(made: Made) -> dict[str, Any]:
    return made.summary(END)["pods"]


def test_no_pods() -> None:
    """A run without pods has zeros and no waits; its workloads and groups are listed."""
    result = figures(Made())
    assert (result["created"], result["started"], result["waited"], result["unserved"]) == (0,) * 4
    assert result["unserved_reasons"] == {}
    assert result["ip_wait_s"]["count"] == 0
    assert (list(result["by_workload"]), list(result["by_node_group"])) == (["w"], ["g"])


def test_the_parts_of_a_start() -> None:
    """Created at 1 s, bound at 3, first ADD at 6, address at 10, running at 15."""
    made = Made()
    made.node()
    times = {"bound_ms": 3_000, "first_add_ms": 6_000, "address_ms": 10_000, "running_ms": 15_000}
    made.pod(1_000, node=0, adds=2, **times)
    result = figures(made)
    parts = {name: part["max"] for name, part in result["parts_s"].items()}
    assert parts == {"scheduling": 2, "sandbox": 3, "address": 4, "containers": 5}
    assert result["start_latency_s"]["max"] == 14
    assert result["ip_wait_s"] == result["parts_s"]["address"]


def test_pods_that_waited() -> None:
    """A failed first ADD is a wait, served or not; a pod that never asked did not wait."""
    made = Made()
    made.node()
    made.served(0)
    made.served(0, wait_ms=12_000, adds=2)
    made.waiting(0)
    made.pod(0, reason="no node fits")
    result = figures(made)
    assert (result["created"], result["started"], result["waited"]) == (4, 2, 2)


def test_unserved_pods_count_with_their_wait_so_far() -> None:
    """Deleted after 30 s, or still waiting at the end, 40 s after the first ADD."""
    made = Made()
    made.node()
    made.waiting(10_000, ended_ms=40_000)
    made.waiting(60_000)
    wait = figures(made)["ip_wait_s"]
    assert (wait["count"], wait["p50"], wait["max"], wait["mean"]) == (2, 30, 40, 35)
    assert "p50" in wait["at_least"]


def test_a_pod_that_was_never_bound_waits_for_its_start_only() -> None:
    """No ADD, no wait for an address; but its start counts with the 90 s it lasted."""
    made = Made()
    made.pod(10_000, reason="no node fits")
    result = figures(made)
    assert result["ip_wait_s"]["count"] == 0
    assert result["start_latency_s"]["max"] == result["parts_s"]["scheduling"]["max"] == 90
    assert "max" in result["start_latency_s"]["at_least"]


def test_a_pod_deleted_while_its_containers_start() -> None:
    """It has an address, so it is started; the start of its containers did not end."""
    made = Made()
    made.node()
    made.served(0, running_ms=-1, ended_ms=2_000, outcome="deleted")
    result = figures(made)
    assert (result["started"], result["ip_wait_s"]["at_least"]) == (1, [])
    containers = result["parts_s"]["containers"]
    assert (containers["max"], containers["at_least"][-1]) == (2, "max")


def test_reasons_of_unserved_pods() -> None:
    """Counted by reason, those that did not occur left out."""
    made = Made()
    for reason in ("node not ready", "no node fits", "node not ready"):
        made.pod(0, reason=reason)
    assert figures(made)["unserved_reasons"] == {"no node fits": 1, "node not ready": 2}


def test_pods_on_the_hosts_network_are_left_out() -> None:
    """They take no address of the pool, whatever became of them."""
    made = Made()
    made.node()
    made.served(0, host_network=1, workload="daemonset/kube-proxy")
    result = figures(made)
    assert result["created"] == 0
    assert list(result["by_workload"]) == ["w"]


def after_20_s() -> Made:
    """A node, and a warm-up of 20 s."""
    made = Made(scenario(warm_up="20s"))
    made.node()
    return made


def test_pods_that_were_served_in_the_warm_up_are_left_out() -> None:
    """A pod created at its very end counts, one that had its address a millisecond earlier not."""
    made = after_20_s()
    made.served(9_999, wait_ms=10_000)
    made.served(20_000)
    result = figures(made)
    assert (result["created"], result["ip_wait_s"]["max"]) == (1, 0)


def test_pods_that_wait_when_the_warm_up_ends_count_with_all_of_their_wait() -> None:
    """One that gets its address then, one later, one never; not one that was deleted before."""
    made = after_20_s()
    made.served(5_000, wait_ms=15_000)
    made.served(5_000, wait_ms=45_000, adds=9)
    made.waiting(10_000)
    made.waiting(10_000, ended_ms=19_999)
    result = figures(made)
    assert (result["created"], result["waited"], result["unserved"]) == (3, 3, 1)
    wait = result["ip_wait_s"]
    assert (wait["count"], wait["p50"], wait["max"]) == (3, 45, 90)
    assert made.summary(END)["findings"][0].startswith("1 of 3 pods never got an address")


def test_pods_that_were_never_bound_count_after_the_warm_up() -> None:
    """Whatever keeps them from an address; not those that need none."""
    made = after_20_s()
    made.pod(1_000, reason="no node fits")
    made.pod(1_000, host_network=1)
    result = figures(made)
    assert (result["created"], result["unserved"]) == (1, 1)
    assert result["start_latency_s"]["max"] == 99


INSTANTS = st.integers(-1, 30)


@given(
    st.lists(st.tuples(st.integers(0, 30), INSTANTS, INSTANTS, st.integers(0, 1))),
    st.integers(0, 30),
)
def test_which_pods_count(pods: list[tuple[int, int, int, int]], start: int) -> None:
    """All without a warm-up; where none waits at its end, those that are created from then on."""
    made = Made()
    for created, wait, life, host in pods:
        got = {} if wait < 0 else {"address_ms": created + wait}
        gone = -1 if life < 0 else created + max(wait, 0) + life
        made.pod(created, ended_ms=gone, host_network=host, **got)
    table = made.tables()["pods"]
    own = table["host_network"] == 0
    assert np.array_equal(counts(table, 0), own)
    new = table["created_ms"] >= start
    ended = np.where(table["address_ms"] < 0, table["ended_ms"], table["address_ms"])
    waiting = ~new & ((ended < 0) | (ended >= start))
    assert np.array_equal(counts(table, start)[~waiting], (own & new)[~waiting])
    assert np.array_equal(counts(table, start)[waiting], own[waiting])


def test_by_workload_and_node_group() -> None:
    """DaemonSets with addresses are listed too; a pod that was never bound is in no group."""
    made = Made(scenario(groups=[{"name": "g"}, {"name": "h"}]))
    made.node("g")
    made.node("h")
    made.served(0, node=0)
    made.waiting(0, node=1, workload="daemonset/agent")
    made.pod(0, reason="no node fits", deadline_missed=1)
    result = figures(made)
    created = {name: one["created"] for name, one in result["by_workload"].items()}
    assert created == {"w": 2, "daemonset/agent": 1}
    assert result["by_workload"]["daemonset/agent"]["ip_wait_s"]["max"] == 100
    created = {name: one["created"] for name, one in result["by_node_group"].items()}
    assert created == {"g": 1, "h": 1}
    assert (result["created"], result["deadline_missed"]) == (3, 1)
