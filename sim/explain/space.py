"""Whose a subnet's addresses were, over time, from the records of subnets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.results.records import NEVER
from sim.results.result import Result
from sim.results.steps import Ints


class Space:
    """One subnet over time.

    Args:
        result: a run.
        number: the subnet's number.

    Attributes:
        times, nodes, held, free, free_28s: its rows of the subnets' table, in order of time; a row
            holds from its time on.
    """

    def __init__(self, result: Result, number: int) -> None:
        rows = result.subnets
        rows = rows.only(rows["subnet"] == number)
        self.times, self.nodes = rows["time_ms"], rows["node"]
        self.held, self.free, self.free_28s = rows["held"], rows["free"], rows["free_28s"]
        self.size = int(self.held[0] + self.free[0]) if len(rows) else 0

    def held_by(self, ms: int) -> dict[int, int]:
        """Addresses of each holder at an instant, by node; -1: others. None that holds nothing."""
        end = self.last(ms) + 1
        nodes, held = self.nodes[:end].tolist(), self.held[:end].tolist()
        last = dict(zip(nodes, held, strict=True))
        return {node: count for node, count in sorted(last.items()) if count}

    def last(self, ms: int) -> int:
        """The last row up to an instant."""
        return int(np.searchsorted(self.times, ms, side="right")) - 1

    def at(self, ms: int) -> tuple[int, int]:
        """(free addresses, free aligned /28s) at an instant."""
        place = max(self.last(ms), 0)
        return int(self.free[place]), int(self.free_28s[place])

    def first_without_28(self) -> int:
        """When no /28 was left, first; -1 if never."""
        return self._first(self.free_28s == 0)

    def first_without_address(self) -> int:
        """When no address was left, first; -1 if never."""
        return self._first(self.free == 0)

    def _first(self, holds: npt.NDArray[np.bool_]) -> int:
        settled = self._settled()
        found = settled[holds[settled]]
        return int(self.times[found[0]]) if len(found) else NEVER

    def _settled(self) -> Ints:
        """Rows after which an instant's changes are all done."""
        return np.flatnonzero(np.diff(self.times, append=self.times[-1:] + 1))

    def moves(self, begin_ms: int, end_ms: int) -> dict[int, int]:
        """By how much more each holder held at the end of a stretch, the largest change first."""
        before, after = self.held_by(begin_ms), self.held_by(end_ms)
        by = {node: after.get(node, 0) - before.get(node, 0) for node in sorted({*before, *after})}
        return dict(sorted(by.items(), key=lambda item: -abs(item[1])))
