"""Step functions against a loop over milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.steps import Changes, Least, Steps, Window, order_of, running_sums

ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.integers(-9, 9)), max_size=25)
WINDOWS = st.tuples(st.integers(0, 30), st.integers(1, 15)).map(lambda w: Window(w[0], sum(w)))


def array(values: Any) -> Any:
    return np.array(values, np.int64)


def sums(changes: list[tuple[int, int]], window: Window, cuts: tuple[int, ...] = ()) -> Steps:
    """One step function with changes (ms, by), within a window, its blocks cut at instants."""
    steps = Steps(array([0]), window.start)
    times, by = array(changes).reshape(-1, 2).T
    begin = 0
    for until in (*cuts, window.end):
        end = int(np.searchsorted(times, until))
        steps.add(times[begin:end], by[None, begin:end], until)
        begin = end
    return steps


def test_a_step_function_by_hand() -> None:
    """0 until 10, 3 until 30, 5 until 40, then 1; over [20, 50): 3x10 + 5x10 + 1x10 = 90."""
    changes = [(10, 3), (30, 2), (40, -4)]
    assert sums(changes, Window(20, 50)).figures(0) == {"mean": 90 / 30, "peak": 5, "end": 1}


def test_the_pieces_of_a_block() -> None:
    """A piece begins with each change; that which reaches into the window is the second."""
    steps = Steps(array([0]), 20)
    pieces = steps.add(array([10, 30, 40]), array([[3, 2, -4]]), 50)
    assert pieces.starts.tolist() == [0, 10, 30, 40]
    assert pieces.values.tolist() == [[0, 3, 5, 1]]
    assert pieces.inside == 1


def test_changes_at_the_ends_of_the_window() -> None:
    """A change at the window's start is in it, one at its end is not."""
    steps = sums([(20, 3), (50, 2)], Window(20, 50))
    assert steps.figures(0) == {"mean": 3.0, "peak": 3, "end": 3}


def test_what_lasts_no_time_is_not_seen() -> None:
    """Up by 100 and down by 98 in one millisecond is up by 2."""
    steps = sums([(5, 100), (5, -98)], Window(0, 10))
    assert steps.figures(0) == {"mean": 1.0, "peak": 2, "end": 2}


def test_nothing_ever_changed() -> None:
    """Without changes the function is what it was at first all the time."""
    steps = Steps(array([7]), 3)
    steps.add(array([]), array([]).reshape(1, 0), 10)
    assert steps.figures(0) == {"mean": 7.0, "peak": 7, "end": 7}


def test_the_least_and_since_when() -> None:
    """4 until 10, 2 until 30, 1 from 40 on; from 20 on 2 is met in a stretch from 10 on, then 1."""
    least, steps = Least(4), Steps(array([4]), 20)
    found = []
    for times, by, until in (([10], [-2], 30), ([30, 40], [5, -6], 50)):
        pieces = steps.add(array(times), array(by)[None], until)
        found.append((least.add(pieces, 0), least.value, least.since))
    assert found == [(1, 2, 10), (1, 1, 40)]


def test_a_warm_up_as_long_as_the_run_leaves_its_last_millisecond() -> None:
    """The window is never empty."""
    assert Window.after(500, 100) == Window(99, 100)
    assert Window.after(50, 100) == Window(50, 100)


def test_changes_of_each_key() -> None:
    """Key 7: 5, 9; key 2: 4, 1. The first value of a key is a change from 0, in any block."""
    changes = Changes(1)
    assert changes.of(array([7, 2, 7]), array([[5, 4, 9]])).tolist() == [[5, 4, 4]]
    assert changes.of(array([2, 9]), array([[1, 3]])).tolist() == [[-3, 3]]
    assert changes.last[0, [2, 7, 9]].tolist() == [1, 9, 3]


@pytest.mark.parametrize("most", [10, 70_000])
def test_order_of_keys(most: int) -> None:
    """Rows of one key stay in their order, whether the keys are short numbers or not."""
    keys = array([most, 3, most, 0, 3])
    assert order_of(keys).tolist() == [3, 1, 4, 0, 2]


def test_sums_within_keys() -> None:
    """Sums start anew with each key."""
    assert running_sums(array([1, 2, 3, 4]), array([0, 0, 5, 5])).tolist() == [1, 3, 3, 7]
    assert running_sums(array([]), array([])).tolist() == []


@given(ROWS, WINDOWS, st.lists(st.integers(0, 45), max_size=4))
def test_a_sum_of_step_functions_against_a_loop(
    rows: list[tuple[int, int, int]], window: Window, cuts: list[int]
) -> None:
    """The sum over keys of each key's last value, looked up in every single millisecond."""
    rows = sorted(rows, key=lambda row: row[0])
    looks = []
    for now in range(window.start, window.end):
        last = {key: value for time, key, value in rows if time <= now}
        looks.append(sum(last.values()))
    times, keys, values = np.array(rows, np.int64).reshape(-1, 3).T
    changes = Changes(1).of(keys, values[None])[0]
    inside = tuple(sorted(cut for cut in cuts if cut <= window.end))
    steps = sums(list(zip(times.tolist(), changes.tolist(), strict=True)), window, inside)
    assert steps.integral(0) == sum(looks)
    assert steps.figures(0) == {
        "mean": sum(looks) / window.length,
        "peak": max(looks),
        "end": looks[-1],
    }
