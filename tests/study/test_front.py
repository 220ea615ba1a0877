"""The Pareto front."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.front import pareto_front, thinned

POINTS = st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=30)


def dominates(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether a is nowhere worse and somewhere better than b."""
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


@given(POINTS)
def test_front_is_what_nothing_dominates(points: list[tuple[int, int, int]]) -> None:
    """No member is dominated, and whatever is not dominated has a member of its values."""
    front = [points[name] for name in pareto_front(dict(enumerate(points)))]
    assert not any(dominates(other, one) for one in front for other in points)
    free = {one for one in points if not any(dominates(other, one) for other in points)}
    assert set(front) == free
    assert len(front) == len(free)
    assert front == sorted(front)


def test_first_of_equal_ones_stands_for_them() -> None:
    """Of equal points the first is on the front."""
    assert pareto_front({"a": (1, 1), "b": (1, 1), "c": (0, 2)}) == ["c", "a"]


@pytest.mark.parametrize(
    ("n", "kept"), [(2, [0, 9]), (4, [0, 3, 6, 9]), (10, list(range(10))), (20, list(range(10)))]
)
def test_thinned(n: int, kept: list[int]) -> None:
    """A long list keeps both ends and what lies evenly between."""
    assert thinned(list(range(10)), n) == kept
