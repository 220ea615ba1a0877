"""What ipamd's own counters and gauges would have shown on each node, from a run's records.

Meaning and labels follow amazon-vpc-cni-k8s v1.23.1, utils/prometheusmetrics and the places that
set them. A call of the SDK counts once, however many requests it takes: that is where ipamd counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from .ec2 import OK
from .measured import POOL_COUNTS
from .records import NEVER
from .steps import Changes, Ints, Rows, running_sums

if TYPE_CHECKING:
    from .result import Result

DELETE, NOT_FOUND = "DeleteNetworkInterface", "InvalidNetworkInterfaceID.NotFound"
"""An ENI that is gone when it is to be deleted is no error to ipamd."""


class Events(NamedTuple):
    """Things that are counted: when, on which node, of which kind, and by how much.

    Each has shape (events,); ``kind`` is a number that stands for a set of labels.
    """

    times: Ints
    nodes: Ints
    kind: Ints
    by: Ints

    def only(self, rows: Rows) -> Events:
        """Some of them."""
        return Events(*(part[rows] for part in self))


class Counted(NamedTuple):
    """How one number of one node went: from each of ``times`` on it is that of ``values``."""

    node: int
    kind: int
    times: Ints
    values: Ints


def counted(events: Events) -> Iterator[Counted]:
    """Running sums of events, node by node and kind by kind."""
    order = np.lexsort((events.times, events.kind, events.nodes))
    times, nodes, kind, by = events.only(order)
    new = np.diff(nodes, prepend=NEVER) | np.diff(kind, prepend=NEVER)
    first = np.flatnonzero(new)
    sums = running_sums(by, np.cumsum(new != 0))
    for begin, end in zip(first, [*first[1:], len(times)], strict=False):
        yield Counted(int(nodes[begin]), int(kind[begin]), times[begin:end], sums[begin:end])


def gauge(result: Result, of: Mapping[str, int]) -> Iterator[Counted]:
    """A sum of what a node's data store holds, in all subnets.

    Args:
        result: whose records.
        of: columns of the pool's records, and what each counts for one.
    """
    pool = result.pool
    values = np.array([pool[column] for column in POOL_COUNTS], np.int64)
    key = pool["node"] * len(result.names.subnets) + pool["subnet"]
    weights = np.array([of.get(column, 0) for column in POOL_COUNTS], np.int64)
    by = Changes(1).of(key, (weights @ values)[None])[0]
    return counted(Events(pool["time_ms"], pool["node"], np.zeros_like(by), by))


class Calls:
    """Calls of the SDK, each with all its attempts.

    An attempt after the first belongs to the last call of its action that its node had begun.
    """

    def __init__(self, result: Result) -> None:
        calls = result.ec2_calls
        self._names = result.names
        order = np.lexsort((calls["request_ms"], calls["action"], calls["node"]))
        first = np.flatnonzero(calls["attempt"][order] == 1)
        last = np.append(first[1:], len(order)) - 1 if len(first) else first
        self.begin = calls["request_ms"][order[first]]
        self.end = calls["answer_ms"][order[last]]
        self.node, self.action = (calls[name][order[first]] for name in ("node", "action"))
        self.code = calls["code"][order[last]]

    @cached_property
    def ok(self) -> int:
        """Number of the code of success; -1 if there was none."""
        return self._names.codes.index(OK) if OK in self._names.codes else NEVER

    @cached_property
    def is_error(self) -> npt.NDArray[np.bool_]:
        """Which of them ipamd counts as errors."""
        actions, codes = self._names.actions, self._names.codes
        gone = np.array([code == NOT_FOUND for code in codes] + [False])[self.code]
        deletes = np.array([action == DELETE for action in actions] + [False])[self.action]
        errors: npt.NDArray[np.bool_] = (self.code != self.ok) & ~(gone & deletes)
        return errors

    def events(self, rows: Rows, kind: Ints, by: Ints | None = None) -> Events:
        """Some of them, counted when they end."""
        weights = np.ones_like(self.end) if by is None else by
        return Events(self.end, self.node, kind, weights).only(rows)


def adds(result: Result, *, failed: bool) -> Events:
    """CNI ADDs that reached a running ipamd, all or those that found no address.

    Records hold a pod's first ADD, its number of ADDs, and when it got its address. Those between
    are put at even distances; those of a pod that never got one between its first and its end.
    """
    pods = result.pods
    asked = (pods["adds"] > 0) & (pods["host_network"] == 0)
    pods = pods.only(np.flatnonzero(asked))
    times, first, n = pods["address_ms"], pods["first_add_ms"], pods["adds"]
    served = times != NEVER
    gone = np.where(pods["ended_ms"] == NEVER, result.end_ms, pods["ended_ms"])
    gaps = np.where(served, np.maximum(n - 1, 1), n)
    last = np.where(served, times, gone)
    pod = np.repeat(np.arange(len(n)), n)
    place = np.arange(len(pod)) - np.repeat(np.cumsum(n) - n, n)
    when = first[pod] + (last - first)[pod] * place // gaps[pod]
    is_last = (place == n[pod] - 1) & served[pod]
    nodes = pods["node"][pod]
    ready = _by_node(result, "ready_ms")[nodes]
    rows = (ready != NEVER) & (when >= ready)
    if failed:
        rows &= ~is_last
    one = np.ones_like(when)
    return Events(when, nodes, one - 1, one).only(rows)


def on_every_node(result: Result, events: Events) -> Events:
    """The same, and nothing at the start on each node, so that each has a series."""
    nodes = result.nodes["node"]
    nothing = Events(np.zeros_like(nodes), nodes, np.zeros_like(nodes), np.zeros_like(nodes))
    return Events(*(np.concatenate(both) for both in zip(nothing, events, strict=True)))


def deletes(result: Result) -> Events:
    """CNI DELs of pods that had an address, but not those that went with their node."""
    pods = result.pods
    released = pods["released_ms"]
    gone = _by_node(result, "terminated_ms")[pods["node"]]
    rows = (released != NEVER) & (pods["host_network"] == 0) & (pods["address_ms"] != NEVER)
    rows &= (gone == NEVER) | (released < gone)
    one = np.ones_like(released)
    return Events(released, pods["node"], one - 1, one).only(rows)


def _by_node(result: Result, column: str) -> Ints:
    """A column of the nodes' records by the nodes' numbers, and nothing for the node -1."""
    nodes = result.nodes
    by_number = np.full(len(nodes.names.nodes) + 1, NEVER, np.int64)
    by_number[nodes["node"]] = nodes[column]
    return by_number
