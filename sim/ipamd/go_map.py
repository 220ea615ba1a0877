"""The iteration order of a Go map (Go 1.24 and later), which decides how pods concentrate.

Upstream ranges over maps of ENIs, CIDRs and addresses. Their order is random, but not uniform: a
map is a row of slots, and each iteration starts at a uniformly random slot, empty or not, and
wraps around. With two entries in eight slots the first is met first 7 times in 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

GROUP = 8
"""Slots of a group; a map of up to this many entries is one group, filled from the left."""


class GoMap(Generic[T]):
    """Entries in slots.

    Up to 8 entries, and never more since the map was made: 8 slots, a new entry takes the lowest
    empty one. More: the smallest power of two of slots of which 7/8 hold the entries, in groups of
    8; an entry goes to a random group (its hash), the next one if that is full, and takes the
    lowest empty slot there. Growing deals all entries out afresh; a map never shrinks.
    """

    __slots__ = ("_random", "count", "slots")

    def __init__(self, random: Callable[[], float], expected: int = 0) -> None:
        self._random = random
        self.count = 0
        self.slots: list[T | None] = [None] * self._slots_for(expected)

    @staticmethod
    def _slots_for(entries: int) -> int:
        if entries <= GROUP:
            return GROUP
        slots = 2 * GROUP
        while slots * 7 // 8 < entries:
            slots *= 2
        return slots

    def __len__(self) -> int:
        return self.count

    def add(self, entry: T) -> None:
        """Adds an entry that is not in the map."""
        self.count += 1
        needed = self._slots_for(self.count)
        if needed > len(self.slots):
            entries = [old for old in self.slots if old is not None]
            self.slots = [None] * needed
            for old in entries:
                self._place(old)
        self._place(entry)

    def _place(self, entry: T) -> None:
        slots = self.slots
        size = len(slots)
        start = 0 if size == GROUP else int(self._random() * (size // GROUP)) * GROUP
        for first in range(start, start + size, GROUP):
            for slot in range(first % size, first % size + GROUP):
                if slots[slot] is None:
                    slots[slot] = entry
                    return

    def remove(self, entry: T) -> None:
        """Removes an entry that is in the map."""
        self.slots[self.slots.index(entry)] = None
        self.count -= 1

    def __iter__(self) -> Iterator[T]:
        """The entries in the order of one iteration: from a random slot on."""
        slots = self.slots
        start = int(self._random() * len(slots))
        for entry in slots[start:]:
            if entry is not None:
                yield entry
        for entry in slots[:start]:
            if entry is not None:
                yield entry

    def copy(self) -> GoMap[T]:
        """A copy made by iterating, as upstream's GetENIInfos makes one."""
        other: GoMap[T] = GoMap(self._random, self.count)
        for entry in self:
            other.add(entry)
        return other

    def entries(self) -> list[T]:
        """The entries by slot, for uses in which the order does not matter."""
        return [entry for entry in self.slots if entry is not None]
