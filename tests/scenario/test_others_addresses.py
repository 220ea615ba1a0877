"""Addresses of a subnet that others hold exactly, and the origin of a scenario."""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import Scenario
from sim.engine.build import build
from sim.results.summary import scenario_digest
from sim.scenario.errors import InputError
from sim.scenario.ranges import Range, parse_range, ranges_of

FIRST = int(IPv4Address("10.0.0.0"))


def scenario(others: dict[str, Any], **more: Any) -> Scenario:
    """One node in a /25 of which others hold some."""
    subnet = {"name": "a", "cidr": "10.0.0.0/25", "others": others}
    reservations = more.pop("reservations", [])
    return Scenario.from_dict(
        {
            "duration": "10m",
            "cluster": {
                "subnets": [subnet | {"reservations": reservations}],
                "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 1}],
            },
            "workload": [{"kind": "deployment", "name": "web", "replicas": 3}],
            **more,
        }
    )


def test_they_are_held_from_the_start() -> None:
    """Exactly these are taken; a /28 of which one is taken gives no prefix."""
    listed = {"addresses": ["10.0.0.5", "10.0.0.16/28", "10.0.0.60-10.0.0.66"], "count": 2}
    (subnet,) = build(scenario(listed), 600_000).ec2.subnets
    assert subnet.free == 123 - 1 - 16 - 7 - 2
    taken = {offset for offset, owner in enumerate(subnet.owner) if owner != -1}
    assert {5, *range(16, 32), *range(60, 67)} <= taken
    (without,) = build(scenario({"addresses": ["10.0.0.40"]}), 600_000).ec2.subnets
    assert without.free_28s == 6 - 1


def test_they_may_lie_in_reservations() -> None:
    """What others hold inside of a reservation takes nothing from single addresses."""
    reservations = [{"cidr": "10.0.0.64/26", "type": "prefix"}]
    listed = {"addresses": ["10.0.0.64-10.0.0.79"], "count": 60}
    (subnet,) = build(scenario(listed, reservations=reservations), 600_000).ec2.subnets
    assert subnet.free_singles == 0
    assert subnet.free_28s == 2  # of four: one is held, one has AWS's last address


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        (["10.0.0.300"], "are no IPv4 addresses: write it like 10.0.0.7, 10.0.0.16/28 or"),
        (["10.0.0.9-10.0.0.7"], "10.0.0.9-10.0.0.7 ends before it starts"),
        (["10.0.0.7/28"], "are no IPv4 addresses"),
        ([7], "are no IPv4 addresses"),
        (["10.0.0.7", "10.0.0.6-10.0.0.8"], "have an address in common"),
        (["10.0.1.7"], "10.0.1.7 lies outside of the subnet, 10.0.0.0/25"),
        (["10.0.0.3"], "10.0.0.3 has one of the five addresses that AWS keeps"),
        (["10.0.0.120-10.0.0.127"], "has one of the five addresses that AWS keeps"),
    ],
)
def test_refused_addresses(addresses: list[Any], message: str) -> None:
    """What is no address, is given twice, or is not the subnet's to give, is refused."""
    with pytest.raises(InputError) as error:
        scenario({"addresses": addresses})
    assert message in str(error.value)


def test_more_than_there_is_room_for() -> None:
    """Counted others have to fit beside the listed ones."""
    with pytest.raises(InputError, match="24 addresses of others in a subnet that has 23"):
        scenario({"addresses": ["10.0.0.16-10.0.0.115"], "count": 24})


@given(st.sets(st.integers(FIRST, FIRST + 300)))
def test_ranges(addresses: set[int]) -> None:
    """The ranges of addresses hold these and no others, are apart, and read back."""
    ranges = list(ranges_of(addresses))
    assert {one for r in ranges for one in range(r.first, r.last + 1)} == addresses
    assert all(later.first > earlier.last + 1 for earlier, later in pairwise(ranges))
    assert [parse_range(str(one)) for one in ranges] == ranges
    assert sum(one.size for one in ranges) == len(addresses)


def test_a_range_of_one() -> None:
    """A single address is written as one."""
    assert str(Range(FIRST, FIRST)) == "10.0.0.0"
    assert parse_range("10.0.0.0/30") == Range(FIRST, FIRST + 3)


def test_the_origin_changes_no_run() -> None:
    """Where a scenario came from is kept, and is no part of its digest."""
    origin = {"kind": "snapshot", "files": ["cluster.json"]}
    plain, imported = scenario({}), scenario({}, origin=origin)
    assert imported.model.origin is not None
    assert imported.model.origin.churn == "unknown"
    assert "origin" in imported.resolved()
    assert "origin" not in plain.resolved()
    assert scenario_digest(imported.resolved()) == scenario_digest(plain.resolved())
    assert Scenario.from_dict(imported.resolved()).model == imported.model
