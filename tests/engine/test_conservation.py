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
        "ENABLE_POD_ENI": st.booleans(),
        "IP_COOLDOWN_PERIOD": st.sampled_from([0, 5, 30]),
    },
)


changes_of_aws_node = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.integers(60, MINUTES * 60 - 1),
            "ipamd": ipamd_settings,
            "restart_time": st.integers(0, 20),
            "maxUnavailable": st.sampled_from([1, 3, "10%", "100%"]),
        }
    ),
    max_size=3,
    unique_by=lambda change: change["at"],
)
"""Rollouts by their seconds; one with a mode of its own finds pods with addresses of the other."""


GUARDED = {
    "kind": "deployment",
    "name": "guarded",
    "replicas": 12,
    "security_groups": True,
    "updates": [{"at": "5m"}],
}
"""Pods on branch ENIs."""


scalers = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"kind": st.just("karpenter"), "expire_after": st.sampled_from([None, "3m"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("cluster-autoscaler"), "scale_down_unneeded": st.just("1m")}
    ),
)
lives_of_nodes = st.fixed_dictionaries(
    {
        "autoscaler": scalers,
        "limit_launches": st.booleans(),
        "outage": st.sampled_from([None, "4m", "10m"]),
        "recycle": st.lists(
            st.fixed_dictionaries(
                {"at": st.sampled_from(["2m", "5m"]), "at_once": st.integers(1, 3)},
                optional={"surge": st.integers(0, 1), "linger": st.just("5s")},
            ),
            max_size=2,
        ),
        "spot": st.sampled_from([None, {"mean_life": "4m", "notice": "20s"}]),
    }
)
"""What makes and ends nodes; without an autoscaler there is a scale-in too."""
CALM = {"autoscaler": None, "limit_launches": False, "outage": None, "recycle": [], "spot": None}


def nodes_of(lives: dict[str, Any]) -> list[dict[str, Any]]:
    """How many nodes there are: an autoscaler decides of it by itself."""
    steps = [{"at": "0s", "nodes": 6}, {"at": "6m", "nodes": 3}]
    return steps[:1] if lives["autoscaler"] else steps


def cluster(lives: dict[str, Any], instance_type: str, unmanaged_enis: int) -> dict[str, Any]:
    """Six small nodes in two small subnets."""
    scaler, outage = lives["autoscaler"], lives["outage"]
    group = {
        "name": "g",
        "instance_type": instance_type,
        "nodes": nodes_of(lives),
        "launch_delay": "5s",
        "unmanaged_enis": unmanaged_enis,
        "recycle": lives["recycle"],
        "spot": lives["spot"],
    }
    return {
        "subnets": [
            {"name": "a", "cidr": "10.0.0.0/26", "zone": "a", "others": {"count": 5}},
            {"name": "b", "cidr": "10.0.1.0/25", "zone": "b"},
        ],
        "node_groups": [group],
        "autoscalers": [scaler | {"node_groups": ["g"]}] if scaler else [],
        "zone_outages": [{"zone": "a", "at": "3m", "to": outage}] if outage else [],
    }


def in_time(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes as a scenario has them: in order, with units."""
    return [
        one | {"at": f"{one['at']}s", "restart_time": f"{one['restart_time']}s"}
        for one in sorted(changes, key=lambda one: int(one["at"]))
    ]


def scenario(ipamd: dict[str, Any], **changes: Any) -> Scenario:
    """A small cluster under churn, with slow metadata."""
    lives = changes.get("lives", CALM)
    instance_type = changes.get("instance_type", "m5.large")
    has_trunks = instance_type.startswith(("m5.", "c5."))
    data = {
        "duration": f"{MINUTES}m",
        "seed": changes.get("seed", 1),
        "cluster": cluster(lives, instance_type, changes.get("unmanaged_enis", 0)),
        "ipamd": ipamd,
        "change": in_time(changes.get("change", [])),
        "aws": {
            "buckets": {"AssignPrivateIpAddresses": {"max": 3, "refill_per_s": 1}},
            "metadata_delay": {"exponential": {"mean": "8s"}},
            "limit_launches": lives["limit_launches"],
        },
        "workload": [
            {
                "kind": "poisson",
                "name": "churn",
                "arrivals_per_minute": changes.get("rate", 30),
                "lifetime": {"exponential": {"mean": "90s"}},
            },
            {"kind": "deployment", "name": "web", "replicas": 10, "updates": [{"at": "4m"}]},
            *([GUARDED] if ipamd.get("ENABLE_POD_ENI") and has_trunks else []),
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
    change=changes_of_aws_node,
    lives=lives_of_nodes,
)
def test_everything_is_conserved_after_every_event(
    ipamd: dict[str, Any],
    instance_type: str,
    seed: int,
    change: list[dict[str, Any]],
    lives: dict[str, Any],
) -> None:
    """One owner an address, counts that add up, bounded buckets, one address a pod."""
    loaded = scenario(ipamd, instance_type=instance_type, seed=seed, change=change, lives=lives)
    world = world_of(loaded)
    simulate(world, after_event=check)
    assert world.api.kubelets.pods_started > 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ipamd=ipamd_settings,
    instance_type=st.sampled_from(["t3.small", "m5.large", "c5.xlarge"]),
    seed=st.integers(0, 1000),
    rate=st.sampled_from([1, 10, 60]),
    change=changes_of_aws_node,
    unmanaged_enis=st.integers(0, 1),
    lives=lives_of_nodes,
)
def test_sleeping_daemons_leave_the_same_records(
    ipamd: dict[str, Any],
    instance_type: str,
    seed: int,
    rate: int,
    change: list[dict[str, Any]],
    unmanaged_enis: int,
    lives: dict[str, Any],
) -> None:
    """A daemon that sleeps through idle passes records what one that makes every pass does."""
    loaded = scenario(
        ipamd,
        instance_type=instance_type,
        seed=seed,
        rate=rate,
        change=change,
        unmanaged_enis=unmanaged_enis,
        lives=lives,
    )
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
