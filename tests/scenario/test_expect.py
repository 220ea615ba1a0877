"""``expect``, ``variants``, ``prices``: what is read and refused, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from small_scenario import SMALL, Refusal, Write

from sim.results.summary import scenario_digest
from sim.scenario.headlines import HEADLINES
from sim.scenario.load import Scenario
from sim.scenario.reader import parse
from sim.scenario.rules import Rule, parse_rule
from sim.scenario.schema import schema

NAME = "name: small\n"


def with_rule(rule: str) -> str:
    """The first line of the small scenario, and a rule on the third."""
    return f"{NAME}expect:\n  {rule}\n"


@pytest.mark.parametrize(
    ("metric", "text", "operator", "limit"),
    [
        ("pod_ip_wait_p99", "<= 5s", "<=", 5.0),
        ("pod_ip_wait_p99", "<250ms", "<", 0.25),
        ("nodes_ready_p99", " <=  1m30s ", "<=", 90.0),
        ("pod_ip_wait_max", "== 0", "==", 0.0),
        ("throttled_share", "<= 0.1%", "<=", 0.001),
        ("throttled_share", "<= 12.5 %", "<=", 0.125),
        ("throttled_share", "< 0.001", "<", 0.001),
        ("subnet_free_min", ">= 200", ">=", 200.0),
        ("held_mean", "> 1.5", ">", 1.5),
    ],
)
def test_rules(metric: str, text: str, operator: str, limit: float) -> None:
    """A rule is an operator and a limit, read into the figure's own unit."""
    rule = parse_rule(metric, text)
    assert (rule.metric, rule.operator, rule.limit) == (metric, operator, pytest.approx(limit))
    assert parse_rule(metric, rule.text) == rule


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("pod_ip_wait_p98: <= 5s", "there is no such metric; did you mean pod_ip_wait_p99?"),
        ("throtled_share: <= 5%", "there is no such metric; did you mean throttled_share?"),
        ("price: <= 5", "there is no such metric; ipamd-sim schema lists those there are"),
        (
            "pod_ip_wait_p99: <= 5",
            "this is a time, and a duration needs a unit: write 5s, 5m or 5h",
        ),
        (
            "pod_ip_wait_p99: <= 5%",
            "this is a time, and '5%' is no duration: write it like 90s, 1h30m or 250ms",
        ),
        (
            "throttled_share: <= 5s",
            "this is a share, and '5s' is none: write it like 0.1% or 0.001",
        ),
        (
            "throttled_share: <= 5",
            "this is a share, and '5' is over 100 %: write one percent as 1% or 0.01",
        ),
        (
            'subnet_free_min: ">= 2s"',
            "this is a count, and '2s' is none: write it as a plain number, such as 200",
        ),
        ("ec2_calls: =< 5", "'=<' is no operator; did you mean <=?"),
        ("ec2_calls: '!= 5'", "'!=' is no operator; give one of <=, <, >=, >, =="),
        ("ec2_calls: 5", "5 has no operator: write it like '<= 200'"),
        ("pod_ip_wait_p99: 5s", "'5s' has no operator: write it like '<= 5s'"),
        ("ec2_calls: <=", "'<=' has no limit: write it like '<= 200'"),
        ("ec2_calls: [5]", "a list has no operator: write it like '<= 200'"),
        ("allow_unserved: -1", "-1 is below 0"),
    ],
)
def test_refused(refusal: Refusal, rule: str, says: str) -> None:
    """What is wrong with a rule is said with its line and column, and what would be right."""
    key = rule.split(":", maxsplit=1)[0]
    assert refusal(NAME, with_rule(rule)) == [f"s.yaml:3:3: expect.{key}: {says}"]


def test_a_rule_without_quotes_that_yaml_reads_otherwise(refusal: Refusal) -> None:
    """YAML gives > a meaning at the start of a text; the message tells to quote it."""
    (said,) = refusal(NAME, with_rule("subnet_free_min: >= 200"))
    assert said.startswith("s.yaml:3:21: not YAML: ")
    assert said.endswith("; put a text that begins with > or | in quotes")


@pytest.mark.parametrize("text", ["<= 2s", ">= 2s", "> 2s", "== 2s"])
def test_set_on_the_command_line(write: Write, text: str) -> None:
    """--set takes a rule as it is, with or without others in the file; nothing unsets it."""
    for new in (NAME, with_rule("pod_ip_wait_p99: <= 9s")):
        path = write(NAME, new)
        given = Scenario.load(path, [f"expect.pod_ip_wait_p99={text}"]).model.expect
        assert given is not None
        assert given.rules == (Rule("pod_ip_wait_p99", text[:2].strip(), 2.0, text),)
        unset = Scenario.load(path, ["expect.pod_ip_wait_p99="]).model.expect
        assert unset is not None
        assert unset.rules == ()


ABOUT_ANSWERS: dict[str, Any] = {
    "expect": {"pod_ip_wait_p99": "<= 5s", "allow_unserved": 1},
    "variants": {"lean": {"WARM_IP_TARGET": 5}},
    "prices": {"address_per_month": 0.2},
}


@pytest.mark.parametrize("key", ABOUT_ANSWERS)
def test_they_do_not_change_what_is_run(key: str) -> None:
    """A scenario has the same digest with and without them, and what is not given is not there."""
    data = parse(SMALL).data
    without, given = Scenario.from_dict(data), Scenario.from_dict({**data, key: ABOUT_ANSWERS[key]})
    assert not set(ABOUT_ANSWERS) & set(without.resolved())
    assert set(given.resolved()) - set(without.resolved()) == {key}
    assert scenario_digest(given.resolved()) == scenario_digest(without.resolved())


def test_resolved_reads_back() -> None:
    """What a scenario resolves to gives the same rules, variants and prices again."""
    scenario = Scenario.from_dict({**parse(SMALL).data, **ABOUT_ANSWERS})
    assert Scenario.from_dict(scenario.resolved()).model == scenario.model
    assert scenario.resolved()["expect"] == ABOUT_ANSWERS["expect"]


def test_the_schema_knows_the_rules() -> None:
    """Editors get every metric by name, and see units, operators and names that are wrong."""
    expect = {"$ref": "#/$defs/Expect", "$defs": schema()["$defs"]}
    validator = Draft202012Validator(expect)
    assert set(expect["$defs"]["Expect"]["properties"]) == {*HEADLINES, "allow_unserved"}
    right = {"pod_ip_wait_p99": "<= 1m30s", "throttled_share": "<0.1 %", "ec2_calls": "== 0"}
    assert validator.is_valid(right)
    wrong = [{"pod_ip_wait_p99": "<= 5"}, {"throttled_share": "<= 5s"}, {"ec2_calls": "=< 5"}]
    wrong += [{"ec2_calls": "<= 5s"}, {"pod_wait": "<= 5s"}, {"ec2_calls": 5}]
    assert [one for one in wrong if validator.is_valid(one)] == []
