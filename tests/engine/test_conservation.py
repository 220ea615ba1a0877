"""The invariants of a world can fail; that they hold is tested in `tests/faults`."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Scenario
from sim.engine.build import World, build
from sim.engine.invariants import BrokenInvariantError, check
from sim.engine.run import simulate

MINUTES = 2


def world() -> World:
    """Two small nodes under churn, at the end of their run."""
    group = {"name": "g", "instance_type": "m5.large", "nodes": 2, "launch_delay": "5s"}
    churn = {"kind": "poisson", "name": "churn", "arrivals_per_minute": 30, "lifetime": "20s"}
    scenario = Scenario.from_dict(
        {
            "duration": f"{MINUTES}m",
            "cluster": {
                "subnets": [{"name": "a", "cidr": "10.0.0.0/26", "others": {"count": 5}}],
                "node_groups": [group],
            },
            "workload": [churn],
        }
    )
    one = build(scenario, scenario.duration_ms)
    simulate(one, after_event=check)
    return one


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
    one = world()
    check(one)
    break_it(one)
    with pytest.raises(BrokenInvariantError, match=f"at {MINUTES * 60_000} ms"):
        check(one)
