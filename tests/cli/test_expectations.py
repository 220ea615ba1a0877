"""``ipamd-sim run`` with ``expect``: what is shown, and how it ends."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim import Scenario, run
from sim.results.result import Result

RULES = "expect: {pod_ip_wait_p99: <= 5s, held_peak: <= 100, failed_launches: == 0}\n"


@pytest.fixture
def guarded(scenario: str) -> str:
    """The small scenario with rules that hold."""
    with Path(scenario).open("a") as file:
        file.write(RULES)
    return scenario


def test_rules_that_hold(command: Any, guarded: str) -> None:
    """They stand before all other figures, with what was measured, and the code is 0."""
    ended = command("run", guarded, "--no-progress")
    assert (ended.code, ended.err) == (0, "")
    section = ended.out.split("IP addresses")[0].splitlines()[2:]
    assert section[0] == "Expectations  all 3 hold"
    assert [line.split() for line in section[1:] if line] == [
        ["✓", "held_peak", "<=", "100", "40"],
        ["✓", "pod_ip_wait_p99", "<=", "5s", "0", "s"],
        ["✓", "failed_launches", "==", "0", "0"],
    ]


def test_a_rule_that_fails(command: Any, guarded: str) -> None:
    """The code is 99, and standard error names the figure."""
    ended = command("run", guarded, "--no-progress", "--set", "expect.held_peak=< 40")
    assert ended.code == 99
    assert ended.err == "ipamd-sim run: expectations failed: held_peak\n"
    assert "Expectations  1 of 3 failed\n  ✗  held_peak " in ended.out


def test_without_rules_nothing_is_said(command: Any, scenario: str) -> None:
    """The screen is as it was, and the list is empty."""
    assert "Expectations" not in command("run", scenario, "--no-progress").out
    assert json.loads(command("run", scenario, "-o", "json").out)["expectations"] == []


def test_as_data(command: Any, guarded: str) -> None:
    """Every form has the same list, and the same code."""
    options = ("run", guarded, "--no-progress", "--set", "expect.held_peak=<= 1", "-o")
    ended = {form: command(*options, form) for form in ("json", "yaml", "csv")}
    assert [one.code for one in ended.values()] == [99, 99, 99]
    expectations = json.loads(ended["json"].out)["expectations"]
    assert [one["holds"] for one in expectations] == [False, True, True]
    read = YAML(typ="safe", pure=True).load(ended["yaml"].out)
    assert read["expectations"] == expectations
    rows = dict(csv.reader(io.StringIO(ended["csv"].out)))
    assert (rows["expectations.0.metric"], rows["expectations.0.holds"]) == ("held_peak", "False")


def test_pods_without_an_address(command: Any, guarded: str) -> None:
    """They fail the rule on waits, and the screen says why."""
    many = ("--set", "workload.web.replicas=70")
    ended = command("run", guarded, "--no-progress", *many)
    assert ended.code == 99
    assert "16 pods never got an address" in ended.out


def test_wrong_rules_are_refused_before_the_run(command: Any, guarded: str) -> None:
    """Both verbs that read a scenario end with 2 and one line, and run nothing."""
    for verb in ("run", "validate"):
        ended = command(verb, guarded, "--set", "expect.held_peek=< 40")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.endswith("there is no such metric; did you mean held_peak?\n")


def test_a_result_judges_itself(guarded: str, tmp_path: Path) -> None:
    """Result.expectations are the verdicts, also when the result was saved and loaded."""
    result = run(Scenario.load(guarded, ["expect.held_peak=<= 1"]))
    assert [one.holds for one in result.expectations] == [False, True, True]
    assert result.summary["expectations"] == [one.data() for one in result.expectations]
    result.save(tmp_path / "saved")
    assert Result.load(tmp_path / "saved").expectations == result.expectations


def test_rules_change_no_record(scenario: str, tmp_path: Path) -> None:
    """A run with rules writes the same records as one without."""
    for name, rules in {"without": [], "with": ["expect.held_peak=<= 1"]}.items():
        run(Scenario.load(scenario, rules), out=tmp_path / name)
    for file in (tmp_path / "without").glob("*.parquet"):
        assert file.read_bytes() == (tmp_path / "with" / file.name).read_bytes()
