"""The scenarios of scenarios/world: each shows what its description says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import Result, Scenario, run

FOLDER = Path(__file__).parents[2] / "scenarios" / "world"
MINUTE = 60_000


@cache
def result(name: str) -> Result:
    """The run of a scenario as it stands."""
    return run(Scenario.load(FOLDER / f"{name}.yaml"))


def with_values(name: str, values: dict[str, Any]) -> Result:
    """Its run with some values changed."""
    return run(Scenario.load(FOLDER / f"{name}.yaml").with_values(values))


def requests(of: Result, action: str) -> Any:
    """(request ms, node, whether it succeeded) of an action, by time; shape (requests, 3)."""
    calls = of.ec2_calls
    is_it = calls["action"] == of.names.actions.index(action)
    is_ok = calls["code"] == of.names.codes.index("OK")
    rows = np.stack([calls["request_ms"], calls["node"], is_ok], axis=1)[is_it]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def held(of: Result, subnet: str, minute: float) -> int:
    """Addresses that nodes hold in a subnet at a minute."""
    rows = of.subnets
    is_it = (rows["subnet"] == of.names.subnets.index(subnet)) & (rows["node"] >= 0)
    is_it &= rows["time_ms"] <= minute * MINUTE
    last = dict(zip(rows["node"][is_it].tolist(), rows["held"][is_it].tolist(), strict=True))
    return sum(last.values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_expectations_hold(path: Path) -> None:
    """What each expects is so."""
    of = result(path.stem)
    assert of.scenario.model.description
    assert of.scenario.warnings == []
    assert all(one.holds for one in of.expectations)


def test_custom_networking_leaves_the_nodes_subnets_alone() -> None:
    """Eight primary addresses are taken of each; without it pods wait for ever."""
    summary = result("custom-networking").summary
    subnets = summary["addresses"]["subnets"]
    assert [subnets[name]["smallest_free"] for name in ("nodes-a", "nodes-b")] == [51, 51]
    assert summary["pods"]["waited"] == 0
    plain = with_values(
        "custom-networking", {"ipamd.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": False}
    ).summary
    assert plain["pods"]["unserved"] > 50


def test_a_node_without_pods_of_its_own_subnet_holds_18() -> None:
    """m5.large: two of three ENIs, 9 addresses each, for 27 with all three."""
    scenario = Scenario.load(FOLDER / "custom-networking.yaml")
    of = run(scenario.with_values({"cluster.node_groups.m5.nodes": 2, "workload.web.replicas": 99}))
    assert of.summary["pods"]["started"] == 2 * 18
    assert max(of.pool["enis"][of.pool["subnet"] < 2]) == 1


def test_a_subnet_that_is_tagged_in_is_used_at_once() -> None:
    """No ENI fits before, each node has one within a minute after, and no daemon restarts."""
    creations = requests(result("subnet-tagged-in"), "CreateNetworkInterface")
    before, after = (creations[creations[:, 0] < 30 * MINUTE], creations[creations[:, 2] == 1])
    late = after[after[:, 0] >= 30 * MINUTE]
    assert len(before) > 1000
    assert set(late[late[:, 0] < 31 * MINUTE][:, 1].tolist()) == {0, 1, 2, 3, 4}
    never = with_values("subnet-tagged-in", {"cluster.subnets.second.tag_changes": []}).summary
    assert never["pods"]["unserved"] == 55


def test_a_subnet_that_is_tagged_out_is_left_at_the_restart() -> None:
    """Its ENIs grow on after the tag; a restart gives back what is free, never what pods hold."""
    of = result("subnet-tagged-out")
    assert held(of, "old", 30) > held(of, "old", 20)
    assert held(of, "new", 20) == 0 < held(of, "new", 39)
    assert held(of, "old", 42) < held(of, "old", 39)
    assert of.summary["pods"]["unserved"] == 0


def test_ten_minutes_without_ec2() -> None:
    """No request is granted, no node gets ready; the quota ends the retries of a daemon's calls."""
    of = result("ec2-fails-for-ten-minutes")
    asked = requests(of, "AssignPrivateIpAddresses")
    inside = asked[(asked[:, 0] >= 20 * MINUTE) & (asked[:, 0] < 30 * MINUTE)]
    assert inside[:, 2].sum() == 0
    calls = of.ec2_calls
    failed = calls["code"] == of.names.codes.index("InternalError")
    retries = np.bincount(calls["node"][failed & (calls["attempt"] > 1)])
    assert retries.max() == pytest.approx(100, abs=10)
    ready = of.nodes["ready_ms"]
    assert ((ready < 20 * MINUTE) | (ready >= 30 * MINUTE)).all()
    assert of.summary["nodes"]["boot_failures"] > 10
    assert any("InternalError" in one for one in of.summary["findings"])


def test_a_missing_permission_stops_the_loop_for_three_minutes() -> None:
    """162 to 187 s of polls for an ENI without an id pass between two creations."""
    creations = requests(result("a-permission-is-missing"), "CreateNetworkInterface")
    gaps = np.diff(creations[:, 0]) / 1000
    assert len(gaps) > 10
    assert (gaps >= 162).all()
    assert (gaps < 187 + 20).all()
