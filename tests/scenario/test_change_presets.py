"""The scenarios of docs/change.md: each shows what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario, run

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "scenarios" / "changes"
Change = dict[str, Any]


def share(phase: dict[str, Any], what: str) -> float:
    """Of the pods that asked in a phase."""
    return float(phase[what] / phase["pods"])


SHOWS: dict[str, Callable[[Change], bool]] = {
    "more-to-spare": lambda one: (
        one["verdict"] == "safe"
        and one["during"]["pods"] == 0
        and one["during"]["requests_per_min"] > 10 * one["after"]["requests_per_min"]
        and one["after"]["held"] > one["before"]["held"] + 60
    ),
    "while-jobs-run": lambda one: (
        one["verdict"] == "waits"
        and 0 < share(one["during"], "waited") < 0.15
        and one["after"]["waited"] == one["before"]["waited"] == 0
        and 10 <= one["during"]["ip_wait_s"]["max"] < 17
    ),
    "to-prefixes-in-a-tight-subnet": lambda one: (
        one["verdict"] == "unsafe"
        and one["settled_at_s"] is not None
        and share(one["after"], "unserved") > 0.8
        and one["after"]["requests_per_min"] > 10 * one["before"]["requests_per_min"]
    ),
    "crash-loop": lambda one: (
        one["verdict"] == "unsafe"
        and one["settled_at_s"] is None
        and (one["replaced_nodes"], one["nodes"]) == (2, 20)
        and one["during"]["ip_wait_s"]["max"] > 900
    ),
}


def test_each_change_is_looked_at() -> None:
    """No scenario of a change is without its test, and each is in the document."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == SHOWS.keys()
    page = (ROOT / "docs" / "change.md").read_text(encoding="utf-8")
    assert all(f"changes/{name}.yaml" in page for name in SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_the_scenario_of_a_change_shows_it(name: str) -> None:
    """The headline of its first change holds, with room for other seeds."""
    scenario = Scenario.load(FOLDER / f"{name}.yaml")
    assert scenario.model.description
    assert SHOWS[name](run(scenario).summary["changes"][0])
