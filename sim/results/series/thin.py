"""Which points of a line a picture needs."""

from __future__ import annotations

import numpy as np

from sim.results.steps import Ints


def telling(bins: Ints, values: Ints) -> Ints:
    """Of the points in each bin the first, the least, the greatest and the last.

    A line through these covers the same pixels as one through all points, if a bin is a pixel wide
    (M4: Jugel, Jerzak, Hackenbroich, Markl: A Visualization-Oriented Time Series Data Aggregation.
    PVLDB 7(10), 2014).

    Args:
        bins: shape (points,), rising, the bin of each point.
        values: shape (points,).

    Returns:
        Numbers of the points, rising, each once.
    """
    if not len(bins):
        return np.empty(0, np.int64)
    first = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
    last = np.flatnonzero(np.diff(bins, append=bins[-1] + 1))
    lengths = last - first + 1
    chosen = [first, last]
    for extreme in (np.minimum, np.maximum):
        is_it = values == np.repeat(extreme.reduceat(values, first), lengths)
        found = np.flatnonzero(is_it)
        chosen.append(found[np.flatnonzero(np.diff(bins[found], prepend=bins[0] - 1))])
    return np.unique(np.concatenate(chosen))


def bin_of(times: Ints, end: int, bins: int) -> Ints:
    """The bin of each time, of so many that cut [0, end) evenly."""
    return times * bins // end
