"""How many nodes pending pods need, and of which kind: bin packing, the largest pods first.

Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling (queue.go, scheduler.go: a
node keeps all types that its pods fit on, and the cheapest is launched; among new nodes the one
with the fewest pods comes first); kubernetes/autoscaler cluster-autoscaler/estimator
(binpacking_estimator.go, decreasing_pod_orderer.go: first fit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, NamedTuple

from .pods import Pod

Rank = Callable[["Bin"], int]


class Offer(NamedTuple):
    """A kind of node: its group, and what it has for pods besides those of DaemonSets."""

    group: int
    cpu: int
    memory: int
    slots: int
    branches: int = 0  # branch ENIs

    def holds(self, cpu: int, memory: int, pods: int, branches: int = 0) -> bool:
        """Whether so many pods that ask for this in all fit on it."""
        has_room = cpu <= self.cpu and memory <= self.memory and pods <= self.slots
        return has_room and branches <= self.branches


@dataclass(slots=True)
class Bin:
    """A node that is coming, or would have to come: the kinds it can still be, and its pods."""

    offers: list[Offer]
    is_new: bool = True
    cpu: int = 0
    memory: int = 0
    branches: int = 0
    pods: list[Pod] = field(default_factory=list)

    def take(self, pod: Pod) -> bool:
        """Puts a pod on it, if it can be a kind that holds it too."""
        cpu, memory = self.cpu + pod.cpu, self.memory + pod.memory
        branches = self.branches + pod.template.security_groups
        count = len(self.pods) + 1
        offers = [
            one
            for one in self.offers
            if may_run(pod, one) and one.holds(cpu, memory, count, branches)
        ]
        if not offers:
            return False
        self.offers, self.cpu, self.memory, self.branches = offers, cpu, memory, branches
        self.pods.append(pod)
        return True


def may_run(pod: Pod, offer: Offer) -> bool:
    """Whether the pod's workload is for nodes of the offer's group."""
    groups = pod.template.groups
    return groups is None or offer.group in groups


def largest_first(pod: Pod) -> Any:
    """Karpenter's order: by cpu, then memory, then age (queue.go byCPUAndMemoryDescending)."""
    return -pod.cpu, -pod.memory, pod.number


def fewest_pods(one: Bin) -> int:
    """Karpenter's rank: nodes that are coming in their order, then new ones by their pods."""
    return len(one.pods) if one.is_new else -1


def first_fit(_one: Bin) -> int:
    """The Cluster Autoscaler's rank: all bins in their order."""
    return 0


def pack(
    pods: Iterable[Pod],
    coming: Sequence[Offer],
    offers: Sequence[Offer],
    *,
    order: Callable[[Pod], Any] = largest_first,
    rank: Rank = fewest_pods,
) -> list[Bin]:
    """The nodes that pods need besides those that are coming.

    Args:
        pods: pods that fit on no node there is.
        coming: nodes that are not ready yet, each with what it has; they are filled first.
        offers: the kinds of nodes there can be, the cheapest first.
        order: sort key of the pods.
        rank: of a bin; a pod goes to the first that takes it, by rank and then age.

    Returns:
        Each with its pods and the kinds it can be, the cheapest first. Pods that fit on no kind
        are on none.
    """
    there = [Bin([one], is_new=False) for one in coming]
    bins = _Bins(there, rank)
    for pod in sorted(pods, key=order):
        if not bins.take(pod):
            bin_ = Bin(list(offers))
            if bin_.take(pod):
                bins.add(bin_)
    return [one for one in bins.all if one.is_new]


class _Bins:
    """All bins; for the pods that are alike, a heap of those that may still have room for them."""

    def __init__(self, there: list[Bin], rank: Rank) -> None:
        self.all = there
        self._rank = rank
        self._size = (-1, -1)  # what the pods of the heaps ask for
        self._heaps: dict[Any, list[tuple[int, int]]] = {}

    def add(self, new: Bin) -> None:
        self.all.append(new)
        for heap in self._heaps.values():
            heappush(heap, (self._rank(new), len(self.all) - 1))

    def take(self, pod: Pod) -> bool:
        """Puts the pod on the first bin that takes it; False if none does."""
        heap = self._heap(pod)
        while heap:
            rank, place = heap[0]
            now = self._rank(self.all[place])
            if now != rank:
                heapreplace(heap, (now, place))
            elif self.all[place].take(pod):
                return True
            else:
                heappop(heap)
        return False

    def _heap(self, pod: Pod) -> list[tuple[int, int]]:
        if (pod.cpu, pod.memory) != self._size:
            self._size = pod.cpu, pod.memory
            self._heaps = {}
        kind = pod.template.groups, pod.template.security_groups
        heap = self._heaps.get(kind)
        if heap is None:
            heap = [(self._rank(one), place) for place, one in enumerate(self.all)]
            heapify(heap)
            self._heaps[kind] = heap
        return heap
