"""Pods that are known before a run: when they come, how long they live, what they request."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..randomness import Streams, sampler
from ..scenario.distributions import OneDistribution
from ..scenario.errors import InputError, Problem
from ..scenario.workload import CronJob, Poisson, Trace
from .traces import FOREVER, TracePods, read_trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.int64]

STAYS = -1
"""The lifetime of a pod that is never deleted."""

EPOCH_S = 1_704_067_200
"""Time 0 of schedules: Monday 2024-01-01, 00:00 UTC."""

MOST_PODS = 20_000_000
"""Expected arrivals of one workload; more would not fit into memory."""

_MINUTE_MS = 60_000


@dataclass(repr=False)
class Arrivals:
    """The pods of one workload as columns, in the order of their creation.

    Attributes:
        created_ms: creation times, rising; equal ones in the order of the source.
        lifetime_ms: how long each lives, counted from ``lifetime_from``; `STAYS`: not deleted.
        termination_ms: from a pod's delete request to the end of its containers.
        cpu: requests in millicores.
        memory: requests in MiB.
        nodes: name of the node that a pod is pinned to, empty if to none; None: no pod is.
        lifetime_from: where lifetimes count from.
        never_scheduled: pods of the source that were left out since they never ran there.
    """

    created_ms: array[int]
    lifetime_ms: array[int]
    termination_ms: array[int]
    cpu: array[int]
    memory: array[int]
    nodes: list[str] | None = None
    lifetime_from: Literal["running", "created"] = "running"
    never_scheduled: int = 0

    def __len__(self) -> int:
        return len(self.created_ms)


def poisson(spec: Poisson, streams: Streams, duration_ms: int) -> Arrivals:
    """Arrivals of a Poisson process whose rate changes in steps; before the first step it is 0.

    A longer run continues the arrivals of a shorter one.

    Raises:
        InputError: over `MOST_PODS` are to be expected.
    """
    segments = list(_segments(spec, duration_ms))
    expected = sum((end - start) * rate for start, end, rate in segments)
    if expected > MOST_PODS:
        message = f"about {expected:,.0f} pods arrive in all, over the limit of {MOST_PODS:,}"
        path, remedy = f"workload.{spec.name}.arrivals_per_minute", "lower it, or the duration"
        raise InputError([Problem(message, path=path, remedy=remedy)])
    created = array(
        "q", _poisson_times(segments, streams.stream("workload", spec.name, "arrivals"))
    )
    count = len(created)
    return Arrivals(
        created_ms=created,
        lifetime_ms=_drawn(spec.lifetime, streams, (spec.name, "lifetimes"), count),
        termination_ms=_terminations(spec, streams, count),
        cpu=array("q", [spec.requests.cpu]) * count,
        memory=array("q", [spec.requests.memory]) * count,
        lifetime_from=spec.lifetime_from,
    )


def _segments(spec: Poisson, duration_ms: int) -> Iterator[tuple[int, int, float]]:
    """(from ms, to ms, arrivals a ms) of each step within the run."""
    bounds = [min(step.at, duration_ms) for step in spec.arrivals_per_minute] + [duration_ms]
    for (start, end), step in zip(pairwise(bounds), spec.arrivals_per_minute, strict=True):
        if start < end and step.arrivals_per_minute > 0:
            yield start, end, step.arrivals_per_minute / _MINUTE_MS


def _poisson_times(segments: list[tuple[int, int, float]], stream: random.Random) -> Iterator[int]:
    """Exponential gaps; a gap that a step cuts off is drawn anew, since it has no memory."""
    gap = stream.expovariate
    for start, end, rate in segments:
        time = start + gap(rate)
        while time < end:
            yield int(time)
            time += gap(rate)


def trace(spec: Trace, folder: Path, streams: Streams, duration_ms: int | None = None) -> Arrivals:
    """The pods of a trace on the scenario's clock.

    The trace's time 0, or the opening of its window, is laid at ``spec.at``, and times from
    there are stretched by ``spec.time_scale``. Pods that ran when the window opened are created
    then, pods from before the run's time 0 at 0; both keep their end. Pods that end before, or
    start when the run has ended, are left out.

    Raises:
        InputError: as `read_trace`; or no pod of the file is alive in the window.
    """
    pods = read_trace(spec, folder)
    created, lifetimes, rows = _on_clock(spec, pods)
    if not len(rows):
        message, remedy = "no pod of the trace is alive in the window", "move or widen it"
        raise InputError([Problem(message, str(folder / spec.file), remedy=remedy)])
    order = created.argsort(kind="stable")
    if duration_ms is not None:
        order = order[created[order] < duration_ms]
    rows = rows[order]
    return Arrivals(
        created_ms=_column(created[order]),
        lifetime_ms=_column(lifetimes[order]),
        termination_ms=_terminations(spec, streams, len(rows)),
        cpu=_picked(pods.cpu, rows),
        memory=_picked(pods.memory, rows),
        nodes=[pods.nodes[row] for row in rows] if pods.nodes is not None else None,
        lifetime_from="created",
        never_scheduled=pods.never_scheduled,
    )


def trace_end_ms(spec: Trace, folder: Path) -> int:
    """When a trace, or its window, ends on the scenario's clock.

    Raises:
        InputError: as `read_trace`.
    """
    if spec.window is not None:
        end = spec.window.to
    else:
        pods = read_trace(spec, folder)
        times = zip(pods.start_ms, pods.end_ms, strict=True)
        end = max(start if end == FOREVER else end for start, end in times)
    return spec.at + round((end - _origin(spec)) * spec.time_scale)


def cron_times(spec: CronJob, duration_ms: int) -> Iterator[int]:
    """Times of a schedule within the run, in milliseconds; time 0 is `EPOCH_S` and may be one."""
    from croniter import croniter

    schedule = croniter(spec.schedule, EPOCH_S - 1, ret_type=float)
    while (time := round(schedule.get_next() - EPOCH_S) * 1_000) < duration_ms:
        yield time


def _origin(spec: Trace) -> int:
    """The trace's time that is laid at ``spec.at``."""
    return spec.window.from_ if spec.window is not None else 0


def _on_clock(spec: Trace, pods: TracePods) -> tuple[Column, Column, Column]:
    """(created, lifetime, row of the trace) of every pod alive in the window and after time 0."""
    import numpy as np

    def on_clock(times: Column) -> Column:
        scaled: Column = np.rint((times - _origin(spec)) * spec.time_scale).astype(np.int64)
        return scaled + spec.at

    start, end = np.asarray(pods.start_ms), np.asarray(pods.end_ms)
    stays = end == FOREVER
    begins, ends = on_clock(start), on_clock(np.where(stays, start, end))
    alive = (begins >= 0) | (ends > 0) | stays
    if spec.window is not None:
        opening, closing = spec.window.from_, spec.window.to
        alive &= (start < closing) & ((end > opening) | (start >= opening))
        begins = np.maximum(begins, spec.at)
    begins = np.maximum(begins, 0)
    lifetimes = np.where(stays, STAYS, ends - begins)
    rows = np.flatnonzero(alive)
    return begins[rows], lifetimes[rows], rows


def _column(values: Column) -> array[int]:
    return array("q", values.tobytes())


def _picked(column: array[int], rows: Column) -> array[int]:
    import numpy as np

    return _column(np.asarray(column)[rows])


def _terminations(spec: Poisson | Trace, streams: Streams, count: int) -> array[int]:
    return _drawn(spec.termination_time, streams, (spec.name, "terminations"), count)


def _drawn(
    distribution: OneDistribution, streams: Streams, name: tuple[str, str], count: int
) -> array[int]:
    sample = sampler(distribution)
    if distribution.constant is not None:
        return array("q", [sample(0.0)]) * count
    uniform = streams.stream("workload", *name).random
    return array("q", [sample(uniform()) for _ in range(count)])
