"""Which node a pod is bound to, and when it waits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from worlds import READY_MS, column, deployment, group, job, play, trace

MOST, LEAST = "most_allocated", "least_allocated"


def nodes_of(world: Any, workload: str = "") -> list[int]:
    """How many pods each node was given, the largest number first."""
    return sorted(Counter(column(world, "node", workload)).values(), reverse=True)


def two_nodes(**changes: Any) -> dict[str, Any]:
    """A world's changes: two nodes, 30 s of time."""
    return {"groups": [group(nodes=2)], "duration": "30s", **changes}


@pytest.mark.parametrize(("scheduling", "found"), [(LEAST, [4, 4]), (MOST, [8])])
def test_pods_are_spread_or_packed(scheduling: str, found: list[int]) -> None:
    """Eight equal pods, created when both nodes are Ready, on two equal nodes."""
    web = deployment([{"at": "5s", "replicas": 8}], requests={"cpu": "100m"})
    assert nodes_of(play(web, **two_nodes(kube={"scheduling": scheduling}))) == found


def test_max_pods_counts_pods_on_the_hosts_network() -> None:
    """29 slots less aws-node and kube-proxy: 27 of 30 pods are bound, three wait."""
    world = play(deployment(30), duration="30s")
    assert Counter(column(world, "node")) == {"g-0": 27, "": 3}
    assert Counter(column(world, "reason")) == {"": 27, "no node fits": 3}


def test_requests_fill_a_node() -> None:
    """An m5.large has 1,930m; 150m are the DaemonSets': 17 pods of 100m fit."""
    world = play(deployment(30, requests={"cpu": "100m"}), duration="30s")
    assert Counter(column(world, "node"))["g-0"] == 17


def test_a_workload_keeps_to_its_node_groups() -> None:
    """Pods wait although nodes of another group are empty."""
    groups = [group(), group(name="h")]
    world = play(deployment(30, node_groups=["h"]), groups=groups, duration="30s")
    assert Counter(column(world, "node")) == {"h-0": 27, "": 3}


def test_pending_pods_are_bound_when_a_node_gets_ready() -> None:
    """The first 27 are bound when the first node is Ready, the rest with the second."""
    groups = [group(nodes=[{"at": "0s", "nodes": 1}, {"at": "20s", "nodes": 2}])]
    world = play(deployment(40), groups=groups)
    assert column(world, "bound_ms") == [READY_MS + 10] * 27 + [20_000 + READY_MS + 10] * 13


def test_a_pending_pod_is_bound_when_another_has_left() -> None:
    """The first Job's pod runs to 15.01 s and leaves at 15.31 s: then, not before, there is room.

    Pods of 1,500m: only one fits on the node.
    """
    jobs = [job(name=name, requests={"cpu": "1500m"}) for name in ("first", "second")]
    assert column(play(*jobs), "bound_ms") == [2_010, 15_310 + 10]


def test_the_oldest_pending_pod_that_fits_is_bound() -> None:
    """1,780m are free for pods. 1,500m run; 1,700m, 200m and another 1,700m come, in this order.

    The 200m fit at once. The first Job leaves at 15.31 s, but the oldest needs the 200m's room too,
    and the next is alike; so both wait for the 200m's end, 30 s of work from 5.01 s on.
    """
    jobs = [
        job(name="a", requests={"cpu": "1500m"}),
        job(name="b", requests={"cpu": "1700m"}),
        job(name="c", requests={"cpu": "200m"}, lifetime="30s"),
        job(name="d", requests={"cpu": "1700m"}),
    ]
    third_leaves = 5_010 + 30_000 + 300
    fourth_may_come = third_leaves + 3_010 + 10_000 + 300
    expected = [2_010, third_leaves + 10, 2_010, fourth_may_come + 10]
    assert column(play(*jobs), "bound_ms") == expected


def test_a_pod_deleted_while_it_waits_is_never_bound(tmp_path: Path) -> None:
    """It leaves the queue at once: the pod behind it is bound when the node is Ready."""
    groups = [group(nodes=[{"at": "20s", "nodes": 1}], max_pods=3)]
    world = play(trace(tmp_path, [(0, 10), (1, 30)]), groups=groups)
    assert column(world, "bound_ms") == [-1, 21_010]
    assert column(world, "reason") == ["no node fits", ""]
    assert not world.api.scheduler._pending


def test_pinned_pods_may_overdraw_a_node(tmp_path: Path) -> None:
    """They come past the scheduler. Then a pod without requests still fits, one of 10m does not."""
    pinned = trace(tmp_path, [(5, "", "g-0")] * 2, requests={"cpu": "1500m"})
    later = [job(name="none", at="10s"), job(name="some", at="10s", requests={"cpu": "10m"})]
    assert column(play(pinned, *later), "node") == ["g-0"] * 3 + [""]
