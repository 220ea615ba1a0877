"""Whole numbers over time, as lists of (ms, value from then on)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from itertools import groupby, pairwise
from typing import Any, NamedTuple

Track = list[tuple[int, int]]
Said = tuple[int, Hashable, int]
"""(ms, holder, what it holds from then on)."""


def total(said: Iterable[Said], first: Mapping[Any, int] | None = None) -> Track:
    """What all holders hold together; of several things said in one ms the last counts."""
    now = dict(first or {})
    track = [(-1, sum(now.values()))]
    for ms, rows in groupby(sorted(said, key=lambda one: one[0]), key=lambda one: one[0]):
        now |= {holder: value for _, holder, value in rows}
        track.append((ms, sum(now.values())))
    return track


def value_at(track: Track, ms: int) -> int:
    """What it is in a millisecond."""
    return track[bisect_right(track, ms, key=lambda point: point[0]) - 1][1]


def less(whole: Track, *parts: Track) -> Track:
    """The difference."""
    times = sorted({ms for track in (whole, *parts) for ms, _ in track})
    return [(ms, value_at(whole, ms) - sum(value_at(part, ms) for part in parts)) for ms in times]


def plus(one: Track, other: Track) -> Track:
    """The sum."""
    return less(one, [(ms, -value) for ms, value in other])


class Piece(NamedTuple):
    """A stretch in which a number stays what it is: [begin, end)."""

    begin: int
    end: int
    value: int


def stretches(track: Track, end: int) -> list[Piece]:
    """The longest stretches, one after the other."""
    found: list[Piece] = []
    for (begin, value), (until, _) in pairwise([*track, (end, 0)]):
        if found and found[-1].value == value:
            found[-1] = found[-1]._replace(end=until)
        else:
            found.append(Piece(begin, until, value))
    return [one for one in found if one.end > one.begin]


def within(track: Track, start: int, end: int) -> list[Piece]:
    """The parts of its stretches that lie in [start, end)."""
    cut = (
        Piece(max(one.begin, start), min(one.end, end), one.value) for one in stretches(track, end)
    )
    return [one for one in cut if one.end > one.begin]


def integral(track: Track, start: int, end: int) -> int:
    """Value x milliseconds."""
    return sum(one.value * (one.end - one.begin) for one in within(track, start, end))


def figures(track: Track, start: int, end: int) -> dict[str, float]:
    """Time average, highest value, value in the last ms."""
    return {
        "mean": integral(track, start, end) / (end - start),
        "peak": max(one.value for one in within(track, start, end)),
        "end": value_at(track, end - 1),
    }
