"""The progress line, on a terminal and elsewhere."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from sim.engine.run import Progress
from sim.report import progress as module
from sim.report.progress import QuietlyBroken, progress_line

DAY_MS = 86_400_000
CLEAR_LINE = "\x1b[2K"
UP_AND_CLEAR = f"\x1b[1A{CLEAR_LINE}"


def report(share: float, throttled: int = 0) -> Progress:
    """A report of the engine after some share of a day."""
    return Progress(int(share * DAY_MS), DAY_MS, 12_345, 1_234, throttled)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Real time in seconds, to be set by the test."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def elsewhere() -> Console:
    """Where a log is written."""
    return Console(file=io.StringIO(), _environ={})


def terminal(**options: Any) -> Console:
    """A terminal of 80 columns."""
    environ = {"TERM": "xterm-256color"}
    return Console(file=io.StringIO(), width=80, force_terminal=True, _environ=environ | options)


def written(console: Console) -> str:
    """What was written to such a console."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_off_a_terminal_a_line_every_ten_seconds(clock: list[float]) -> None:
    """A log gets the first report and then one at most every ten seconds, without escapes."""
    console = elsewhere()
    with progress_line(console=console) as show:
        for second in range(25):
            clock[0] = float(second)
            show(report(second / 100, throttled=second))
    assert written(console) == (
        "0 %: 0 s of 24 h, 12,345 pods, 1,234 EC2 calls\n"
        "10 %: 2 h 24 min of 24 h, 12,345 pods, 1,234 EC2 calls, 10 throttled\n"
        "20 %: 4 h 48 min of 24 h, 12,345 pods, 1,234 EC2 calls, 20 throttled\n"
    )


def test_on_a_terminal_one_line_is_rewritten_and_gone_at_the_end() -> None:
    """Every report rewrites the line; at the end it is cleared."""
    console = terminal()
    with progress_line(console=console) as show:
        for percent in range(101):
            show(report(percent / 100))
        during = written(console)
    assert during.count("12,345 pods") == 101
    assert "\n" not in during
    assert written(console).endswith(UP_AND_CLEAR)


def test_the_line_fits_into_80_columns() -> None:
    """Even with large numbers the line is not broken in two."""
    console = terminal(NO_COLOR="1")
    with progress_line(console=console) as show:
        show(Progress(DAY_MS - 60_000, DAY_MS, 1_234_567, 2_345_678, 34_567))
        text = written(console).split(CLEAR_LINE)[-1]
    assert "23 h 59 min of 24 h, 1,234,567 pods, 2,345,678 EC2 calls, 34,567 throttled" in text
    assert "\n" not in text


def test_a_dumb_terminal_gets_lines(clock: list[float]) -> None:
    """A terminal that cannot move its cursor is written to like a log."""
    console = terminal(TERM="dumb")
    with progress_line(console=console) as show:
        show(report(0.5))
    assert clock == [0.0]
    assert written(console) == "50 %: 12 h of 24 h, 12,345 pods, 1,234 EC2 calls\n"


def test_nobody_reads_it() -> None:
    """A run goes on when whoever read its progress is gone."""

    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    with progress_line(console=QuietlyBroken(file=Gone())) as show:
        show(report(0.1))
        show(report(0.2))
