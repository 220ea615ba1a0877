"""The screen of a comparison, letter by letter, and what it says in words."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_outcomes import USUAL, broken, comparison, rules, setting
from rich.console import Console

from sim.report.comparison import print_comparison
from sim.report.figures import number, value
from sim.report.purchases import purchases
from sim.results.needed import Needed
from sim.study.comparison import Comparison, Setting

SCREENS = Path(__file__).parent / "screens"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def shown(found: Comparison, width: int = 80, **options: Any) -> str:
    """The screen off a terminal."""
    stream = io.StringIO()
    print_comparison(found, console=Console(file=stream, width=width, _environ={}), **options)
    return stream.getvalue()


def coloured(found: Comparison) -> str:
    """The screen on a terminal with 256 colours."""
    stream = io.StringIO()
    environ = {"TERM": "xterm-256color"}
    console = Console(file=stream, width=80, force_terminal=True, _environ=environ)
    print_comparison(found, console=console)
    return stream.getvalue()


def lean() -> Setting:
    """Fewer addresses for more requests and waits, for certain; launches that chance explains."""
    figures = {
        "held_mean": [39.0, 40.0, 41.0, 40.0],
        "held_peak": [60, 61, 62, 61],
        "waste_ip_hours": [90.0, 91.0, 92.0, 91.0],
        "subnet_free_min": [99, 98, 99, 100],
        "ec2_calls": [1_390, 1_400, 1_410, 1_400],
        "throttled_share": [0.01, 0.02, 0.015, 0.012],
        "pod_ip_wait_p99": [4.0, 4.1, 4.2, 4.1],
        "pods_waited": [5, 7, 5, 4],
        "failed_launches": [0, 1, 0, 0],
    }
    return setting("lean", figures, values={"ipamd.WARM_IP_TARGET": 5})


def starving() -> Setting:
    """Pods that never get an address, so that waits are only lower bounds."""
    figures = {"unserved_pods": [2, 3, 4, 3], "pod_ip_wait_p99": [90.0, 80.0, 85.0, 85.0]}
    return setting("starving", figures, ("pod_ip_wait_p99",), {"ipamd.MAX_ENI": 1})


def everything() -> Comparison:
    """All that a screen can have."""
    lost = setting("big", {"held_mean": [120.0] * 4}, values={"cluster.node_groups.a.nodes": 9})
    big = replace(lost, runs=(*lost.runs[:3], broken("0123456789abcdef")))
    expect = rules(pod_ip_wait_p99="<= 4100ms", throttled_share="<= 5%")
    return comparison(lean(), starving(), big, expect=expect)


def test_everything() -> None:
    """Figures with signs, words, rules, failed runs and versions are on a screen of 80 columns."""
    assert shown(everything(), records="runs/") == (SCREENS / "comparison.txt").read_text()


@pytest.mark.parametrize("width", [80, 100, 300])
def test_no_line_is_longer(width: int) -> None:
    """However large the figures and long the names, lines fit, and no column is cut off."""
    large = {metric: [figure * 9_999 + 0.5] * 4 for metric, figure in USUAL.items()}
    large |= {"throttled_share": [0.0001] * 4, "pod_ip_wait_p99": [100_000.0] * 4}
    found = comparison(setting("the-setting-with-the-longest-name-possible", large))
    screen = shown(found, width)
    assert max(map(len, screen.splitlines())) <= min(width, 100)
    assert "…" not in screen
    assert "throttled" in screen
    assert "launches" in screen


def test_what_a_negative_optimum_means() -> None:
    """Less than nothing left is said in words: how many are lacking, and where; else nothing is."""
    assert "below 0" not in shown(everything())
    found = everything()
    first, *others = found.current.runs
    hungry = first._replace(needed=Needed(60.0, 64, -457, "a"))
    current = replace(found.current, runs=(hungry, *others))
    said = shown(replace(found, settings=(current, *found.variants)))
    assert "pods ask for up to 457 addresses more than subnet a has" in " ".join(said.split())


def test_colour_only_adds() -> None:
    """Without its colours the screen on a terminal is the one off it."""
    found = everything()
    assert ESCAPES.search(coloured(found))
    plain = ESCAPES.sub("", coloured(found)).splitlines()
    assert [line.rstrip() for line in plain] == shown(found).splitlines()


def test_what_chance_could_explain_is_grey() -> None:
    """The 5.3 pods that waited differ from 5 by chance only: grey, and with a sign."""
    assert re.search(r"\x1b\[2m[^m]*~5\.2", coloured(everything()))
    assert "~5.2" in shown(everything())


def test_ascii_has_marks_for_rules() -> None:
    """A stream that knows no ✓ and ✗ gets words."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    print_comparison(everything(), console=Console(file=stream, width=80, _environ={}))
    stream.seek(0)
    text = stream.read()
    assert re.search(r"ok +current", text)
    assert re.search(r"FAILED +lean", text)


def words(*variants: Setting, current: Setting | None = None) -> str:
    """What is said of the last variant."""
    return list(purchases(comparison(*variants, current=current)))[-1]


def test_what_one_buys() -> None:
    """Addresses with share and interval, what they cost in requests, and how waits change."""
    assert words(lean()) == (
        "lean (WARM_IP_TARGET=5) holds 60.0 fewer addresses (-60 %, 95 % interval 58.7 to 61.3) "
        "for 1.4 times the EC2 calls; p99 of the wait is 3.1 s longer (95 % interval 3.0 s to "
        "3.2 s). On average 0.2 node launches failed (currently none)."
    )


def test_starving_is_said_plainly() -> None:
    """Pods without an address are told, and that the wait is only a lower bound."""
    assert words(starving()) == (
        "starving (MAX_ENI=1) holds as many addresses with as many EC2 calls; p99 of the wait is "
        "at least 1 min 24 s longer (95 % interval 1 min 18 s to 1 min 30 s). On average 3 pods "
        "never got an address (currently none)."
    )


SAID: dict[str, tuple[Setting, str]] = {
    "more": (
        setting("v", {"held_mean": [110.0, 111, 112, 111]}),
        "holds 11.0 more addresses (+11 %, 95 % interval 9.7 to 12.3) with as many EC2 calls; p99",
    ),
    "chance": (
        setting("v", {"held_mean": [99.0, 101, 100, 102], "ec2_calls": [999, 1_002, 1_001, 1_000]}),
        "may hold as many addresses (95 % interval -1.6 to +2.6) with perhaps as many EC2 calls;",
    ),
    "cheaper": (
        setting("v", {"held_mean": [50.0] * 4, "ec2_calls": [500] * 4}),
        "holds 50.0 fewer addresses (-50 %, 95 % interval 50.0 to 50.0) with 0.5 times the EC2 "
        "calls; p99",
    ),
    "no calls": (setting("v", {"ec2_calls": [0] * 4}), "with 0 EC2 calls instead of 1,000;"),
    "shorter": (
        setting("v", {"pod_ip_wait_p99": [0.5] * 4}),
        "p99 of the wait is 0.50 s shorter (95 % interval 0.50 s to 0.50 s).",
    ),
    "open": (
        setting("v", {"pod_ip_wait_p99": [0.5] * 4}, ("pod_ip_wait_p99",)),
        "p99 of the wait cannot be compared, as some waits never ended.",
    ),
    "none": (setting("v", {"pod_ip_wait_p99": [None] * 4}), "there was no wait to compare."),
    "no run": (replace(setting("v", {}), runs=(broken("x"),) * 4), "v () could not be run."),
}


@pytest.mark.parametrize("case", SAID)
def test_words(case: str) -> None:
    """What differs and what does not, what is only by chance, and what cannot be told."""
    variant, said = SAID[case]
    assert said in words(variant)


def test_words_for_one_replication() -> None:
    """One replication gives figures, and says that it has no interval."""
    variant = setting("v", {"held_mean": [50.0]}, runs=1)
    said = "holds 50.0 fewer addresses (-50 %, one replication: no interval)"
    assert said in words(variant)
    assert "* best of its column; ~ one replication does not tell" in shown(comparison(variant))


def test_words_for_the_same_setting() -> None:
    """A variant that changes nothing is called so."""
    current = setting("current", {})
    same = replace(current, name="same", values={"ipamd.WARM_ENI_TARGET": 1})
    assert words(same, current=current) == (
        "same (WARM_ENI_TARGET=1) is the current setting, and has its figures."
    )


def test_pods_that_are_served_now() -> None:
    """What goes well with a variant, and did not before, is told as well."""
    hungry = setting("current", {"unserved_pods": [2] * 4})
    said = words(setting("v", {}), current=hungry)
    assert said.endswith("Every pod got an address (currently 2).")


@pytest.mark.parametrize(
    ("mean", "text"),
    [(None, "-"), (0.0, "0"), (0.04, "< 0.1"), (2.0, "2"), (2.25, "2.2"), (1234.5, "1,234")],
)
def test_numbers(mean: float | None, text: str) -> None:
    """Whole means have no decimals, and what is there is never shown as 0."""
    assert number(mean) == text


def test_units() -> None:
    """Seconds, shares and counts are each printed in their way."""
    texts = [value(name, 0.5) for name in ("pod_ip_wait_p99", "throttled_share", "held_mean")]
    assert texts == ["0.50 s", "50 %", "0.5"]
