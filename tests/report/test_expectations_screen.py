"""The expectations on the screen."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.color import Color, ColorSystem
from rich.console import Console

from sim.report.expectations import measured
from sim.report.palette import BAD, GOOD
from sim.report.terminal import print_summary

Summary = dict[str, Any]


def expectation(metric: str, rule: str, limit: float, value: float | None, **rest: Any) -> Summary:
    """One entry of the summary's list."""
    given = {"at_least": False, "holds": True, "why": "", **rest}
    return {"metric": metric, "rule": rule, "limit": limit, "value": value, **given}


@pytest.fixture
def judged(busy: Summary) -> Summary:
    """A bad day with rules, one of which fails."""
    lower = {"at_least": True, "holds": False, "why": "6 pods never got an address"}
    busy["expectations"] = [
        expectation("subnet_free_min", ">= 10", 10, 12),
        expectation("pod_ip_wait_p99", "<= 5s", 5, 14.9, **lower),
    ]
    return busy


def lines(summary: Summary, encoding: str, **options: Any) -> list[str]:
    """The section on a stream of an encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, errors="replace")
    print_summary(summary, console=Console(file=stream, width=80, **options))
    stream.flush()
    text = raw.getvalue().decode(encoding)
    return text.split("\n\n")[1].splitlines()


def test_in_utf_8(judged: Summary) -> None:
    """Right under what was simulated: a mark, the rule, what was measured, and why."""
    assert lines(judged, "utf-8", _environ={}) == [
        "Expectations  1 of 2 failed",
        "  ✓  subnet_free_min  >= 10        12",
        "  ✗  pod_ip_wait_p99  <= 5s  ≥ 14.9 s  6 pods never got an address",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_where_there_are_no_such_marks(judged: Summary, encoding: str) -> None:
    """A stream that cannot encode the marks gets words."""
    assert lines(judged, encoding, _environ={}) == [
        "Expectations  1 of 2 failed",
        "  ok      subnet_free_min  >= 10         12",
        "  FAILED  pod_ip_wait_p99  <= 5s  >= 14.9 s  6 pods never got an address",
    ]


def test_colours(judged: Summary) -> None:
    """On a terminal the marks are green and red, with NO_COLOR they are not."""
    environ = {"TERM": "xterm-256color"}
    eight_bit = (Color.parse(one).downgrade(ColorSystem.EIGHT_BIT) for one in (GOOD, BAD))
    green, red = (";".join(one.get_ansi_codes()) for one in eight_bit)
    text = "\n".join(lines(judged, "utf-8", force_terminal=True, _environ=environ))
    assert f"\x1b[{green}m✓" in text
    assert f"\x1b[{red}m✗" in text
    plain = {**environ, "NO_COLOR": "1"}
    assert "38;5" not in "\n".join(lines(judged, "utf-8", force_terminal=True, _environ=plain))


@pytest.mark.parametrize(
    ("metric", "limit", "value", "shown"),
    [
        ("pod_ip_wait_p99", 5, 12.345, "12.3 s"),
        ("pod_ip_wait_p99", 5, 5.004, "5.004 s"),
        ("pod_ip_wait_p99", 5, 5.0, "5 s"),
        ("throttled_share", 0.001, 0.5, "50 %"),
        ("throttled_share", 0.001, 0.00104, "0.104 %"),
        ("subnet_free_min", 200, 200, "200"),
        ("held_mean", 132, 132.04, "132.04"),
        ("held_mean", 132, 1_320.4, "1,320"),
        ("ec2_calls", 0, 0, "0"),
        ("pod_ip_wait_p99", 5, None, "-"),
    ],
)
def test_measured(metric: str, limit: float, value: float | None, shown: str) -> None:
    """Close to its limit a value has more digits: rounded, it could seem to keep to it."""
    assert measured(expectation(metric, "", limit, value)) == shown
