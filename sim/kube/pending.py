"""Pods that fit on no node: which of them is to be bound when a node has room."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from operator import attrgetter
from typing import Any

from .pods import Pod
from .rooms import Groups, Shape

UNASKED = -(1 << 62)  # what a pod without a request needs: a node may be overdrawn


class Pending:
    """Pods that fit nowhere."""

    def __init__(self) -> None:
        self._queues: dict[Groups, _Queues] = {}

    def __len__(self) -> int:
        return len(self._queues)

    def __contains__(self, shape: Shape) -> bool:
        cpu, memory, groups = shape
        return groups in self._queues and (cpu, memory) in self._queues[groups].places

    def add(self, pod: Pod) -> None:
        """A pod that is younger than those of its shape."""
        groups = pod.template.groups
        if groups not in self._queues:
            self._queues[groups] = _Queues()
        self._queues[groups].add(pod)

    def discard(self, pod: Pod) -> None:
        """This pod, if it is here, is no more."""
        queues = self._queues.get(pod.template.groups)
        if queues is not None:
            queues.discard(pod)
            if not queues.places:
                del self._queues[pod.template.groups]

    def take_all(self) -> list[Pod]:
        """All pods, the oldest first; none is here any more."""
        pods = self.pods()
        self._queues.clear()
        return pods

    def pods(self) -> list[Pod]:
        """All pods, the oldest first."""
        pods = [pod for queues in self._queues.values() for pod in queues.pods()]
        return sorted(pods, key=attrgetter("number"))

    def oldest(self, group: int, free: list[int]) -> Pod | None:
        """The oldest pod for a node of this group with these millicores, MiB and slots free."""
        if free[2] <= 0:
            return None
        found = [
            queues.oldest(free[0], free[1])
            for groups, queues in self._queues.items()
            if groups is None or group in groups
        ]
        return min(filter(None, found), key=attrgetter("number"), default=None)


class _Queues:
    """Pods that may run in the same groups: a queue for each request, the oldest pod first.

    What the queues ask for and the number of their first pod stand side by side, for NumPy to look
    through: there may be as many queues as pods.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[int, int], int] = {}  # of the queues, by millicores and MiB
        self._requests: list[tuple[int, int]] = []
        self._queues: list[OrderedDict[int, Pod]] = []
        self._cpu, self._memory, self._first = array("q"), array("q"), array("q")

    def pods(self) -> list[Pod]:
        return [pod for queue in self._queues for pod in queue.values()]

    def add(self, pod: Pod) -> None:
        request = pod.cpu, pod.memory
        place = self.places.get(request)
        if place is None:
            place = self.places[request] = len(self._queues)
            self._requests.append(request)
            self._queues.append(OrderedDict())
            self._cpu.append(pod.cpu or UNASKED)
            self._memory.append(pod.memory or UNASKED)
            self._first.append(pod.number)
        self._queues[place][pod.number] = pod

    def discard(self, pod: Pod) -> None:
        place = self.places.get((pod.cpu, pod.memory))
        if place is None:
            return
        queue = self._queues[place]
        queue.pop(pod.number, None)
        if queue:
            self._first[place] = next(iter(queue))
        else:
            self._drop(place)

    def _drop(self, place: int) -> None:
        """The last queue takes the place of an empty one."""
        del self.places[self._requests[place]]
        columns: list[Any] = [self._requests, self._queues, self._cpu, self._memory, self._first]
        for column in columns:
            last = column.pop()
            if place < len(column):
                column[place] = last
        if place < len(self._requests):
            self.places[self._requests[place]] = place

    def oldest(self, free_cpu: int, free_memory: int) -> Pod | None:
        import numpy as np

        cpu, memory, first = map(np.frombuffer, (self._cpu, self._memory, self._first), "qqq")
        fitting = ((cpu <= free_cpu) & (memory <= free_memory)).nonzero()[0]
        if not len(fitting):
            return None
        place = int(fitting[first[fitting].argmin()])
        return self._queues[place][self._first[place]]
