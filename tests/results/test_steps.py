"""Step functions against a loop over milliseconds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.results.steps import Changes, Steps, Window, running_sums

ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.integers(-9, 9)), max_size=25)
WINDOWS = st.tuples(st.integers(0, 30), st.integers(1, 15)).map(lambda w: Window(w[0], sum(w)))


def array(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_step_function_by_hand() -> None:
    """0 until 10, 3 until 30, 5 until 40, then 1; over [20, 50): 3x10 + 5x10 + 1x10 = 90."""
    steps = Steps(array([10, 30, 40]), Window(20, 50))
    values = steps.values(array([3, 2, -4]))
    assert values.tolist() == [3, 5, 1]
    assert steps.starts.tolist() == [20, 30, 40]
    assert steps.figures(values) == {"mean": 90 / 30, "peak": 5, "end": 1}


def test_changes_at_the_ends_of_the_window() -> None:
    """A change at the window's start is in it, one at its end is not."""
    steps = Steps(array([20, 50]), Window(20, 50))
    assert steps.values(array([3, 2])).tolist() == [3]


def test_what_lasts_no_time_is_not_seen() -> None:
    """Up by 100 and down by 98 in one millisecond is up by 2."""
    steps = Steps(array([5, 5]), Window(0, 10))
    assert steps.figures(steps.values(array([100, -98]))) == {"mean": 1.0, "peak": 2, "end": 2}


def test_nothing_ever_changed() -> None:
    """Without changes the function is 0 all the time."""
    steps = Steps(array([]), Window(3, 10))
    assert steps.figures(steps.values(array([]))) == {"mean": 0.0, "peak": 0, "end": 0}


def test_a_warm_up_as_long_as_the_run_leaves_its_last_millisecond() -> None:
    """The window is never empty."""
    assert Window.after(500, 100) == Window(99, 100)
    assert Window.after(50, 100) == Window(50, 100)


def test_changes_of_each_key() -> None:
    """Key 7: 5, 9; key 2: 4, 1. The first value of a key is a change from 0."""
    assert Changes(array([7, 2, 7, 2])).of(array([5, 4, 9, 1])).tolist() == [5, 4, 4, -3]


def test_sums_within_keys() -> None:
    """Sums start anew with each key."""
    assert running_sums(array([1, 2, 3, 4]), array([0, 0, 5, 5])).tolist() == [1, 3, 3, 7]
    assert running_sums(array([]), array([])).tolist() == []


@given(ROWS, WINDOWS)
def test_a_sum_of_step_functions_against_a_loop(
    rows: list[tuple[int, int, int]], window: Window
) -> None:
    """The sum over keys of each key's last value, looked up in every single millisecond."""
    rows = sorted(rows, key=lambda row: row[0])
    looks = []
    for now in range(window.start, window.end):
        last = {key: value for time, key, value in rows if time <= now}
        looks.append(sum(last.values()))
    times, keys, values = np.array(rows, np.int64).reshape(-1, 3).T
    steps = Steps(times, window)
    sums = steps.values(Changes(keys).of(values))
    assert steps.integral(sums) == sum(looks)
    assert steps.figures(sums) == {
        "mean": sum(looks) / window.length,
        "peak": max(looks),
        "end": looks[-1],
    }
