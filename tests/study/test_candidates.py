"""The settings to choose from: each effect once, by ipamd's own decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sim.aws.instance_types import of_group
from sim.ipamd.decisions import (
    OtherEnis,
    Stats,
    cidrs_to_ask_for,
    cidrs_to_give_back,
    is_datastore_pool_too_low,
    is_required,
    should_remove_extra_enis,
)
from sim.ipamd.settings import Settings
from sim.kube.daemon_settings import daemon_settings
from sim.kube.max_pods import max_pods
from sim.scenario.load import Scenario
from sim.study.candidates import (
    ENIS,
    IPS,
    MIXED,
    PREFIX_IPS,
    PREFIXES,
    Candidate,
    Limits,
    Space,
    limits_of,
    scale,
    space,
    under,
)


def scenario(instance_type: str = "t3.small", **changes: Any) -> Scenario:
    """One node group of a type, with settings or other keys of the group."""
    ipamd = changes.pop("ipamd", {})
    group = {"name": "g", "instance_type": instance_type, "nodes": 2} | changes
    return Scenario.from_dict(
        {
            "duration": "10m",
            "cluster": {"subnets": [{"name": "a", "cidr": "10.0.0.0/22"}], "node_groups": [group]},
            "ipamd": ipamd,
            "workload": [{"kind": "deployment", "name": "web", "replicas": 4}],
        }
    )


def settings_of(one: Scenario) -> Settings:
    """What the daemon makes of a scenario's settings."""
    group, (_, given) = one.model.cluster.node_groups[0], *one.model.group_settings()
    return daemon_settings(given, of_group(group), max_pods(group, given))


def states(settings: Settings) -> Iterator[Stats]:
    """Counts that a data store can have, none over the node's capacity."""
    unit = 16 if settings.prefix_delegation else 1
    most = min(settings.max_enis * settings.slots, -(-settings.max_pods // unit) + 1)
    for cidrs in range(most + 1):
        for assigned in range(min(cidrs * unit, settings.max_pods) + 1):
            used = -(-assigned // unit)
            prefixes = cidrs if unit > 1 else 0
            yield Stats(cidrs * unit, prefixes, assigned, 0, max(prefixes - used, 0))


def effect(one: Scenario) -> tuple[Any, ...]:
    """All that a daemon with these settings decides, in every state."""
    settings = settings_of(one)
    return settings.prefix_delegation, *(_decided(settings, stats) for stats in states(settings))


def _decided(settings: Settings, stats: Stats) -> tuple[Any, ...]:
    is_low = is_datastore_pool_too_low(settings, stats)
    others = OtherEnis(stats.total_ips, stats.assigned_ips, stats.free_prefixes)
    can_remove = should_remove_extra_enis(settings, stats, freeable_eni_exists=True)
    return (
        is_low and min(cidrs_to_ask_for(settings, stats), settings.slots),
        cidrs_to_give_back(settings, stats),
        can_remove and not is_required(settings, others),
    )


@pytest.mark.parametrize(("instance_type", "same"), [("t3.small", 5), ("t2.medium", 1)])
def test_each_effect_is_there_once(instance_type: str, same: int) -> None:
    """No two candidates decide the same in every state, but few where prefixes are large."""
    base = scenario(instance_type)
    effects: dict[Any, list[Candidate]] = {}
    for one in space(base.model).candidates:
        effects.setdefault(effect(under(base, one)), []).append(one)
    assert max(map(len, effects.values())) == same
    assert {one.kind for ones in effects.values() if ones[1:] for one in ones} <= {PREFIX_IPS}


@pytest.mark.parametrize("prefixes", [False, True])
@pytest.mark.parametrize("targets", [(0, 0), (1, 0), (2, 2), (3, 1), (2, 7), (4, 9)])
def test_current_settings_are_the_candidate_of_the_same_effect(
    targets: tuple[int, int], prefixes: bool
) -> None:
    """Settings as a file has them, ignored values included, decide as their candidate does."""
    warm, minimum = targets
    given = {"WARM_IP_TARGET": warm, "MINIMUM_IP_TARGET": minimum, "WARM_ENI_TARGET": 2}
    one = scenario(ipamd=given | {"ENABLE_PREFIX_DELEGATION": prefixes})
    every = space(one.model)
    assert every.current in every.ranks
    assert effect(one) == effect(under(one, every.current))


@pytest.mark.parametrize(
    ("instance_type", "changes", "limits"),
    [
        ("t3.small", {}, Limits(ips=9, enis=3, prefix_ips=11)),
        ("m5.large", {}, Limits(ips=27, enis=3, prefix_ips=29)),
        ("m5.large", {"max_pods": "recommended"}, Limits(ips=27, enis=3, prefix_ips=110)),
        ("m5.large", {"max_pods": 15}, Limits(ips=15, enis=2, prefix_ips=15)),
        ("m5.large", {"ipamd": {"MAX_ENI": 2}}, Limits(ips=18, enis=2, prefix_ips=29)),
        ("c3.xlarge", {}, Limits(ips=56, enis=4, prefix_ips=0)),
        ("c3.xlarge", {"max_pods": 20}, Limits(ips=20, enis=2, prefix_ips=0)),
    ],
)
def test_values_end_where_they_stop_to_matter(
    instance_type: str, changes: dict[str, Any], limits: Limits
) -> None:
    """Targets go up to what a node can hold or its max pods can ask for, whichever is less."""
    one = scenario(instance_type, **changes)
    assert limits_of(one.model) == limits
    kinds = {candidate.kind for candidate in space(one.model).candidates}
    assert (PREFIXES in kinds, PREFIX_IPS in kinds) == (limits.prefix_ips > 0,) * 2
    assert max(c.warm for c in space(one.model).ranks if c.kind == IPS) == limits.ips


@pytest.mark.parametrize(
    ("instance_type", "most"), [("m5.large", 420), ("m5.4xlarge", 480), ("m6i.32xlarge", 520)]
)
def test_size_of_the_space(instance_type: str, most: int) -> None:
    """There are some hundred settings, however large the type."""
    every = space(scenario(instance_type, max_pods="recommended").model)
    assert 300 <= len(every.candidates) <= most


def test_only_types_in_use_count() -> None:
    """A group that never has nodes brings no values of its own."""
    one = scenario("t3.small")
    idle = {"name": "idle", "instance_type": "m6i.32xlarge", "nodes": 0}
    both = one.with_values(
        {"cluster.node_groups": [one.source.data["cluster"]["node_groups"][0], idle]}
    )
    assert limits_of(both.model) == limits_of(one.model)


@pytest.mark.parametrize(
    ("ipamd", "current"),
    [
        ({}, Candidate(ENIS, 1)),
        ({"WARM_ENI_TARGET": 50}, Candidate(ENIS, 50)),
        ({"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 2}, Candidate(IPS, 2)),
        ({"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 5}, Candidate(IPS, 2, 5)),
        ({"MINIMUM_IP_TARGET": 5}, Candidate(IPS, 0, 5)),
        ({"ENABLE_PREFIX_DELEGATION": True}, Candidate(PREFIXES, 1)),
    ],
)
def test_current_setting_comes_first(ipamd: dict[str, Any], current: Candidate) -> None:
    """The scenario's own setting is always among the candidates, a ceiling included."""
    assert space(scenario(ipamd=ipamd).model).candidates[0] == current


def test_groups_of_different_settings_are_one_candidate() -> None:
    """Where groups differ their settings stay together, and others replace all of them."""
    one = scenario(ipamd={"WARM_IP_TARGET": 2})
    own = {"name": "own", "instance_type": "t3.small", "nodes": 1, "ipamd": {"WARM_IP_TARGET": 5}}
    groups = [*one.source.data["cluster"]["node_groups"], own]
    both = one.with_values({"cluster.node_groups": groups})
    every = space(both.model)
    assert every.current == Candidate(MIXED)
    assert every.neighbours(every.current) == []
    settings = dict(under(both, Candidate(IPS, 3, 4)).model.group_settings())
    assert {one.WARM_IP_TARGET for one in settings.values()} == {3}


@pytest.mark.parametrize(
    ("candidate", "near"),
    [
        (Candidate(IPS, 1), {(2, 0), (1, 2)}),
        (Candidate(IPS, 3, 5), {(2, 4), (2, 5), (2, 6), (3, 4), (3, 6), (4, 0), (4, 5), (4, 6)}),
        (Candidate(ENIS, 0), {(1, 0)}),
    ],
)
def test_neighbours(candidate: Candidate, near: set[tuple[int, int]]) -> None:
    """Neighbours are one value off in either target or in both; equal targets mean no minimum."""
    found = space(scenario().model).neighbours(candidate)
    expected = {Candidate(candidate.kind, warm, minimum) for warm, minimum in near}
    if candidate == Candidate(IPS, 1):
        expected.add(Candidate(IPS, 2))
    assert set(found) == expected


@pytest.mark.parametrize("n", [1, 12, 48])
def test_spread_fills_the_space(n: int) -> None:
    """A coarse choice has every kind, and leaves no candidate far from all of it."""
    every = space(scenario("m5.4xlarge", max_pods="recommended").model)
    chosen = every.spread(n)
    assert len(set(chosen)) == n
    assert chosen[0] == every.current
    if n == 48:
        assert {one.kind for one in chosen} == {one.kind for one in every.candidates}
        assert max(steps_away(every, one, chosen) for one in every.ranks) <= 4


def steps_away(every: Space, one: Candidate, chosen: list[Candidate]) -> int:
    """How many steps from neighbour to neighbour lead from a candidate to the nearest chosen."""
    here, steps = {one}, 0
    while here.isdisjoint(chosen):
        here |= {near for other in here for near in every.neighbours(other)}
        steps += 1
    return steps


@pytest.mark.parametrize(
    ("most", "n", "values"),
    [(0, 4, []), (1, 4, [1]), (3, 9, [1, 2, 3]), (16, 5, [1, 2, 4, 8, 16]), (9, 2, [1, 9])],
)
def test_scale(most: int, n: int, values: list[int]) -> None:
    """Few values are all there; many stand at equal ratios."""
    assert scale(most, n) == values
