"""A scheduler that also counts vpc.amazonaws.com/pod-eni, where pods have branch ENIs.

Source: the resource controller's webhooks/core/pod_webhook.go gives each pod that a
SecurityGroupPolicy selects a request of one; pkg/provider/branch advertises the capacity of a node
once its trunk ENI is there.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING

from .pending import Pending
from .pods import Pod
from .rooms import CLOSED, Rooms
from .scheduler import Scheduler

if TYPE_CHECKING:
    from .nodes import Node


class BranchRooms(Rooms):
    """Rooms as pods with a branch ENI see them: a slot needs a branch ENI too."""

    def __init__(self, most_allocated: bool) -> None:
        super().__init__(most_allocated)
        self._slots: list[int] = []
        self._pod_enis: list[int] = []

    def add(self, cpu: int, memory: int, slots: int) -> int:
        """A new node; it has no branch ENIs yet."""
        self._slots.append(slots)
        self._pod_enis.append(0)
        return super().add(cpu, memory, 0)

    def move(self, pod: Pod, row: int, sign: int) -> None:
        """Takes (-1) or gives (+1) a pod's room."""
        super().move(pod, row, sign)
        self._slots[row] += sign
        self.add_pod_enis(row, sign * pod.template.security_groups)

    def add_pod_enis(self, row: int, count: int) -> None:
        """So many branch ENIs more for pods."""
        self._pod_enis[row] += count
        self._changed[row] = room = self._rows[row]
        room[2] = min(self._slots[row], self._pod_enis[row])


class BranchScheduler(Scheduler):
    """Keeps a second view of the rooms, and a second queue, for pods with a branch ENI."""

    def __init__(
        self, most_allocated: bool, bind: Callable[[Pod, Node], None], first_nodes: int = 0
    ) -> None:
        super().__init__(most_allocated, bind, first_nodes)
        self._own_rooms, self._own_pending = self._rooms, self._pending
        self._branch_rooms = BranchRooms(most_allocated)
        self._branch_pending = Pending()

    def advertise(self, node: Node, count: int) -> None:
        """The node's trunk ENI is there: so many of its pods can have a branch ENI."""
        node.has_pod_enis = True
        self._branch_rooms.add_pod_enis(node.row, count)
        if not self._awaited and self._rooms.is_open(node.row):
            self._serve_pending(node)

    def pending_pods(self) -> list[Pod]:
        """As `Scheduler.pending_pods`, those with a branch ENI included."""
        both = self._own_pending.pods() + self._branch_pending.pods()
        return sorted(both, key=attrgetter("number"))

    # -------------------------------------------------------------------- nodes

    def add_node(self, node: Node) -> None:
        """As `Scheduler.add_node`."""
        super().add_node(node)
        self._branch_rooms.add(node.allocatable_cpu, node.allocatable_memory, node.max_pods)

    def open(self, node: Node) -> None:
        """As `Scheduler.open`."""
        self._branch_rooms.set_group(node.row, node.group)
        super().open(node)

    def begin(self) -> None:
        """As `Scheduler.begin`."""
        self._awaited = 0
        waiting = self._pending.take_all() + self._branch_pending.take_all()
        for pod in sorted(waiting, key=attrgetter("number")):
            self.schedule(pod)

    def close(self, node: Node) -> None:
        """As `Scheduler.close`."""
        super().close(node)
        self._branch_rooms.set_group(node.row, CLOSED)

    # --------------------------------------------------------------------- pods

    def schedule(self, pod: Pod) -> None:
        """As `Scheduler.schedule`, with the view and the queue of this kind of pod."""
        if pod.template.security_groups:
            self._rooms, self._pending = self._branch_rooms, self._branch_pending
        super().schedule(pod)
        self._rooms, self._pending = self._own_rooms, self._own_pending

    def forget(self, pod: Pod) -> None:
        """As `Scheduler.forget`."""
        super().forget(pod)
        self._branch_pending.discard(pod)

    def take_room(self, pod: Pod, node: Node) -> None:
        """As `Scheduler.take_room`, in both views."""
        if self._is_asked:
            self._own_rooms.move(pod, node.row, -1)
            self._branch_rooms.move(pod, node.row, -1)

    def give_room(self, pod: Pod, node: Node) -> None:
        """As `Scheduler.give_room`, in both views."""
        if not self._is_asked:
            return
        self._own_rooms.move(pod, node.row, +1)
        self._branch_rooms.move(pod, node.row, +1)
        if not self._awaited and self._rooms.is_open(node.row):
            self._serve_pending(node)

    def _serve_pending(self, node: Node) -> None:
        """Gives room on this node to pending pods of both kinds, the oldest first."""
        while True:
            group, row = node.group, node.row
            found = (
                self._own_pending.oldest(group, self._own_rooms.free(row)),
                self._branch_pending.oldest(group, self._branch_rooms.free(row)),
            )
            pod = min(filter(None, found), key=attrgetter("number"), default=None)
            if pod is None:
                return
            pending = self._branch_pending if pod.template.security_groups else self._own_pending
            pending.discard(pod)
            self._place(pod, node)
