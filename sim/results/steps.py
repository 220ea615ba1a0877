"""Step functions of time, exact to the millisecond: their integrals, peaks and ends.

A step function is given by its changes: at time t it changes by d, and before the first change it
has its first value. A sum of such functions is given by all their changes together. Of several
changes in one millisecond only their sum is seen, since what lies between them lasts no time.

Changes come block after block, and all that is kept between blocks is what the functions are by
then. Blocks are parted at instants: all changes of one millisecond are in the same block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_] | Ints | slice

_SHORT = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Window:
    """The part of a run that counts: [start, end) in milliseconds."""

    start: int
    end: int

    @classmethod
    def after(cls, warm_up: int, end: int) -> Window:
        """What follows the warm-up; at least the last millisecond of the run."""
        return cls(min(warm_up, end - 1), end)

    @property
    def length(self) -> int:
        """Its length in milliseconds."""
        return self.end - self.start


def order_of(key: Ints) -> Ints:
    """The stable order of whole numbers from 0 on; NumPy sorts short ones in linear time."""
    is_short = key.max(initial=0) <= _SHORT
    return np.argsort(key.astype(np.uint16) if is_short else key, kind="stable")


class Changes:
    """From values to changes: by how much each row differs from the last one of its key.

    Args:
        counts: how many values a row gives.

    Attributes:
        last: shape (counts, keys), the last values of each key; 0 before its first row.
    """

    def __init__(self, counts: int) -> None:
        self.last = np.zeros((counts, 0), np.int64)

    def make_room(self, keys: int) -> None:
        """Prepares for keys below this number."""
        counts, there = self.last.shape
        if keys > there:
            more = np.zeros((counts, keys - there), np.int64)
            self.last = np.concatenate([self.last, more], axis=1)

    def of(self, key: Ints, values: Ints) -> Ints:
        """The changes of the next rows' values, which are in the order of time.

        Args:
            key: shape (rows,), numbers from 0 on that say whose values a row gives.
            values: shape (counts, rows).

        Returns:
            Shape (counts, rows).
        """
        self.make_room(int(key.max(initial=-1)) + 1)
        order = order_of(key)
        keys, ordered = key[order], np.take(values, order, axis=1)
        first = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
        last = np.flatnonzero(np.diff(keys, append=keys[-1:] + 1))
        steps = np.diff(ordered, axis=1, prepend=0)
        steps[:, first] = ordered[:, first] - self.last[:, keys[first]]
        self.last[:, keys[last]] = ordered[:, last]
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return np.take(steps, place, axis=1)


def running_sums(values: Ints, key: Ints) -> Ints:
    """Sums of the values so far within each key; rows of one key stand together."""
    sums = np.cumsum(values)
    first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    before = sums[first] - values[first]
    return sums - np.repeat(before, np.diff(first, append=len(key)))


class Pieces(NamedTuple):
    """A block's time in pieces within which nothing changes.

    ``starts`` has shape (pieces,), ``values`` (counts, pieces). The pieces from ``inside`` on reach
    into the window.
    """

    starts: Ints
    values: Ints
    inside: int


class Steps:
    """Several step functions that change at the same times, within a window.

    Args:
        first: shape (counts,), what the functions are at first.
        start: where the window begins; it ends with the last block.

    Attributes:
        now: shape (counts,), what they are after the last block.
        until: where the last block ended.
    """

    def __init__(self, first: Ints, start: int) -> None:
        self.now, self.until, self._start = first, 0, start
        self._integrals = np.zeros(len(first), np.int64)
        self._peaks = np.full(len(first), np.iinfo(np.int64).min)

    def add(self, times: Ints, changes: Ints, until: int) -> Pieces:
        """What happens in the next block.

        Args:
            times: shape (changes,), rising, with ties, before ``until``.
            changes: shape (counts, changes).
            until: where the block ends.
        """
        last_of_instant = np.flatnonzero(np.diff(times, append=times[-1:] + 1))
        starts = times[last_of_instant]
        sums = np.cumsum(np.concatenate([self.now[:, None], changes], axis=1), axis=1)
        kept = last_of_instant + 1
        if not len(starts) or starts[0] > self.until:
            starts, kept = np.append(self.until, starts), np.append(0, kept)
        values = np.take(sums, kept, axis=1)
        durations = np.diff(np.maximum(starts, self._start), append=max(until, self._start))
        pieces = Pieces(starts, values, len(starts) - int(np.count_nonzero(durations)))
        self._count(values[:, pieces.inside :], durations[pieces.inside :])
        self.now, self.until = values[:, -1], until
        return pieces

    def _count(self, values: Ints, durations: Ints) -> None:
        if len(durations):
            self._integrals += values @ durations
            self._peaks = np.maximum(self._peaks, values.max(axis=1))

    def integral(self, count: int) -> int:
        """Sum of value x milliseconds over the window."""
        return int(self._integrals[count])

    def figures(self, count: int) -> dict[str, float | int]:
        """Time average over the window, highest value in it, value in its last millisecond."""
        return {
            "mean": self.integral(count) / (self.until - self._start),
            "peak": int(self._peaks[count]),
            "end": int(self.now[count]),
        }


class Least:
    """The least that a step function comes to in the window.

    Args:
        first: what the function is at first.

    Attributes:
        value: the least.
        since: start of the first stretch in which it was that; it may lie before the window.
    """

    def __init__(self, first: int) -> None:
        self.value, self.since = np.iinfo(np.int64).max, 0
        self._now, self._since = first, 0

    def add(self, pieces: Pieces, count: int) -> int | None:
        """Looks at the next block; the piece in which the least was first met, if it was in it."""
        values = pieces.values[count]
        is_change = np.diff(values, prepend=self._now) != 0
        since = np.maximum.accumulate(np.where(is_change, pieces.starts, self._since))
        self._now, self._since = int(values[-1]), int(since[-1])
        inside = values[pieces.inside :]
        if not len(inside) or inside.min() >= self.value:
            return None
        found = pieces.inside + int(inside.argmin())
        self.value, self.since = int(values[found]), int(since[found])
        return found
