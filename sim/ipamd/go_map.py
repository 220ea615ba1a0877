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
    """Entries in slots, some of them marked.

    Up to 8 entries, and never more since the map was made: 8 slots, a new entry takes the lowest
    empty one. More: the smallest power of two of slots of which 7/8 hold the entries, in groups of
    8; an entry goes to a random group (its hash), the next one if that is full, and takes the
    lowest empty slot there. Growing deals all entries out afresh; a map never shrinks.

    Marks are no part of Go's maps: they serve to find what an iteration would look for, the first
    entry with something free, without a walk. A busy run does so at each pod.
    """

    __slots__ = ("_bits", "_random", "count", "marked", "slots")

    def __init__(self, random: Callable[[], float], expected: int = 0) -> None:
        self._random = random
        self._bits: dict[T, int] = {}  # 1 << slot of each entry
        self.count = 0
        self.marked = 0  # the bits of the marked entries
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
        """Adds an entry that is not in the map, unmarked."""
        self.count += 1
        if self.count > GROUP:
            needed = self._slots_for(self.count)
            if needed > len(self.slots):
                self._grow(needed)
        self._place(entry)

    def _grow(self, slots: int) -> None:
        entries = self.entries()
        marked = [entry for entry in entries if self.is_marked(entry)]
        self.slots = [None] * slots
        for entry in entries:
            self._place(entry)
        self.marked = sum(self._bits[entry] for entry in marked)

    def _place(self, entry: T) -> None:
        slots = self.slots
        size = len(slots)
        start = 0 if size == GROUP else int(self._random() * (size // GROUP)) * GROUP
        for first in range(start, start + size, GROUP):
            for slot in range(first % size, first % size + GROUP):
                if slots[slot] is None:
                    slots[slot] = entry
                    self._bits[entry] = 1 << slot
                    return

    def remove(self, entry: T) -> None:
        """Removes an entry that is in the map."""
        bit = self._bits.pop(entry)
        self.slots[bit.bit_length() - 1] = None
        self.marked &= ~bit
        self.count -= 1

    def mark(self, entry: T) -> None:
        """Marks an entry, if it is not."""
        self.marked |= self._bits[entry]

    def unmark(self, entry: T) -> None:
        """Takes the mark from an entry, if it has one."""
        self.marked &= ~self._bits[entry]

    def is_marked(self, entry: T) -> bool:
        """Whether an entry is marked."""
        return bool(self.marked & self._bits[entry])

    def first_marked(self) -> T:
        """The marked entry that one iteration meets first; there must be one."""
        slots, marked = self.slots, self.marked
        if not marked & (marked - 1):  # it is the only one
            return slots[marked.bit_length() - 1]  # type: ignore[return-value]
        start = int(self._random() * len(slots))
        ahead = marked >> start
        if ahead:
            slot = start + (ahead & -ahead).bit_length() - 1
        else:
            slot = (marked & -marked).bit_length() - 1
        return slots[slot]  # type: ignore[return-value]  # a marked slot is not empty

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
        """A copy made by iterating, as upstream's GetENIInfos makes one; of one entry, itself."""
        if self.count == 1:
            return self
        other: GoMap[T] = GoMap(self._random, self.count)
        for entry in self:
            other.add(entry)
        return other

    def entries(self) -> list[T]:
        """The entries by slot, for uses in which the order does not matter."""
        return [entry for entry in self.slots if entry is not None]
