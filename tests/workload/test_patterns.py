"""Patterns: steps that do what their names say, whatever the numbers and the luck."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from worlds import Data, play, pods

from sim.randomness import Streams
from sim.scenario.workload import PATTERNS, Pattern
from sim.workload.patterns import deployment_of, steps_of

HOUR_MS = 3_600_000
THERE_AND_BACK = [name for name, takes in PATTERNS.items() if "cycles" in takes]
RANDOM = set(PATTERNS) - {"quick-scale", "sawtooth", "proportionate-scaling"}


def pattern(name: str, **more: Any) -> Pattern:
    """A pattern of up to 60 pods."""
    given_ = {"kind": "pattern", "name": "load", "pattern": name, "max": 60, **more}
    return Pattern.model_validate(given_)


def levels(name: str, seed: int = 1, duration_ms: int = HOUR_MS, **more: Any) -> list[int]:
    """The numbers of pods that follow each other."""
    return [pods for _, pods in steps_of(pattern(name, **more), Streams(seed), duration_ms)]


numbers = st.fixed_dictionaries(
    {
        "min": st.integers(0, 20),
        "max": st.integers(21, 300),
        "every": st.integers(1, 600).map(lambda seconds: f"{seconds}s"),
        "at": st.sampled_from(["0s", "90s", "10m"]),
    }
)


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=25, deadline=None)
@given(given_=numbers, seed=st.integers(0, 10**6))
def test_steps_are_steps(name: str, given_: Data, seed: int) -> None:
    """They begin at time 0 and rise in time; each changes the number, and keeps to the bounds."""
    spec = pattern(name, **given_)
    steps = steps_of(spec, Streams(seed), HOUR_MS)
    times, numbers_ = [at for at, _ in steps], [pods for _, pods in steps]
    assert times[0] == 0
    assert times == sorted(set(times))
    assert times[-1] < HOUR_MS
    assert all(one != other for one, other in pairwise(numbers_))
    assert spec.min <= min(numbers_) <= max(numbers_) <= spec.max
    assert all(at >= spec.at for at in times[1:])


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=10, deadline=None)
@given(given_=numbers, seed=st.integers(0, 10**6))
def test_a_longer_run_goes_on(name: str, given_: Data, seed: int) -> None:
    """The steps of a shorter run are the first ones of a longer run."""
    spec, streams = pattern(name, **given_), Streams(seed)
    short, whole = steps_of(spec, streams, HOUR_MS), steps_of(spec, streams, 3 * HOUR_MS)
    assert [step for step in whole if step[0] < HOUR_MS] == short


@pytest.mark.parametrize("name", PATTERNS)
def test_luck_is_the_seeds(name: str) -> None:
    """The same seed gives the same steps; another one others, if there is chance in them."""
    assert levels(name, seed=3) == levels(name, seed=3)
    assert len({tuple(levels(name, seed)) for seed in range(9)}) == (9 if name in RANDOM else 1)


@pytest.mark.parametrize("name", THERE_AND_BACK)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), cycles=st.integers(1, 3))
def test_there_and_back(name: str, seed: int, cycles: int) -> None:
    """It rises to the most pods, falls to the fewest, as often as it is told, and stays there."""
    found = levels(name, seed, duration_ms=100 * HOUR_MS, at="1m", min=5, cycles=cycles)
    turns = [pods for pods in found if pods in (5, 60)]
    assert turns == [5, *[60, 5] * cycles]
    top = found.index(60)
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[-1] == 5


def test_sizes_of_fixed_steps() -> None:
    """Quick scale takes all at once, a sawtooth its step, proportionate scaling its share."""
    assert levels("quick-scale", cycles=1) == [60, 0]
    assert levels("sawtooth", step=25, cycles=1) == [25, 50, 60, 35, 10, 0]
    assert levels("proportionate-scaling", share="40%", cycles=1) == [24, 48, 60, 36, 12, 0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_sizes_of_random_steps(seed: int) -> None:
    """No step is above its bound; in turn up and down where the pattern says so."""
    for name in ("random-scale-fixed-steps", "random-scale-random-steps", "random-up-random-down"):
        found = levels(name, seed, step=7, min=1)
        changes = [b - a for a, b in pairwise(found)]
        assert max(map(abs, changes)) <= 7
    shares = {max(60 // part, 1) for part in range(1, 5)}
    found = levels("random-scaling", seed, parts=4)
    inner = [b - a for a, b in pairwise(found) if {a, b} <= set(range(1, 60))]
    assert {abs(one) for one in inner} <= shares


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), bursts=st.integers(1, 8))
def test_bursts_are_as_many_as_asked_for(seed: int, bursts: int) -> None:
    """Each goes to the most pods for its hold; between them steps are small; at the end none."""
    more: Data = {"iterations": 20, "hold": "150s", "every": "30s"}
    spec = pattern("several-bursts", bursts=bursts, **more)
    steps = steps_of(spec, Streams(seed), 100 * HOUR_MS)
    lasts = [b[0] - a[0] for a, b in pairwise(steps) if a[1] == 60]
    assert lasts == [150_000] * bursts
    calm = [pods for _, pods in steps if pods != 60]
    assert all(abs(b - a) <= 1 for a, b in pairwise(calm))
    assert levels("one-burst", seed).count(60) == 1


def test_hold_and_every() -> None:
    """It stays at its turns for the hold, elsewhere for `every`; the hold is that if not given."""
    spec = pattern("sawtooth", step=20, every="1m", hold="5m", at="2m", cycles=2)
    at = [time // 60_000 for time, _ in steps_of(spec, Streams(1), HOUR_MS)]
    assert at == [0, 2, 3, 4, 9, 10, 11, 16, 17, 18, 23, 24, 25]
    at = [t // 60_000 for t, _ in steps_of(pattern("quick-scale", every="3m"), Streams(1), HOUR_MS)]
    assert at == list(range(0, 60, 3))


def test_the_name_keys_the_luck() -> None:
    """Two workloads of one pattern move apart."""
    one = pattern("random-scaling")
    other = one.model_copy(update={"name": "other"})
    assert steps_of(one, Streams(1), HOUR_MS) != steps_of(other, Streams(1), HOUR_MS)


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("sawtooth", {"min": 60}, "not above min"),
        ("sawtooth", {"share": "10%"}, "has no share: it takes step, hold, cycles"),
        ("several-bursts", {"bursts": 21}, "21 bursts in 20 iterations"),
        ("sawtooth", {"every": "10ms"}, "1s or more"),
        ("proportionate-scaling", {"share": "0%"}, "no share from 1% to 100%"),
    ],
)
def test_what_means_nothing_is_refused(name: str, more: Data, says: str) -> None:
    """A key that a pattern does not take, or numbers that contradict each other, are errors."""
    with pytest.raises(ValidationError, match=says):
        pattern(name, **more)


def test_the_deployment_is_like_its_pattern() -> None:
    """It has the pattern's name, requests and lives, and its steps as replicas."""
    spec = pattern("quick-scale", requests={"cpu": "2"}, lifetime="9m", node_groups=["g"])
    made = deployment_of(spec, Streams(1), HOUR_MS)
    assert (made.name, made.requests, made.lifetime) == (spec.name, spec.requests, spec.lifetime)
    assert (made.node_groups, made.updates) == (["g"], [])
    assert [(one.at, one.replicas) for one in made.replicas] == steps_of(spec, Streams(1), HOUR_MS)


def test_a_run_has_the_pods_of_its_pattern() -> None:
    """As many pods run as the steps say, once they are through."""
    load = {"kind": "pattern", "name": "load", "pattern": "sawtooth", "step": 4, "max": 8}
    world = play({**load, "at": "2m", "every": "1m", "cycles": 2}, duration="20m")
    made = pods(world, "load")
    assert [pod.created_ms // 60_000 for pod in made] == [2] * 4 + [3] * 4 + [6] * 4 + [7] * 4
