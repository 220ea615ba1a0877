"""What nodes cost that do nothing."""

from __future__ import annotations

import numpy as np

from .measured import POOL_COUNTS, Run, Stretch
from .metric import Metric
from .records import NEVER
from .steps import Ints

MS_PER_HOUR = 3_600_000
MOST_HOURS = 1 << 32
"""More than there are in a run: the hours of a node are the numbers from node x this on."""

METRIC = Metric(
    "calls_per_idle_node_hour",
    "requests",
    "requests in idle node-hours / idle node-hours",
    "What a node costs that does nothing. A node-hour is a whole hour from its ready_ms on, within "
    "the window and the node's life; idle: pool.assigned of the node did not change in it. Null: "
    "none.",
)


class IdleHours:
    """`METRIC`, block by block: hours that are over are summed up, the others carried over.

    Of the hours that are not over only those are kept in which something happened.
    """

    def __init__(self, run: Run) -> None:
        self._start = run.start
        self._hours, self._calls = np.empty(0, np.int64), np.empty(0, np.int64)
        self._busy = np.empty(0, bool)
        self._busy_hours = self._calls_when_idle = 0

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        self._last = stretch
        pool, calls = stretch.pool, stretch.tables["ec2_calls"]
        moved = np.flatnonzero(pool.by[POOL_COUNTS.index("assigned")])
        changes = self._numbers(pool.nodes[moved], pool.times[moved])
        requests = self._numbers(calls["node"], calls["request_ms"])
        hours, place = np.unique(
            np.concatenate([self._hours, changes, requests]), return_inverse=True
        )
        known, is_change = len(self._hours), len(self._hours) + len(changes)
        busy = np.zeros(len(hours), bool)
        busy[place[:known][self._busy]] = True
        busy[place[known:is_change]] = True
        made = np.bincount(place[is_change:], minlength=len(hours))
        made[place[:known]] += self._calls
        self._hours, self._busy, self._calls = hours, busy, made
        self._close(stretch.settled)

    def _numbers(self, nodes: Ints, times: Ints) -> Ints:
        """The numbers of the hours in which something happened on nodes."""
        ready = self._last.node_column("ready_ms")[nodes]
        since = times - ready
        counted = (ready != NEVER) & (since >= 0)
        hours: Ints = nodes[counted] * MOST_HOURS + since[counted] // MS_PER_HOUR
        return hours

    def _close(self, until: int) -> None:
        """Sums up the hours that were over by then."""
        nodes = self._hours // MOST_HOURS
        begin = self._hours % MOST_HOURS * MS_PER_HOUR + self._last.node_column("ready_ms")[nodes]
        gone = self._last.node_column("terminated_ms")[nodes]
        end = begin + MS_PER_HOUR
        is_over = end <= until
        counts = is_over & (begin >= self._start) & ((gone == NEVER) | (end <= gone))
        self._busy_hours += int((counts & self._busy).sum())
        self._calls_when_idle += int(self._calls[counts & ~self._busy].sum())
        self._hours, self._busy, self._calls = (
            column[~is_over] for column in (self._hours, self._busy, self._calls)
        )

    def _all_hours(self) -> int:
        """Whole hours of all nodes within the window."""
        end = self._last.until
        ready, gone = (self._last.node_column(name) for name in ("ready_ms", "terminated_ms"))
        hours = (np.where(gone == NEVER, end, np.minimum(gone, end)) - ready) // MS_PER_HOUR
        before = -(-np.maximum(self._start - ready, 0) // MS_PER_HOUR)
        return int(np.maximum(hours - before, 0)[ready != NEVER].sum())

    def calls_per_hour(self) -> float | None:
        """What came out."""
        self._close(self._last.until)
        idle = self._all_hours() - self._busy_hours
        return self._calls_when_idle / idle if idle else None
