"""What the screen of a run says of changes of aws-node."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from sim import Scenario, run
from sim.report.changes import changes

CLUSTER = {
    "subnets": [{"name": "a", "cidr": "10.0.0.0/23"}],
    "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 4}],
}


def said(
    *change: dict[str, Any], ipamd: dict[str, Any] | None = None, cidr: str = "10.0.0.0/23"
) -> str:
    """The screen's sections on the changes of a run of 12 min, on 80 columns."""
    churn = {"kind": "poisson", "name": "w", "arrivals_per_minute": 40, "lifetime": "1m"}
    data = {
        "duration": "12m",
        "warm_up": "2m",
        "cluster": CLUSTER | {"subnets": [{"name": "a", "cidr": cidr}]},
        "ipamd": ipamd or {},
        "workload": [churn],
        "change": list(change),
    }
    summary = run(Scenario.from_dict(data)).summary
    console = Console(width=80, no_color=True)
    with console.capture() as captured:
        for section in changes(summary):
            console.print(section)
    return captured.get()


def test_before_during_and_after_stand_side_by_side() -> None:
    """Title with the settings, the answer, the rollout, and a column for each phase."""
    text = said({"at": "5m", "ipamd": {"WARM_ENI_TARGET": 2}})
    assert "Change at 5 min  WARM_ENI_TARGET=2" in text
    assert "before" in text
    assert "during" in text
    assert "after" in text
    assert "4 nodes in " in text
    lines = [line.strip() for line in text.splitlines()]
    for row in ("lasted", "pods that asked", "had to wait", "wait p99", "throttled", "wasted"):
        assert any(line.startswith(row) for line in lines), row
    assert max(map(len, text.splitlines())) <= 80


def test_a_restart_is_called_so() -> None:
    """A change without settings."""
    assert "Change at 5 min  restart" in said({"at": "5m"})


def test_a_rollout_without_an_end_says_how_far_it_came() -> None:
    """One of four nodes replaced, and that one without a daemon since."""
    bad = {"at": "5m", "ipamd": {"WARM_PREFIX_TARGET": 0}}
    text = said(bad, ipamd={"ENABLE_PREFIX_DELEGATION": True})
    assert "Not safe" in text
    assert "Instead" not in text, "the mode stays"
    assert "1 of 4 nodes replaced, 1 of them without a daemon ever since" in " ".join(text.split())


def test_an_unsafe_change_of_mode_has_a_way_out() -> None:
    """Where no /28 is whole the verdict is followed by what is done instead."""
    prefixes = {"at": "5m", "ipamd": {"ENABLE_PREFIX_DELEGATION": True}}
    text = " ".join(said(prefixes, cidr="10.0.0.0/26").split())
    assert "Not safe" in text
    assert "Instead: new nodes in the new mode beside the old ones" in text
    assert "ipamd-sim new moving-to-prefixes" in text
    assert "Instead" not in said({"at": "5m", "ipamd": {"ENABLE_PREFIX_DELEGATION": True}})


def test_without_changes_there_is_no_section() -> None:
    """Nothing is shown."""
    assert said() == ""
