"""Sums and rates over nodes, the same for measured series and for a run's, and how far they differ.

Series come as rows of samples on one grid of times, NaN where a node has none. All is of numbers;
where they come from is `sim.study.overlay`'s matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_LAG = 20
"""Steps by which one may be late against the other; and a quarter of all there are."""

LEAST_GAIN = 0.1
"""By what share a shift has to make the error less to be called a lag."""

LEAST_SAMPLES = 8


def on_grid(times: Ints, values: Floats, grid: Ints, hold: int) -> Floats:
    """The last sample at or before each time of the grid, NaN if it is older than ``hold``.

    Args:
        times: of the samples, rising; shape (samples,).
        values: shape (samples,).
        grid: shape (times,).
        hold: in the unit of the times.
    """
    if not len(times):
        return np.full(len(grid), np.nan)
    place = np.searchsorted(times, grid, side="right") - 1
    found = values[np.maximum(place, 0)]
    is_fresh = (place >= 0) & (grid - times[np.maximum(place, 0)] <= hold)
    return np.where(is_fresh, found, np.nan)


def held(row: Floats) -> Floats:
    """A node's samples with the gaps between its first and its last filled by the one before."""
    there = np.flatnonzero(~np.isnan(row))
    if not len(there):
        return row
    last = np.maximum.accumulate(np.where(np.isnan(row), -1, np.arange(len(row))))
    filled = row[np.maximum(last, 0)]
    filled[: there[0]] = np.nan
    filled[there[-1] + 1 :] = np.nan
    return filled


def total(rows: Sequence[Floats]) -> Floats:
    """A gauge summed over nodes: those that are not there count nothing."""
    summed: Floats = np.nansum(np.array(rows), axis=0)
    return summed


def increases(rows: Sequence[Floats]) -> Floats:
    """By how much a counter rose since the time before, summed over nodes; shape (times - 1,).

    A counter that fell began anew at 0. What a node had counted before its first sample is not
    known, and counts nothing.
    """
    values = np.array(rows)
    steps = np.diff(values, axis=1)
    summed: Floats = np.nansum(np.where(steps < 0, values[:, 1:], steps), axis=0)
    return summed


class Errors(NamedTuple):
    """How far a simulated series is from the measured one.

    Attributes:
        samples: compared.
        measured, simulated: their means.
        bias: simulated less measured, on average.
        absolute: the mean of the differences without their signs.
        relative: that, as a share of the measured mean; None if the mean is 0.
        lag: by how many steps the simulated one is late (early if below 0); None if a shift does
            not make the error less by a tenth.
    """

    samples: int
    measured: float
    simulated: float
    bias: float
    absolute: float
    relative: float | None
    lag: int | None


def errors(measured: Floats, simulated: Floats, *, with_lag: bool) -> Errors | None:
    """How far two series are from each other; times at which either is NaN do not count.

    Returns:
        None if no time is left.
    """
    both = ~(np.isnan(measured) | np.isnan(simulated))
    a, b = measured[both], simulated[both]
    if not len(a):
        return None
    mean, absolute = float(a.mean()), float(np.abs(b - a).mean())
    relative = absolute / abs(mean) if mean else None
    lag = best_shift(a, b) if with_lag else None
    bias = float((b - a).mean())
    return Errors(len(a), mean, float(b.mean()), bias, absolute, relative, lag)


def best_shift(measured: Floats, simulated: Floats) -> int | None:
    """The number of steps by which the simulated series is late, if that explains a tenth."""
    count = len(measured)
    if count < LEAST_SAMPLES or not np.ptp(measured) or not np.ptp(simulated):
        return None
    most = min(MOST_LAG, count // 4)
    shifts = sorted(range(-most, most + 1), key=abs)
    found = [_shifted_error(measured, simulated, shift) for shift in shifts]
    best = int(np.argmin(found))
    return shifts[best] if best and found[best] <= (1 - LEAST_GAIN) * found[0] else None


def _shifted_error(measured: Floats, simulated: Floats, shift: int) -> float:
    early, late = (measured, simulated) if shift >= 0 else (simulated, measured)
    size = len(measured) - abs(shift)
    return float(np.abs(late[abs(shift) :] - early[:size]).mean())
