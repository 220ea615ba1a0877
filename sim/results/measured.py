"""What metrics are computed from: scenario, records, and the part of the run that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.scenario.ipamd import Ipamd
from sim.scenario.models import ScenarioModel

from .records import NEVER, Names
from .steps import Changes, Ints, Window
from .tables import Records


class Moves(NamedTuple):
    """Changes of counts of addresses, one column a count, in any order of rows."""

    times: Ints
    nodes: Ints
    subnets: Ints
    by: dict[str, Ints]


@dataclass(frozen=True)
class Run:
    """A run as the metrics see it.

    ``tables`` are its records by the names of `sim.results.records.TABLES`. Subnets and node
    groups have the numbers of their places in the scenario.
    """

    model: ScenarioModel
    tables: Mapping[str, Records]
    names: Names
    window: Window

    @cached_property
    def settings(self) -> dict[str, Ipamd]:
        """The ipamd settings of each node group."""
        return dict(self.model.group_settings())

    @cached_property
    def prefix_groups(self) -> tuple[str, ...]:
        """Node groups whose nodes hold prefixes: switched on, and their type can."""
        from sim.aws.instance_types import of_group

        return tuple(
            group.name
            for group in self.model.cluster.node_groups
            if self.settings[group.name].ENABLE_PREFIX_DELEGATION
            and of_group(group).prefix_delegation
        )

    def node_column(self, column: str) -> Ints:
        """A column of the nodes' table by the nodes' numbers; -1 for nodes it does not list."""
        nodes = self.tables["nodes"]
        result = np.full(len(self.names.nodes), NEVER, np.int64)
        result[nodes["node"]] = nodes[column]
        return result

    def group_of(self, nodes: Ints) -> Ints:
        """Numbers of the node groups of nodes; -1 for the node -1."""
        return np.append(self.node_column("group"), NEVER)[nodes]

    def changes(self, records: Records) -> Changes:
        """The changes of what each node holds in each subnet, by the rows of a table."""
        return Changes((records["node"] + 1) * len(self.names.subnets) + records["subnet"])
