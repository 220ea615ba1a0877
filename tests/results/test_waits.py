"""Waits, with those that never ended."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.waits import FIGURES, PERCENTILES, waits

MILLISECONDS = st.lists(st.integers(0, 20), max_size=12)


def of(ended: list[int], unended: list[int]) -> dict[str, Any]:
    return waits(np.array(ended, np.int64), np.array(unended, np.int64))


def nearest_rank(values: list[int], share: int) -> float:
    return sorted(values)[math.ceil(share * len(values) / 100) - 1] / 1000


def test_figures_of_waits_that_all_ended() -> None:
    """1 s to 10 s: ranks 5, 9, 10 (9.5 rounded up), 10 and 10; nothing is a lower bound."""
    assert of([1000 * n for n in range(10, 0, -1)], []) == {
        "count": 10,
        "mean": 5.5,
        "p50": 5.0,
        "p90": 9.0,
        "p95": 10.0,
        "p99": 10.0,
        "max": 10.0,
        "at_least": [],
    }


def test_no_waits() -> None:
    """Without waits there are no figures, and none of them is a bound."""
    assert of([], []) == {"count": 0, **dict.fromkeys(FIGURES), "at_least": []}


def test_the_example_of_the_document() -> None:
    """Seven at once, one after 12 s, two still waiting for 5 s and 40 s: 0 x 7, 5+, 12, 40+."""
    figures = of([0] * 7 + [12_000], [5_000, 40_000])
    assert figures["mean"] == 5.7  # (12 + 5 + 40) / 10
    assert [figures[name] for name in PERCENTILES] == [0, 12, 40, 40, 40]
    assert figures["at_least"] == ["mean", "p90", "p95", "p99", "max"]


def test_unended_waits_longer_than_a_percentile_leave_it_exact() -> None:
    """99 waits of 1 s and one of over 60 s: only the mean and the maximum are not known."""
    figures = of([1000] * 99, [60_000])
    assert (figures["p99"], figures["max"]) == (1.0, 60.0)
    assert figures["at_least"] == ["mean", "max"]


def test_only_unended_waits() -> None:
    """If no wait ended, every figure is a lower bound."""
    assert of([], [3000])["at_least"] == list(FIGURES)


@given(MILLISECONDS, MILLISECONDS, st.lists(st.integers(0, 1000), min_size=12, max_size=12))
def test_figures_bound_what_would_have_come(
    ended: list[int], unended: list[int], more: list[int]
) -> None:
    """However the unended waits end, no figure is above the true one, and unmarked ones are it."""
    figures = of(ended, unended)
    truth = ended + [lasted + extra for lasted, extra in zip(unended, more, strict=False)]
    for name, share in PERCENTILES.items() if truth else ():
        true = nearest_rank(truth, share)
        assert figures[name] <= true
        assert name in figures["at_least"] or figures[name] == true


@given(MILLISECONDS, MILLISECONDS)
def test_marked_figures_can_be_wrong(ended: list[int], unended: list[int]) -> None:
    """A figure is marked only if a longer end of the unended waits would change it."""
    figures = of(ended, unended)
    for name in figures["at_least"]:
        if name != "mean":
            later = nearest_rank(ended + [10**6] * len(unended), PERCENTILES[name])
            assert later > figures[name]


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_plain_numbers(name: str) -> None:
    """Figures are Python's own floats, which JSON can hold."""
    assert type(of([1], [2])[name]) is float
