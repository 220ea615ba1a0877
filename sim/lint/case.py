"""What rules look at: a scenario with its groups, and how much of it was really given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sim.advice.pool import Pool, settings_of, settled
from sim.aws.instance_types import InstanceType, of_group
from sim.scenario.doubts import written_at
from sim.scenario.errors import Path
from sim.scenario.fit import Group, groups

if TYPE_CHECKING:
    from sim.ipamd.settings import Settings
    from sim.scenario.cluster import NodeGroup, Subnet
    from sim.scenario.ipamd import Ipamd
    from sim.scenario.load import Scenario
    from sim.scenario.models import ScenarioModel

TYPE, WORKLOAD = "type", "workload"
NEEDS = {
    TYPE: "--instance-type",
    "nodes": "--nodes",
    "subnets": "--subnet",
    WORKLOAD: "a scenario",
}
"""What a rule may need to know of a cluster, and what says it on the command line."""

EVERYTHING = frozenset(NEEDS)


@dataclass(frozen=True)
class Nodes:
    """A node group with what its daemons make of the settings.

    Attributes:
        index: its place in the scenario.
        named: its name, and its type if that is known.
        spec: what the scenario says.
        ipamd: the settings of its nodes.
        group: its sizes.
        type: its instance type.
        settings: what the daemon makes of all that.
        pods: pods with an address that a node has when most are there; its share of the cluster's.
        starts_per_min: pods that start on all its nodes in a minute, on average.
    """

    index: int
    named: str
    spec: NodeGroup
    ipamd: Ipamd
    group: Group
    type: InstanceType
    settings: Settings
    pods: float
    starts_per_min: float

    @property
    def count(self) -> int:
        """The most nodes it has."""
        return self.group.nodes

    @cached_property
    def idle(self) -> Pool:
        """What a node without pods settles at."""
        return settled(self.settings)

    @cached_property
    def busy(self) -> Pool:
        """What a node settles at when most pods are there."""
        return settled(self.settings, math.ceil(self.pods) + self.group.daemons)

    @property
    def most_ips(self) -> int:
        """Addresses for pods that it could hold if targets asked for any number."""
        enis = self.settings.max_enis - self.settings.custom_networking
        return enis * self.settings.max_ips_per_eni


@dataclass(frozen=True)
class Case:
    """What is looked at.

    Attributes:
        scenario: the scenario.
        known: of `NEEDS`, what was given; the rest of the scenario stands in.
    """

    scenario: Scenario
    known: frozenset[str] = EVERYTHING

    @property
    def model(self) -> ScenarioModel:
        """What the scenario says."""
        return self.scenario.model

    @cached_property
    def nodes(self) -> list[Nodes]:
        """The node groups, in order."""
        settings = [given for _, given in self.model.group_settings()]
        sizes = self._sizes
        load = self._load()
        return [
            Nodes(
                index=index,
                named=f"{spec.name} ({spec.instance_type})" if TYPE in self.known else spec.name,
                spec=spec,
                ipamd=settings[index],
                group=sizes[index],
                type=of_group(spec),
                settings=settings_of(spec, settings[index]),
                pods=load[index][0] / sizes[index].nodes if sizes[index].nodes else 0.0,
                starts_per_min=load[index][1],
            )
            for index, spec in enumerate(self.model.cluster.node_groups)
        ]

    def path(self, nodes: Nodes, name: str) -> Path:
        """Where a variable of a group is written."""
        return written_at(self.model, nodes.index, name)

    def subnets_of(self, nodes: Nodes) -> list[Subnet]:
        """The subnets of a group."""
        names = nodes.spec.subnets
        return [one for one in self.model.cluster.subnets if names is None or one.name in names]

    @cached_property
    def _sizes(self) -> list[Group]:
        """The groups; those with an autoscaler have as many nodes as all pods at once need."""
        sizes = groups(self.model)
        if WORKLOAD not in self.known or not self.model.cluster.autoscalers:
            return sizes
        from sim.engine.estimate import estimate

        counts = estimate(self.scenario).group_nodes
        return [replace(one, nodes=count) for one, count in zip(sizes, counts, strict=True)]

    def _load(self) -> list[tuple[float, float]]:
        """(pods at once, pod starts a minute) of each group: workloads spread over their nodes."""
        specs = self.model.cluster.node_groups
        if WORKLOAD not in self.known:
            return [(0.0, 0.0)] * len(specs)
        from sim.engine.estimate import estimate

        found, sizes = estimate(self.scenario).workloads, self._sizes
        minutes = self.scenario.duration_ms / 60_000
        at_once, starts = [0.0] * len(specs), [0.0] * len(specs)
        for index, workload in enumerate(self.model.workload):
            expected = found[("workload", index)]
            chosen = [
                i
                for i, spec in enumerate(specs)
                if workload.node_groups is None or spec.name in workload.node_groups
            ]
            total = sum(sizes[i].nodes for i in chosen) or 1
            for i in chosen:
                at_once[i] += expected.at_once * sizes[i].nodes / total
                starts[i] += expected.pods / minutes * sizes[i].nodes / total
        return list(zip(at_once, starts, strict=True))
