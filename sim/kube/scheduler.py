"""kube-scheduler: filters, the NodeResourcesFit score, ties at random, pending pods in order.

Source: kubernetes pkg/scheduler/framework/plugins/noderesources (least_allocated.go,
most_allocated.go): per resource an integer from 0 to 100, the node's score their integer mean; a
pod without a request counts as 100m and 200 MiB there. Its other scores, percentageOfNodesToScore,
preemption and the back-off of pending pods are left out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from sim.randomness import keyed_uniform

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
        first_nodes: nodes that are awaited: no pod is bound before they are all open, or
            `begin` is called.
    """

    _COLUMNS = ("cpu", "memory", "slots", "scored_cpu", "scored_memory", "all_cpu", "all_memory")

    def __init__(
        self, most_allocated: bool, bind: Callable[[Pod, Node], None], first_nodes: int = 0
    ) -> None:
        self._most_allocated = most_allocated
        self._awaited = first_nodes
        self._bind = bind
        self._nodes: list[Node] = []
        self._free = np.zeros((len(self._COLUMNS), 64), dtype=np.int64)
        self._group = np.full(64, -1, dtype=np.int64)  # -1: takes no pods
        self._rooms: list[list[int]] = []  # the first five columns, always current
        self._changed: dict[int, list[int]] = {}  # rows in which the arrays lag behind
        self._pending: dict[Shape, OrderedDict[int, Pod]] = {}  # by number; no room anywhere

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
        self._rooms.append([cpu, memory, node.max_pods, 0, 0])

    def open(self, node: Node) -> None:
        """The node is Ready: pods may come."""
        self._group[node.row] = node.group
        if self._awaited > 1:
            self._awaited -= 1
        elif self._awaited:
            self.begin()
        else:
            self._serve_pending(node)

    def begin(self) -> None:
        """Nodes are awaited no longer: pods are bound from now on, those that came first first."""
        self._awaited = 0
        pending = [pod for queue in self._pending.values() for pod in queue.values()]
        self._pending = {}
        for pod in sorted(pending, key=lambda pod: pod.number):
            self.schedule(pod)

    def close(self, node: Node) -> None:
        """The node is cordoned or gone."""
        self._group[node.row] = -1

    # --------------------------------------------------------------------- pods

    def schedule(self, pod: Pod) -> None:
        """Binds a pod, or keeps it pending until room comes."""
        shape = _shape(pod)
        row = None if self._awaited or shape in self._pending else self._best(pod)
        if row is None:
            self._pending.setdefault(shape, OrderedDict())[pod.number] = pod
        else:
            self._place(pod, self._nodes[row])

    def forget(self, pod: Pod) -> None:
        """A pod that was bound to no node is gone."""
        queue = self._pending.get(_shape(pod))
        if queue is not None:
            queue.pop(pod.number, None)
            if not queue:
                del self._pending[_shape(pod)]

    def take_room(self, pod: Pod, node: Node) -> None:
        """Counts a pod on a node, as the scheduler's cache does."""
        self._move(pod, node.row, -1)

    def give_room(self, pod: Pod, node: Node) -> None:
        """A pod has left a node; pending pods may come."""
        self._move(pod, node.row, +1)
        if self._pending and not self._awaited and self._group[node.row] >= 0:
            self._serve_pending(node)

    def _move(self, pod: Pod, row: int, sign: int) -> None:
        """Takes or gives a pod's room; the arrays follow when a pod is to be scheduled."""
        room = self._rooms[row]
        cpu, memory = sign * pod.cpu, sign * pod.memory
        room[0] += cpu
        room[1] += memory
        room[2] += sign
        room[3] -= cpu or sign * DEFAULT_CPU
        room[4] -= memory or sign * DEFAULT_MEMORY
        self._changed[row] = room

    def _place(self, pod: Pod, node: Node) -> None:
        self.take_room(pod, node)
        self._bind(pod, node)

    def _best(self, pod: Pod) -> int | None:
        for row, room in self._changed.items():
            self._free[: len(room), row] = room
        self._changed.clear()
        count = len(self._nodes)
        group = self._group[:count]
        cpu, memory, slots, used_cpu, used_memory, all_cpu, all_memory = self._free[:, :count]
        fits = (slots > 0) & (group >= 0)
        if pod.cpu:
            fits &= cpu >= pod.cpu
        if pod.memory:
            fits &= memory >= pod.memory
        if pod.template.groups is not None:
            fits &= np.isin(group, list(pod.template.groups))
        rows = np.flatnonzero(fits)
        if not len(rows):
            return None
        score = self._share(used_cpu[rows] + (pod.cpu or DEFAULT_CPU), all_cpu[rows])
        score += self._share(used_memory[rows] + (pod.memory or DEFAULT_MEMORY), all_memory[rows])
        score //= 2
        best = rows[score == score.max()]
        tie = keyed_uniform(pod.template.key, TIE, pod.index)
        return int(best[int(tie * len(best))])

    def _share(self, requested: IntArray, capacity: IntArray) -> IntArray:
        """Score of one resource, 0 to 100, with the pod on the node."""
        requested = np.minimum(requested, capacity)  # those without a request may go over it
        wanted = requested if self._most_allocated else capacity - requested
        return wanted * 100 // capacity

    def _serve_pending(self, node: Node) -> None:
        """Gives room on this node to pending pods, the oldest first; nowhere else is any."""
        room = self._room(node)
        heads = [
            (next(iter(queue)), shape)
            for shape, queue in self._pending.items()
            if _fits(shape, node.group, room)
        ]
        heapify(heads)
        while heads:
            number, shape = heappop(heads)
            if _fits(shape, node.group, self._room(node)):
                pod = self._pending[shape][number]
                self.forget(pod)
                if shape in self._pending:
                    heappush(heads, (next(iter(self._pending[shape])), shape))
                self._place(pod, node)

    def _room(self, node: Node) -> list[int]:
        """Free millicores, MiB and slots."""
        return self._rooms[node.row][:3]


def _shape(pod: Pod) -> Shape:
    """What decides where a pod fits."""
    return pod.cpu, pod.memory, pod.template.groups


def _fits(shape: Shape, group: int, room: list[int]) -> bool:
    """A resource that is not asked for may be overdrawn, by pods that came past the scheduler."""
    cpu, memory, groups = shape
    free_cpu, free_memory, slots = room
    return (
        slots > 0
        and (not cpu or cpu <= free_cpu)
        and (not memory or memory <= free_memory)
        and (groups is None or group in groups)
    )
