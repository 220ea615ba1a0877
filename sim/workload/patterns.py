"""Patterns: how the number of a workload's pods moves, in steps.

Source: vpc-cni #2568, a suite of tests of warm pools. There a step comes a minute after all pods of
the one before are ready; here steps have times of their own, whatever the pods do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, cycle, repeat
from typing import NamedTuple

from ..randomness import Streams
from ..scenario.workload import Deployment, Pattern, ReplicaStep


class Level(NamedTuple):
    """So many pods, for so long."""

    pods: int
    lasts_ms: int


def deployment_of(spec: Pattern, streams: Streams, duration_ms: int) -> Deployment:
    """The Deployment whose replicas follow the pattern till the end of the run."""
    step = ReplicaStep.model_construct
    steps = [step(at=at, replicas=pods) for at, pods in steps_of(spec, streams, duration_ms)]
    shared = {key: getattr(spec, key) for key in _SHARED}
    return Deployment.model_construct(kind="deployment", replicas=steps, **shared)


_SHARED = [key for key in Deployment.model_fields if key in Pattern.model_fields and key != "kind"]


def steps_of(spec: Pattern, streams: Streams, duration_ms: int) -> list[tuple[int, int]]:
    """(ms, pods) at time 0 and at each change; a longer run goes on as a shorter one began."""
    steps = [(0, spec.min)]
    time = spec.at
    for pods, lasts_ms in _levels(spec, streams.stream("workload", spec.name, "pattern")):
        if time >= duration_ms:
            break
        if time == 0:
            steps = [(0, pods)]
        elif pods != steps[-1][1]:
            steps.append((time, pods))
        time += lasts_ms
    return steps


def _levels(spec: Pattern, luck: random.Random) -> Iterator[Level]:
    """The levels of a pattern from its beginning on; the last of them stays."""
    if spec.iterations is not None:
        return _bursts(spec, luck)
    if spec.pattern == "random-scale-fixed-steps":
        return _walk(spec, luck, cycle((1, -1)).__next__)
    if spec.pattern == "random-scale-random-steps":
        return _walk(spec, luck, lambda: luck.choice((1, -1)))
    size = _sizes(spec, luck)
    cycles = repeat(None) if spec.cycles is None else repeat(None, spec.cycles)
    return chain.from_iterable(_there_and_back(spec, size) for _ in cycles)


def _sizes(spec: Pattern, luck: random.Random) -> Callable[[], int]:
    """Gives the size of the next step of a pattern that goes up and down again."""
    step, parts, most = spec.step or 1, spec.parts or 1, spec.max
    sizes: dict[str, Callable[[], int]] = {
        "quick-scale": lambda: most,
        "sawtooth": lambda: step,
        "proportionate-scaling": lambda: most * int((spec.share or "100%").rstrip("%")) // 100,
        "random-scaling": lambda: most // luck.randint(1, parts),
        "random-up-random-down": lambda: luck.randint(1, step),
    }
    size = sizes[spec.pattern]
    return lambda: max(size(), 1)


def _there_and_back(spec: Pattern, size: Callable[[], int]) -> Iterator[Level]:
    pods = spec.min
    while pods < spec.max:
        pods = min(pods + size(), spec.max)
        yield _level(spec, pods)
    while pods > spec.min:
        pods = max(pods - size(), spec.min)
        yield _level(spec, pods)


def _level(spec: Pattern, pods: int) -> Level:
    is_turn = pods in (spec.min, spec.max)
    return Level(pods, spec.hold if is_turn and spec.hold is not None else spec.every)


def _walk(spec: Pattern, luck: random.Random, sign: Callable[[], int]) -> Iterator[Level]:
    pods = spec.min
    while True:
        pods = _within(spec, pods + sign() * luck.randint(1, spec.step or 1))
        yield Level(pods, spec.every)


def _bursts(spec: Pattern, luck: random.Random) -> Iterator[Level]:
    """Small steps by chance, and bursts to the most pods and back at random ones of them."""
    pods, step = spec.min, spec.step or 1
    when = luck.sample(range(spec.iterations or 1), spec.bursts or 1)
    for iteration in range(spec.iterations or 1):
        if iteration in when:
            yield Level(spec.max, spec.hold or spec.every)
        else:
            pods = _within(spec, pods + luck.choice((step, -step)))
        yield Level(pods, spec.every)


def _within(spec: Pattern, pods: int) -> int:
    return min(max(pods, spec.min), spec.max)
