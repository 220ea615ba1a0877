"""Nodes and node groups: launch, failed launch, cordon, drain, end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from worlds import (
    NO_LATENCY,
    READY_MS,
    RUNNING_MS,
    STOP_MS,
    Data,
    column,
    deployment,
    group,
    held_at_end,
    job,
    launch_failures,
    nodes,
    play,
    pods,
    trace,
)

from sim.results.records import POOL_COLUMNS
from sim.scenario.aws import Aws

SCHEDULING_MS = 10
NOTHING = dict.fromkeys((*POOL_COLUMNS[3:], "held"), 0)


def steps(*counts: tuple[int, int], **changes: Any) -> dict[str, list[Data]]:
    """The changes of a world whose group has (from s, nodes)."""
    given = [{"at": f"{at}s", "nodes": count} for at, count in counts]
    return {"groups": [group(nodes=given, **changes)]}


def tiny_subnet(others: int, **changes: Any) -> Data:
    """A /28: 11 addresses, of which others hold some."""
    return {"name": "tiny", "cidr": "10.1.0.0/28", "others": {"count": others}} | changes


# ------------------------------------------------------------------------- launch


def test_a_group_follows_its_steps() -> None:
    """Nodes are Ready 1 s after their step; at 120 s the newest two go, at once: they are empty."""
    found = nodes(play(**steps((0, 1), (60, 3), (120, 1))))
    assert {name: (row["requested_ms"], row["ready_ms"]) for name, row in found.items()} == {
        "g-0": (0, READY_MS),
        "g-1": (60_000, 60_000 + READY_MS),
        "g-2": (60_000, 60_000 + READY_MS),
    }
    assert [row["terminated_ms"] for row in found.values()] == [-1, 120_000, 120_000]


def test_a_launch_without_an_address_is_tried_again() -> None:
    """One address is free: the second launch fails each minute until the first node goes."""
    world = play(
        subnets=[tiny_subnet(10)],
        groups=[
            group(nodes=[{"at": "0s", "nodes": 1}, {"at": "150s", "nodes": 0}]),
            group(name="h", launch_retry="60s"),
        ],
        ipamd={"WARM_ENI_TARGET": 0},
    )
    assert launch_failures(world) == [0, 60_000, 120_000]
    assert nodes(world)["h-0"]["requested_ms"] == 180_000
    assert nodes(world)["h-0"]["started_ms"] == 180_000 + 1_000


def test_a_launch_may_be_given_up() -> None:
    """Without launch_retry the node never comes; with a scale-in no more tries are made."""
    full = {"subnets": [tiny_subnet(11)]}
    world = play(groups=[group(launch_retry=None)], **full)
    assert launch_failures(world) == [0]
    assert nodes(world)["g-0"]["requested_ms"] == -1
    world = play(**steps((0, 1), (150, 0)), **full)
    assert launch_failures(world) == [0, 60_000, 120_000]
    assert nodes(world)["g-0"]["terminated_ms"] == 150_000


def test_subnets_are_used_in_turn_and_instead_of_each_other() -> None:
    """Of three nodes the second would be in the full subnet; it is put into the next one."""
    subnets = [
        {"name": "a", "cidr": "10.0.0.0/24"},
        tiny_subnet(11),
        {"name": "c", "cidr": "10.0.2.0/24"},
    ]
    found = nodes(play(subnets=subnets, groups=[group(nodes=3)]))
    assert [row["subnet"] for row in found.values()] == [0, 2, 2]


def test_a_failed_start_of_the_daemon_is_tried_again() -> None:
    """Without tokens for DescribeNetworkInterfaces, and none added, ipamd never starts.

    Each start ends after 12 tries of 3 attempts; the node is never Ready and takes no pod.
    """
    bucket = {"DescribeNetworkInterfaces": {"max": 1, "refill_per_s": 0}}
    world = play(
        deployment(1), groups=[group(nodes=2)], aws=NO_LATENCY | {"buckets": bucket}, duration="1h"
    )
    first, second = nodes(world).values()
    assert (first["ready_ms"], first["boot_failures"]) == (READY_MS, 0)
    assert second["ready_ms"] == -1
    assert second["boot_failures"] > 1
    assert column(world, "node") == ["g-0"]


# ------------------------------------------------------------------ cordon and drain


def test_a_cordoned_node_keeps_its_pods_and_takes_no_more() -> None:
    """Pods bound before the cordon at 30 s stay; later ones wait."""
    world = play(
        deployment([{"at": "0s", "replicas": 5}, {"at": "40s", "replicas": 8}]),
        groups=[group(cordons=["30s"])],
    )
    assert column(world, "node") == ["g-0"] * 5 + [""] * 3
    assert column(world, "outcome") == ["running"] * 5 + ["unserved"] * 3
    assert nodes(world)["g-0"]["cordoned_ms"] == 30_000


def test_pods_of_a_controller_come_back_elsewhere() -> None:
    """At 60 s the second node is drained: its ten pods end, ten more are created at once.

    Their containers stop 2 s later, their addresses are released 300 ms after, with the last of
    them the node ends.
    """
    world = play(deployment([{"at": "5s", "replicas": 20}]), **steps((0, 2), (60, 1)))
    old, new = pods(world)[:20], pods(world)[20:]
    moved = [pod for pod in old if pod.node == "g-1"]
    assert len(moved) == len(new) == 10
    assert {(pod.ended_ms, pod.released_ms) for pod in moved} == {(60_000, 60_000 + STOP_MS)}
    assert {(pod.created_ms, pod.node, pod.outcome) for pod in new} == {(60_000, "g-0", "running")}
    ended = nodes(world)["g-1"]
    assert (ended["cordoned_ms"], ended["terminated_ms"]) == (60_000, 60_000 + STOP_MS)


def test_an_ended_node_holds_nothing() -> None:
    """Its records close with zeros, its ENIs are gone from EC2, its DaemonSet pods end with it."""
    world = play(deployment([{"at": "5s", "replicas": 20}]), **steps((0, 2), (60, 1)))
    assert held_at_end(world, "g-1") == NOTHING
    assert held_at_end(world, "g-0") != NOTHING
    assert {one.node for one in world.ec2.interfaces.values()} == {0}
    ends = Counter(column(world, "ended_ms", "daemonset/aws-node"))
    assert ends == {-1: 1, 60_000 + STOP_MS: 1}


def test_pods_without_a_controller_do_not_come_back(tmp_path: Path) -> None:
    """A drained pod of a trace is gone, and its own end at 100 s changes nothing."""
    world = play(trace(tmp_path, [(5, 100)] * 4), **steps((0, 2), (60, 1)))
    assert sorted(column(world, "ended_ms")) == [60_000] * 2 + [100_000] * 2
    assert column(world, "outcome") == ["deleted"] * 4


def test_a_drain_ends_at_its_timeout() -> None:
    """The containers would take 10 min to stop; the node ends 90 s after the drain, and they do."""
    web = deployment([{"at": "5s", "replicas": 2}], termination_time="10m")
    world = play(web, kube={"drain_timeout": "90s"}, **steps((0, 2), (60, 1)))
    assert nodes(world)["g-1"]["terminated_ms"] == 150_000
    (moved,) = [pod for pod in pods(world) if pod.node == "g-1"]
    assert (moved.ended_ms, moved.released_ms) == (60_000, 150_000)


def test_a_drained_jobs_pod_is_made_again() -> None:
    """A pod that did not finish does not count: the Job's second pod does its work anew."""
    world = play(job(parallelism=2, completions=2), **steps((0, 2), (8, 1)))
    ends = sorted(zip(column(world, "ended_ms"), column(world, "outcome"), strict=True))
    again = 8_000 + RUNNING_MS + 10_000
    assert ends == [(8_000, "deleted"), (15_010, "finished"), (again, "finished")]


def test_a_node_that_is_scaled_in_before_it_starts() -> None:
    """It never starts; its primary address is given back."""
    world = play(**steps((0, 2), (60, 3), (61, 2), launch_delay="30s"))
    third = nodes(world)["g-2"]
    assert (third["requested_ms"], third["started_ms"]) == (60_000, -1)
    assert third["terminated_ms"] == 61_000
    assert held_at_end(world, "g-2") == {"held": 0}


@pytest.mark.parametrize("after_ms", range(0, 12_000, 300))
def test_a_daemon_is_killed_wherever_it_is(after_ms: int) -> None:
    """A node may end in the middle of any EC2 call of its start and of its growth.

    What was asked for before is still carried out; at most one new ENI is left behind, attached to
    nothing, and everything else is given back.
    """
    groups = [group(nodes=[{"at": "0s", "nodes": 2}, {"at": f"{1_000 + after_ms}ms", "nodes": 1}])]
    world = play(
        deployment(40), groups=groups, aws=Aws().model_dump(mode="json"), ipamd={}, duration="90s"
    )
    left = [one for one in world.ec2.interfaces.values() if one.node == 1]
    assert len(left) <= 1
    assert all(one.instance is None for one in left)
    held = held_at_end(world, "g-1")
    assert held.pop("held") == sum(1 + len(one.addresses) for one in left)
    assert not any(held.values())


# -------------------------------------------------------------------- pinned pods


def test_a_pinned_pod_waits_for_its_nodes_start(tmp_path: Path) -> None:
    """Pinned before the node's launch, or in it, a pod is bound when the node's kubelet runs."""
    given = [(0, "", "g-1"), (60.5, "", "g-1"), (70, "", "g-1")]
    world = play(trace(tmp_path, given), **steps((0, 1), (60, 2)))
    assert column(world, "bound_ms") == [61_010, 61_010, 70_010]
    assert column(world, "first_add_ms") == [61_510, 61_510, 70_510]
    assert column(world, "node") == ["g-1"] * 3


def test_a_pod_pinned_to_a_node_that_is_gone_is_never_bound(tmp_path: Path) -> None:
    """The second node ends at 60 s; the pods of 70 s wait for it in vain."""
    world = play(trace(tmp_path, [(70, 90, "g-1"), (70, "", "g-1")]), **steps((0, 2), (60, 1)))
    assert column(world, "reason") == ["no node fits"] * 2
    assert column(world, "ended_ms") == [90_000, -1]


# ---------------------------------------------------------------- the first nodes


def test_pods_wait_for_all_nodes_of_time_0_and_are_spread_then() -> None:
    """Nodes come at 0 to 30 s; the six pods of time 0 go two by two to the three of them."""
    launch = {"uniform": {"min": "0s", "max": "30s"}}
    world = play(deployment(6), groups=[group(nodes=3, launch_delay=launch)])
    last_ready = max(row["ready_ms"] for row in nodes(world).values())
    bound = pods(world)
    assert {pod.bound_ms for pod in bound} == {last_ready + SCHEDULING_MS}
    assert Counter(pod.node for pod in bound) == {"g-0": 2, "g-1": 2, "g-2": 2}


@pytest.mark.parametrize(("timeout", "bound_s"), [("0s", 1), ("90s", 90)])
def test_a_node_that_never_comes_is_not_awaited_for_ever(timeout: str, bound_s: int) -> None:
    """One of two nodes has no address to start with; pods are bound after the timeout."""
    world = play(
        deployment(2),
        subnets=[tiny_subnet(10)],
        groups=[group(nodes=2, launch_retry=None)],
        kube={"first_nodes_timeout": timeout},
        ipamd={"WARM_IP_TARGET": 1},
    )
    assert {pod.bound_ms for pod in pods(world)} == {bound_s * 1000 + SCHEDULING_MS}


def test_evicted_pods_do_not_come_back_on_nodes_that_leave_too() -> None:
    """Two of three nodes leave: each pod of theirs is made anew once, on the node that stays."""
    world = play(deployment(6), **steps((0, 3), (60, 1)))
    assert len(pods(world)) == 6 + 4
    assert {pod.node for pod in pods(world)[6:]} == {"g-0"}
