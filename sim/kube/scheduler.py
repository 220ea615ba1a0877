"""kube-scheduler: filters, the NodeResourcesFit score, ties at random, pending pods in order.

Source: kubernetes pkg/scheduler/framework/plugins/noderesources (least_allocated.go,
most_allocated.go): per resource an integer from 0 to 100, the node's score their integer mean; a
pod without a request counts as 100m and 200 MiB there. Its other scores, percentageOfNodesToScore,
preemption and the back-off of pending pods are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.randomness import keyed_uniform
from sim.results.records import NEVER

from .pods import Pod

if TYPE_CHECKING:
    from .nodes import Node

DEFAULT_CPU = 100  # millicores
DEFAULT_MEMORY = 200  # MiB
TIE = 100  # purpose of a keyed random number

IntArray = np.ndarray[tuple[int], np.dtype[np.int64]]
Shape = tuple[int, int, frozenset[int] | None]


class Scheduler:
    """Binds pods to nodes.

    Args:
        most_allocated: prefer full nodes instead of empty ones.
        bind: called with (pod, node) for each pod that fits.
    """

    _COLUMNS = ("cpu", "memory", "slots", "scored_cpu", "scored_memory", "all_cpu", "all_memory")

    def __init__(self, most_allocated: bool, bind: Callable[[Pod, Node], None]) -> None:
        self._most_allocated = most_allocated
        self._bind = bind
        self._nodes: list[Node] = []
        self._free = np.zeros((len(self._COLUMNS), 64), dtype=np.int64)
        self._group = np.full(64, -1, dtype=np.int64)  # -1: takes no pods
        self._pending: dict[Shape, deque[Pod]] = {}

    # -------------------------------------------------------------------- nodes

    def add_node(self, node: Node) -> None:
        """A node that was registered; it takes pods once it is opened."""
        row = node.row = len(self._nodes)
        self._nodes.append(node)
        if row == self._free.shape[1]:
            self._free = np.concatenate([self._free, np.zeros_like(self._free)], axis=1)
            self._group = np.concatenate([self._group, np.full_like(self._group, -1)])
        cpu, memory = node.allocatable_cpu, node.allocatable_memory
        self._free[:, row] = (cpu, memory, node.max_pods, 0, 0, max(cpu, 1), max(memory, 1))

    def open(self, node: Node) -> None:
        """The node is Ready: pods may come."""
        self._group[node.row] = node.group
        self._serve_pending(node)

    def close(self, node: Node) -> None:
        """The node is cordoned or gone."""
        self._group[node.row] = -1

    # --------------------------------------------------------------------- pods

    def schedule(self, pod: Pod) -> None:
        """Binds a pod, or keeps it pending until room comes."""
        row = self._best(pod)
        if row is None:
            shape = (pod.cpu, pod.memory, pod.template.groups)
            self._pending.setdefault(shape, deque()).append(pod)
        else:
            self._place(pod, self._nodes[row])

    def take_room(self, pod: Pod, node: Node) -> None:
        """Counts a pod on a node, as the scheduler's cache does."""
        self._free[:, node.row] -= self._footprint(pod)

    def give_room(self, pod: Pod, node: Node) -> None:
        """A pod has left a node; pending pods may come."""
        self._free[:, node.row] += self._footprint(pod)
        if self._pending and self._group[node.row] >= 0:
            self._serve_pending(node)

    @staticmethod
    def _footprint(pod: Pod) -> tuple[int, ...]:
        scored_cpu, scored_memory = pod.cpu or DEFAULT_CPU, pod.memory or DEFAULT_MEMORY
        return (pod.cpu, pod.memory, 1, -scored_cpu, -scored_memory, 0, 0)

    def _place(self, pod: Pod, node: Node) -> None:
        self.take_room(pod, node)
        self._bind(pod, node)

    def _best(self, pod: Pod) -> int | None:
        count = len(self._nodes)
        group = self._group[:count]
        cpu, memory, slots, used_cpu, used_memory, all_cpu, all_memory = self._free[:, :count]
        fits = (cpu >= pod.cpu) & (memory >= pod.memory) & (slots > 0) & (group >= 0)
        if pod.template.groups is not None:
            fits &= np.isin(group, list(pod.template.groups))
        rows = np.flatnonzero(fits)
        if not len(rows):
            return None
        score = self._share(used_cpu[rows] + (pod.cpu or DEFAULT_CPU), all_cpu[rows])
        score += self._share(used_memory[rows] + (pod.memory or DEFAULT_MEMORY), all_memory[rows])
        score //= 2
        best = rows[score == score.max()]
        tie = keyed_uniform(pod.template.key, pod.index, TIE)
        return int(best[int(tie * len(best))])

    def _share(self, requested: IntArray, capacity: IntArray) -> IntArray:
        """Score of one resource, 0 to 100, with the pod on the node."""
        wanted = requested if self._most_allocated else capacity - requested
        over = requested > capacity
        return np.where(over, 0, wanted * 100 // capacity)

    def _serve_pending(self, node: Node) -> None:
        """Gives room on this node to pending pods, the oldest first; nowhere else is any."""
        while True:
            heads = [
                (queue[0].number, shape)
                for shape, queue in list(self._pending.items())
                if self._drop_ended(shape, queue) and self._fits(shape, node)
            ]
            if not heads:
                return
            _, shape = min(heads, key=lambda head: head[0])
            self._place(self._pending[shape].popleft(), node)

    def _drop_ended(self, shape: Shape, queue: deque[Pod]) -> bool:
        while queue and queue[0].ended_ms != NEVER:
            queue.popleft()
        if not queue:
            del self._pending[shape]
        return bool(queue)

    def _fits(self, shape: Shape, node: Node) -> bool:
        cpu, memory, groups = shape
        free = self._free[:3, node.row]
        has_room = bool(free[0] >= cpu and free[1] >= memory and free[2] > 0)
        return has_room and (groups is None or node.group in groups)
