"""Karpenter, simplified: nodes for pending pods, and the end of empty and of old ones.

Source: kubernetes-sigs/karpenter v1, pkg/controllers/provisioning (batcher.go, controller.go,
provisioner.go), pkg/controllers/disruption (controller.go, emptiness.go, helpers.go) and
pkg/controllers/nodeclaim/expiration; aws/karpenter-provider-aws pkg/cache (what could not be
launched). Left out: consolidation of nodes that are not empty, prices, and the weights and limits
of several NodePools.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.clock import Order
from sim.results.records import NEVER

from .autoscaling import Fleet, Scaled
from .node_group import NodeGroup
from .nodes import Node
from .packing import Bin, pack
from .pods import Pod

POLLING_PERIOD_MS = 10_000
"""Between two looks for nodes to disrupt, and between two at pods that stay pending."""

VALIDATION_MS = 15_000
"""commandValidationDelay: an empty node that is still empty by then is removed."""

UNAVAILABLE_MS = 180_000
"""UnavailableOfferingsTTL: how long what could not be launched is not asked for again."""


@dataclass(frozen=True, slots=True)
class KarpenterTimes:
    """Its settings, in ms; None: never."""

    batch_idle: int
    batch_max: int
    consolidate_after: int | None
    expire_after: int | None
    budget: float


class Karpenter:
    """One NodePool.

    Args:
        fleet: its types, and the pods that wait.
        times: its settings.
    """

    def __init__(self, fleet: Fleet, times: KarpenterTimes) -> None:
        self._fleet = fleet
        self._clock = fleet.clock
        self._times = times
        self._by_group = {one.offer.group: one for one in fleet.groups}
        self._batch_end = -1  # at the latest; -1: no batch is open
        self._looks = 0  # only the last one counts
        self._unavailable_until: dict[int, int] = {}  # by the numbers of groups
        self._empty_since: dict[int, int] = {}  # by the numbers of nodes

    def start(self) -> None:
        """Begins to look for nodes to remove."""
        for one in self._fleet.groups:
            one.group.is_asg = False
            one.group.on_launch = self._has_launched
        if self._times.consolidate_after is not None:
            self._clock.call(POLLING_PERIOD_MS, Order.ANSWER, self._disrupt)

    # -------------------------------------------------------------- provisioning

    def pod_is_pending(self, _pod: Pod) -> None:
        """A pod fits nowhere: it opens a batch, or makes the open one wait for more."""
        now = self._clock.now
        if self._batch_end < now:
            self._batch_end = now + self._times.batch_max
        self._look_at(min(now + self._times.batch_idle, self._batch_end))

    def _look_at(self, at: int) -> None:
        self._looks += 1
        self._clock.call(at - self._clock.now, Order.ANSWER, self._provision, self._looks)

    def _provision(self, look: int) -> None:
        if look != self._looks:
            return
        self._batch_end = -1
        pods = self._fleet.pending()
        offers = [one.offer for one in self._fleet.groups if self._is_available(one)]
        for bin_ in pack(pods, self._fleet.coming(), offers):
            self._launch(bin_)
        if pods:
            self._look_at(self._clock.now + POLLING_PERIOD_MS)

    def _is_available(self, one: Scaled) -> bool:
        until = self._unavailable_until.get(one.offer.group, 0)
        return one.room > 0 and until <= self._clock.now

    def _launch(self, bin_: Bin) -> None:
        """Asks for the cheapest type that may have one more node."""
        for offer in bin_.offers:
            scaled = self._by_group[offer.group]
            if scaled.room:
                scaled.group.add_node(self._could_not_launch)
                return

    def _could_not_launch(self, node: Node) -> None:
        """The NodeClaim is given up, and its type is not asked for again for a while."""
        self._by_group[node.group].group.give_up(node)
        self._unavailable_until[node.group] = self._clock.now + UNAVAILABLE_MS

    # ------------------------------------------------------------------- removal

    def _has_launched(self, node: Node, group: NodeGroup) -> None:
        expire_after = self._times.expire_after
        if expire_after is not None:
            self._clock.call(expire_after, Order.ANSWER, lambda _: group.drain(node))

    def _disrupt(self, _: None) -> None:
        """Looks for empty nodes, as many as the budget allows; they go if they stay empty."""
        chosen = self._empty_for_long()[: self._budget()]
        if chosen:
            self._clock.call(VALIDATION_MS, Order.ANSWER, self._remove, chosen)
        else:
            self._clock.call(POLLING_PERIOD_MS, Order.ANSWER, self._disrupt)

    def _empty_for_long(self) -> list[tuple[Scaled, Node]]:
        now, empty, since = self._clock.now, self._fleet.empty(), self._empty_since
        self._empty_since = {node.number: since.get(node.number, now) for _, node in empty}
        wait = self._times.consolidate_after or 0
        return [(one, node) for one, node in empty if now - self._empty_since[node.number] >= wait]

    def _budget(self) -> int:
        """How many nodes may be disrupted now: a share of all, rounded up, less those that go."""
        leaving = sum(
            node.ready_ms != NEVER for one in self._fleet.groups for node in one.group.leaving
        )
        count = len(self._fleet.ready()) + leaving
        return max(math.ceil(round(count * self._times.budget, 6)) - leaving, 0)

    def _remove(self, chosen: list[tuple[Scaled, Node]]) -> None:
        for scaled, node in chosen:
            if node.is_empty:
                scaled.group.drain(node)
        self._disrupt(None)
