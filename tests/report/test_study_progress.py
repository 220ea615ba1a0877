"""The progress line of a study, on a terminal and elsewhere."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from sim.report import study_progress as module
from sim.report.study_progress import study_progress, words, words_of_search


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Real time in seconds, to be set by the test."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def written(console: Console) -> str:
    """What was written to such a console."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def terminal(**options: Any) -> Console:
    """A terminal of 80 columns."""
    environ = {"TERM": "xterm-256color"} | options
    return Console(file=io.StringIO(), width=80, force_terminal=True, _environ=environ)


@pytest.mark.parametrize(
    ("report", "seconds", "said"),
    [
        ((0, 400, 0), 0, "0 of 400 runs"),
        ((1, 1, 0), 2, "1 of 1 run, 30 a minute"),
        ((100, 400, 0), 50, "100 of 400 runs, 2 a second, 2 min 30 s left"),
        ((140, 400, 40), 200, "140 of 400 runs, 40 taken up, 30 a minute, 8 min 40 s left"),
        ((400, 400, 400), 9, "400 of 400 runs, 400 taken up"),
    ],
)
def test_words(report: tuple[int, int, int], seconds: float, said: str) -> None:
    """The rate is of what was run, and the time left is of what is not done."""
    assert words(*report, seconds) == said


@pytest.mark.parametrize(
    ("report", "seconds", "said"),
    [
        ((0, 400, 0), 0, "so far 0 runs, up to 400 more"),
        ((94, 400, 0), 47, "so far 94 runs, up to 306 more, 2 a second, at most 2 min 33 s left"),
        ((50, 90, 50), 9, "so far 50 runs, up to 40 more, 50 taken up"),
        ((90, 90, 0), 45, "so far 90 runs, none left, 2 a second"),
    ],
)
def test_words_of_a_search(report: tuple[int, int, int], seconds: float, said: str) -> None:
    """Where more is planned as it goes on a bound is given, and called one."""
    assert words_of_search(*report, seconds) == said


def test_a_search_has_no_share(clock: list[float]) -> None:
    """Off a terminal a bound gives no percentage, which would jump as the bound falls."""
    console = Console(file=io.StringIO(), _environ={})
    with study_progress(is_bound=True, console=console) as show:
        show(0, 400, 0)
        clock[0] = 10.0
        show(100, 150, 0)
    assert written(console) == (
        "so far 0 runs, up to 400 more\n"
        "so far 100 runs, up to 50 more, 10 a second, at most 5.0 s left\n"
    )


def test_off_a_terminal_a_line_every_ten_seconds(clock: list[float]) -> None:
    """A log gets the first report and then one at most every ten seconds, without escapes."""
    console = Console(file=io.StringIO(), _environ={})
    with study_progress(console=console) as show:
        for second in range(25):
            clock[0] = float(second)
            show(2 * second, 100, 0)
    assert written(console) == (
        "0 %: 0 of 100 runs\n"
        "20 %: 20 of 100 runs, 2 a second, 40.0 s left\n"
        "40 %: 40 of 100 runs, 2 a second, 30.0 s left\n"
    )


def test_runs_that_begin_anew(clock: list[float]) -> None:
    """Each of several batches of runs is timed from its own beginning."""
    console = Console(file=io.StringIO(), _environ={})
    with study_progress(console=console) as show:
        show(0, 2, 0)
        clock[0] = 90.0
        show(5, 10, 5)
        clock[0] = 100.0
        show(10, 10, 5)
    assert written(console).splitlines()[-1] == "100 %: 10 of 10 runs, 5 taken up, 30 a minute"


def test_one_line_on_a_terminal(clock: list[float]) -> None:
    """A terminal has one line that is rewritten ten times a second at most, and is gone at last."""
    console = terminal()
    with study_progress(console=console) as show:
        for tenth in range(40):
            clock[0] = tenth / 40
            show(tenth, 40, 0)
        during = written(console)
    assert 8 <= during.count(" of 40 runs") <= 11
    assert "\n" not in during
    assert written(console).endswith("\x1b[2K")


def test_hidden() -> None:
    """Nothing is shown if it is not wanted."""
    console = terminal()
    with study_progress(hidden=True, console=console) as show:
        show(1, 2, 0)
    assert written(console) == ""
