"""Conservation and sleeping daemons while the account and the subnets change under the nodes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import Scenario
from sim.engine.build import World, build
from sim.engine.invariants import check
from sim.engine.run import simulate

TENANTS = [
    {"name": "b", "requests_per_s": {"AssignPrivateIpAddresses": 2}, "attempts": 3},
    {
        "name": "c",
        "bursts": [
            {"action": "DescribeNetworkInterfaces", "requests": 60, "every": "20s"},
            {"action": "CreateTags", "requests": 9, "every": "45s", "at": "1s", "spread": "9s"},
        ],
    },
]
IMPAIRED = [
    {"from": "90s", "to": "4m", "latency_factor": 4, "metadata_delay_factor": 6},
    {"from": "2m", "to": "6m", "error_share": 0.4, "actions": ["AssignPrivateIpAddresses"]},
]
QUOTAS = [{"at": "3m", "multiplier": 0.2}, {"at": "7m", "multiplier": 3}]
RESERVED = [
    {"cidr": "10.0.0.0/26"},
    {"cidr": "10.0.0.64/27", "at": "2m"},
    {"cidr": "10.0.0.96/28", "type": "explicit", "at": "5m"},
]

account = st.fixed_dictionaries(
    {},
    optional={
        "tenants": st.just(TENANTS),
        "impairments": st.just(IMPAIRED),
        "quota_changes": st.just(QUOTAS),
        "shared_buckets": st.booleans(),
        "prefix_spill_over": st.booleans(),
        "other_requests": st.just({"DescribeNetworkInterfaces": 9.0}),
    },
)
disturbed = st.fixed_dictionaries(
    {
        "aws": account,
        "prefixes": st.booleans(),
        "warm": st.integers(0, 4),
        "reservations": st.integers(0, len(RESERVED)),
        "record": st.booleans(),
        "seed": st.integers(0, 1000),
    }
)


def world(given: dict[str, Any], *, every_pass: bool = False) -> World:
    """Five small nodes under churn in a small subnet, with a scale-in."""
    subnet = {
        "name": "a",
        "cidr": "10.0.0.0/25",
        "others": {"count": 4},
        "reservations": RESERVED[: given["reservations"]],
    }
    nodes = [{"at": "0s", "nodes": 5}, {"at": "6m", "nodes": 3}]
    group = {"name": "g", "instance_type": "m5.large", "nodes": nodes, "launch_delay": "5s"}
    churn = {"kind": "poisson", "name": "churn", "arrivals_per_minute": 30, "lifetime": "80s"}
    scenario = Scenario.from_dict(
        {
            "duration": "9m",
            "seed": given["seed"],
            "cluster": {
                "subnets": [subnet],
                "node_groups": [group],
                "record_addresses": given["record"],
            },
            "ipamd": {
                "ENABLE_PREFIX_DELEGATION": given["prefixes"],
                "WARM_IP_TARGET": given["warm"],
            },
            "aws": given["aws"],
            "workload": [churn],
        }
    )
    return build(scenario, scenario.duration_ms, every_pass=every_pass)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(disturbed)
def test_everything_is_conserved_all_the_same(given: dict[str, Any]) -> None:
    """One owner an address, counts that add up, bounded buckets, after every event."""
    one = world(given)
    simulate(one, after_event=check)
    assert one.answers.total()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(disturbed)
def test_sleeping_daemons_are_as_those_that_make_every_pass(given: dict[str, Any]) -> None:
    """All records of daemons that sleep through idle passes are those of daemons that do not."""
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
