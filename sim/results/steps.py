"""Step functions of time, exact to the millisecond: their integrals, peaks and ends.

A step function is given by its changes: at time t it changes by d, and before the first change it
is 0. A sum of such functions is given by all their changes together. Of several changes in one
millisecond only their sum is seen, since what lies between them lasts no time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_] | Ints | slice


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

    def holds(self, times: Ints) -> npt.NDArray[np.bool_]:
        """Which of these times lie in it."""
        return (times >= self.start) & (times < self.end)


class Changes:
    """From values to changes: by how much each row differs from the last one of its key.

    Args:
        key: whole numbers that say whose value a row gives; the rows are in the order of time.
    """

    def __init__(self, key: Ints) -> None:
        self._order = np.argsort(key, kind="stable")
        keys = key[self._order]
        self._first = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))

    def of(self, values: Ints) -> Ints:
        """The changes of these values, one a row; the first of a key differs from 0."""
        ordered = values[self._order]
        steps = np.diff(ordered, prepend=0)
        steps[self._first] = ordered[self._first]
        result = np.empty_like(steps)
        result[self._order] = steps
        return result


def running_sums(values: Ints, key: Ints) -> Ints:
    """Sums of the values so far within each key; rows of one key stand together."""
    sums = np.cumsum(values)
    first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    before = sums[first] - values[first]
    return sums - np.repeat(before, np.diff(first, append=len(key)))


class Steps:
    """Sums of step functions within a window; built once for changes at the same times.

    Args:
        times: when the changes happen, rising, with ties.
        window: what counts.

    ``starts`` are the instants from which the sums are constant, the first being the window's
    start, and ``durations`` for how many milliseconds they are.
    """

    def __init__(self, times: Ints, window: Window) -> None:
        last_of_instant = np.flatnonzero(np.diff(times, append=times[-1:] + 1))
        instants = times[last_of_instant]
        begin = int(np.searchsorted(instants, window.start, side="right"))
        end = int(np.searchsorted(instants, window.end, side="left"))
        self._before = last_of_instant[:begin]
        self._earlier = instants[:begin]
        self._inside = last_of_instant[begin:end]
        self.starts = np.concatenate([[window.start], instants[begin:end]]).astype(np.int64)
        self.durations = np.diff(self.starts, append=window.end)

    def values(self, steps: Ints) -> Ints:
        """The sum from each of ``starts`` on, given its changes at the times."""
        sums = np.cumsum(steps, dtype=np.int64)
        return np.concatenate([[sums[self._before[-1:]].sum()], sums[self._inside]])

    def at_first(self, steps: Ints) -> int:
        """Since when the sum has been what it is at the window's start; 0 if it always was."""
        sums = np.cumsum(steps, dtype=np.int64)[self._before]
        changed = np.flatnonzero(np.diff(sums, prepend=0))[-1:]
        return max(int(self._earlier[changed].sum()), 0)

    def integral(self, values: Ints) -> int:
        """Sum of value x milliseconds over the window."""
        return int(values @ self.durations)

    def figures(self, values: Ints) -> dict[str, float | int]:
        """Time average over the window, highest value in it, value in its last millisecond."""
        return {
            "mean": self.integral(values) / int(self.durations.sum()),
            "peak": int(values.max()),
            "end": int(values[-1]),
        }
