"""The points of a study: grids, lists, and Latin hypercubes that cover every range evenly."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.units import parse_duration
from sim.study.designs import points_of, size_of, value_at
from sim.study.study_file import Range, Vary


def vary(**design: Any) -> Vary:
    """A design."""
    return Vary.model_validate(design)


def test_grid() -> None:
    """A grid is every combination; the last key changes fastest."""
    design = vary(grid={"a": [1, 2], "b": ["x", None, [3]]})
    points = list(points_of(design, seed=1))
    assert [tuple(point.values.values()) for point in points] == [
        (1, "x"),
        (1, None),
        (1, [3]),
        (2, "x"),
        (2, None),
        (2, [3]),
    ]
    assert (
        [point.number for point in points] == [1, 2, 3, 4, 5, 6] == [*range(1, size_of(design) + 1)]
    )
    assert points[4].places["b"] == ("vary", "grid", "b", 1)


def test_list() -> None:
    """A list is its points, named or not; a point may leave a key as the scenario has it."""
    design = vary(list=[{"name": "lean", "a": 1}, {"b": 2, "a": 3}, {}])
    points = list(points_of(design, seed=1))
    assert [(point.name, dict(point.values)) for point in points] == [
        ("lean", {"a": 1}),
        ("", {"b": 2, "a": 3}),
        ("", {}),
    ]


def hypercube(points: int, **ranges: Any) -> Vary:
    """A Latin hypercube."""
    return vary(latin_hypercube={"points": points, "ranges": ranges})


@settings(deadline=None)
@given(points=st.integers(1, 40), seed=st.integers(0, 2**63 - 1))
def test_latin_hypercube(points: int, seed: int) -> None:
    """Each of as many equal parts of a range holds one point, over magnitudes too."""
    design = hypercube(points, a={"min": 10, "max": 20}, b={"min": 0.1, "max": 100, "log": True})
    drawn = list(points_of(design, seed))
    assert len(drawn) == points
    exact = 1e-3  # values are rounded to a few digits
    shares = {
        "a": sorted(points * (point.values["a"] - 10) / 10 for point in drawn),
        "b": sorted(points * math.log(point.values["b"] / 0.1, 1000) for point in drawn),
    }
    for part, (a, b) in enumerate(zip(shares["a"], shares["b"], strict=True)):
        assert part - points * exact <= a <= part + 1 + points * exact
        assert part - points * exact <= b <= part + 1 + points * exact


def test_latin_hypercubes_are_drawn_by_their_seed() -> None:
    """The same seed draws the same points, another seed others."""
    design = hypercube(20, a={"min": 0, "max": 1}, b={"min": 0, "max": 1})
    assert list(points_of(design, 7)) == list(points_of(design, 7))
    assert list(points_of(design, 7)) != list(points_of(design, 8))


@pytest.mark.parametrize(
    ("limits", "values"),
    [
        ({"min": 1, "max": 4, "integer": True}, {0: 1, 0.2499: 1, 0.25: 2, 0.999: 4}),
        ({"min": 1, "max": 7, "integer": True, "log": True}, {0: 1, 0.34: 2, 0.999: 7}),
        ({"min": 0, "max": 1}, {0: 0, 0.5: 0.5, 0.123456789: 0.12346}),
        ({"min": "10s", "max": "1m"}, {0: "10s", 0.5: "35s"}),
        ({"min": "1s", "max": "100s", "log": True}, {0.5: "10s"}),
    ],
)
def test_values_of_a_range(limits: dict[str, Any], values: dict[float, Any]) -> None:
    """Whole numbers are equally likely, both ends included; durations stay durations."""
    one = Range.model_validate(limits)
    assert {share: value_at(one, share) for share in values} == values


@given(
    low=st.integers(0, 10**6), size=st.integers(1, 10**6), share=st.floats(0, 1, exclude_max=True)
)
def test_values_lie_in_their_range(low: int, size: int, share: float) -> None:
    """No draw lies outside of its range, nor is a whole number anything else."""
    value = value_at(Range(min=low, max=low + size, integer=True), share)
    assert low <= value <= low + size
    assert isinstance(value, int)
    text = value_at(Range(min=f"{low}ms", max=f"{low + size}ms"), share)
    assert low - 1e-4 * low <= parse_duration(text) <= (low + size) * (1 + 1e-4)
