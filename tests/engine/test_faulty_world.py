"""Conservation and sleeping daemons under failing requests, custom networking and changing tags."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import Scenario
from sim.engine.build import World, build
from sim.engine.invariants import check
from sim.engine.run import simulate
from sim.scenario.aws import DEFAULT_LATENCY

CNI = "kubernetes.io/role/cni"
OTHER_CLUSTER = "cni.networking.k8s.aws/cluster/other"

faults = st.lists(
    st.builds(
        lambda actions, begin, length, error, share: {
            "actions": actions,
            "from": f"{begin}s",
            "to": f"{begin + length}s",
            "code": error[0],
            "http_status": error[1],
            "share": share,
        },
        st.lists(st.sampled_from(sorted(DEFAULT_LATENCY)), min_size=1, max_size=3, unique=True),
        st.integers(0, 400),
        st.integers(1, 240),
        st.sampled_from(
            [
                ("UnauthorizedOperation", 403),
                ("InternalError", 500),
                ("InsufficientFreeAddressesInSubnet", 400),
                ("PrivateIpAddressLimitExceeded", 400),
            ]
        ),
        st.sampled_from([0.5, 1.0]),
    ),
    max_size=4,
)
tags = st.fixed_dictionaries(
    {}, optional={CNI: st.sampled_from(["0", "1"]), OTHER_CLUSTER: st.just("")}
)
tag_changes = st.dictionaries(st.integers(0, 480), tags, max_size=3).map(
    lambda changes: [{"at": f"{at}s", "tags": changes[at]} for at in sorted(changes)]
)
worlds = st.fixed_dictionaries(
    {
        "faults": faults,
        "home": tag_changes,
        "other": tag_changes,
        "custom": st.booleans(),
        "prefixes": st.booleans(),
        "warm": st.integers(0, 4),
        "restart": st.booleans(),
        "seed": st.integers(0, 1000),
    }
)


def world(given: dict[str, Any], *, every_pass: bool = False) -> World:
    """Four small nodes under churn in two subnets, with a scale-in."""
    subnets = [
        {"name": "home", "cidr": "10.0.0.0/26", "tag_changes": given["home"]},
        {"name": "other", "cidr": "10.0.1.0/25", "tags": {CNI: 1}, "tag_changes": given["other"]},
    ]
    nodes = [{"at": "0s", "nodes": 4}, {"at": "6m", "nodes": 3}]
    group = {"name": "g", "instance_type": "m5.large", "nodes": nodes, "subnets": ["home"]}
    churn = {"kind": "poisson", "name": "churn", "arrivals_per_minute": 30, "lifetime": "70s"}
    data = {
        "duration": "9m",
        "seed": given["seed"],
        "cluster": {
            "name": "ours",
            "subnets": subnets,
            "eni_configs": [{"subnet": "other"}] if given["custom"] else [],
            "node_groups": [group | {"launch_delay": "5s"}],
        },
        "ipamd": {
            "WARM_IP_TARGET": given["warm"],
            "ENABLE_PREFIX_DELEGATION": given["prefixes"],
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": given["custom"],
        },
        "change": [{"at": "5m"}] if given["restart"] else [],
        "aws": {"faults": given["faults"]},
        "workload": [churn, {"kind": "deployment", "name": "web", "replicas": 12}],
    }
    loaded = Scenario.from_dict(data)
    return build(loaded, loaded.duration_ms, every_pass=every_pass)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given=worlds)
def test_addresses_are_conserved_whatever_fails(given: dict[str, Any]) -> None:
    """One owner an address, counts that add up, one address a pod, after every event."""
    simulate(world(given), after_event=check)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given=worlds)
def test_sleeping_daemons_see_what_wakeful_ones_see(given: dict[str, Any]) -> None:
    """A daemon that sleeps through idle passes records what one that makes every pass does."""
    records = []
    for every_pass in (False, True):
        one = world(given, every_pass=every_pass)
        simulate(one)
        records.append({name: rows(table) for name, table in one.recorder.tables().items()})
    assert records[0] == records[1]


def rows(table: Any) -> list[tuple[int, ...]]:
    """The rows of a table; those of data stores are written when they are next looked at."""
    found = [tuple(row) for row in table.matrix().tolist()]
    return sorted(found, key=lambda row: row[1]) if table.columns[0] == "time_ms" else found
