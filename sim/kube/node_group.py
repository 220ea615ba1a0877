"""Node groups: how many nodes there are, where they are launched, and how they are replaced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from sim.aws.metadata import InstanceMetadata
from sim.clock import Clock, Order
from sim.results.records import NEVER

from .group_spec import GroupSpec, RecyclingSpec
from .nodes import Node, Services
from .recycling import Drift, Recycling


class NodeGroup:
    """A group's nodes; scale-in takes the newest first.

    Args:
        services: what all nodes use.
        spec: the group.
        register: called with each new node, for its number in the records.

    Attributes:
        is_asg: it is an Auto Scaling group, which replaces what it loses and whose nodes are
            cordoned before they are drained; Karpenter does neither, its taint leaves the daemon
            at work.
        on_launch: called with each node that was launched.
    """

    def __init__(
        self, services: Services, spec: GroupSpec, register: Callable[[Node], None]
    ) -> None:
        self._services = services
        self._register = register
        self.spec = spec
        self.is_asg = True
        self.on_launch: Callable[[Node, NodeGroup], None] | None = None
        self._nodes: list[Node] = []  # to stay, oldest first
        self._leaving: list[Node] = []  # drained, or gone since
        self._spare: list[Node] = []  # given up before they were launched
        self._made = 0
        self._recyclings: deque[RecyclingSpec] = deque()  # the first is under way

    @property
    def clock(self) -> Clock:
        """The simulation's clock."""
        return self._services.clock

    @property
    def nodes(self) -> list[Node]:
        """Its nodes that are to stay, the oldest first."""
        return list(self._nodes)

    @property
    def leaving(self) -> list[Node]:
        """Its nodes that are drained."""
        self._leaving = [node for node in self._leaving if node.terminated_ms == NEVER]
        return self._leaving

    def start(self) -> None:
        """Puts the group's steps, cordons and recyclings on the clock."""
        clock = self._services.clock
        for at, count in self.spec.steps:
            clock.call(at, Order.ANSWER, self._on_step, count)
        for at in self.spec.cordons:
            clock.call(at, Order.ANSWER, self._on_cordon)
        for spec in self.spec.recyclings:
            clock.call(spec.at, Order.ANSWER, self._on_recycling, spec)

    def _on_step(self, count: int) -> None:
        leaving = self._nodes[count:][::-1]
        for node in leaving:
            node.cordon()
        for node in leaving:
            self.drain(node)
        while len(self._nodes) < count:
            self.add_node()

    def _on_cordon(self, _: None) -> None:
        for node in self._nodes:
            if node.started_ms != NEVER:
                node.cordon()

    def _on_recycling(self, spec: RecyclingSpec) -> None:
        self._recyclings.append(spec)
        if len(self._recyclings) == 1:
            self._recycle()

    def _recycle(self) -> None:
        kind = Recycling if self.is_asg else Drift
        kind(self, self._recyclings[0], self._has_recycled).start()

    def _has_recycled(self) -> None:
        self._recyclings.popleft()
        if self._recyclings:
            self._recycle()

    # ------------------------------------------------------------------- launch

    def add_node(self, on_failure: Callable[[Node], None] | None = None) -> Node:
        """One more node.

        Args:
            on_failure: called with the node if it cannot be launched; without it the group tries
                again after its `launch_retry`.
        """
        node = self._spare.pop() if self._spare else self._new_node()
        self._nodes.append(node)
        self._ask_for(node, on_failure)
        return node

    def _new_node(self) -> Node:
        """A node that lies in the group's next subnet."""
        spec, services = self.spec, self._services
        subnet = spec.subnets[self._made % len(spec.subnets)]
        number = len(services.recorder.names.nodes)
        node = Node(services, spec, number, f"{spec.name}-{self._made}", subnet)
        self._made += 1
        if services.controller is not None:
            node.cni_node.on_patch = partial(services.controller.wants_trunk, node)
        self._register(node)
        return node

    def give_up(self, node: Node) -> None:
        """A node that could not be launched is wanted no more."""
        self._nodes.remove(node)
        self._spare.append(node)

    def _ask_for(self, node: Node, on_failure: Callable[[Node], None] | None) -> None:
        launch, launches = partial(self._launch, node, on_failure), self._services.launches
        if launches is None:
            launch()
        else:
            launches.ask(node.number, launch)

    def _launch(self, node: Node, on_failure: Callable[[Node], None] | None) -> None:
        """Tries the group's subnets in turn."""
        spec, services = self.spec, self._services
        if node.terminated_ms != NEVER:
            return
        start = spec.subnets.index(node.subnet)
        for subnet in spec.subnets[start:] + spec.subnets[:start]:
            if self._launch_in(subnet, node):
                return
        services.recorder.launch_failures.append((services.clock.now, spec.number, node.subnet))
        if on_failure is not None:
            on_failure(node)
        elif spec.launch_retry_ms is not None:
            retry = spec.launch_retry_ms
            services.clock.call(retry, Order.ANSWER, lambda _: self._ask_for(node, None))

    def _launch_in(self, subnet: int, node: Node) -> bool:
        """Launches the node, if the subnet has an address and its zone is there."""
        spec, services = self.spec, self._services
        if services.region.ec2.subnets[subnet].zone in services.lost_zones:
            return False
        stream = services.streams.stream("node", node.name, "metadata")
        metadata = InstanceMetadata(lambda: services.metadata_delay(stream.random()))
        limits = (spec.max_enis_of_type, spec.settings.slots)
        instance = services.region.ec2.launch(node.number, subnet, limits, metadata)
        if instance is None:
            return False
        for kind, is_managed in spec.launch_enis:
            services.region.ec2.attach_at_launch(instance, kind, is_managed)
        node.subnet = subnet
        delay = services.streams.stream("node", node.name, "launch").random()
        node.launch(instance, spec.launch_delay(delay))
        self._await_interruption(node)
        if self.on_launch is not None:
            self.on_launch(node, self)
        return True

    # ---------------------------------------------------------------------- end

    def drain(self, node: Node, linger_ms: int = 0) -> None:
        """Drains one of its nodes and terminates it; see `Node.drain_and_terminate`."""
        if node not in self._nodes:
            return
        self._nodes.remove(node)
        self._leaving.append(node)
        if self.is_asg and not linger_ms:
            node.cordon()
        node.close()
        node.drain_and_terminate(linger_ms)

    def lose(self, zone: str) -> None:
        """All nodes of a zone are gone at once; an Auto Scaling group asks for as many others."""
        subnets = self._services.region.ec2.subnets

        def is_lost(node: Node) -> bool:
            return node.instance is not None and subnets[node.subnet].zone == zone

        lost = list(filter(is_lost, self._nodes))
        self._nodes = [node for node in self._nodes if not is_lost(node)]
        for node in [*lost, *filter(is_lost, self.leaving)]:
            node.terminate()
        if self.is_asg:
            for _ in lost:
                self.add_node()

    def _await_interruption(self, node: Node) -> None:
        spot = self.spec.spot
        if spot is not None:
            uniform = self._services.streams.stream("node", node.name, "spot").random()
            delay = spot.life(uniform)
            self._services.clock.call(delay, Order.ANSWER, self._interrupt, node)

    def _interrupt(self, node: Node) -> None:
        """EC2 takes the instance back after its notice; an Auto Scaling group asks for another."""
        spot = self.spec.spot
        if spot is None or node.terminated_ms != NEVER:
            return
        self._services.clock.call(spot.notice_ms, Order.ANSWER, lambda _: node.terminate())
        if node in self._nodes:
            self.drain(node)
            if self.is_asg:
                self.add_node()
