"""Which node a pod is bound to, and when it waits."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import READY_MS, column, deployment, group, job, play, trace

from sim.kube.nodes import Node
from sim.kube.pods import Pod, Template
from sim.kube.scheduler import TIE, Scheduler
from sim.randomness import keyed_uniform

KEY = 7
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


# ------------------------------------------------------------ against a plain reading


@dataclass(eq=False)
class PlainNode:
    """A node as the scheduler sees it, and what is on it."""

    allocatable_cpu: int
    allocatable_memory: int
    max_pods: int
    group: int
    is_open: bool = False
    row: int = -1
    pods: list[Pod] = field(default_factory=list)

    def fits(self, pod: Pod) -> bool:
        """Filters, as their names say."""
        cpu = sum(other.cpu for other in self.pods) + pod.cpu
        memory = sum(other.memory for other in self.pods) + pod.memory
        groups = pod.template.groups
        return (
            self.is_open
            and (groups is None or self.group in groups)
            and len(self.pods) < self.max_pods
            and (pod.cpu == 0 or cpu <= self.allocatable_cpu)
            and (pod.memory == 0 or memory <= self.allocatable_memory)
        )

    def score(self, pod: Pod, most_allocated: bool) -> int:
        """As leastResourceScorer and mostResourceScorer say, with weights 1."""
        total = 0
        for key, default in (("cpu", 100), ("memory", 200)):
            capacity = getattr(self, f"allocatable_{key}")
            requested = sum(getattr(one, key) or default for one in [*self.pods, pod])
            requested = min(requested, capacity)
            total += (requested if most_allocated else capacity - requested) * 100 // capacity
        return total // 2


class Plain:
    """A scheduler whose decisions are checked one by one."""

    def __init__(self, nodes: list[PlainNode], most_allocated: bool) -> None:
        self.scheduler = Scheduler(most_allocated, self.bind)
        self.most_allocated = most_allocated
        self.nodes = nodes
        self.pending: dict[int, Pod] = {}
        self.made = 0
        for node in nodes:
            self.scheduler.add_node(as_node(node))
            if node.is_open:
                self.scheduler.open(as_node(node))

    def bind(self, pod: Pod, node: Node) -> None:
        """Of the pods that wait, the oldest that fits goes to one of those with the best score."""
        fitting = [one for one in self.pending.values() if any(n.fits(one) for n in self.nodes)]
        assert pod is fitting[0]
        rated = {n.row: n.score(pod, self.most_allocated) for n in self.nodes if n.fits(pod)}
        best = [row for row, score in rated.items() if score == max(rated.values())]
        assert node.row == best[int(keyed_uniform(KEY, TIE, pod.index) * len(best))]
        del self.pending[pod.number]
        self.nodes[node.row].pods.append(pod)
        pod.node = node

    def create(self, cpu: int, memory: int, groups: frozenset[int] | None) -> None:
        """A pod comes."""
        pod = Pod(self.made, self.made, Template(0, "w", KEY, cpu, memory, groups), 0)
        self.made += 1
        self.pending[pod.number] = pod
        self.scheduler.schedule(pod)

    def leave(self, choice: int) -> None:
        """A pod goes, bound or not."""
        bound = [(pod, node) for node in self.nodes for pod in node.pods]
        waiting = [(pod, None) for pod in self.pending.values()]
        if not bound + waiting:
            return
        pod, node = (bound + waiting)[choice % len(bound + waiting)]
        if node is None:
            del self.pending[pod.number]
            self.scheduler.forget(pod)
        else:
            node.pods.remove(pod)
            self.scheduler.give_room(pod, as_node(node))

    def toggle(self, choice: int) -> None:
        """A node gets Ready, or is closed."""
        node = self.nodes[choice % len(self.nodes)]
        node.is_open = not node.is_open
        (self.scheduler.open if node.is_open else self.scheduler.close)(as_node(node))


def as_node(node: PlainNode) -> Node:
    """A plain node where a real one is asked for."""
    return node  # type: ignore[return-value]  # it has what the scheduler looks at


requests = st.sampled_from([0, 100, 250, 700])
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("create"),
            requests,
            requests,
            st.sampled_from([None, frozenset({0}), frozenset({0, 1})]),
        ),
        st.tuples(st.just("leave"), st.integers(0, 50)),
        st.tuples(st.just("toggle"), st.integers(0, 5)),
    ),
    max_size=60,
)
plain_nodes = st.lists(
    st.builds(
        PlainNode,
        allocatable_cpu=st.sampled_from([300, 999, 1930]),
        allocatable_memory=st.sampled_from([512, 1001]),
        max_pods=st.integers(1, 6),
        group=st.integers(0, 1),
        is_open=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(nodes=plain_nodes, most_allocated=st.booleans(), steps=steps)
def test_every_decision_is_kube_schedulers(
    nodes: list[PlainNode], most_allocated: bool, steps: list[tuple[Any, ...]]
) -> None:
    """No node is given more than it has; scores and order are right; who fits does not wait."""
    plain = Plain(nodes, most_allocated)
    for name, *arguments in steps:
        getattr(plain, name)(*arguments)
        assert not any(node.fits(pod) for node in nodes for pod in plain.pending.values())


def choices(nodes: list[PlainNode], cpu: int, memory: int, most_allocated: bool) -> Counter[int]:
    """How often each node is chosen by 3,000 such pods, each of which finds all nodes empty."""
    chosen: list[Node] = []
    scheduler = Scheduler(most_allocated, lambda _pod, node: chosen.append(node))
    for node in nodes:
        scheduler.add_node(as_node(node))
        scheduler.open(as_node(node))
    for number in range(3000):
        pod = Pod(number, number, Template(0, "w", KEY, cpu, memory), 0)
        scheduler.schedule(pod)
        scheduler.give_room(pod, chosen[-1])
    return Counter(node.row for node in chosen)


@pytest.mark.parametrize(
    ("others_memory", "memory", "most_allocated"),
    [
        (980, 490, False),  # memory 51 and 50, cpu 50: their means round down to 50
        (980, 500, True),  # memory 50 and 51
        (150, 0, False),  # no request counts as 200 MiB, here the capacity and more: memory 0
        (150, 0, True),  # memory 100
    ],
)
def test_equal_scores(others_memory: int, memory: int, most_allocated: bool) -> None:
    """Two nodes with the same integer score: each is chosen 1,500 times, give or take 4 s.d."""
    first_memory = 1000 if memory else 200
    nodes = [PlainNode(1000, size, 10, 0) for size in (first_memory, others_memory)]
    chosen = choices(nodes, 500, memory, most_allocated)
    assert abs(chosen[0] - 1500) < 4 * math.sqrt(3000 / 4)


def test_ties_are_broken_at_random() -> None:
    """3,000 pods on three empty nodes: each is chosen 1,000 times, give or take 4 deviations."""
    chosen = choices([PlainNode(1000, 1000, 10, 0) for _ in range(3)], 100, 100, False)
    assert all(abs(chosen[row] - 1000) < 4 * math.sqrt(3000 * 2 / 9) for row in range(3))
