"""Conservation after every event: addresses, buckets, pods."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import Scenario
from sim.engine.build import World, build
from sim.engine.invariants import BrokenInvariantError, check
from sim.engine.run import simulate

MINUTES = 10

ipamd_settings = st.fixed_dictionaries(
    {},
    optional={
        "WARM_ENI_TARGET": st.integers(0, 2),
        "WARM_PREFIX_TARGET": st.integers(0, 2),
        "WARM_IP_TARGET": st.integers(0, 6),
        "MINIMUM_IP_TARGET": st.integers(0, 20),
        "MAX_ENI": st.integers(0, 3),
        "ENABLE_PREFIX_DELEGATION": st.booleans(),
        "ENABLE_SUBNET_DISCOVERY": st.booleans(),
        "IP_COOLDOWN_PERIOD": st.sampled_from([0, 5, 30]),
    },
)


def scenario(ipamd: dict[str, Any], **changes: Any) -> Scenario:
    """Six small nodes in two small subnets under churn, with a scale-in and slow metadata."""
    data = {
        "duration": f"{MINUTES}m",
        "seed": changes.get("seed", 1),
        "cluster": {
            "subnets": [
                {"name": "a", "cidr": "10.0.0.0/26", "zone": "a", "others": {"count": 5}},
                {"name": "b", "cidr": "10.0.1.0/25", "zone": "b"},
            ],
            "node_groups": [
                {
                    "name": "g",
                    "instance_type": changes.get("instance_type", "m5.large"),
                    "nodes": [{"at": "0s", "nodes": 6}, {"at": "6m", "nodes": 3}],
                    "launch_delay": "5s",
                }
            ],
        },
        "ipamd": ipamd,
        "aws": {
            "buckets": {"AssignPrivateIpAddresses": {"max": 3, "refill_per_s": 1}},
            "metadata_delay": {"exponential": {"mean": "8s"}},
        },
        "workload": [
            {
                "kind": "poisson",
                "name": "churn",
                "arrivals_per_minute": changes.get("rate", 30),
                "lifetime": {"exponential": {"mean": "90s"}},
            },
            {"kind": "deployment", "name": "web", "replicas": 10, "updates": [{"at": "4m"}]},
        ],
    }
    return Scenario.from_dict(data)


def world_of(loaded: Scenario, *, every_pass: bool = False) -> World:
    """The world of a scenario, nothing has happened yet."""
    return build(loaded, loaded.duration_ms, every_pass=every_pass)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ipamd=ipamd_settings,
    instance_type=st.sampled_from(["t3.small", "m5.large", "m4.xlarge"]),
    seed=st.integers(0, 1000),
)
def test_everything_is_conserved_after_every_event(
    ipamd: dict[str, Any], instance_type: str, seed: int
) -> None:
    """One owner an address, counts that add up, bounded buckets, one address a pod."""
    world = world_of(scenario(ipamd, instance_type=instance_type, seed=seed))
    simulate(world, after_event=check)
    assert world.api.kubelets.pods_started > 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ipamd=ipamd_settings,
    instance_type=st.sampled_from(["t3.small", "m5.large", "c5.xlarge"]),
    seed=st.integers(0, 1000),
    rate=st.sampled_from([1, 10, 60]),
)
def test_sleeping_daemons_leave_the_same_records(
    ipamd: dict[str, Any], instance_type: str, seed: int, rate: int
) -> None:
    """A daemon that sleeps through idle passes records what one that makes every pass does."""
    loaded = scenario(ipamd, instance_type=instance_type, seed=seed, rate=rate)
    records = []
    for every_pass in (False, True):
        world = world_of(loaded, every_pass=every_pass)
        simulate(world)
        records.append({name: rows(table) for name, table in world.recorder.tables().items()})
    assert records[0] == records[1]


def rows(table: Any) -> list[tuple[int, ...]]:
    """The rows of a table; those of data stores are written when they are next looked at."""
    found = [tuple(row) for row in table.matrix().tolist()]
    return sorted(found, key=lambda row: row[1]) if table.columns[0] == "time_ms" else found


@pytest.mark.parametrize(
    "break_it",
    [
        lambda world: world.ec2.subnets[0].take_address(0),
        lambda world: setattr(world.region.buckets["CreateTags"], "tokens", 1000),
        lambda world: setattr(world.nodes[0].store, "assigned_ips", -1),
        lambda world: next(iter(world.ec2.interfaces.values())).addresses.update({7: None}),
    ],
    ids=["lost address", "bucket over its size", "wrong count", "address out of nowhere"],
)
def test_what_is_broken_is_found(break_it: Any) -> None:
    """The check fails on a world in which something was broken on purpose."""
    world = world_of(scenario({}))
    simulate(world)
    check(world)
    break_it(world)
    with pytest.raises(BrokenInvariantError, match="at 600000 ms"):
        check(world)
