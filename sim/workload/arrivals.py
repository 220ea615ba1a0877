"""Pods that are known before a run: when they come, how long they live, what they request."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..randomness import Streams, sampler
from ..scenario.distributions import OneDistribution
from ..scenario.errors import InputError, Problem
from ..scenario.workload import CronJob, Poisson, Trace
from .traces import FOREVER, TracePods

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.int64]

Draws = Callable[[int], "array[int]"]

STAYS = -1
"""The lifetime of a pod that is never deleted."""

EPOCH_S = 1_704_067_200
"""Time 0 of schedules: Monday 2024-01-01, 00:00 UTC."""

CHUNK_PODS = 20_000

_MINUTE_MS = 60_000


class Chunk(NamedTuple):
    """Pods that follow each other, as columns.

    Attributes:
        created_ms: creation times, rising; equal ones in the order of the source.
        lifetime_ms: how long each lives, counted from `Arrivals.lifetime_from`; `STAYS`: not
            deleted.
        termination_ms: from a pod's delete request to the end of its containers.
        cpu: requests in millicores.
        memory: requests in MiB.
        nodes: name of the node that a pod is pinned to, empty if to none; None: no pod is.
    """

    created_ms: array[int]
    lifetime_ms: array[int]
    termination_ms: array[int]
    cpu: array[int]
    memory: array[int]
    nodes: list[str] | None = None


@dataclass(repr=False)
class Arrivals:
    """The pods of one workload in the order of their creation.

    Attributes:
        chunks: the pods, up to `CHUNK_PODS` at a time; random ones are drawn as they are asked
            for. They can be gone through once.
        lifetime_from: where lifetimes count from.
        never_scheduled: pods of the source that were left out since they never ran there.
    """

    chunks: Iterator[Chunk]
    lifetime_from: Literal["running", "created"] = "running"
    never_scheduled: int = 0


def poisson(spec: Poisson, streams: Streams, duration_ms: int) -> Arrivals:
    """Arrivals of a Poisson process whose rate changes in steps; before the first step it is 0.

    A longer run continues the arrivals of a shorter one.
    """
    return Arrivals(_poisson_chunks(spec, streams, duration_ms), spec.lifetime_from)


def _poisson_chunks(spec: Poisson, streams: Streams, duration_ms: int) -> Iterator[Chunk]:
    lifetimes = _draws(spec.lifetime, streams, (spec.name, "lifetimes"))
    terminations = _terminations(spec, streams)
    stream = streams.stream("workload", spec.name, "arrivals")
    times = _poisson_times(segments(spec, duration_ms), stream)
    while created := array("q", islice(times, CHUNK_PODS)):
        count = len(created)
        yield Chunk(
            created,
            lifetimes(count),
            terminations(count),
            cpu=array("q", [spec.requests.cpu]) * count,
            memory=array("q", [spec.requests.memory]) * count,
        )


def segments(spec: Poisson, duration_ms: int) -> Iterator[tuple[int, int, float]]:
    """(from ms, to ms, arrivals a ms) of each step within the run."""
    bounds = [min(step.at, duration_ms) for step in spec.arrivals_per_minute] + [duration_ms]
    for (start, end), step in zip(pairwise(bounds), spec.arrivals_per_minute, strict=True):
        if start < end and step.arrivals_per_minute > 0:
            yield start, end, step.arrivals_per_minute / _MINUTE_MS


def _poisson_times(steps: Iterable[tuple[int, int, float]], stream: random.Random) -> Iterator[int]:
    """Exponential gaps; a gap that a step cuts off is drawn anew, since it has no memory."""
    gap = stream.expovariate
    for start, end, rate in steps:
        time = start + gap(rate)
        while time < end:
            yield int(time)
            time += gap(rate)


def trace(
    spec: Trace, pods: TracePods, streams: Streams, duration_ms: int | None = None
) -> Arrivals:
    """The pods of a trace on the scenario's clock.

    The trace's time 0, or the opening of its window, is laid at ``spec.at``, and times from
    there are stretched by ``spec.time_scale``. Pods that ran when the window opened are created
    then, pods from before the run's time 0 at 0; both keep their end. Pods that end before, or
    start when the run has ended, are left out.

    Raises:
        InputError: no pod of the trace is alive in the window.
    """
    created, lifetimes, rows = _on_clock(spec, pods)
    if not len(rows):
        message, remedy = "no pod of the trace is alive in the window", "move or widen it"
        raise InputError([Problem(message, spec.file, remedy=remedy)])
    order = created.argsort(kind="stable")
    if duration_ms is not None:
        order = order[created[order] < duration_ms]
    chunks = _trace_chunks(spec, streams, pods, (created[order], lifetimes[order], rows[order]))
    return Arrivals(chunks, "created", pods.never_scheduled)


def _trace_chunks(
    spec: Trace, streams: Streams, pods: TracePods, columns: tuple[Column, Column, Column]
) -> Iterator[Chunk]:
    terminations = _terminations(spec, streams)
    for start in range(0, len(columns[0]), CHUNK_PODS):
        created, lifetimes, rows = (one[start : start + CHUNK_PODS] for one in columns)
        yield Chunk(
            _column(created),
            _column(lifetimes),
            terminations(len(rows)),
            cpu=_picked(pods.cpu, rows),
            memory=_picked(pods.memory, rows),
            nodes=[pods.nodes[row] for row in rows.tolist()] if pods.nodes else None,
        )


def trace_end_ms(spec: Trace, pods: TracePods) -> int:
    """When a trace, or its window, ends on the scenario's clock."""
    if spec.window is not None:
        end = spec.window.to
    else:
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


def spans(
    spec: Trace, pods: TracePods, duration_ms: int, step: int = 1
) -> Iterator[tuple[int, int]]:
    """(created, ends) of the pods that `trace` gives, one in every ``step`` rows.

    Those that stay end with the run. It is `_on_clock` without NumPy, for a look ahead.
    """
    origin, window = _origin(spec), spec.window
    for start, end in zip(pods.start_ms[::step], pods.end_ms[::step], strict=True):
        if window is not None and not (start < window.to and max(end, start + 1) > window.from_):
            continue
        begins = spec.at + round((start - origin) * spec.time_scale)
        ends = duration_ms if end == FOREVER else spec.at + round((end - origin) * spec.time_scale)
        if begins >= 0 or ends > 0:
            first = max(begins, 0 if window is None else spec.at)
            if first < duration_ms:
                yield first, max(first, ends)


def _column(values: Column) -> array[int]:
    return array("q", values.tobytes())


def _picked(column: array[int], rows: Column) -> array[int]:
    import numpy as np

    return _column(np.asarray(column)[rows])


def _terminations(spec: Poisson | Trace, streams: Streams) -> Draws:
    return _draws(spec.termination_time, streams, (spec.name, "terminations"))


def _draws(distribution: OneDistribution, streams: Streams, name: tuple[str, str]) -> Draws:
    """Gives the next so many samples of a stream of this name."""
    sample = sampler(distribution)
    if distribution.constant is not None:
        value = array("q", [sample(0.0)])
        return lambda count: value * count
    uniform = streams.stream("workload", *name).random
    return lambda count: array("q", [sample(uniform()) for _ in range(count)])
