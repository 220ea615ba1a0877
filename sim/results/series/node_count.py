"""How many nodes there were over time, and how many of them were Ready, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.results.records import NEVER
from sim.results.steps import Ints

if TYPE_CHECKING:
    from sim.results.result import Result


class NodeCount(NamedTuple):
    """Step functions of time: the values hold from their instant to the next one.

    Attributes:
        times: shape (n,), in ms, rising from 0.
        launched: shape (groups, n), nodes whose instance runs.
        ready: shape (groups, n), those of them whose daemon has ever been ready.
    """

    times: Ints
    launched: Ints
    ready: Ints


def node_count(result: Result) -> NodeCount:
    """The nodes of a run; a node that could never be launched is none."""
    nodes = result.nodes
    begin, ready, end = (nodes[name] for name in ("requested_ms", "ready_ms", "terminated_ms"))
    times = np.unique(np.concatenate([[0], begin, ready, end[begin != NEVER]]))
    times = times[times != NEVER]

    def counts(since: Ints) -> Ints:
        found = np.zeros((len(result.names.groups), len(times)), np.int64)
        for instants, change in ((since, 1), (end, -1)):
            there = (since != NEVER) & (instants != NEVER)
            places = np.searchsorted(times, instants[there])
            np.add.at(found, (nodes["group"][there], places), change)
        return found.cumsum(axis=1)

    return NodeCount(times, counts(begin), counts(ready))
