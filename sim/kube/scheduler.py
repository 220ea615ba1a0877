"""kube-scheduler: filters, the NodeResourcesFit score, ties at random, pending pods in order.

Its other scores, percentageOfNodesToScore, preemption and the back-off of pending pods are left
out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.randomness import keyed_uniform

from .pending import Pending
from .pods import Pod
from .rooms import CLOSED, Rooms, shape_of

if TYPE_CHECKING:
    from .nodes import Node

TIE = 100  # purpose of a keyed random number


class Scheduler:
    """Binds pods to nodes.

    Args:
        most_allocated: prefer full nodes instead of empty ones.
        bind: called with (pod, node) for each pod that fits.
        first_nodes: nodes that are awaited: no pod is bound before they are all open, or
            `begin` is called.
    """

    def __init__(
        self, most_allocated: bool, bind: Callable[[Pod, Node], None], first_nodes: int = 0
    ) -> None:
        self._awaited = first_nodes
        self._bind = bind
        self._nodes: list[Node] = []
        self._rooms = Rooms(most_allocated)
        self._is_asked = False  # until a pod is to be scheduled no room need be counted
        self._pending = Pending()
        self.on_pending: list[Callable[[Pod], None]] = []  # autoscalers, told of each such pod

    # -------------------------------------------------------------------- nodes

    def add_node(self, node: Node) -> None:
        """A node that was registered; it takes pods once it is opened."""
        node.row = self._rooms.add(node.allocatable_cpu, node.allocatable_memory, node.max_pods)
        self._nodes.append(node)

    def open(self, node: Node) -> None:
        """The node is Ready: pods may come."""
        self._rooms.set_group(node.row, node.group)
        if self._awaited > 1:
            self._awaited -= 1
        elif self._awaited:
            self.begin()
        else:
            self._serve_pending(node)

    def begin(self) -> None:
        """Nodes are awaited no longer: pods are bound from now on, those that came first first."""
        self._awaited = 0
        for pod in self._pending.take_all():
            self.schedule(pod)

    def close(self, node: Node) -> None:
        """The node is cordoned or gone."""
        self._rooms.set_group(node.row, CLOSED)

    # --------------------------------------------------------------------- pods

    def schedule(self, pod: Pod) -> None:
        """Binds a pod, or keeps it pending until room comes."""
        if not self._is_asked:
            self._count_rooms()
        node = None if self._awaited or shape_of(pod) in self._pending else self._best(pod)
        if node is None:
            self._pending.add(pod)
            for tell in self.on_pending:
                tell(pod)
        else:
            self._place(pod, node)

    @property
    def awaits_nodes(self) -> bool:
        """Whether no pod is bound yet, for lack of the first nodes."""
        return self._awaited > 0

    def pending_pods(self) -> list[Pod]:
        """Pods that fit on no node there is, the oldest first."""
        return self._pending.pods()

    def forget(self, pod: Pod) -> None:
        """A pod that was bound to no node is gone."""
        self._pending.discard(pod)

    def take_room(self, pod: Pod, node: Node) -> None:
        """Counts a pod on a node, as the scheduler's cache does."""
        if self._is_asked:
            self._rooms.move(pod, node.row, -1)

    def give_room(self, pod: Pod, node: Node) -> None:
        """A pod has left a node; pending pods may come."""
        if not self._is_asked:
            return
        self._rooms.move(pod, node.row, +1)
        if self._pending and not self._awaited and self._rooms.is_open(node.row):
            self._serve_pending(node)

    def _count_rooms(self) -> None:
        self._is_asked = True
        for node in self._nodes:
            for pod in node.pods.values():
                self.take_room(pod, node)

    def _place(self, pod: Pod, node: Node) -> None:
        self.take_room(pod, node)
        self._bind(pod, node)

    def _best(self, pod: Pod) -> Node | None:
        """One of the nodes with the best score, in equal shares."""
        ranking = self._rooms.ranking(shape_of(pod))
        ties = ranking.ties()
        if not ties:
            return None
        tie = keyed_uniform(pod.template.key, TIE, pod.index)
        return self._nodes[ranking.row(int(tie * ties))]

    def _serve_pending(self, node: Node) -> None:
        """Gives room on this node to pending pods, the oldest first; nowhere else is any."""
        while self._pending:
            pod = self._pending.oldest(node.group, self._rooms.free(node.row))
            if pod is None:
                return
            self._pending.discard(pod)
            self._place(pod, node)
