"""The cluster at an instant: whose each address of each subnet is, and what each node has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.ipamd.context import RESTART
from sim.report.palette import STATES
from sim.results.records import NEVER, POOL_COLUMNS
from sim.results.result import Result
from sim.results.steps import Ints
from sim.scenario.errors import InputError, Problem

Flags = npt.NDArray[np.bool_]

POOL_STATES = {
    "assigned": "assigned",
    "cooldown": "cooldown",
    "warm": "warm",
    "partial": "partial",
    "eni_primary": "enis",
}


@dataclass(frozen=True)
class SubnetThen:
    """A subnet at an instant; ``states`` are by the names of `STATES` and sum up to ``size``."""

    name: str
    size: int
    states: dict[str, int]
    free_28s: int


@dataclass(frozen=True)
class NodeThen:
    """A node at an instant.

    Attributes:
        name, group, instance_type: which it is.
        status: ``starting``, ``ready``, ``restarting`` while it lacks a daemon, ``cordoned``, or
            ``gone`` if it was terminated and an ENI that it had asked for still holds addresses.
        states: addresses by the names of `STATES`, as far as a node has them.
        enis: ENIs in its data store.
        pods: pods bound to it that have an address of their own.
        waiting: pods bound to it that have asked for one in vain.
    """

    name: str
    group: str
    instance_type: str
    status: str
    states: dict[str, int]
    enis: int
    pods: int
    waiting: int

    @property
    def held(self) -> int:
        """All addresses it takes from subnets."""
        return sum(self.states.values())


@dataclass(frozen=True)
class Snapshot:
    """The cluster at an instant, after all that happened in that millisecond.

    Attributes:
        at_ms: the instant.
        end_ms: when the run ended.
        subnets: in the scenario's order.
        nodes: those that are there, in the order in which they were asked for.
        unscheduled: pods that are on no node.
    """

    at_ms: int
    end_ms: int
    subnets: tuple[SubnetThen, ...]
    nodes: tuple[NodeThen, ...]
    unscheduled: int

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        subnets = [vars(one) for one in self.subnets]
        nodes = [{**vars(one), "held": one.held} for one in self.nodes]
        return {
            "at_s": self.at_ms / 1000,
            "end_s": self.end_ms / 1000,
            "subnets": subnets,
            "nodes": nodes,
            "unscheduled": self.unscheduled,
        }


def snapshot(result: Result, at_ms: int | None = None) -> Snapshot:
    """The cluster at an instant.

    Args:
        result: a run.
        at_ms: ms from the start of the run; None: its last millisecond, as the summary's ``end``.

    Raises:
        InputError: the instant lies outside of the run.
    """
    end = result.end_ms
    ms = end - 1 if at_ms is None else at_ms
    if not 0 <= ms <= end:
        from sim.scenario.units import format_duration

        message = f"the run ended at {format_duration(end)}, before {format_duration(ms)}"
        raise InputError([Problem(message, path="--at", remedy="give an earlier instant")])
    return _Instant(result, ms).snapshot()


class _Instant:
    """The last rows of the tables of subnets and pools up to an instant."""

    def __init__(self, result: Result, ms: int) -> None:
        self._result, self._ms = result, ms
        names = result.names
        shape = (len(names.nodes), len(names.subnets))
        self._pool = np.zeros((len(POOL_COLUMNS) - 3, *shape), np.int64)
        rows = _up_to(result.pool, ms)
        self._pool[:, rows["node"], rows["subnet"]] = rows.matrix.T[3:]
        space = _up_to(result.subnets, ms)
        self._held = np.zeros((shape[0] + 1, shape[1]), np.int64)  # the last row: others
        self._held[space["node"], space["subnet"]] = space["held"]
        self._branches = np.zeros(shape, np.int64)
        branches = _up_to(result.branch_enis, ms)
        self._branches[branches["node"], branches["subnet"]] = branches["assigned"]
        self._free = np.zeros((2, shape[1]), np.int64)
        self._free[:, space["subnet"]] = space["free"], space["free_28s"]

    def snapshot(self) -> Snapshot:
        """All of it."""
        subnets = tuple(self._subnet(number) for number in range(len(self._result.names.subnets)))
        pods, waiting, unscheduled = self._pods()
        rows = self._result.nodes.matrix.tolist()
        columns = self._result.nodes.columns
        nodes = tuple(
            self._node(dict(zip(columns, row, strict=True)), pods, waiting)
            for row in rows
            if self._is_there(dict(zip(columns, row, strict=True)))
        )
        return Snapshot(self._ms, self._result.end_ms, subnets, nodes, unscheduled)

    def _is_there(self, node: dict[str, int]) -> bool:
        is_gone = NEVER < node["terminated_ms"] <= self._ms
        return NEVER < node["requested_ms"] <= self._ms and not (
            is_gone and not self._held[node["node"]].any()
        )

    def _states(self, pool: Ints, branches: Ints, held: int) -> dict[str, int]:
        """Addresses of nodes by state, given the counts of their pools and all they hold."""
        counts = dict(zip(POOL_COLUMNS[3:], pool.tolist(), strict=True))
        states = {state: counts[column] for state, column in POOL_STATES.items()}
        states["assigned"] += int(branches.sum())
        return {**states, "in_transition": held - sum(states.values())}

    def _subnet(self, number: int) -> SubnetThen:
        held = int(self._held[:-1, number].sum())
        pool, branches = self._pool[:, :, number].sum(axis=1), self._branches[:, number]
        states = self._states(pool, branches, held)
        states |= {"other": int(self._held[-1, number]), "free": int(self._free[0, number])}
        ordered = {state: states[state] for state in STATES}
        size = sum(ordered.values())
        name = self._result.names.subnets[number]
        return SubnetThen(name, size, ordered, int(self._free[1, number]))

    def _node(self, node: dict[str, int], pods: Ints, waiting: Ints) -> NodeThen:
        number, result = node["node"], self._result
        group = result.scenario.model.cluster.node_groups[node["group"]]
        held = int(self._held[number].sum())
        pool, branches = self._pool[:, number].sum(axis=1), self._branches[number]
        states = self._states(pool, branches, held)
        status = "ready" if NEVER < node["ready_ms"] <= self._ms else "starting"
        if number in self._without_daemon:
            status = "restarting"
        if NEVER < node["cordoned_ms"] <= self._ms:
            status = "cordoned"
        if NEVER < node["terminated_ms"] <= self._ms:
            status = "gone"
        return NodeThen(
            name=result.names.nodes[number],
            group=group.name,
            instance_type=group.instance_type,
            status=status,
            states=states,
            enis=int(self._pool[0, number].sum()),
            pods=int(pods[number]),
            waiting=int(waiting[number]),
        )

    @cached_property
    def _without_daemon(self) -> set[int]:
        """Nodes whose aws-node was being restarted."""
        passes, ms = self._result.passes, self._ms
        begin, end = passes["begin_ms"], passes["end_ms"]
        is_down = (begin <= ms) & ((end == NEVER) | (ms < end)) & (passes["kind"] == RESTART)
        return set(passes["node"][is_down].tolist())

    def _pods(self) -> tuple[Ints, Ints, int]:
        """(with an address, in want of one) by node, and pods on no node."""
        pods, ms = self._result.pods, self._ms
        gone = np.maximum(pods["ended_ms"], pods["released_ms"])
        is_gone = (gone != NEVER) & (gone <= ms)
        is_there = (pods["created_ms"] <= ms) & ~is_gone & (pods["host_network"] == 0)

        def has(column: str) -> Flags:
            come: Flags = (pods[column] != NEVER) & (pods[column] <= ms)
            return come

        has_address = has("address_ms")
        wants = has("first_add_ms") & ~has_address & ~has("ended_ms")
        count = len(self._result.names.nodes)
        by_node = [
            np.bincount(pods["node"][is_there & some & (pods["node"] >= 0)], minlength=count)
            for some in (has_address, wants)
        ]
        unscheduled = is_there & ~has("bound_ms") & ~has("ended_ms")
        return by_node[0], by_node[1], int(np.count_nonzero(unscheduled))


def _up_to(records: Any, ms: int) -> Any:
    """The rows up to an instant; of a key's rows the last one counts."""
    return records.only(slice(int(np.searchsorted(records.times, ms, side="right"))))
