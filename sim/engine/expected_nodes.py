"""How many nodes a run will have, reckoned before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from sim.scenario.cluster import NodeGroup
from sim.scenario.fit import Group, groups
from sim.scenario.models import ScenarioModel
from sim.workload.expected import Expected

_HOUR_MS = 3_600_000


@dataclass
class ExpectedNodes:
    """The nodes of a group.

    Attributes:
        spec: the group.
        steps: (ms, nodes): from then on there are so many.
        duration: of the run, in ms.
    """

    spec: NodeGroup
    steps: list[tuple[int, int]]
    duration: int

    def grow_to(self, count: int) -> None:
        """There are at least so many from the start on."""
        self.steps = [(at, max(nodes, count)) for at, nodes in self.steps]

    @property
    def most(self) -> int:
        """The most at one time."""
        return max((nodes for _, nodes in self.steps), default=0)

    @property
    def made(self) -> float:
        """All of them, those that take the place of others included."""
        counts = [nodes for _, nodes in self.steps]
        made: float = sum(max(now - before, 0) for before, now in pairwise([0, *counts]))
        made += sum(self.most + one.at_once for one in self.spec.recycle)
        if self.spec.spot is not None:
            made += self.hours * _HOUR_MS / self.spec.spot.mean_life
        return made

    @property
    def hours(self) -> float:
        """Nodes x hours."""
        spans = pairwise([*self.steps, (self.duration, 0)])
        return sum((end - at) * nodes for (at, nodes), (end, _) in spans) / _HOUR_MS


def expected_nodes(
    model: ScenarioModel, workloads: list[Expected], duration: int
) -> list[ExpectedNodes]:
    """The nodes of each group.

    Args:
        model: the scenario.
        workloads: the pods of each workload.
        duration: of the run, in ms.
    """
    found = [
        ExpectedNodes(one, [(s.at, s.nodes) for s in one.nodes if s.at < duration], duration)
        for one in model.cluster.node_groups
    ]
    for place, count in _autoscaled(model, workloads):
        found[place].grow_to(count)
    return found


def _autoscaled(model: ScenarioModel, workloads: list[Expected]) -> Iterator[tuple[int, int]]:
    """(place of a group, nodes) of each autoscaler: all pods on the type that needs most nodes."""
    if not model.cluster.autoscalers:
        return
    sizes = groups(model)
    needed = [_needed(model, size, workloads) for size in sizes]
    for one in model.cluster.autoscalers:
        places = [place for place, size in enumerate(sizes) if size.name in one.node_groups]
        place = max(places, key=needed.__getitem__)
        yield place, needed[place]


def _needed(model: ScenarioModel, group: Group, workloads: list[Expected]) -> int:
    """Nodes of a group that hold all pods that may be on it, at most as many as it may have."""
    slots = cpu = memory = 0.0
    for workload, (_, at_once) in zip(model.workload, workloads, strict=True):
        if workload.node_groups is None or group.name in workload.node_groups:
            slots += at_once
            cpu += at_once * workload.requests.cpu
            memory += at_once * workload.requests.memory
    asked = (slots, group.slots), (cpu, group.cpu), (memory, group.memory)
    return min(ceil(max(want / has if has else 0 for want, has in asked)), group.nodes)
