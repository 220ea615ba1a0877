"""Every node over time: what it held, bin by bin, for a map with a row a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.results.records import NEVER
from sim.results.steps import Changes, Ints

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.results.tables import Records

Count = Literal["held", "assigned", "waste"]


class NodeMap(NamedTuple):
    """A row a node, a column a bin of time.

    Attributes:
        names: of the nodes, in the order of their launch.
        groups: shape (nodes,), the numbers of their node groups in the scenario.
        edges: shape (bins + 1,), where bins begin and end, in ms.
        means: shape (nodes, bins), the exact time average of each bin in IP addresses; NaN while
            there was no such node.
    """

    names: list[str]
    groups: Ints
    edges: Ints
    means: npt.NDArray[np.float64]


def node_map(result: Result, count: Count = "waste", bins: int = 200) -> NodeMap:
    """How many addresses each node had over time.

    Args:
        result: whose records.
        count: ``held`` from the subnets, ``assigned`` to pods, or ``waste``: held, not assigned.
        bins: of equal length, to the millisecond.
    """
    edges = np.arange(bins + 1, dtype=np.int64) * result.end_ms // bins
    shape = len(result.names.nodes), bins
    sums = np.zeros(shape, np.int64)
    if count != "assigned":
        ours = result.subnets.only(np.flatnonzero(result.subnets["node"] != NEVER))
        sums += _integrals(ours, "held", edges, shape)
    if count != "held":
        assigned = sum(
            _integrals(table, "assigned", edges, shape)
            for table in (result.pool, result.branch_enis)
        )
        sums += assigned if count == "assigned" else -assigned
    lived = _lived(result, edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(lived > 0, sums / lived, np.nan)
    order = result.nodes["node"]
    names = [result.names.nodes[number] for number in order.tolist()]
    return NodeMap(names, result.nodes["group"], edges, means[order])


def _lived(result: Result, edges: Ints) -> Ints:
    """How many ms of each bin each node was there; shape (nodes, bins), by the nodes' numbers.

    A node that was never launched was not there, one whose ENI outlived it was as long as that.
    """
    nodes, end = result.nodes, edges[-1]
    begin, gone = np.full((2, len(result.names.nodes)), end)
    begin[nodes["node"]] = np.where(nodes["requested_ms"] == NEVER, end, nodes["requested_ms"])
    gone[nodes["node"]] = np.where(nodes["terminated_ms"] == NEVER, end, nodes["terminated_ms"])
    gone = np.maximum(gone, _held_until(result, end))
    since = np.maximum(edges[:-1], begin[:, None])
    lived: Ints = np.minimum(edges[1:], gone[:, None]) - since
    return np.maximum(lived, 0)


def _held_until(result: Result, end: int) -> Ints:
    """When each node held its last address; shape (nodes,)."""
    subnets, count = result.subnets, len(result.names.subnets)
    ours = subnets.only(np.flatnonzero(subnets["node"] != NEVER))
    shape = len(result.names.nodes), count
    last, held = np.zeros((2, *shape), np.int64)
    last[ours["node"], ours["subnet"]] = ours.times  # in order of time: the last one stays
    held[ours["node"], ours["subnet"]] = ours["held"]
    until: Ints = np.where(held > 0, end, last).max(axis=1, initial=0)
    return until


def _integrals(records: Records, column: str, edges: Ints, shape: tuple[int, int]) -> Ints:
    """Value x milliseconds of each node in each bin.

    A change by d at time t adds d to every later ms: in its own bin d x (end of the bin - t), and
    d x (length of the bin) in each after it.
    """
    inside = records.only(slice(0, int(np.searchsorted(records.times, edges[-1]))))
    nodes, times = inside["node"], inside.times
    subnets = len(records.names.subnets)
    keys = nodes * subnets + inside["subnet"]
    by = Changes(1).of(keys, inside[column][None])[0]
    bins = np.searchsorted(edges, times, side="right") - 1
    here, later = (np.zeros(shape, np.int64) for _ in range(2))
    np.add.at(here, (nodes, bins), by * (edges[bins + 1] - times))
    np.add.at(later, (nodes, bins), by)
    before: Ints = np.cumsum(later, axis=1) - later
    return here + before * np.diff(edges)
