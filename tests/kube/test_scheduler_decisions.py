"""Every decision of the scheduler, against a plain reading of its rules over all nodes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kube import rooms
from sim.kube.nodes import Node
from sim.kube.pods import Pod, Template
from sim.kube.scheduler import TIE, Scheduler
from sim.randomness import keyed_uniform

KEY = 7
Requests = tuple[int, int, frozenset[int] | None]
RATE_ALL, RATE = rooms.Rooms._rate_all, rooms.Rooms._rate


@dataclass(eq=False)
class PlainNode:
    """A node as the scheduler sees it, and what is on it."""

    allocatable_cpu: int
    allocatable_memory: int
    max_pods: int
    group: int
    is_open: bool = False
    row: int = -1
    pods: dict[int, Pod] = field(default_factory=dict)

    def fits(self, pod: Pod) -> bool:
        """Filters, as their names say."""
        cpu = sum(other.cpu for other in self.pods.values()) + pod.cpu
        memory = sum(other.memory for other in self.pods.values()) + pod.memory
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
            requested = sum(getattr(one, key) or default for one in [*self.pods.values(), pod])
            requested = min(requested, capacity)
            total += (requested if most_allocated else capacity - requested) * 100 // capacity
        return total // 2


class Plain:
    """A scheduler whose decisions are checked one by one; it awaits some first nodes."""

    def __init__(self, nodes: list[PlainNode], most_allocated: bool, first_nodes: int = 0) -> None:
        self.scheduler = Scheduler(most_allocated, self.bind, first_nodes)
        self.most_allocated = most_allocated
        self.awaited = first_nodes
        self.nodes: list[PlainNode] = []
        self.pending: dict[int, Pod] = {}
        self.made = 0
        for node in nodes:
            self.add(node)

    def fitting(self) -> list[Pod]:
        """The pods that wait and need not, the oldest first."""
        if self.awaited:
            return []
        return [pod for pod in self.pending.values() if any(n.fits(pod) for n in self.nodes)]

    def bind(self, pod: Pod, node: Node) -> None:
        """Of the pods that wait, the oldest that fits goes to one of those with the best score."""
        assert pod is self.fitting()[0]
        rated = {n.row: n.score(pod, self.most_allocated) for n in self.nodes if n.fits(pod)}
        best = [row for row, score in rated.items() if score == max(rated.values())]
        assert node.row == best[int(keyed_uniform(KEY, TIE, pod.index) * len(best))]
        del self.pending[pod.number]
        self.nodes[node.row].pods[pod.number] = pod
        pod.node = node

    def add(self, node: PlainNode) -> None:
        """A node comes, Ready or not."""
        node.row = len(self.nodes)
        self.nodes.append(node)
        self.scheduler.add_node(as_node(node))
        assert node.row == len(self.nodes) - 1
        if node.is_open:
            self.open(node)

    def open(self, node: PlainNode) -> None:
        """A node is Ready: one less is awaited."""
        node.is_open = True
        self.awaited = max(self.awaited - 1, 0)
        self.scheduler.open(as_node(node))

    def begin(self) -> None:
        """Nodes are awaited no longer."""
        self.awaited = 0
        self.scheduler.begin()

    def new_pod(self, template: Requests) -> Pod:
        """A pod of this shape."""
        self.made += 1
        return Pod(self.made, self.made, Template(0, "w", KEY, *template), 0)

    def create(self, count: int, template: Requests) -> None:
        """Pods come."""
        for _ in range(count):
            pod = self.new_pod(template)
            self.pending[pod.number] = pod
            self.scheduler.schedule(pod)

    def pin(self, choice: int, template: Requests) -> None:
        """A pod comes to a node past the scheduler."""
        pod, node = self.new_pod(template), self.nodes[choice % len(self.nodes)]
        node.pods[pod.number] = pod
        self.scheduler.take_room(pod, as_node(node))

    def leave(self, choice: int) -> None:
        """A pod goes, bound or not."""
        bound = [(pod, node) for node in self.nodes for pod in node.pods.values()]
        waiting = [(pod, None) for pod in self.pending.values()]
        if not bound + waiting:
            return
        pod, node = (bound + waiting)[choice % len(bound + waiting)]
        if node is None:
            del self.pending[pod.number]
            self.scheduler.forget(pod)
        else:
            del node.pods[pod.number]
            self.scheduler.give_room(pod, as_node(node))

    def toggle(self, choice: int) -> None:
        """A node gets Ready, or is closed."""
        node = self.nodes[choice % len(self.nodes)]
        if not node.is_open:
            self.open(node)
        else:
            node.is_open = False
            self.scheduler.close(as_node(node))


def as_node(node: PlainNode) -> Node:
    """A plain node where a real one is asked for."""
    return node  # type: ignore[return-value]  # it has what the scheduler looks at


templates = st.sampled_from(
    [
        (0, 0, None),
        (100, 250, None),
        (700, 100, None),
        (0, 700, frozenset({0})),
        (250, 0, frozenset({0})),
        (100, 250, frozenset({0, 1})),
    ]
)
plain_nodes = st.builds(
    PlainNode,
    allocatable_cpu=st.sampled_from([300, 800, 1930]),
    allocatable_memory=st.sampled_from([500, 1001]),
    max_pods=st.integers(1, 6),
    group=st.integers(0, 1),
    is_open=st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("create"), st.integers(1, 6), templates),
    st.tuples(st.just("pin"), st.integers(0, 9), templates),
    st.tuples(st.just("leave"), st.integers(0, 50)),
    st.tuples(st.just("toggle"), st.integers(0, 9)),
    st.tuples(st.just("add"), plain_nodes),
    st.tuples(st.just("begin")),
)


@settings(max_examples=200, deadline=None)
@given(
    nodes=st.lists(plain_nodes, min_size=1, max_size=9),
    most_allocated=st.booleans(),
    first_nodes=st.sampled_from([0, 0, 3, 8]),
    recent=st.sampled_from([0, 2, 5, rooms.RECENT]),
    steps=st.lists(steps, min_size=8, max_size=60),
)
def test_every_decision_is_kube_schedulers(
    nodes: list[PlainNode],
    most_allocated: bool,
    first_nodes: int,
    recent: int,
    steps: list[tuple[Any, ...]],
) -> None:
    """No node is given more than it has; scores and order are right; who fits does not wait.

    Whether all nodes are rated for each pod, or those that have changed.
    """
    with mock.patch.object(rooms, "RECENT", recent):
        plain = Plain(nodes, most_allocated, first_nodes)
        for name, *arguments in steps:
            getattr(plain, name)(*arguments)
            assert not plain.fitting()


def test_any_number_of_changes_between_two_pods() -> None:
    """Pods are pinned to more and more nodes between two that are scheduled."""
    plain = Plain([PlainNode(4000, 8000, 99, 0, is_open=True) for _ in range(70)], False)
    for changed in (0, 1, *range(rooms.RECENT - 3, rooms.RECENT + 3)):
        for node in range(changed):
            plain.pin(node, (100, 0, None))
        plain.create(1, (100, 0, None))


def test_a_pending_pod_without_requests_comes_to_an_overdrawn_node() -> None:
    """A pinned pod of 700m is on a node of 300m; of two others the second waits for a slot."""
    plain = Plain([PlainNode(300, 500, 2, 0, is_open=True)], most_allocated=False)
    plain.pin(0, (700, 700, None))
    plain.create(2, (0, 0, None))
    assert len(plain.pending) == 1
    plain.leave(1)
    assert not plain.pending


@given(
    st.lists(st.integers(0, rooms.BEST), max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, rooms.BEST))),
)
def test_the_best_in_order_of_rows(ratings: list[int], changes: list[tuple[int, int]]) -> None:
    """A ranking has every row with the best rating, by its place among them; 0 is no rating."""
    ranking = rooms.Ranking(np.array(ratings, dtype=np.int64))
    for row, rating in changes:
        if row < len(ratings):
            ratings[row] = rating
            ranking.put(row, rating)
        best = [one for one, rated in enumerate(ratings) if rated == max(ratings) > 0]
        assert [ranking.row(tie) for tie in range(ranking.ties())] == best


def test_nodes_are_rated_anew_where_their_room_has_changed() -> None:
    """50 nodes, and pods of two shapes in turn: each pod changes the room of one node.

    For each shape all nodes are rated once; the second pod of a shape finds two nodes changed, and
    so does each that follows.
    """
    nodes = [PlainNode(4000, 8000, 20, 0, is_open=True) for _ in range(50)]
    plain = Plain(nodes, most_allocated=False)
    with (
        mock.patch.object(rooms.Rooms, "_rate_all", autospec=True, side_effect=RATE_ALL) as all_,
        mock.patch.object(rooms.Rooms, "_rate", autospec=True, side_effect=RATE) as one,
    ):
        for _ in range(20):
            plain.create(1, (100, 100, None))
            plain.create(1, (200, 50, None))
    assert (all_.call_count, one.call_count) == (2, 2 * 19 * 2)


def test_what_is_kept_of_shapes_is_bounded() -> None:
    """1,000 pods, each of its own shape: only the last shapes' rankings are kept."""
    plain = Plain([PlainNode(10**6, 10**6, 2000, 0, is_open=True)], most_allocated=False)
    for number in range(1000):
        plain.create(1, (1, 1 + number, None))
    assert len(plain.scheduler._rooms._rankings) == rooms.RECENT


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
