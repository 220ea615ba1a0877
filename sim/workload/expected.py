"""How many pods a workload brings and how many are there at once, reckoned before it is run.

The numbers are those of a cluster with room for all: a pod starts in its usual time and lives as
long as its distribution says. They are good to a few percent, whatever the size of the workload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from ..randomness import Streams, sampler
from ..scenario.distributions import OneDistribution
from ..scenario.workload import (
    BatchPods,
    CronJob,
    Deployment,
    Job,
    Pattern,
    Poisson,
    Trace,
    Workload,
)
from .arrivals import cron_times, segments, spans
from .patterns import deployment_of
from .traces import TracePods

_QUANTILES = 200
_CRON_TIMES = 200
_ROWS = 20_000


class Expected(NamedTuple):
    """Pods in all, and the most at one time."""

    pods: float
    at_once: float


def expected(
    spec: Workload, traces: Mapping[str, TracePods], duration_ms: int, start_ms: float
) -> Expected:
    """What a workload brings within a run.

    Args:
        spec: the workload.
        traces: the pods of traces by the names of their workloads.
        duration_ms: of the run.
        start_ms: what passes on average between a pod's creation and its running.
    """
    if isinstance(spec, Trace):
        return _trace(spec, traces[spec.name], duration_ms)
    if isinstance(spec, Poisson):
        return _poisson(spec, duration_ms, start_ms)
    if isinstance(spec, Pattern):
        spec = deployment_of(spec, Streams(0), duration_ms)  # any luck gives about as many
    if isinstance(spec, Deployment):
        return _deployment(spec, duration_ms, start_ms)
    if isinstance(spec, Job):
        return _jobs(spec, max(duration_ms - spec.at, 0), spec.at < duration_ms, start_ms)
    return _cron_jobs(spec, duration_ms, start_ms)


def mean_ms(distribution: OneDistribution, at_most: int) -> float:
    """The mean of what a distribution gives, where more than ``at_most`` counts as that."""
    sample = sampler(distribution)
    quantiles = ((i + 0.5) / _QUANTILES for i in range(_QUANTILES))
    return sum(min(sample(u), at_most) for u in quantiles) / _QUANTILES


def _poisson(spec: Poisson, duration_ms: int, start_ms: float) -> Expected:
    steps = list(segments(spec, duration_ms))
    pods = sum((end - start) * rate for start, end, rate in steps)
    stay = mean_ms(spec.lifetime, duration_ms) + mean_ms(spec.termination_time, duration_ms)
    if spec.lifetime_from == "running":
        stay += start_ms
    return Expected(pods, min(pods, stay * max((rate for *_, rate in steps), default=0.0)))


def _trace(spec: Trace, pods: TracePods, duration_ms: int) -> Expected:
    """By every so many-th row of a long trace."""
    step = -(-len(pods.start_ms) // _ROWS)
    lives = list(spans(spec, pods, duration_ms, step))
    return Expected(step * len(lives), step * _most_at_once(lives))


def _most_at_once(lives: Iterable[tuple[int, int]]) -> int:
    changes = sorted(change for begin, end in lives for change in ((begin, 1), (end, -1)))
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def _deployment(spec: Deployment, duration_ms: int, start_ms: float) -> Expected:
    steps = [(step.at, step.replicas) for step in spec.replicas if step.at < duration_ms]
    ends = [at for at, _ in steps[1:]] + [duration_ms]
    before = [0, *(replicas for _, replicas in steps)]
    pods = float(sum(max(now - was, 0) for (_, now), was in zip(steps, before, strict=False)))
    for update in spec.updates:
        if update.at < duration_ms:
            pods += next((replicas for at, replicas in reversed(steps) if at <= update.at), 0)
    if spec.lifetime is not None:
        pod_time = sum((end - at) * n for (at, n), end in zip(steps, ends, strict=True))
        pods += pod_time / _cycle(spec.lifetime, spec.termination_time, duration_ms, start_ms)
    return Expected(pods, max((replicas for _, replicas in steps), default=0))


def _jobs(spec: BatchPods, span_ms: float, count: float, start_ms: float) -> Expected:
    """So many Jobs, each with this time to make its pods in."""
    slots = min(spec.parallelism, spec.completions)
    cycle = _cycle(spec.lifetime, spec.termination_time, round(span_ms), start_ms)
    pods = min(spec.completions, slots * (1 + span_ms // cycle))
    return Expected(count * pods, slots * min(count, 1))


def _cron_jobs(spec: CronJob, duration_ms: int, start_ms: float) -> Expected:
    count = _times(spec, duration_ms)
    if not count:
        return Expected(0, 0)
    period = duration_ms / count
    if spec.concurrencyPolicy == "Replace":
        return _jobs(spec, period, count, start_ms)
    pods, slots = _jobs(spec, duration_ms, count, start_ms)
    cycle = _cycle(spec.lifetime, spec.termination_time, duration_ms, start_ms)
    if spec.concurrencyPolicy == "Forbid":
        return Expected(min(pods, slots * (1 + duration_ms // cycle)), slots)
    together = max(1, spec.completions / slots * cycle / period)
    return Expected(pods, min(pods, slots * together))


def _times(spec: CronJob, duration_ms: int) -> float:
    """How often a schedule comes, by its first times if they are many."""
    first = list(islice(cron_times(spec, duration_ms), _CRON_TIMES))
    return len(first) if len(first) < _CRON_TIMES else len(first) * duration_ms / first[-1]


def _cycle(
    lifetime: OneDistribution, termination: OneDistribution, at_most: int, start_ms: float
) -> float:
    """What passes between the creation of a pod and that of the next one in its place, in ms."""
    return max(1.0, start_ms + mean_ms(lifetime, at_most) + mean_ms(termination, at_most))
