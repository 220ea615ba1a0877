"""Factors: what each kind of workload, node group and subnet becomes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.run import run
from sim.scenario.errors import InputError
from sim.scenario.factors import scaled, with_factors
from sim.scenario.load import Scenario
from sim.scenario.reader import parse

CLUSTER = """
duration: 2h
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/24}
    - {name: b, cidr: 10.0.1.0/24, others: {count: 51}}
  node_groups:
    - {name: x, instance_type: m5.large, nodes: 3}
    - {name: y, instance_type: m5.large, nodes: [{at: 0s, nodes: 0}, {at: 1h, nodes: 5}]}
aws: {quota_multiplier: 2}
workload:
"""
STAYS = "  - {kind: deployment, name: stays, replicas: [{at: 0s, replicas: 9}]}\n"
KINDS = {
    "poisson": "arrivals_per_minute: [{at: 0s, arrivals_per_minute: 4}], lifetime: 3m",
    "job": "completions: 10, parallelism: 4, lifetime: {uniform: {min: 0s, max: 3m}}",
    "cronjob": "schedule: '@hourly', completions: 3, lifetime: {lognormal: {p50: 1s, p99: 10s}}",
    "deployment": "replicas: 9, lifetime: {empirical: {values: [1m, 2ms], weights: [1, 3]}}",
}
TRIPLED: dict[str, dict[str, Any]] = {
    "poisson": {
        "arrivals_per_minute": [{"at": "0s", "arrivals_per_minute": 12.0}],
        "lifetime": {"constant": "1m"},
    },
    "job": {
        "completions": 30,
        "parallelism": 4,
        "lifetime": {"uniform": {"min": "0s", "max": "1m"}},
    },
    "cronjob": {
        "completions": 9,
        "parallelism": 1,
        "lifetime": {"lognormal": {"p50": "333ms", "p99": "3s333ms"}},
    },
    "deployment": {
        "replicas": [{"at": "0s", "replicas": 9}],
        "lifetime": {"empirical": {"values": ["20s", "1ms"], "weights": [1.0, 3.0]}},
    },
}


def scenario(*workloads: str, folder: Path = Path()) -> Scenario:
    """A cluster with these workloads."""
    return Scenario.from_dict(parse(CLUSTER + "".join(workloads)).data, folder)


def of_kind(kind: str) -> str:
    """A workload of a kind, in YAML."""
    return f"  - {{kind: {kind}, name: w, {KINDS[kind]}}}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_churn(kind: str) -> None:
    """Three times the churn: three times the pods, each a third of the time, as many at once."""
    before = scenario(STAYS, of_kind(kind)).resolved()
    after = scaled(scenario(STAYS, of_kind(kind)), churn=3).resolved()
    assert after["workload"][1] == before["workload"][1] | TRIPLED[kind]
    assert after | {"workload": 0} == before | {"workload": 0}
    assert after["workload"][0] == before["workload"][0]


def trace(folder: Path) -> str:
    """A trace of two pods, in YAML."""
    (folder / "t.csv").write_text("start,end,cpu,memory\n0,600,1,1\n3000,6000,1,1\n")
    return "  - {kind: trace, name: t, file: t.csv, at: 20m}\n"


def test_churn_of_a_trace(tmp_path: Path) -> None:
    """A trace is replayed that much faster, and the run covers the same part of it."""
    faster = scaled(scenario(trace(tmp_path), folder=tmp_path), churn=2)
    pods = run(faster).pods.to_pandas().query("workload == 't'")
    assert (pods.created_ms / 60_000).tolist() == [20, 45]
    assert faster.duration_ms == (20 + 50) * 60_000


def test_churn_of_a_trace_that_ends_the_run(tmp_path: Path) -> None:
    """Without a duration the run ends with the trace, however fast it is replayed."""
    whole = scenario(trace(tmp_path), folder=tmp_path)
    data = {key: one for key, one in whole.source.data.items() if key != "duration"}
    assert scaled(Scenario.from_dict(data, tmp_path), churn=0.5).duration_ms == 220 * 60_000


@given(st.floats(0.3, 3))
def test_churn_leaves_as_many_at_once(factor: float) -> None:
    """By Little's law: rate times lifetime stays."""
    one = scaled(scenario(of_kind("poisson")), churn=factor).model.workload[0]
    assert one.kind == "poisson"
    assert one.lifetime.constant is not None
    at_once = one.arrivals_per_minute[0].arrivals_per_minute * one.lifetime.constant / 60_000
    assert at_once == pytest.approx(12, rel=1e-4)


def test_nodes() -> None:
    """Every group and step has that many times the nodes, and no group vanishes."""
    more = scaled(scenario(STAYS), nodes=1.5).model.cluster.node_groups
    fewer = scaled(scenario(STAYS), nodes=0.1).model.cluster.node_groups
    assert [[step.nodes for step in group.nodes] for group in more] == [[5], [0, 8]]
    assert [[step.nodes for step in group.nodes] for group in fewer] == [[1], [0, 1]]
    assert [step.at for step in more[1].nodes] == [0, 3_600_000]


def test_nodes_of_an_autoscaler() -> None:
    """The nodes at first and the limits that are given become more."""
    limits = "nodes: 3, min_nodes: 2, max_nodes: 10"
    source = CLUSTER.replace("nodes: 3", limits).replace(
        "aws:", "  autoscalers: [{kind: cluster-autoscaler, node_groups: [x]}]\naws:"
    )
    loaded = Scenario.from_dict(parse(source + STAYS, "s.yaml").data)
    group, other = scaled(loaded, nodes=2).model.cluster.node_groups
    assert (group.nodes[0].nodes, group.min_nodes, group.max_nodes) == (6, 4, 20)
    assert (other.min_nodes, other.max_nodes) == (0, None)


def test_subnet() -> None:
    """What is cut off is held by others: from the low end up, or like those who are there."""
    one, other = scaled(scenario(STAYS), subnet=0.8).model.cluster.subnets
    assert (one.others.count, one.others.placement) == (50, "low-first")
    assert (other.others.count, other.others.placement) == (51 + 50, "random")


def test_a_cut_subnet_is_a_smaller_one() -> None:
    """Half of a /24 has as many addresses free as a /25, and as many whole /28s."""
    half = run(scaled(scenario(STAYS), subnet=0.5)).subnets.to_pandas().query("subnet == 'a'")
    whole = scenario(STAYS).with_values({"cluster.subnets.a.cidr": "10.0.0.0/25"})
    small = run(whole).subnets.to_pandas().query("subnet == 'a'")
    assert half.free.iloc[-1] == pytest.approx(small.free.iloc[-1], abs=3)
    assert half.free_28s.iloc[0] == small.free_28s.iloc[0]


def test_quota() -> None:
    """A factor of the quota multiplies what the scenario has."""
    assert scaled(scenario(STAYS), quota=1.5).model.aws.quota_multiplier == 3


def test_one_changes_nothing() -> None:
    """With factors of 1 the scenario is the very same."""
    one = scenario(STAYS)
    assert scaled(one, churn=1, nodes=1.0) is one


def test_all_at_once() -> None:
    """Several factors go together, and none sees what another did."""
    both = scaled(scenario(of_kind("job")), churn=2, nodes=2, subnet=0.5, quota=2).resolved()
    assert both["workload"][0]["completions"] == 20
    assert both["cluster"]["node_groups"][0]["nodes"][0]["nodes"] == 6
    assert both["cluster"]["subnets"][0]["others"]["count"] == 126
    assert both["aws"]["quota_multiplier"] == 4


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ({"churn": 2}, "churn=2: no workload has pods that come and go: Deployments need a"),
        ({"chrn": 2}, "chrn=2: there is no factor chrn; did you mean churn?"),
        ({"nodes": 0}, "nodes=0: 0 is no factor above 0 and up to 1000"),
        ({"nodes": "2x"}, "nodes=2x: '2x' is no factor above 0 and up to 1000"),
        ({"nodes": True}, "nodes=True: true is no factor above 0"),
        ({"quota": float("nan")}, "quota=nan: nan is no factor"),
        ({"subnet": 2}, "subnet=2: 2 is no factor above 0 and up to 1; a larger subnet needs"),
        ({"subnet": 0.1}, "subnet=0.1: cluster.subnets[1].others.count: 277 addresses of others"),
        ({"quota": 600}, "quota=600: aws.quota_multiplier: 1200.0 is above 1000"),
    ],
)
def test_refused(factors: dict[str, Any], said: str) -> None:
    """A factor that is out of range, or means nothing here, is named with what is wrong."""
    with pytest.raises(InputError) as refused:
        with_factors(scenario(STAYS), factors)
    assert str(refused.value).startswith(said)


def test_all_that_is_wrong_is_said() -> None:
    """One wrong factor does not hide another."""
    with pytest.raises(InputError) as refused:
        scaled(scenario(STAYS), churn=2, nodes=-1)
    assert len(refused.value.problems) == 2
