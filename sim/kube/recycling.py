"""All nodes of a group replaced, a few at a time.

Source: EKS user guide, managed-node-update-behavior; kubernetes-sigs/karpenter
pkg/controllers/disruption/drift.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.clock import Order
from sim.results.records import NEVER

from .group_spec import RecyclingSpec
from .nodes import Node

if TYPE_CHECKING:
    from .node_group import NodeGroup


class Recycling:
    """An Auto Scaling group's: as EKS updates a managed node group.

    Some nodes more are launched first; once they are Ready the old ones take no more pods. Then old
    nodes are drained, `at_once` of them at a time, linger and end; for each the group launches one,
    which is to be Ready before the next is drained. What is too much at the end is drained too.

    Args:
        group: whose nodes.
        spec: how.
        when_done: called at the end.
    """

    def __init__(
        self, group: NodeGroup, spec: RecyclingSpec, when_done: Callable[[], None]
    ) -> None:
        self._group = group
        self._spec = spec
        self._when_done = when_done
        self._old = group.nodes
        self._count = len(self._old)
        self._has_begun = self._is_done = False
        self._leaving: set[int] = set()  # numbers of old nodes that are drained
        self._coming: set[int] = set()  # of new ones that are not Ready yet

    def start(self) -> None:
        """Begins with the nodes more."""
        self._add(self._spec.surge)
        self._go_on()

    def _add(self, count: int) -> None:
        for _ in range(count):
            node = self._group.add_node()
            if node.ready_ms == NEVER:
                self._coming.add(node.number)
                node.on_ready = node.on_end = self._has_come

    def _has_come(self, node: Node) -> None:
        """A new node is Ready, or has gone before: then the group has asked for another."""
        if node.number in self._coming:
            self._coming.discard(node.number)
            self._go_on()

    def _go_on(self) -> None:
        if not self._has_begun and not self._coming:
            self._has_begun = True
            for node in self._old:
                node.close()
        if self._has_begun:
            self._drain_some()

    def _drain_some(self) -> None:
        while self._old and len(self._leaving) + len(self._coming) < self._spec.at_once:
            node = self._old.pop(0)
            if node in self._group.nodes:  # it may have gone for another reason
                self._leaving.add(node.number)
                node.on_end = self._has_ended
                self._group.drain(node, self._spec.linger_ms)
        if not (self._old or self._leaving or self._coming or self._is_done):
            self._finish()

    def _has_ended(self, node: Node) -> None:
        if node.number in self._leaving:
            self._group.clock.call(0, Order.ANSWER, self._replace, node)

    def _replace(self, node: Node) -> None:
        self._leaving.discard(node.number)
        self._add(1)
        self._drain_some()

    def _finish(self) -> None:
        self._is_done = True
        too_many = max(min(self._spec.surge, len(self._group.nodes) - self._count), 0)
        for node in self._group.nodes[::-1][:too_many]:
            self._group.drain(node)
        self._when_done()


class Drift:
    """Karpenter's: each node is drained once its replacement is Ready, an empty one at once.

    Args: as of `Recycling`.
    """

    def __init__(
        self, group: NodeGroup, spec: RecyclingSpec, when_done: Callable[[], None]
    ) -> None:
        self._group = group
        self._spec = spec
        self._when_done = when_done
        self._old = group.nodes
        self._leaving: set[int] = set()
        self._is_done = False

    def start(self) -> None:
        """Begins with the first nodes."""
        self._go_on(None)

    def _go_on(self, _: None) -> None:
        while self._old and len(self._leaving) < self._spec.at_once:
            node = self._old.pop(0)
            if node in self._group.nodes:
                self._replace(node)
        if not (self._old or self._leaving or self._is_done):
            self._is_done = True
            self._when_done()

    def _replace(self, node: Node) -> None:
        self._leaving.add(node.number)
        node.on_end = self._has_ended
        node.close()
        if node.is_empty:
            self._group.drain(node)
            return
        replacement = self._group.add_node()
        replacement.on_ready = replacement.on_end = lambda _: self._group.drain(node)

    def _has_ended(self, node: Node) -> None:
        if node.number in self._leaving:
            self._leaving.discard(node.number)
            self._group.clock.call(0, Order.ANSWER, self._go_on)
