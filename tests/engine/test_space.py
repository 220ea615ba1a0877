"""Subnets in whole runs: reservations made on the way, and records of every address."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import play, rows, scenario

from sim import run
from sim.aws.subnets import NOBODY, OTHERS
from sim.engine.build import World, build
from sim.engine.run import simulate
from sim.results.fragments import STATES, USES, blocks_at
from sim.results.records import ADDRESS_USES
from sim.scenario.errors import InputError

CHURN = {
    "kind": "poisson",
    "name": "churn",
    "arrivals_per_minute": 40,
    "lifetime": {"exponential": {"mean": "1m"}},
}
SUBNET: dict[str, Any] = {"name": "a", "cidr": "10.0.0.0/24", "others": {"count": 6}}
MIXED: list[dict[str, Any]] = [
    {
        "name": "prefixes",
        "instance_type": "m5.large",
        "nodes": [{"at": 0, "nodes": 3}, {"at": "6m", "nodes": 1}],
    },
    {
        "name": "addresses",
        "instance_type": "t3.small",
        "nodes": 2,
        "ipamd": {"ENABLE_PREFIX_DELEGATION": False},
    },
]


def loaded(reservations: list[dict[str, Any]], seed: int = 1, *, record: bool = True) -> Any:
    """A small subnet in which nodes with prefixes and with addresses come and go."""
    subnets = [SUBNET | {"reservations": reservations}]
    one = scenario(CHURN, subnets=subnets, groups=MIXED, seed=seed)
    return one.with_values({"cluster.record_addresses": record})


def test_recording_changes_nothing_else() -> None:
    """With and without it all other records are the same."""
    found = []
    for record in (False, True):
        one = loaded([{"cidr": "10.0.0.128/26", "at": "3m"}], record=record)
        world = build(one, one.duration_ms)
        simulate(world)
        tables = {name: table.matrix().tolist() for name, table in world.recorder.tables().items()}
        found.append((len(tables.pop("addresses")) > 0, tables))
    assert [recorded for recorded, _ in found] == [False, True]
    assert found[0][1] == found[1][1]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 1000),
    reservations=st.sampled_from(
        [
            [],
            [{"cidr": "10.0.0.64/26", "at": "4m"}],
            [{"cidr": "10.0.0.64/26"}, {"cidr": "10.0.0.128/27", "type": "explicit", "at": "2m"}],
        ]
    ),
)
def test_the_records_say_who_has_what(seed: int, reservations: list[dict[str, Any]]) -> None:
    """At the end every address has the holder in the records that it has in EC2."""
    one = loaded(reservations, seed)
    world = build(one, one.duration_ms)
    simulate(world)
    subnet = world.ec2.subnets[0]
    expected = {o: owner for o, owner in enumerate(subnet.owner) if owner != NOBODY}
    assert _owners(world) == expected
    kinds = _uses(world)
    for interface in world.ec2.interfaces.values():
        assert kinds[interface.primary_address - subnet.first] == "eni_primary"
        assert all(kinds[a - subnet.first] == "secondary_ip" for a in interface.addresses)
        assert all(kinds[p - subnet.first] == "prefix" for p in interface.prefixes)


def _last(world: World) -> dict[int, dict[str, int]]:
    return {row["first"]: row for row in rows(world.recorder.addresses)}


def _owners(world: World) -> dict[int, int]:
    owners: dict[int, int] = {}
    for first, row in _last(world).items():
        if ADDRESS_USES[row["use"]] != "nobody":
            owner = OTHERS if ADDRESS_USES[row["use"]] == "other" else row["node"]
            owners |= dict.fromkeys(range(first, first + row["size"]), owner)
    return owners


def _uses(world: World) -> dict[int, str]:
    return {first: ADDRESS_USES[row["use"]] for first, row in _last(world).items()}


def test_the_map_agrees_with_the_subnet() -> None:
    """Free addresses and whole /28s of the map are those that the subnets' records count."""
    result = run(loaded([{"cidr": "10.0.0.64/26", "at": "4m"}]))
    found = result.fragmentation("a")
    whole, free = found.counts()["whole"], found.free.sum(axis=1)
    assert len(set(whole.tolist())) > 2
    for place, time in enumerate(found.times_ms.tolist()):
        last = int((result.subnets.times <= time).sum()) - 1
        assert int(free[place]) == int(result.subnets["free"][last])
        assert int(whole[place]) == int(result.subnets["free_28s"][last])


def test_each_block_has_its_holders() -> None:
    """Sixteen addresses a /28 are free, its holders' or AWS's, and a state fits its holders."""
    result = run(loaded([]))
    for block in blocks_at(result, "a", result.end_ms - 1):
        held = sum(16 if one.use == "prefix" else 1 for one in block.holders)
        kept = {"10.0.0.0/28": 4, "10.0.0.240/28": 1}.get(block.cidr, 0)
        assert block.free + held + kept == 16
        assert block.state in STATES
        if block.state.startswith("one_"):
            assert block.state == f"one_{block.holders[0].use}"
        assert all(one.use in USES for one in block.holders)


def test_a_reservation_in_the_run_decides_about_prefixes() -> None:
    """From 5 min on, and not before, prefixes come from the reservation only."""
    late = [{"cidr": "10.0.0.128/25", "at": "5m"}]
    subnets = [{"name": "a", "cidr": "10.0.0.0/24", "reservations": late}]
    spec = {"instance_type": "m5.large", "launch_delay": "1s"}
    groups = [
        spec | {"name": "early", "nodes": 2},
        spec | {"name": "late", "nodes": [{"at": "6m", "nodes": 3}]},
    ]
    given: Any = {"subnets": subnets, "groups": groups, "aws": {"prefix_placement": "low-first"}}
    one = scenario(ipamd={"ENABLE_PREFIX_DELEGATION": True}, **given)
    world = build(one.with_values({"cluster.record_addresses": True}), one.duration_ms)
    simulate(world)
    taken = [
        (row["time_ms"] > 300_000, row["first"] >= 128)
        for row in rows(world.recorder.addresses)
        if ADDRESS_USES[row["use"]] == "prefix"
    ]
    assert set(taken) == {(False, False), (True, True)}
    recorded = [row for row in rows(world.recorder.subnets) if row["time_ms"] == 300_000]
    assert [row["free_28s"] for row in recorded] == [7]  # the last of the eight is AWS's


def test_prefixes_spill_over_only_if_asked() -> None:
    """A reservation of two /28s is empty soon: then requests fail, or go to the rest."""
    failed = {}
    for spill_over in (False, True):
        reserved = [{"cidr": "10.0.0.64/27"}]
        given: dict[str, Any] = {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/24", "reservations": reserved}],
            "groups": [{"name": "g", "instance_type": "m5.large", "nodes": 3}],
            "aws": {"prefix_spill_over": spill_over},
            "ipamd": {"ENABLE_PREFIX_DELEGATION": True},
        }
        world = play(CHURN, **given)
        codes = world.recorder.names.codes
        failed[spill_over] = "InsufficientCidrBlocks" in codes
    assert failed == {False: True, True: False}


def test_without_records_there_is_no_map() -> None:
    """The refusal says how to get them."""
    result = run(loaded([], record=False))
    with pytest.raises(InputError, match=r"--set cluster.record_addresses=true"):
        result.fragmentation()
