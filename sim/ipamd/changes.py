"""Changes of what a data store holds in a subnet, each with a number: what is logged of it."""

from __future__ import annotations

from typing import NamedTuple

from .settings import IPS_PER_PREFIX


class Change(NamedTuple):
    """By how much more a data store holds in a subnet.

    ENIs, /28s, addresses by their state, and CIDRs without a pod.
    """

    enis: int
    prefixes: int
    assigned: int
    cooldown: int
    warm: int
    partial: int
    unused: int


class _Numbered(dict[tuple[int, ...], int]):
    """Gives a number to each change it is asked for."""

    def __missing__(self, change: tuple[int, ...]) -> int:
        number = self[change] = len(self)
        return number


CHANGES = _Numbered()
"""All changes there have been in this process, in the order of their numbers. There are few, and
they come again and again: a log of numbers is short, and quickly written."""

ONE_MORE_ENI = CHANGES[Change(1, 0, 0, 0, 0, 0, 0)]
ONE_ENI_LESS = CHANGES[Change(-1, 0, 0, 0, 0, 0, 0)]
TAKEN_BESIDE_OTHERS = CHANGES[Change(0, 0, 1, 0, 0, -1, 0)]
RELEASED_BESIDE_OTHERS = CHANGES[Change(0, 0, -1, 1, 0, 0, 0)]
COOLED_BESIDE_OTHERS = CHANGES[Change(0, 0, 0, -1, 0, 1, 0)]
COOLED_IN_UNUSED = CHANGES[Change(0, 0, 0, -1, 1, 0, 0)]
TAKEN_BY_THE_FIRST = [CHANGES[Change(0, 0, 1, 0, -n, n - 1, -1)] for n in range(IPS_PER_PREFIX + 1)]
"""By the free addresses of a CIDR: its first pod comes, and makes the others partial."""
RELEASED_BY_THE_LAST = [CHANGES[Change(0, 0, -1, 1, n, -n, 1)] for n in range(IPS_PER_PREFIX + 1)]
"""By the free addresses of a CIDR: its last pod leaves, and the free ones are warm again."""
