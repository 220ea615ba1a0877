"""How much more of something a setting stands, by bisection.

Each factor moves away from 1 in doublings, up to `FARTHEST` times, until a limit fails; then the
gap between what holds and what fails is halved (by ratio) until it is at most `RESOLUTION`. All
factors go step by step together, so that their runs can share workers. A limit that fails, holds
again further out and fails once more is found at one of its ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

TO_BREAK = 3
"""Replications of each step, if there are so many."""
FARTHEST = 8.0
RESOLUTION = 0.1
"""How far apart what holds and what fails may be in the end, as a share."""


@dataclass
class Bracket:
    """What is known of how far something may grow.

    Attributes:
        holds: the largest factor known to hold.
        fails: the smallest known to fail; None if none is.
        why: what failed there.
    """

    holds: float = 1.0
    fails: float | None = None
    why: tuple[str, ...] = field(default=())

    def next(self) -> float | None:
        """The factor to try next; None if enough is known."""
        if self.fails is None:
            return min(2 * self.holds, FARTHEST) if self.holds < FARTHEST else None
        if self.fails <= self.holds * (1 + RESOLUTION):
            return None
        return math.sqrt(self.holds * self.fails)

    def tell(self, factor: float, why: Sequence[str]) -> None:
        """What came of a factor: the limits that failed, none if all held."""
        if why:
            self.fails, self.why = factor, tuple(why)
        else:
            self.holds = factor


def most_steps() -> int:
    """How many steps a bracket takes at most."""
    doublings = math.ceil(math.log2(FARTHEST))
    return doublings + math.ceil(math.log2(math.log(2) / math.log(1 + RESOLUTION)))


Failing = Callable[[Mapping[str, float]], Mapping[str, Sequence[str]]]
"""From a factor for each name to the limits that fail with it, none if all hold."""


def bisect(names: Sequence[str], failing: Failing) -> dict[str, Bracket]:
    """How far each of these may grow by itself until a limit fails.

    Args:
        names: what grows; all of them hold at a factor of 1.
        failing: tries factors over 1.
    """
    brackets = {name: Bracket() for name in names}
    while True:
        asked = {name: one.next() for name, one in brackets.items()}
        factors = {name: factor for name, factor in asked.items() if factor is not None}
        if not factors:
            return brackets
        for name, why in failing(factors).items():
            brackets[name].tell(factors[name], why)
