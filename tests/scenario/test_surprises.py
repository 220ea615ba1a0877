"""The surprises of docs/conformance.md: each scenario shows what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario, run

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "scenarios" / "surprises"
Summary = dict[str, Any]


def total(summary: Summary, action: str) -> int:
    """Requests of an action."""
    return sum(summary["ec2"]["requests"].get(action, {}).values())


SHOWS: dict[str, Callable[[Summary], bool]] = {
    "cooling-counts-as-available": lambda s: (
        s["pods"]["waited"] > s["pods"]["created"] / 3
        and s["addresses"]["cluster"]["held"]["peak"] < 30
    ),
    "minimum-is-a-ceiling": lambda s: s["pods"]["started"] == 10 and s["pods"]["unserved"] == 20,
    "full-subnet": lambda s: s["ec2"]["total"] > 500 and s["pods"]["waited"] == 0,
    "prefix-target-zero": lambda s: (
        100 <= total(s, "AssignPrivateIpAddresses") <= 130
        and total(s, "UnassignPrivateIpAddresses") >= 100
    ),
    "cron-buys-enis": lambda s: 40 <= total(s, "CreateNetworkInterface") <= 60,
    "storm": lambda s: s["ec2"]["throttled_share"] > 0.85 and s["pods"]["ip_wait_s"]["max"] > 120,
    "prefixes-fragment": lambda s: (
        s["addresses"]["cluster"]["held"]["mean"]
        > 5 * s["addresses"]["cluster"]["assigned"]["mean"]
    ),
}


def test_each_surprise_is_looked_at() -> None:
    """No scenario of a surprise is without its test, and each is in the document."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == SHOWS.keys()
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert all(f"surprises/{name}.yaml" in page for name in SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_the_scenario_shows_it(name: str) -> None:
    """The headline holds, with room for other seeds."""
    scenario = Scenario.load(FOLDER / f"{name}.yaml")
    assert scenario.model.description
    assert SHOWS[name](run(scenario).summary)
