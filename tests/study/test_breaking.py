"""What breaks a choice: bisection on thresholds that are known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.breaking import FARTHEST, RESOLUTION, Bracket, bisect


class Thresholds:
    """Fails a name from its threshold on, and remembers what was asked."""

    def __init__(self, **thresholds: float) -> None:
        self.thresholds = thresholds
        self.asked: list[dict[str, float]] = []

    def __call__(self, factors: Mapping[str, float]) -> dict[str, tuple[str, ...]]:
        self.asked.append(dict(factors))
        return {
            name: (f"{name} is over",) if factor >= self.thresholds[name] else ()
            for name, factor in factors.items()
        }


@given(st.floats(1.001, 1.3 * FARTHEST))
def test_threshold_is_found_to_the_resolution(threshold: float) -> None:
    """What holds lies below the threshold, what fails at or above it, both near each other."""
    thresholds = Thresholds(churn=threshold)
    found = bisect(["churn"], thresholds)["churn"]
    if threshold > FARTHEST:
        assert found == Bracket(FARTHEST)
    else:
        assert found.fails is not None
        assert found.holds < threshold <= found.fails <= found.holds * (1 + RESOLUTION)
        assert found.why == ("churn is over",)
    assert len(thresholds.asked) <= 7


def test_factors_go_together() -> None:
    """Every step asks for all factors that are still open, so that their runs share workers."""
    thresholds = Thresholds(churn=100.0, nodes=1.2, subnet=5.0)
    bisect(["churn", "nodes", "subnet"], thresholds)
    assert thresholds.asked[0] == {"churn": 2.0, "nodes": 2.0, "subnet": 2.0}
    assert [len(step) for step in thresholds.asked] == sorted(
        (len(step) for step in thresholds.asked), reverse=True
    )


@pytest.mark.parametrize(
    ("bracket", "following"),
    [
        (Bracket(), 2.0),
        (Bracket(4.0), 8.0),
        (Bracket(8.0), None),
        (Bracket(1.0, 4.0), 2.0),
        (Bracket(2.0, 2.2), None),
    ],
)
def test_next_step(bracket: Bracket, following: float | None) -> None:
    """Doublings until something fails, then halves of the gap by ratio, down to the resolution."""
    assert bracket.next() == following


def test_nothing_to_grow() -> None:
    """Without factors nothing is asked."""
    assert bisect([], Thresholds()) == {}
