"""Versions of the CNI: what is known to differ, and that the rest is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import worlds

from sim import InputError, Scenario
from sim.aws.client import backoff_v1_ms
from sim.results.versions import modelled_versions
from sim.scenario.cni_versions import DIFFERENCES, EARLIER, KNOWN, MODELLED, version

TWO_ENIS = {"WARM_ENI_TARGET": 2}  # the primary, and one more


def calls(world: Any) -> Counter[str]:
    """EC2 requests by action."""
    names = world.recorder.names.actions
    return Counter(names[row["action"]] for row in worlds.rows(world.recorder.ec2_calls))


def test_v1_23_1_is_the_default() -> None:
    """The last known version is the one that was carried over, and needs not be said."""
    assert KNOWN[-1] == MODELLED == "1.23.1"
    assert worlds.scenario().model.cni == (1, 23, 1)
    assert "cni_version" not in worlds.scenario().resolved()


@pytest.mark.parametrize("text", ["1.18.6", "v1.18.6"])
def test_a_known_version_is_taken(text: str) -> None:
    """With or without its v; results name it."""
    assert worlds.scenario(cni_version=text).model.cni == (1, 18, 6)
    assert modelled_versions(text)["cni"] == "v1.18.6"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.15.5", "there is no data on v1.15.5; known are v1.16.4, v1.17.1, v1.18.0 to v1.18.6"),
        ("1.24.0", "there is no data on v1.24.0"),
        ("latest", "'latest' is no version of the VPC CNI: write it like 1.23.1"),
    ],
)
def test_others_are_refused_with_the_known_ones(text: str, said: str) -> None:
    """A version without data is an error, not a guess."""
    with pytest.raises(InputError, match="cni_version") as refused:
        worlds.scenario(cni_version=text)
    assert said in str(refused.value)


def test_each_difference_has_its_source_and_order() -> None:
    """Every entry names a commit, and they stand in the order of their releases."""
    for table in (DIFFERENCES, EARLIER):
        assert [one.since for one in table] == sorted(one.since for one in table)
        assert all(one.source[:9].isalnum() and one.now for one in table)
    assert all(one.before for one in DIFFERENCES)
    assert all(one.since > version(KNOWN[0]) for one in DIFFERENCES)


@pytest.mark.parametrize(
    ("cni", "looks"),
    [("1.17.1", 0), ("1.18.0", 1), ("1.21.2", 1), ("1.22.0", 3), ("1.23.1", 3)],
)
def test_describe_subnets(cni: str, looks: int) -> None:
    """One new ENI: none before discovery, then its creation, then also each of the two set up."""
    world = worlds.play(ipamd=TWO_ENIS, cni_version=cni, duration="1m")
    assert calls(world)["CreateNetworkInterface"] == 1
    assert calls(world)["DescribeSubnets"] == looks


@pytest.mark.parametrize(("cni", "attempts"), [("1.19.3", 11), ("1.19.4", 3)])
def test_attempts_of_the_sdk(cni: str, attempts: int) -> None:
    """An action that is always throttled is tried as often as the version's SDK does."""
    aws = worlds.NO_LATENCY | {"buckets": {"CreateTags": {"max": 1, "refill_per_s": 0}}}
    groups = [worlds.group(nodes=2)]
    world = worlds.play(aws=aws, groups=groups, cni_version=cni, duration="15m")
    assert max(row["attempt"] for row in worlds.rows(world.recorder.ec2_calls)) == attempts
    given = aws | {"retry_attempts": 2}
    world = worlds.play(aws=given, groups=groups, cni_version=cni, duration="15m")
    assert max(row["attempt"] for row in worlds.rows(world.recorder.ec2_calls)) == 2


@pytest.mark.parametrize(("cni", "attempts"), [("1.17.1", 11), ("1.19.4", 3)])
def test_a_scenario_that_is_sent_on_is_of_its_version(cni: str, attempts: int) -> None:
    """What is resolved says how often the version tries, and is taken as it was given."""
    resolved = worlds.scenario(cni_version=cni).resolved()
    for one in (Scenario.from_dict(resolved), Scenario.of_checked(resolved, {})):
        assert one.model.aws.retry_attempts == attempts
        assert one.resolved() == resolved


def test_back_off_of_sdk_v1() -> None:
    """From 0.5 to 1 s, doubling, when throttled; from 30 ms on otherwise; 300 s at most."""
    assert [backoff_v1_ms(n, 0.0, True) for n in (1, 2, 3)] == [500, 1000, 2000]
    assert backoff_v1_ms(1, 0.5, True) == 750
    assert backoff_v1_ms(1, 0.0, False) == 30
    assert backoff_v1_ms(10, 0.5, True) == 225_000


@pytest.mark.parametrize(("cni", "enis"), [("1.20.3", 2), ("1.20.4", 3)])
def test_the_slot_for_a_trunk_on_types_without(cni: str, enis: int) -> None:
    """A t3.large has three ENIs; before v1.20.4 one is kept for a trunk that never comes."""
    ipamd = {"WARM_ENI_TARGET": 5, "ENABLE_POD_ENI": True}
    groups = [worlds.group(instance_type="t3.large")]
    world = worlds.play(ipamd=ipamd, groups=groups, cni_version=cni, duration="2m")
    assert world.nodes[0].store.enis.count == enis


def test_a_variable_that_the_version_does_not_read() -> None:
    """Discovery cannot be asked for where it is not there yet; off is what it is."""
    on, off = ({"ENABLE_SUBNET_DISCOVERY": value} for value in (True, False))
    with pytest.raises(InputError, match=r"is not read by v1\.17\.1"):
        worlds.scenario(ipamd=on, cni_version="1.17.1")
    assert isinstance(worlds.scenario(ipamd=off, cni_version="1.17.1"), Scenario)
