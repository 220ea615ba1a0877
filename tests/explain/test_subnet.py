"""What is told of a subnet, and the cluster at an instant."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_records import Made, scenario

from sim import Scenario, run
from sim.explain.states import snapshot
from sim.explain.subnet import explain_subnet
from sim.scenario.errors import InputError


def filled() -> Made:
    """251 addresses, 11 of others; node 0 takes 100, node 1 140: none left from 40 to 60 s."""
    one = Made(scenario())
    one.node()
    one.node(terminated_ms=60_000)
    one.space(0, -1, held=11, free=240, free_28s=12)
    one.space(20_000, 0, held=100, free=140, free_28s=0)
    one.pool(20_000, 0, enis=1, assigned=60, cooldown=4, warm=30)
    one.space(40_000, 1, held=140, free=0)
    one.pool(40_000, 1, enis=2, assigned=10, warm=120)
    one.failed_launch(45_000)
    one.call(50_000, "AssignPrivateIpAddresses", "InsufficientFreeAddressesInSubnet")
    one.space(60_000, 1, held=0, free=140)
    one.pool(60_000, 1)
    return one


def test_a_subnet_that_ran_out() -> None:
    """When, who held it, who grew, what was refused, and what freed it."""
    story = explain_subnet(filled().result())
    assert story.answer == (
        "It was tightest at 40.000 s, with 0 addresses free (0 %) and 0 whole aligned /28s. Then 2 "
        "nodes held 240 (group g 240), of which pods used 70."
    )
    lines = [(line.at_ms, line.text) for line in story.lines]
    assert lines[0] == (
        0,
        "before the first node: 240 free, 12 whole /28s, 11 addresses taken by others",
    )
    assert (20_000, "no whole aligned /28 left: 140 addresses still free") in lines
    assert (40_000, "no address left") in lines
    assert (45_000, "1 node launch failed: no address for the node") in lines
    assert (60_000, "first relief: g-1 was terminated; 140 free, 0 whole /28s left") in lines
    (tightest,) = [line for line in story.lines if line.text.startswith("tightest")]
    assert tightest.details[1] == "grew by then: g-1 +140 and g-0 +100"


def test_states_at_an_instant() -> None:
    """Those of the pools; what EC2 gave and no pool has is in transition: 100 - 95, 140 - 132."""
    then = snapshot(filled().result(), 50_000)
    (subnet,) = then.subnets
    assert subnet.states == {
        "assigned": 70,
        "cooldown": 4,
        "warm": 150,
        "partial": 0,
        "eni_primary": 3,
        "in_transition": 13,
        "other": 11,
        "free": 0,
    }
    assert [node.held for node in then.nodes] == [100, 140]
    assert [node.name for node in snapshot(filled().result(), 60_000).nodes] == ["g-0"]


def test_branch_enis_of_pods_are_assigned_then() -> None:
    """As in the summary: of 10 addresses 3 are of the pool's pods and 2 of pods' branch ENIs."""
    one = Made(scenario(ipamd={"ENABLE_POD_ENI": True}))
    one.node()
    one.space(0, 0, held=10, free=241)
    one.pool(0, assigned=3, warm=4, enis=1)
    one.branches(20_000, 2)
    then = snapshot(one.result(), 20_000)
    (subnet,), (node,) = then.subnets, then.nodes
    assert subnet.states["assigned"] == node.states["assigned"] == 5
    assert subnet.states["in_transition"] == node.states["in_transition"] == 0


def test_what_a_node_leaves_behind() -> None:
    """A terminated node stays as long as an ENI that it had asked for holds addresses."""
    one = Made(scenario())
    one.node(terminated_ms=60_000)
    one.space(0, -1, held=11, free=240)
    one.space(60_000, 0, held=17, free=223)
    one.space(90_000, 0, held=0, free=240)
    (node,) = snapshot(one.result(), 70_000).nodes
    assert (node.status, node.held, node.states["in_transition"]) == ("gone", 17, 17)
    assert snapshot(one.result(), 90_000).nodes == ()


def test_pods_at_an_instant() -> None:
    """One has its address, one waits, one is on no node; those that are gone do not count."""
    one = filled()
    one.served(10_000)
    one.served(10_000, ended_ms=20_000, released_ms=20_300, outcome="deleted")
    one.waiting(30_000)
    one.pod(40_000, reason="no node fits")
    then = snapshot(one.result(), 50_000)
    assert [(node.pods, node.waiting) for node in then.nodes] == [(1, 1), (0, 0)]
    assert then.unscheduled == 1
    assert snapshot(one.result(), 20_299).nodes[0].pods == 2


@pytest.mark.parametrize(("ms", "known"), [(100_001, "the run ended at 1m40s, before 1m40s1ms")])
def test_an_instant_after_the_run(ms: int, known: str) -> None:
    """It is refused, with the end of the run."""
    with pytest.raises(InputError, match=known):
        snapshot(filled().result(), ms)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prefixes=st.booleans(), seed=st.integers(0, 99), data=st.data())
def test_all_addresses_are_accounted_for(prefixes: bool, seed: int, data: st.DataObject) -> None:
    """States sum up to each subnet's size at any instant, and at the end are the summary's."""
    churn = {"kind": "poisson", "name": "w", "arrivals_per_minute": 20, "lifetime": "50s"}
    nodes = [{"at": "0s", "nodes": 3}, {"at": "5m", "nodes": 1}]
    group = {"name": "g", "instance_type": "m5.large", "nodes": nodes}
    subnets = [{"name": "a", "cidr": "10.0.0.0/25", "others": {"count": 7}}]
    subnets += [{"name": "b", "cidr": "10.0.1.0/25"}]
    loaded = Scenario.from_dict(
        {
            "duration": "8m",
            "seed": seed,
            "cluster": {"subnets": subnets, "node_groups": [group]},
            "ipamd": {"ENABLE_PREFIX_DELEGATION": prefixes},
            "workload": [churn],
        }
    )
    result = run(loaded)
    for ms in data.draw(st.lists(st.integers(0, 480_000), min_size=5, max_size=5)):
        then = snapshot(result, ms)
        for subnet in then.subnets:
            assert sum(subnet.states.values()) == 123
            assert min(subnet.states.values()) >= 0
        in_nodes = sum(node.held for node in then.nodes)
        of_subnets = sum(
            one.size - one.states["free"] - one.states["other"] for one in then.subnets
        )
        assert in_nodes == of_subnets
    for subnet in snapshot(result).subnets:
        figures = result.summary["addresses"]["subnets"][subnet.name]
        assert subnet.states == {state: figures[state]["end"] for state in subnet.states}
