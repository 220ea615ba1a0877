"""What metrics are computed from: the scenario, and the records of one stretch of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.aws.ec2 import INSUFFICIENT, THROTTLED
from sim.scenario.ipamd import Ipamd
from sim.scenario.models import ScenarioModel

from .blocks import Block
from .records import NEVER, POOL_COLUMNS, TABLES, Names
from .steps import Changes, Ints
from .tables import Records

POOL_COUNTS = POOL_COLUMNS[3:-1]
"""What makes up the states of addresses; the last column is a count of CIDRs."""


@dataclass(frozen=True)
class Run:
    """What does not change while a run goes on.

    ``start`` is the millisecond from which on it counts. Subnets and node groups have the numbers
    of their places in the scenario.
    """

    model: ScenarioModel
    names: Names
    start: int

    @cached_property
    def settings(self) -> dict[str, Ipamd]:
        """The ipamd settings of each node group."""
        return dict(self.model.group_settings())

    @cached_property
    def prefix_settings(self) -> dict[str, Ipamd]:
        """The settings of node groups that hold prefixes: switched on, and their type can.

        After changes the last ones with prefixes.
        """
        from sim.aws.instance_types import of_group

        return {
            group.name: settings
            for group in self.model.cluster.node_groups
            for _, settings in self.model.settings_over_time(group.name)
            if settings.ENABLE_PREFIX_DELEGATION and of_group(group).prefix_delegation
        }

    @property
    def prefix_groups(self) -> tuple[str, ...]:
        """Node groups whose nodes hold prefixes, at some time."""
        return tuple(self.prefix_settings)

    @cached_property
    def has_branch_enis(self) -> bool:
        """Whether some nodes have trunk ENIs, at some time, for pods with security groups."""
        changed = (change.ipamd for change in self.model.change)
        return any(settings.ENABLE_POD_ENI for settings in (*self.settings.values(), *changed))

    @cached_property
    def branch_workloads(self) -> list[int]:
        """Numbers of the workloads whose pods have branch ENIs."""
        return [i for i, one in enumerate(self.model.workload) if one.security_groups]

    @cached_property
    def fault_codes(self) -> list[str]:
        """Error codes that requests meet by themselves, throttling aside."""
        codes = dict.fromkeys(one.code for one in self.model.aws.all_faults())
        return [code for code in codes if code not in (THROTTLED, *INSUFFICIENT)]


class Moves(NamedTuple):
    """Changes of counts of addresses; ``by`` has shape (counts, rows)."""

    times: Ints
    nodes: Ints
    subnets: Ints
    by: Ints

    def only(self, rows: Ints) -> Moves:
        """Some of the rows."""
        by = np.take(self.by, rows, axis=1)
        return Moves(self.times[rows], self.nodes[rows], self.subnets[rows], by)


@dataclass(frozen=True)
class Stretch:
    """What a run recorded in a part of its time, whose instants are before ``until``.

    Attributes:
        tables: records by the names of `TABLES`, of first times before ``until``. Of the nodes all.
        until: where the stretch ends and the next begins.
        settled: EC2 requests made before this instant are all known.
        waiting: see `Block.waiting`.
        pool: changes of each of `POOL_COUNTS`, in order of time.
        pool_before: shape (counts, nodes, subnets), what they were before the stretch.
    """

    tables: Mapping[str, Records]
    until: int
    settled: int
    waiting: Records
    pool: Moves
    pool_before: Ints

    @cached_property
    def _columns(self) -> dict[str, Ints]:
        return {}

    def node_column(self, column: str) -> Ints:
        """A column of the nodes' table by the nodes' numbers; -1 for nodes it does not list."""
        if column not in self._columns:
            nodes = self.tables["nodes"]
            result = np.full(len(nodes.names.nodes), NEVER, np.int64)
            result[nodes["node"]] = nodes[column]
            self._columns[column] = result
        return self._columns[column]

    def group_of(self, nodes: Ints) -> Ints:
        """Numbers of the node groups of nodes; -1 for the node -1."""
        return np.append(self.node_column("group"), NEVER)[nodes]


class Stretches:
    """Makes stretches of blocks.

    What happened in the last millisecond of a block is left to the next: were this block the run's
    last, it would lie outside of what counts.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._pool = Changes(len(POOL_COUNTS))
        self._held = {name: np.empty((0, len(TABLES[name])), np.int64) for name in TABLES}

    def of(self, block: Block) -> Stretch:
        """The next block's."""
        until = block.until_ms
        tables = {
            name: records if name == "nodes" else self._before(until, records)
            for name, records in block.tables.items()
        }
        subnets = len(self._names.subnets)
        self._pool.make_room(len(self._names.nodes) * subnets)
        before = self._pool.last.reshape(len(POOL_COUNTS), -1, subnets).copy()
        moves = self._moves(tables["pool"])
        settled = min(until, block.settled_ms)
        return Stretch(tables, until, settled, block.waiting, moves, before)

    def _before(self, until: int, records: Records) -> Records:
        """Records of first times before an instant, each column's numbers together in memory."""
        held = Records(records.name, self._held[records.name], records.names)
        due, later = (int(np.searchsorted(one.times, until)) for one in (held, records))
        parts = [held.matrix[:due], records.matrix[:later]]
        self._held[records.name] = np.concatenate([held.matrix[due:], records.matrix[later:]])
        columns = np.concatenate([part.T for part in parts], axis=1)
        return Records(records.name, columns.T, records.names)

    def _moves(self, pool: Records) -> Moves:
        nodes, subnets = pool["node"], pool["subnet"]
        counts = pool.matrix.T[3 : 3 + len(POOL_COUNTS)]
        by = self._pool.of(nodes * len(self._names.subnets) + subnets, counts)
        return Moves(pool["time_ms"], nodes, subnets, by)
