"""Randomness in named, keyed streams, so that one change of a scenario moves nothing else.

A stream's seed is made from the scenario's seed and a name, never from an order of creation:
adding a stream, a node or a setting leaves every other stream as it was. Distributions are
sampled by their quantile functions, one uniform number a sample, which couples the samples of
runs that differ only in a parameter.
"""

from __future__ import annotations

import hashlib
import math
import random
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from statistics import NormalDist

from .scenario.distributions import OneDistribution

Sampler = Callable[[float], int]
"""From a uniform number in [0, 1) to integer milliseconds."""

KeyedSampler = Callable[..., int]
"""From a key and indices to integer milliseconds; see `keyed_sampler`."""

_Z99 = NormalDist().inv_cdf(0.99)
_MASK = (1 << 64) - 1


class Streams:
    """The streams of one run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def key(self, *names: str) -> int:
        """A 64-bit number that depends on the scenario's seed and these names only."""
        text = "\0".join((str(self.seed), *names))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

    def stream(self, *names: str) -> random.Random:
        """A stream of its own for these names."""
        return random.Random(self.key(*names))


def keyed_uniform(key: int, *indices: int) -> float:
    """A uniform number in [0, 1) that depends on the key and the indices only (SplitMix64)."""
    z = key
    for index in indices:
        z = (z + 0x9E3779B97F4A7C15 * (index + 1)) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        z ^= z >> 31
    return (z >> 11) * 2.0**-53


def keyed_sampler(distribution: OneDistribution, purpose: int) -> KeyedSampler:
    """Samples by key and indices instead of a stream: ``sample(key, *indices)``.

    The same key and indices give the same sample; ``purpose`` tells samplers of one key apart.
    """
    if distribution.constant is not None:
        value = distribution.constant
        return lambda _key, _index, _further=0: value
    sample = sampler(distribution)
    return lambda key, *indices: sample(keyed_uniform(key, purpose, *indices))


def sampler(distribution: OneDistribution) -> Sampler:
    """The quantile function of a distribution, rounded to milliseconds."""
    if distribution.uniform:
        low, width = distribution.uniform.min, distribution.uniform.max - distribution.uniform.min
        return lambda u: low + int(u * width)
    if distribution.exponential:
        mean = distribution.exponential.mean
        return lambda u: round(-mean * math.log1p(-u))
    if distribution.lognormal:
        return _lognormal(distribution.lognormal.p50, distribution.lognormal.p99)
    if distribution.empirical:
        return _empirical(distribution.empirical.values, distribution.empirical.weights)
    value = distribution.constant or 0
    return lambda _u: value


def _lognormal(p50: int, p99: int) -> Sampler:
    logarithm = NormalDist(math.log(p50), math.log(p99 / p50) / _Z99)
    quantile, exp, smallest = logarithm.inv_cdf, math.exp, 2.0**-54

    def sample(u: float) -> int:
        return round(exp(quantile(u or smallest)))

    return sample


def _empirical(values: list[int], weights: list[float] | None) -> Sampler:
    bounds = list(accumulate(weights or [1.0] * len(values)))
    last = len(values) - 1
    return lambda u: values[min(bisect_right(bounds, u * bounds[-1]), last)]
