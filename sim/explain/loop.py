"""When a daemon's loop looked at its pool: the passes that are recorded, and those between them.

The loop sleeps 2.5 s, checks the pool, sleeps 2.5 s, reconciles, and so on. Only passes that took
time are recorded; what lies between two of them took none, so its instants follow exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.ipamd.context import CHECK, RECONCILE, RESTART
from sim.ipamd.daemon import SLEEP_DURATION_MS
from sim.ipamd.pool_manager import PERIOD_MS

FOREVER = 1 << 62


class Pass(NamedTuple):
    """A pass that took time; ``end_ms`` is `FOREVER` if it went on at the end of the run."""

    begin_ms: int
    end_ms: int
    kind: int

    @property
    def is_check(self) -> bool:
        """Whether it looked at the pool; else it was a reconcile, or no daemon was there."""
        return self.kind == CHECK


class Loop:
    """The passes of one daemon.

    Args:
        ready_ms: when the loop began.
        passes: those that took time, in order.
        until_ms: instants from here on never came.
    """

    def __init__(self, ready_ms: int, passes: Sequence[Pass], until_ms: int) -> None:
        self.passes = tuple(passes)
        self._ready, self._until = ready_ms, until_ms

    def idle_checks(self, begin_ms: int, end_ms: int) -> list[int]:
        """Instants of [begin, end] at which the pool was checked without any time passing."""
        found: list[int] = []
        for first, until in self._stretches(CHECK):
            start = first + max(-(-(begin_ms - first) // PERIOD_MS), 0) * PERIOD_MS
            found.extend(range(start, min(until, end_ms + 1), PERIOD_MS))
        return found

    def _stretches(self, kind: int) -> Iterator[tuple[int, int]]:
        """(first pass of a kind, end) of each stretch of passes that took no time."""
        since, last = self._ready, RECONCILE
        for one in (*self.passes, None):
            until = self._until if one is None else min(one.begin_ms, self._until)
            yield since + (SLEEP_DURATION_MS if last != kind else PERIOD_MS), until
            if one is not None:
                since, last = one.end_ms, RECONCILE if one.kind == RESTART else one.kind

    def during(self, begin_ms: int, end_ms: int) -> list[Pass]:
        """Passes that were under way at some time between two instants, both included."""
        return [one for one in self.passes if one.begin_ms <= end_ms and one.end_ms >= begin_ms]
