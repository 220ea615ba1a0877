"""The screen after a run, letter by letter."""

from __future__ import annotations

import copy
import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color, ColorSystem
from rich.console import Console

from sim.report.asked import settings
from sim.report.format import UNSERVED, unserved
from sim.report.palette import BAD, STATES
from sim.report.terminal import print_summary
from sim.results.records import UNSERVED_REASONS

SCREENS = Path(__file__).parent / "screens"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

Summary = dict[str, Any]


def shown(summary: Summary, width: int = 80, **options: Any) -> str:
    """The screen off a terminal."""
    stream = io.StringIO()
    print_summary(summary, console=Console(file=stream, width=width, _environ={}), **options)
    return stream.getvalue()


def coloured(summary: Summary, **environment: str) -> str:
    """The screen on a terminal, by default one with 256 colours."""
    stream = io.StringIO()
    environ = {"TERM": "xterm-256color", **environment}
    console = Console(file=stream, width=80, force_terminal=True, _environ=environ)
    print_summary(summary, console=console)
    return stream.getvalue()


def crowded(summary: Summary) -> Summary:
    """Many subnets and workloads with long names, actions, settings and warnings."""
    one, request = summary["addresses"]["subnets"]["private-a"], {"OK": 12_345}
    summary["addresses"]["subnets"] = {
        f"subnet-of-the-payments-team-{i}": {**one, "size": 65_531, "smallest_free": 40_000 - i}
        for i in range(40)
    }
    for i in range(12):
        summary["ec2"]["requests"][f"DescribeSomethingElse{i}"] = request
        summary["ec2"]["buckets"][f"DescribeSomethingElse{i}"] = {
            "busiest_second": 9,
            "busiest_second_at_s": 0.0,
            "lowest_tokens": 1,
        }
    summary["settings"] = {f"group-{i}": {"WARM_IP_TARGET": i} for i in range(9)}
    summary["warnings"] = [f"warning number {i}" for i in range(9)]
    summary["pods"]["deadline_missed"] = 3
    build = summary["pods"]["by_workload"]["build"]
    summary["pods"]["by_workload"] = {
        f"job-of-the-payments-team-{i}": {**build, "waited": i} for i in range(40)
    }
    return summary


def test_a_bad_day(busy: Summary) -> None:
    """Everything that can go wrong is on the screen, in 80 columns."""
    assert shown(busy, records="results/") == (SCREENS / "busy.txt").read_text()


def test_nothing_happened(quiet: Summary) -> None:
    """A run without pods and nodes has a screen too, without empty sections."""
    assert shown(quiet) == (SCREENS / "quiet.txt").read_text()


def test_crowded_stays_one_screen(busy: Summary) -> None:
    """Of many subnets, actions, settings, workloads and warnings the most telling are shown."""
    assert shown(crowded(busy)) == (SCREENS / "crowded.txt").read_text()


@pytest.mark.parametrize("width", [40, 80, 93, 100, 240])
def test_lines_fit(busy: Summary, width: int) -> None:
    """Lines are as wide as the terminal, but at least 80 and at most 100 characters."""
    lines = shown(crowded(busy), width).splitlines()
    assert max(map(len, lines)) <= min(max(width, 80), 100)
    assert not [line for line in lines if line != line.rstrip()]


def test_no_figure_is_cut_off(busy: Summary) -> None:
    """Long durations and large numbers are printed in full in 80 columns."""
    for part in ("scheduling", "address", "containers"):
        busy["pods"]["parts_s"][part] = {
            "count": 1_234_567,
            **dict.fromkeys(("mean", "p50", "p90", "p95", "p99", "max"), 5_999.0),
            "at_least": ["max"],
        }
    busy["pods"]["start_latency_s"] = busy["pods"]["parts_s"]["address"]
    screen = shown(busy)
    assert screen.count("≥ 1 h 40 min") == 4
    assert screen.count("1,234,567") == 4
    assert "…" not in screen


def test_the_screen_leaves_the_summary_alone(busy: Summary) -> None:
    """Showing a summary does not change it."""
    before = copy.deepcopy(busy)
    shown(busy)
    assert busy == before


def test_colours(busy: Summary) -> None:
    """On a terminal bars are coloured blocks; throttled requests and unserved pods are red."""
    screen = coloured(busy)
    for look in (STATES[state] for state in ("assigned", "warm", "eni_primary", "free")):
        assert f"{_foreground(look.colour)}{look.block}" in screen
    red = _foreground(BAD)
    assert f"{red}57 throttled (1.5 %)" in screen
    assert re.search(rf"{re.escape(red)} *57\x1b", screen)
    assert f"{red}6 never got one" in screen


def test_colour_changes_only_the_bars(busy: Summary) -> None:
    """Without its colours the coloured screen says the same as the plain one."""
    plain, stripped = shown(busy), ESCAPES.sub("", coloured(busy))
    numbers = re.compile(r"[#~+%E>o.█░]")
    assert [numbers.sub("", line).rstrip() for line in stripped.splitlines()] == [
        numbers.sub("", line).rstrip() for line in plain.splitlines()
    ]


def test_no_color_is_respected(busy: Summary) -> None:
    """With NO_COLOR a terminal gets no colours, and bars that can be read without."""
    screen = coloured(busy, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*[34]8;", screen)
    assert "####~+++" in re.sub(r"#+", "####", screen)


def test_sixteen_colours_do_not_tell_states_apart(quiet: Summary) -> None:
    """On a terminal on which states would share a colour bars are as without any."""
    lines = ESCAPES.sub("", coloured(quiet, TERM="xterm-16color")).splitlines()
    assert [line.rstrip() for line in lines] == shown(quiet).splitlines()


def test_stranded_addresses_are_said_if_there_are_any(busy: Summary) -> None:
    """What would be printed as 0.0 is not printed."""
    for mean, is_said in ((0.0, False), (0.04, False), (0.06, True), (31.5, True)):
        busy["addresses"]["cluster"]["stranded"] = {"mean": mean, "peak": 32, "end": 0}
        assert ("stranded" in shown(busy)) == is_said


def test_one_workload_has_no_table_of_its_own(busy: Summary) -> None:
    """What is said of all pods is said of the only workload's."""
    busy["pods"]["by_workload"] = {"build": busy["pods"]["by_workload"]["build"]}
    assert "workload" not in shown(busy)


@pytest.mark.parametrize(
    ("reason", "who", "words"),
    [
        ("starting", "5", "5 were still starting"),
        ("starting", "1", "1 was still starting"),
        ("node not ready", "all", "all were on a node whose ipamd was not running"),
        ("no node fits", "1,200", "1,200 fitted on no node"),
    ],
)
def test_reasons_in_words(reason: str, who: str, words: str) -> None:
    """Why pods got no address reads as a clause."""
    assert unserved(reason, who) == words


def test_every_reason_has_words() -> None:
    """No code of a summary is without its clause."""
    assert set(UNSERVED) == set(UNSERVED_REASONS) - {""}


def test_all_is_well_is_not_red(quiet: Summary) -> None:
    """Zeros are not shown in red."""
    assert _foreground(BAD) not in coloured(quiet)


@pytest.mark.parametrize(
    ("of_groups", "text"),
    [
        ({"a": {}, "b": {}}, "default settings"),
        ({"a": {"MAX_ENI": 2}, "b": {"MAX_ENI": 2}}, "MAX_ENI=2"),
        ({"a": {"ENABLE_PREFIX_DELEGATION": True}}, "ENABLE_PREFIX_DELEGATION=true"),
        (
            {"a": {"MAX_ENI": 2}, "b": {}, "c": {"MAX_ENI": 2}},
            "MAX_ENI=2 in a, c; default settings in b",
        ),
    ],
)
def test_settings_are_said_once(of_groups: dict[str, dict[str, Any]], text: str) -> None:
    """Node groups with the same settings are named together, all of them not at all."""
    assert settings(of_groups) == text


def _foreground(colour: str) -> str:
    codes = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_ansi_codes()
    return f"\x1b[{';'.join(codes)}m"
