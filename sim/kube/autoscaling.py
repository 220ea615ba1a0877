"""What Karpenter and the Cluster Autoscaler have in common: the nodes and pods they look at."""

from __future__ import annotations

from dataclasses import dataclass

from sim.clock import Clock
from sim.results.records import NEVER

from .node_group import NodeGroup
from .nodes import Node
from .packing import Offer
from .pods import Pod
from .scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Scaled:
    """A node group that an autoscaler scales.

    Attributes:
        group: the group.
        offer: what one of its nodes has for pods.
        capacity: what it has in all, in millicores and MiB.
        least, most: nodes it may have.
    """

    group: NodeGroup
    offer: Offer
    capacity: tuple[int, int]
    least: int
    most: int

    @property
    def price(self) -> tuple[int, int]:
        """What the cheapest is chosen by: vCPUs, then memory."""
        return self.capacity

    @property
    def room(self) -> int:
        """How many more nodes it may have."""
        return max(self.most - len(self.group.nodes), 0)

    def is_initialised(self, node: Node) -> bool:
        """Whether a node is ready, and has its trunk ENI if pods are to have branch ENIs.

        Without it Karpenter waits for the node, and the Cluster Autoscaler finds that it lacks a
        resource.
        """
        return node.ready_ms != NEVER and (node.has_pod_enis or not self.offer.branches)

    def left_on(self, node: Node) -> Offer:
        """What a node has besides the pods that are on it."""
        pods = [pod for pod in node.pods.values() if not pod.template.is_daemon]
        return self.offer._replace(
            cpu=self.offer.cpu - sum(pod.cpu for pod in pods),
            memory=self.offer.memory - sum(pod.memory for pod in pods),
            slots=self.offer.slots - len(pods),
        )


@dataclass(frozen=True, slots=True)
class Fleet:
    """The groups of one autoscaler, the cheapest first.

    Attributes:
        clock: the simulation's clock.
        groups: what it scales.
        scheduler: knows the pods that wait.
    """

    clock: Clock
    groups: list[Scaled]
    scheduler: Scheduler

    def pending(self) -> list[Pod]:
        """Pods that fit on no node, the oldest first; none while the first nodes are awaited."""
        return [] if self.scheduler.awaits_nodes else self.scheduler.pending_pods()

    def coming(self) -> list[Offer]:
        """What its nodes that are not initialised yet will have for pods that wait."""
        return [
            one.left_on(node)
            for one in self.groups
            for node in one.group.nodes
            if not one.is_initialised(node)
        ]

    def ready(self) -> list[tuple[Scaled, Node]]:
        """Its initialised nodes that are to stay."""
        return [
            (one, node)
            for one in self.groups
            for node in one.group.nodes
            if one.is_initialised(node)
        ]

    def empty(self) -> list[tuple[Scaled, Node]]:
        """Those of them without other pods than those of DaemonSets."""
        if self.scheduler.awaits_nodes:
            return []
        return [(one, node) for one, node in self.ready() if node.is_empty]
