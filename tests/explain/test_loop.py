"""The instants of a daemon's pool checks, and what each found, follow from the records."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import Scenario
from sim.engine.build import build
from sim.engine.run import simulate
from sim.explain.daemon import Daemon
from sim.explain.loop import FOREVER, Loop, Pass
from sim.explain.node import explain_node
from sim.explain.why import GROWS, SHRINKS
from sim.ipamd import daemon as ipamd
from sim.ipamd.context import CHECK, RECONCILE, IpamContext, Steps
from sim.results.result import Result
from sim.results.tables import sorted_records


def test_a_loop_that_did_nothing() -> None:
    """Ready at 1 s: checks at 3.5 s, 8.5 s, 13.5 s; one at the end of the stretch asked for."""
    loop = Loop(1_000, [], 20_000)
    assert loop.idle_checks(0, 13_500) == [3_500, 8_500, 13_500]
    assert loop.idle_checks(3_501, 13_499) == [8_500]
    assert loop.idle_checks(13_501, 60_000) == [18_500]


def test_a_check_that_took_time_moves_those_after_it() -> None:
    """A check from 8.5 to 9.7 s: the reconcile is at 12.2 s, the next check at 14.7 s."""
    loop = Loop(1_000, [Pass(8_500, 9_700, CHECK)], 30_000)
    assert loop.idle_checks(0, 21_000) == [3_500, 14_700, 19_700]


def test_a_reconcile_that_took_time_moves_the_checks_after_it() -> None:
    """A reconcile from 6 to 6.3 s: the next check is 2.5 s after its end."""
    loop = Loop(1_000, [Pass(6_000, 6_300, RECONCILE)], 30_000)
    assert loop.idle_checks(0, 14_000) == [3_500, 8_800, 13_800]


def test_nothing_follows_a_pass_that_goes_on() -> None:
    """A pass without an end is the last."""
    loop = Loop(1_000, [Pass(8_500, FOREVER, CHECK)], 30_000)
    assert loop.idle_checks(0, 30_000) == [3_500]
    assert loop.during(20_000, 25_000) == [Pass(8_500, FOREVER, CHECK)]


targets = st.fixed_dictionaries(
    {"ENABLE_PREFIX_DELEGATION": st.booleans()},
    optional={
        "WARM_ENI_TARGET": st.integers(0, 2),
        "WARM_PREFIX_TARGET": st.integers(0, 2),
        "WARM_IP_TARGET": st.integers(0, 4),
        "MINIMUM_IP_TARGET": st.integers(0, 12),
        "IP_COOLDOWN_PERIOD": st.sampled_from([0, 30]),
        "ENABLE_SUBNET_DISCOVERY": st.booleans(),
    },
)


def scenario(changes: dict[str, Any], seed: int, cidr: str) -> Scenario:
    """Three nodes that change in number, pods that come and go, a subnet that may run out."""
    group = {"name": "g", "instance_type": "m5.large", "ipamd": changes}
    group |= {
        "nodes": [{"at": "0s", "nodes": 2}, {"at": "3m", "nodes": 3}, {"at": "7m", "nodes": 1}]
    }
    churn = {"kind": "poisson", "name": "churn", "arrivals_per_minute": 20, "lifetime": "50s"}
    steps = [{"at": "4m", "replicas": 30}, {"at": "6m", "replicas": 2}]
    wave = {"kind": "deployment", "name": "wave", "replicas": [{"at": "0s", "replicas": 1}, *steps]}
    return Scenario.from_dict(
        {
            "duration": "10m",
            "seed": seed,
            "cluster": {"subnets": [{"name": "a", "cidr": cidr}], "node_groups": [group]},
            "workload": [churn, wave],
        }
    )


Look = tuple[int, int, Any]
"""(begin ms, end ms, what the daemon counted at its begin) of a pool check."""


def every_check(
    loaded: Scenario, monkeypatch: pytest.MonkeyPatch
) -> tuple[Result, dict[int, list[Look]]]:
    """A run whose daemons make every pass, and each check as it was made, by node."""
    looks: dict[int, list[Look]] = defaultdict(list)
    real = ipamd.update_ip_pool_if_required

    def watched(c: IpamContext) -> Steps:
        begin, stats = c.clock.now, c.data_store.get_ip_stats(c.clock.now)
        yield from real(c)
        looks[c.ec2.instance.node].append((begin, c.clock.now, stats))

    with monkeypatch.context() as patch:
        patch.setattr(ipamd, "update_ip_pool_if_required", watched)
        world = build(loaded, loaded.duration_ms, every_pass=True)
        simulate(world)
    return result_of(world, loaded), looks


def result_of(world: Any, loaded: Scenario) -> Result:
    names = world.recorder.names
    tables = sorted_records(world.recorder.take(), names)
    return Result(loaded, tables, names, world.duration_ms)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    changes=targets,
    seed=st.integers(0, 1_000),
    cidr=st.sampled_from(["10.0.0.0/24", "10.0.0.0/26"]),
)
def test_checks_are_those_of_a_daemon_that_makes_them_all(
    changes: dict[str, Any], seed: int, cidr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told from a sleeping daemon's records: each instant, each count, and whether it acted."""
    loaded = scenario(changes, seed, cidr)
    _, looks = every_check(loaded, monkeypatch)
    world = build(loaded, loaded.duration_ms)
    simulate(world)
    result = result_of(world, loaded)
    for number in range(len(result.names.nodes)):
        daemon = Daemon(result, number)
        made = [look for look in looks[number] if look[0] == look[1]]
        assert daemon.loop is not None
        assert daemon.loop.idle_checks(0, result.end_ms) == [begin for begin, _, _ in made]
        is_prefix = daemon.settings.prefix_delegation
        for begin, _, stats in made:
            assert daemon.pool.at(begin).stats(is_prefix_mode=is_prefix) == stats
        for checks in daemon.idle_checks(0, result.end_ms):
            assert checks.verdict.kind not in (GROWS, SHRINKS), checks
        assert sum(one.number for one in daemon.idle_checks(0, result.end_ms)) == len(made)
        acted = {begin: stats for begin, end, stats in looks[number] if end > begin}
        for one in daemon.acted(0, result.end_ms):
            if one.when.is_check and one.when.end_ms < daemon.end_ms:
                assert one.held.stats(is_prefix_mode=is_prefix) == acted[one.when.begin_ms]
                assert one.calls


@pytest.mark.parametrize(("nodes_at_2m", "end_ms"), [(1, -1), (0, 122_300)])
def test_a_pass_that_does_not_come_to_its_end(nodes_at_2m: int, end_ms: int) -> None:
    """It goes on at the end of the run, or ends with its drained node, 2.3 s after the request."""
    steps = [{"at": "0s", "nodes": 1}, {"at": "2m", "nodes": nodes_at_2m}]
    group = {"name": "g", "instance_type": "m5.large", "nodes": steps, "launch_delay": "5s"}
    loaded = Scenario.from_dict(
        {
            "duration": "4m",
            "cluster": {"subnets": [{"name": "a", "cidr": "10.0.0.0/24"}], "node_groups": [group]},
            "aws": {"latency": {"CreateNetworkInterface": "10m"}},
            "workload": [{"kind": "deployment", "name": "web", "replicas": 2}],
        }
    )
    told = []
    for every_pass in (False, True):
        world = build(loaded, loaded.duration_ms, every_pass=every_pass)
        simulate(world)
        result = result_of(world, loaded)
        assert result.passes["end_ms"].tolist() == [end_ms]
        told.append(explain_node(result, "g-0").to_dict())
    assert told[0] == told[1]
    (line,) = [one for one in told[0]["lines"] if one["at_ms"] == result.passes["begin_ms"][0]]
    assert ("still at it at the end of the run" in line["text"]) == (end_ms == -1)
