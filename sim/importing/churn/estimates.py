"""Ends that no file tells, from the lives of the same controller's other pods.

Kaplan and Meier (1958), "Nonparametric Estimation from Incomplete Observations": the share of pods
that reach an age, where pods that are still there count as long as they were seen. The pods whose
end is missing take its quantiles, spread evenly by van der Corput's sequence: no draw, so that the
same files give the same trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from .history import Controller
from .lives import Life, Moment


class Survival(NamedTuple):
    """The share of pods that are still there just after each age.

    Attributes:
        ages_ms: at which pods end, rising.
        shares: that reach more than it, falling.
    """

    ages_ms: tuple[int, ...]
    shares: tuple[float, ...]

    def quantile(self, share: float) -> int | None:
        """The age by which this share of pods has ended; None if so many were never seen to."""
        for age, left in zip(self.ages_ms, self.shares, strict=True):
            if 1 - left >= share:
                return age
        return None


def survival(ages: Iterable[tuple[int, bool]]) -> Survival:
    """The estimate from (age in ms, whether it ended then; False: it was still there)."""
    ordered = sorted(ages)
    at_risk, share = len(ordered), 1.0
    times, shares = [], []
    for age, same in groupby(ordered, key=lambda one: one[0]):
        ended = [is_end for _, is_end in same]
        if deaths := sum(ended):
            share *= 1 - deaths / at_risk
            times.append(age)
            shares.append(share)
        at_risk -= len(ended)
    return Survival(tuple(times), tuple(shares))


def van_der_corput(number: int) -> float:
    """The number's digits to the base 2, mirrored at the point: 1/2, 1/4, 3/4, 1/8, ..."""
    value, unit = 0.0, 0.5
    number += 1
    while number:
        number, digit = divmod(number, 2)
        value, unit = value + digit * unit, unit / 2
    return value


class Estimated(NamedTuple):
    """The lives with estimated ends.

    Attributes:
        lives: all of them, in the order given.
        sources: how many ends came from whose lives.
        without: how many ends could not be estimated; these pods stay.
    """

    lives: list[Life]
    sources: Counter[str]
    without: int


def with_estimated_ends(
    lives: Sequence[Life], end_ms: int, life_ms: int | None = None
) -> Estimated:
    """Fills in the ends that are missing.

    Args:
        lives: of all pods.
        end_ms: when the history ends: pods without an end were seen until then.
        life_ms: how long a pod lives where nothing is known of such lives.
    """
    known = _Known(lives, end_ms, life_ms)
    turn: Counter[Controller] = Counter()
    sources: Counter[str] = Counter()
    found, without = [], 0
    for life in lives:
        if life.end.how != "missing":
            found.append(life)
            continue
        whose, estimate = known.of(life.controller)
        age = estimate.quantile(van_der_corput(turn[life.controller]))
        turn[life.controller] += 1
        if age is None or life.start.time_ms is None:
            without += 1
            found.append(replace(life, end=Moment(None, "stays", "no life is known")))
        else:
            sources[whose] += 1
            end = Moment(life.start.time_ms + age, "estimated", whose)
            found.append(replace(life, end=end))
    return Estimated(found, sources, without)


class _Known:
    """What is known of lives, by controller, by kind, and of all Jobs."""

    def __init__(self, lives: Sequence[Life], end_ms: int, life_ms: int | None) -> None:
        self._given = Survival((life_ms,), (0.0,)) if life_ms is not None else None
        self._ages: dict[tuple[str, ...], list[tuple[int, bool]]] = {}
        for life in lives:
            age = _age(life, end_ms)
            if age is not None:
                for key in _keys(life.controller):
                    self._ages.setdefault(key, []).append(age)
        self._made: dict[tuple[str, ...], Survival] = {}

    def of(self, controller: Controller) -> tuple[str, Survival]:
        """Whose lives stand for a controller's pods, and what they are like."""
        for key, whose in zip(_keys(controller), WHOSE, strict=True):
            if any(is_end for _, is_end in self._ages.get(key, ())):
                if key not in self._made:
                    self._made[key] = survival(self._ages[key])
                return whose, self._made[key]
        return ("the life that was given", self._given) if self._given else ("", Survival((), ()))


WHOSE = ("lives of its controller", "lives of its kind")


def _keys(controller: Controller) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(controller), (controller.kind,)


def _age(life: Life, end_ms: int) -> tuple[int, bool] | None:
    """(how long it was seen, whether it ended then); None if it says nothing."""
    if life.start.how == "before" or life.start.time_ms is None or life.end.how == "missing":
        return None
    if life.age_ms is not None:
        return life.age_ms, True
    return max(end_ms - life.start.time_ms, 0), False
