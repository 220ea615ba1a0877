"""Numbers as people read them."""

from __future__ import annotations

import pytest

from sim.report.format import at_least, count, duration, number_of, percent, wait


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0, "0 s"),
        (0.001, "< 0.01 s"),
        (0.25, "0.25 s"),
        (0.996, "1.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (245, "4 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (3840, "1 h 04 min"),
        (86_400, "24 h"),
        (2 * 86_400 - 1, "2 d"),
        (200_000, "2 d 08 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    """Two units at most, none of them 0, rounded before the unit is chosen."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"),
        (0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.0512, "5.1 %"),
        (0.0996, "10 %"),
        (0.5, "50 %"),
        (0.9951, "> 99 %"),
        (1, "100 %"),
    ],
)
def test_shares(share: float | None, text: str) -> None:
    """Only none is 0 % and only all is 100 %."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (1_234_567, "1,234,567"), (12.34, "12.3"), (99.96, "100")],
)
def test_counts(value: float | None, text: str) -> None:
    """Thousands are set apart; averages have a decimal while it matters."""
    assert count(value) == text


def test_nouns() -> None:
    """One thing, or several."""
    assert number_of(1, "pod") == "1 pod"
    assert number_of(1_000, "launch", "launches") == "1,000 launches"


def test_lower_bounds() -> None:
    """Figures that are only lower bounds are marked."""
    assert at_least("3 s", True) == "≥ 3 s"
    assert at_least("3 s", False) == "3 s"
    figures = {"p50": 0.0, "p99": 12.34, "at_least": ["p99"]}
    assert (wait(figures, "p50"), wait(figures, "p99")) == ("0 s", "≥ 12.3 s")
