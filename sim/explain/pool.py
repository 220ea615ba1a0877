"""What one node's data store held, and what its daemon counted, at any instant of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.ipamd.decisions import Stats
from sim.results.records import POOL_COLUMNS
from sim.results.steps import Changes, Ints
from sim.results.tables import Records

COUNTS = POOL_COLUMNS[3:]


class Held(NamedTuple):
    """What a data store held: the counts of `sim.results.records.POOL_COLUMNS`.

    ``open_enis`` are the ENIs that may take CIDRs, those in subnets tagged out left aside.
    """

    enis: int
    prefixes: int
    assigned: int
    cooldown: int
    warm: int
    partial: int
    unused: int
    open_enis: int

    @property
    def total(self) -> int:
        """Addresses for pods, used or not (TotalIPs)."""
        return self.assigned + self.cooldown + self.warm + self.partial

    @property
    def usable(self) -> int:
        """Addresses that a pod could get."""
        return self.warm + self.partial

    def stats(self, *, is_prefix_mode: bool) -> Stats:
        """The same as the daemon counts it."""
        free_prefixes = self.unused if is_prefix_mode else 0
        return Stats(self.total, self.prefixes, self.assigned, self.cooldown, free_prefixes)


NOTHING = Held(*([0] * len(Held._fields)))


class Pool:
    """The counts of one node over time.

    Args:
        rows: the node's rows of the pool's table, sorted by time.
        excluded: numbers of the subnets that are tagged out.
    """

    def __init__(self, rows: Records, excluded: frozenset[int] = frozenset()) -> None:
        self.times: Ints = rows["time_ms"]
        subnets = rows["subnet"]
        counts = rows.matrix.T[3:]
        is_open = ~np.isin(subnets, sorted(excluded))
        values = np.vstack([counts, np.where(is_open, rows["enis"], 0)[None]])
        self._held: Ints = np.cumsum(Changes(len(values)).of(subnets, values), axis=1)

    def __len__(self) -> int:
        return len(self.times)

    def row(self, number: int) -> Held:
        """What was held after a change; before the first one nothing."""
        return NOTHING if number < 0 else Held(*self._held[:, number].tolist())

    def at(self, ms: int) -> Held:
        """What was held at an instant, after all its changes."""
        return self.row(self.last(ms))

    def last(self, ms: int) -> int:
        """The last change up to an instant, -1 if there was none."""
        return int(np.searchsorted(self.times, ms, side="right")) - 1

    def before(self, ms: int) -> Held:
        """What was held just before an instant."""
        return self.row(int(np.searchsorted(self.times, ms, side="left")) - 1)

    def at_start_of_pass(self, ms: int) -> Held:
        """What a pass of the loop found: pods come and go before it, CIDRs with it only."""
        number = int(np.searchsorted(self.times, ms, side="left")) - 1
        found = self.row(number)
        for later in range(number + 1, self.last(ms) + 1):
            held = self.row(later)
            if (held.total, held.enis) != (found.total, found.enis):
                break
            found = held
        return found

    def at_refusal(self, ms: int) -> Held:
        """What a CNI ADD found that was refused at an instant: no usable address."""
        number = self.last(ms)
        while number >= 0 and self.times[number] == ms and self.row(number).usable:
            number -= 1
        return self.row(number)

    def highest(self) -> tuple[int, int]:
        """(when first, how many): the most addresses for pods that were held at once."""
        totals = self._held[2:6].sum(axis=0)
        if not len(totals):
            return 0, 0
        place = int(totals.argmax())
        return int(self.times[place]), int(totals[place])

    def came_to_be_usable(self, begin_ms: int, end_ms: int) -> tuple[int, str] | None:
        """The last time in (begin, end] that a usable address came where there was none.

        Returns:
            When, and ``grew`` if new addresses came or ``cooled`` if one had cooled off; None if
            that did not happen.
        """
        for number in range(self.last(end_ms), self.last(begin_ms), -1):
            now, before = self.row(number), self.row(number - 1)
            if now.usable and not before.usable:
                how = "grew" if now.total > before.total else "cooled"
                return int(self.times[number]), how
        return None
