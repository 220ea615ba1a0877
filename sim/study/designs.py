"""The points of a study: a grid, a list or a Latin hypercube of values.

A point holds a value for each key that varies, in the order in which the study names them. Points
come in the order of their design: of a grid the last key changes fastest, and of a Latin hypercube
they come as drawn.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.errors import Path
from sim.scenario.units import format_duration

from .study_file import LatinHypercube, Range, Vary

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = 5
"""Significant digits of what a Latin hypercube draws from a range that is not of whole numbers."""

NAME = "name"
"""The key that names a point of a list."""


class Point(NamedTuple):
    """What one point of a design sets.

    Attributes:
        number: its place in the design, from 1.
        name: as a list names it; empty if it does not.
        values: plain data by key, as the study writes keys.
        places: where in the study each value stands.
    """

    number: int
    name: str
    values: Mapping[str, Any]
    places: Mapping[str, Path]


def keys_of(vary: Vary) -> dict[str, Path]:
    """The keys that vary, in order, and where each is named first."""
    if vary.grid is not None:
        return {key: ("vary", "grid", key) for key in vary.grid}
    if vary.latin_hypercube is not None:
        ranges = vary.latin_hypercube.ranges
        return {key: ("vary", "latin_hypercube", "ranges", key) for key in ranges}
    keys: dict[str, Path] = {}
    for index, values in enumerate(vary.list_ or []):
        for key in values:
            if key != NAME:
                keys.setdefault(key, ("vary", "list", index, key))
    return keys


def size_of(vary: Vary) -> int:
    """How many points there are."""
    if vary.grid is not None:
        return math.prod(map(len, vary.grid.values()))
    if vary.latin_hypercube is not None:
        return vary.latin_hypercube.points
    return len(vary.list_ or [])


def points_of(vary: Vary, seed: int) -> Iterator[Point]:
    """All points of a design.

    Args:
        vary: the design.
        seed: of a Latin hypercube; the same seed gives the same points.
    """
    if vary.grid is not None:
        return _grid(vary.grid)
    if vary.latin_hypercube is not None:
        return _latin_hypercube(vary.latin_hypercube, keys_of(vary), seed)
    return _list(vary.list_ or [])


def _grid(grid: Mapping[str, Sequence[Any]]) -> Iterator[Point]:
    combinations = itertools.product(*(range(len(values)) for values in grid.values()))
    for number, chosen in enumerate(combinations, 1):
        at = dict(zip(grid, chosen, strict=True))
        values = {key: grid[key][index] for key, index in at.items()}
        yield Point(number, "", values, {key: ("vary", "grid", key, at[key]) for key in grid})


def _list(given: Sequence[Mapping[str, Any]]) -> Iterator[Point]:
    for index, point in enumerate(given):
        values = {key: value for key, value in point.items() if key != NAME}
        places: dict[str, Path] = {key: ("vary", "list", index, key) for key in values}
        yield Point(index + 1, str(point.get(NAME, "")), values, places)


def _latin_hypercube(
    design: LatinHypercube, places: Mapping[str, Path], seed: int
) -> Iterator[Point]:
    import numpy as np
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube(len(design.ranges), seed=np.random.default_rng(seed))
    for number, row in enumerate(sampler.random(design.points).tolist(), 1):
        of = zip(design.ranges.items(), row, strict=True)
        yield Point(number, "", {key: value_at(one, share) for (key, one), share in of}, places)


def value_at(one: Range, share: float) -> Any:
    """The value that lies at this share, in [0, 1), of a range."""
    low, high = one.bounds
    end = high + 1 if one.integer else high  # each whole number is as likely as the others
    value = low * (end / low) ** share if one.log else low + share * (end - low)
    value = math.floor(min(value, high)) if one.integer else float(f"{value:.{DIGITS}g}")
    return format_duration(round(value)) if one.is_duration else value


def as_text(value: Any) -> str | None:
    """A value as a text of one line: a text as it is, and of anything else its JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
