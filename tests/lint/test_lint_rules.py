"""The rules of lint: each fires on a scenario that shows its trap, and none on clean ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from sim import Scenario, run
from sim.lint.case import NEEDS, Case
from sim.lint.given import case_of_arguments
from sim.lint.look import look
from sim.lint.rule import Severity
from sim.lint.rules import RULES
from sim.lint.space import expected_free_prefixes
from sim.scenario.cluster import Subnet

ROOT = Path(__file__).parents[2]
Summary = dict[str, Any]


def held(summary: Summary, group: str = "") -> float:
    """Addresses held on average."""
    places = summary["addresses"]
    place = places["node_groups"][group] if group else places["cluster"]
    return float(place["held"]["mean"])


def answers(summary: Summary, code: str) -> int:
    """Requests that EC2 answered with this code."""
    return sum(codes.get(code, 0) for codes in summary["ec2"]["requests"].values())


def never_got_one(summary: Summary) -> int:
    """Pods that never got an address on the node they were bound to."""
    return int(summary["pods"]["unserved_reasons"].get("no free address", 0))


SHOWS: dict[str, Callable[[Summary], bool]] = {
    "rounds-up": lambda s: held(s) == 4 * (32 + 1),
    "warm-eni-ignored": lambda s: held(s) == 2 * (2 + 1),
    "over-the-type": lambda s: held(s) == 3 * (27 + 3),
    "not-nitro": lambda s: (
        never_got_one(s) == 4 and s["addresses"]["cluster"]["partial"]["mean"] == 0
    ),
    "no-cooldown": lambda s: (
        s["pods"]["started"] > 100 and s["addresses"]["cluster"]["cooldown"]["mean"] < 0.01
    ),
    "nodes-do-not-fit": lambda s: s["nodes"]["ready"] == 11 and s["nodes"]["launch_failures"] > 3,
    "no-prefixes-to-start": lambda s: (
        s["pods"]["started"] == 0 and answers(s, "InsufficientCidrBlocks") > 100
    ),
    "no-prefixes-for-pods": lambda s: (
        s["nodes"]["ready"] == 3 and never_got_one(s) > 20 and s["pods"]["started"] > 48
    ),
    "max-pods-too-high": lambda s: never_got_one(s) == 8,
    "max-pods-left-at-default": lambda s: s["pods"]["started"] == 27,
    "of-the-other-mode": lambda s: held(s) == 2 * (9 + 1),
    "groups-differ": lambda s: (held(s, "web"), held(s, "gpu")) == (10, 3),
    "never-fits": lambda s: s["pods"]["unserved_reasons"] == {"no node fits": 6},
    "never-comes": lambda s: s["pods"]["created"] == 0,
}

CLEAN = ("poisson", "deployment-rollout", "quickstart")


def ids(case: Case) -> list[str]:
    """Ids of what is found."""
    return [one.rule.id for one in look(case).found]


def arguments(variables: str, subnets: str = "", **group: Any) -> list[str]:
    """Ids of what is found in variables on part of a cluster."""
    return ids(case_of_arguments(variables.split(), group, subnets.split()))


def test_ids_are_in_order_and_say_what_is_needed() -> None:
    """Ids count up without a gap, and needs are known ones."""
    assert [rule.id for rule in RULES] == [f"IPAMD{n:03}" for n in range(1, len(RULES) + 1)]
    assert all(rule.needs <= NEEDS.keys() for rule in RULES)


def test_every_scenario_shows_a_rule() -> None:
    """Each rule names a shipped scenario, and those made for lint are each looked at here."""
    named = {rule.shown_by for rule in RULES}
    assert all((ROOT / path).is_file() for path in named)
    made = {path.stem for path in (ROOT / "scenarios" / "lint").glob("*.yaml")}
    assert made == SHOWS.keys()
    assert {f"scenarios/lint/{name}.yaml" for name in made} <= named


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_fires_on_its_scenario(rule: Any) -> None:
    """The scenario that shows a trap has it, at a line of the file, with a remedy."""
    found = look(Case(Scenario.load(ROOT / rule.shown_by))).found
    mine = [one for one in found if one.rule is rule]
    assert mine
    assert all(one.problem.line and one.remedy for one in mine)


@pytest.mark.parametrize("name", SHOWS)
def test_the_run_shows_the_trap(name: str) -> None:
    """What the rule warns of is what happens."""
    scenario = Scenario.load(ROOT / "scenarios" / "lint" / f"{name}.yaml")
    assert scenario.model.description
    assert SHOWS[name](run(scenario).summary)


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_scenario_is_silent(name: str) -> None:
    """Nothing is found where there is nothing, and every rule looked."""
    found = look(Case(Scenario.load(ROOT / "scenarios" / f"{name}.yaml")))
    assert found.found == []
    assert found.not_looked_for == {}


LARGE = {"instance_type": "m5.large"}
PREFIXES = "ENABLE_PREFIX_DELEGATION=true"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (arguments("MINIMUM_IP_TARGET=5"), ["IPAMD001"]),
        (arguments("MINIMUM_IP_TARGET=26", **LARGE), ["IPAMD001"]),
        (arguments("MINIMUM_IP_TARGET=27", **LARGE), []),
        (arguments("MINIMUM_IP_TARGET=5 WARM_IP_TARGET=1", **LARGE), []),
        (arguments(f"{PREFIXES} WARM_PREFIX_TARGET=0"), ["IPAMD002"]),
        (arguments(f"{PREFIXES} WARM_PREFIX_TARGET=0 WARM_IP_TARGET=16"), []),
        (arguments(f"{PREFIXES} WARM_IP_TARGET=17"), ["IPAMD003"]),
        (arguments(f"{PREFIXES} WARM_IP_TARGET=32"), []),
        (arguments("WARM_IP_TARGET=17"), []),
        (arguments("WARM_ENI_TARGET=0 WARM_IP_TARGET=2"), ["IPAMD004"]),
        (arguments("WARM_ENI_TARGET=1 WARM_IP_TARGET=2"), []),
        (arguments("WARM_IP_TARGET=27", **LARGE), []),
        (arguments("WARM_IP_TARGET=28", **LARGE), ["IPAMD005"]),
        (arguments("WARM_IP_TARGET=28"), []),
        (arguments("WARM_ENI_TARGET=3", **LARGE), []),
        (arguments("WARM_ENI_TARGET=4", **LARGE), ["IPAMD005"]),
        (arguments(PREFIXES, instance_type="m4.large"), ["IPAMD006"]),
        (arguments(PREFIXES, instance_type="m5.metal", max_pods=110), ["IPAMD012"]),
        (arguments("WARM_IP_TARGET=1", nodes=100), []),
        (arguments("WARM_IP_TARGET=1", nodes=101), ["IPAMD007"]),
        (arguments("WARM_IP_TARGET=2", nodes=900), []),
        (arguments("IP_COOLDOWN_PERIOD=0"), ["IPAMD008"]),
        (arguments("IP_COOLDOWN_PERIOD=1"), []),
        (arguments("", "10.0.0.0/28", nodes=11, **LARGE), []),
        (arguments("", "10.0.0.0/28", nodes=12, **LARGE), ["IPAMD009"]),
        (arguments(PREFIXES, "10.0.0.0/28", nodes=1, max_pods=110, **LARGE), ["IPAMD010"]),
        (arguments(PREFIXES, "10.0.0.0/24", nodes=2, max_pods=110, **LARGE), []),
        (arguments("", max_pods=30, **LARGE), ["IPAMD011"]),
        (arguments("", max_pods=29, **LARGE), []),
        (arguments(PREFIXES, max_pods=109, **LARGE), ["IPAMD012"]),
        (arguments(PREFIXES, max_pods=110, **LARGE), []),
        (arguments("WARM_PREFIX_TARGET=2"), ["IPAMD013"]),
        (arguments(f"{PREFIXES} WARM_ENI_TARGET=2"), ["IPAMD013"]),
    ],
)
def test_where_a_rule_begins(found: list[str], expected: list[str]) -> None:
    """Each rule fires from its threshold on, and the neighbours below it are silent."""
    assert found == expected


def test_numbers_are_those_of_the_cluster() -> None:
    """A larger quota takes more nodes with WARM_IP_TARGET=1."""
    storm = Scenario.load(ROOT / "scenarios" / "surprises" / "storm.yaml")
    message = look(Case(storm)).found[0].trap.message
    assert "1,600 AssignPrivateIpAddresses" in message
    assert "300 s of throttling" in message
    assert ids(Case(storm.with_values({"aws.quota_multiplier": 16}))) == []


def test_enough_spare_by_the_minimum() -> None:
    """A minimum above the pods and what cools of them takes the trap away, as it does in runs."""
    path = ROOT / "scenarios" / "short-is-zero-yet-pods-wait.yaml"
    assert ids(Case(Scenario.load(path))) == ["IPAMD016"]
    assert ids(Case(Scenario.load(path, ["ipamd.MINIMUM_IP_TARGET=51"]))) == []


@pytest.mark.parametrize(
    ("subnet", "free"),
    [
        ({"cidr": "10.0.0.0/24"}, 14),
        ({"cidr": "10.0.0.0/28"}, 0),
        ({"cidr": "10.0.0.0/24", "others": {"addresses": ["10.0.0.40", "10.0.0.44"]}}, 13),
        ({"cidr": "10.0.0.0/24", "others": {"count": 30, "placement": "low-first"}}, 12),
        ({"cidr": "10.0.0.0/24", "reservations": [{"cidr": "10.0.0.64/26"}]}, 4),
        (
            {"cidr": "10.0.0.0/24", "reservations": [{"cidr": "10.0.0.64/26", "type": "explicit"}]},
            10,
        ),
        ({"cidr": "10.0.0.0/24", "others": {"count": 250}}, 0),
    ],
)
def test_free_prefixes(subnet: dict[str, Any], free: int) -> None:
    """What is known exactly is counted exactly."""
    assert expected_free_prefixes(Subnet.model_validate({"name": "a", **subnet})) == free


@pytest.mark.parametrize("others", [1, 5, 20])
def test_expected_free_prefixes(others: int) -> None:
    """The expectation is the mean over random places."""
    subnet = Subnet.model_validate(
        {"name": "a", "cidr": "10.0.0.0/24", "others": {"count": others}}
    )
    draw = random.Random(1)
    counts = []
    for _ in range(2000):
        taken = {0, 1, 2, 3, 255, *draw.sample(range(4, 255), others)}
        counts.append(16 - len({address // 16 for address in taken}))
    assert expected_free_prefixes(subnet) == pytest.approx(fmean(counts), abs=0.1)


def test_severities_in_order() -> None:
    """The worst comes first, and decides whether it fails."""
    case = case_of_arguments(["MINIMUM_IP_TARGET=5", "IP_COOLDOWN_PERIOD=0"], {}, [])
    found = look(case)
    assert [one.rule.severity for one in found.found] == [Severity.ERROR, Severity.WARNING]
    assert found.fails(Severity.ERROR)
    rest = look(case, ["IPAMD001"])
    assert not rest.fails(Severity.ERROR)
    assert rest.fails(Severity.WARNING)
    assert rest.fails(Severity.NOTE)
