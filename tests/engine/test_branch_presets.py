"""The presets on ENIs that ipamd does not make, each with what it is there to show."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Scenario, run

FOLDER = "scenarios/questions"


def played(name: str, *changes: str) -> Any:
    """The result of a preset."""
    return run(Scenario.load(f"{FOLDER}/{name}.yaml", list(changes)))


@pytest.mark.parametrize(
    ("changes", "shortest", "longest"),
    [((), 100, 180), (("aws.resource_controller={branch_cooldown: 30s}",), 45, 95)],
)
def test_branch_enis_that_cool_keep_pods_waiting(
    changes: tuple[str, ...], shortest: int, longest: int
) -> None:
    """The slowest new pod waits for about the cooldown and two looks; the pool keeps nobody."""
    summary = played("security-groups-for-pods", *changes).summary
    guarded, plain = (summary["pods"]["by_workload"][name] for name in ("guarded", "plain"))
    assert shortest < guarded["ip_wait_s"]["max"] < longest
    assert plain["ip_wait_s"]["max"] == 0
    assert summary["branch_enis"]["held"]["peak"] == 27  # three nodes of nine


def test_a_trunk_waits_for_room() -> None:
    """Nothing comes of the switch at 4 min until other pods leave at 12 min."""
    result = played("trunk-waits-for-room")
    first = min(result.branch_enis["time_ms"])
    assert 12 * 60_000 < first < 18 * 60_000
    assert result.summary["pods"]["by_workload"]["guarded"]["unserved"] == 0


@pytest.mark.parametrize(("unmanaged", "unserved"), [(1, 21), (0, 0)])
def test_an_unmanaged_eni_costs_its_addresses(unmanaged: int, unserved: int) -> None:
    """75 pods fit by max pods; two ENIs of nine on three nodes have addresses for 54."""
    group = "cluster.node_groups[0]"
    result = played("unmanaged-enis", f"{group}.unmanaged_enis={unmanaged}")
    assert result.summary["pods"]["unserved"] == unserved
