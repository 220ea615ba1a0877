"""A rollout of aws-node: the DaemonSet's pods are replaced, some nodes at a time.

Source: kubernetes pkg/controller/daemon/update.go (rollingUpdate, without maxSurge, which a pod on
the host's network cannot use): an old pod that is not available is replaced at once, others as long
as no more nodes are without an available pod than maxUnavailable allows, in the order of a Go map.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sim.clock import Clock, Order
from sim.randomness import Sampler, Streams
from sim.results.records import NEVER

from .daemon_settings import Template
from .group_spec import GroupSpec
from .nodes import Node

PROBE_PERIOD_MS = 10_000
"""Of aws-node's readiness probe; the kubelet probes on a grid of its own (prober/worker.go)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A change: when, the new template by the group's number, and how it is rolled out.

    ``most_unavailable`` gives the nodes that may be without an available pod, of so many.
    ``down`` is how long a node has no daemon's process when its pod is replaced.
    """

    at: int
    templates: dict[int, Template]
    most_unavailable: Callable[[int], int]
    down: Sampler


class Rollouts:
    """The DaemonSet controller, as far as changes of aws-node's template go.

    Args:
        clock, streams: of the run.
        nodes: all of the cluster, the list that new ones are added to.
        groups: all node groups, by number.
        plans: the changes, in order of time.
    """

    def __init__(
        self,
        clock: Clock,
        streams: Streams,
        nodes: list[Node],
        groups: list[GroupSpec],
        plans: list[Plan],
    ) -> None:
        self._clock, self._streams = clock, streams
        self._nodes, self._groups, self._plans = nodes, groups, plans
        self._number = -1  # of the change that is rolled out
        self._changed: set[int] = set()  # groups
        self._old: list[Node] = []  # nodes that had another template then, in their order

    def start(self) -> None:
        """Puts the changes on the clock."""
        for number, plan in enumerate(self._plans):
            self._clock.call(plan.at, Order.ANSWER, self._begin, number)

    def daemon_changed(self, node: Node) -> None:
        """A node's daemon became ready, or ended with its node."""
        if self._number < 0:
            return
        if node.aws_node.is_available or node.terminated_ms != NEVER:
            self._go_on()
            return
        stream = self._stream(node, "readiness")
        delay = int(stream.random() * PROBE_PERIOD_MS)
        self._clock.call(delay, Order.ANSWER, self._probe, (node, node.aws_node.starts))

    # ----------------------------------------------------------------- internal

    @property
    def _plan(self) -> Plan:
        return self._plans[self._number]

    def _begin(self, number: int) -> None:
        self._number = number
        for group, template in self._plan.templates.items():
            self._groups[group].templates.append(template)
            self._changed.add(group)
        draws = {node: self._stream(node, "order").random() for node in self._nodes}
        self._old = sorted(draws, key=draws.__getitem__)
        self._go_on()

    def _stream(self, node: Node, purpose: str) -> random.Random:
        return self._streams.stream("rollout", str(self._number), node.name, purpose)

    def _probe(self, probed: tuple[Node, int]) -> None:
        """The readiness probe succeeds, if the process it was for still runs."""
        node, start = probed
        if node.aws_node.starts == start and node.store is not None:
            node.aws_node.is_available = True
            self._go_on()

    def _go_on(self) -> None:
        """Replaces the pods that may be replaced now."""
        pods = [one for one in self._nodes if one.group in self._changed and one.aws_node.is_there]
        self._old = [one for one in self._old if one.aws_node.is_there and one.aws_node.is_outdated]
        unavailable = sum(not one.aws_node.is_available for one in pods)
        room = max(self._plan.most_unavailable(len(pods)) - unavailable, 0)
        waiting = [one for one in self._old if one.aws_node.is_available]
        broken = [one for one in self._old if not one.aws_node.is_available]
        for node in broken + waiting[:room]:
            down = self._plan.down(self._stream(node, "restart").random())
            node.aws_node.restart(down)
