"""Keys about custom networking, tags and faults: what is refused, and what is warned of."""

from __future__ import annotations

from typing import Any

import pytest
from small_scenario import Refusal, Write

from sim.scenario.load import Scenario

SUBNET = "    - {name: a, cidr: 10.0.0.0/24}\n"
PODS = "    - {name: p, cidr: 10.1.0.0/24}\n"
IPAMD = "  WARM_IP_TARGET: 2\n"
ON = "  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true\n"
REFUSED = [
    (
        SUBNET,
        f"{SUBNET}  eni_configs: [{{subnet: aa}}]\n",
        "cluster.eni_configs[0].subnet: there is no subnet aa; did you mean a?",
    ),
    (
        SUBNET,
        f"{SUBNET}  eni_configs: [{{subnet: a, zone: b}}]\n",
        "cluster.eni_configs[0].subnet: a lies in zone a, the ENIConfig is for zone b; EC2 "
        "attaches no ENI to an instance of another zone",
    ),
    (
        SUBNET,
        f"{SUBNET}{PODS}  eni_configs: [{{subnet: a}}, {{zone: a, subnet: p}}]\n",
        "cluster.eni_configs[1].zone: cluster.eni_configs[0] is for zone a already; give "
        "each zone one",
    ),
    (
        IPAMD,
        f"{IPAMD}  CLUSTER_NAME: mine\n",
        "ipamd.CLUSTER_NAME: does not belong here; write cluster.name",
    ),
    (
        IPAMD,
        f"{IPAMD}aws: {{faults: [{{from: 5m, to: 5m}}]}}\n",
        "aws.faults[0]: to is not after from",
    ),
    (
        IPAMD,
        f"{IPAMD}aws: {{faults: [{{actions: [CreateInterface], to: 5m}}]}}\n",
        "aws.faults[0].actions[0]: ",
    ),
    (
        "10.0.0.0/24}",
        "10.0.0.0/24, tag_changes: [{at: 5m}, {at: 5m}]}",
        "cluster.subnets[0].tag_changes: the times of the steps must rise",
    ),
]
WARNED = [
    (
        IPAMD,
        f"{IPAMD}{ON}",
        "cluster.node_groups[0]: no ENIConfig is for zone a: its nodes of this group never "
        "become ready; add it to cluster.eni_configs",
    ),
    (
        SUBNET,
        f"{SUBNET}  eni_configs: [{{subnet: a}}]\n",
        "cluster.eni_configs: has no effect: AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is off",
    ),
    (
        "10.0.0.0/24}",
        "10.0.0.0/24, tag_changes: [{at: 3h}]}",
        "cluster.subnets[0].tag_changes[0].at: never comes: the run ends at 2h",
    ),
    (
        IPAMD,
        f"{IPAMD}aws: {{faults: [{{from: 2h}}]}}\n",
        "aws.faults[0].from: never comes: the run ends at 2h",
    ),
]


def said(line: str) -> str:
    """A message without its file and line, which other tests look at."""
    return line.split(": ", 1)[1]


@pytest.mark.parametrize(("old", "new", "expected"), REFUSED)
def test_refusals(refusal: Refusal, old: str, new: str, expected: str) -> None:
    """One message each, with what to write instead."""
    (line,) = refusal(old, new)
    assert said(line).startswith(expected)


@pytest.mark.parametrize(("old", "new", "expected"), WARNED)
def test_warnings(write: Write, old: str, new: str, expected: str) -> None:
    """What can hardly be meant is said, and nothing else."""
    loaded = Scenario.load(write(old, new))
    texts = [str(one) for one in loaded.warnings]
    assert expected in [said(text) for text in texts]


def test_max_pods_without_the_primary_eni(write: Write) -> None:
    """m5.large under custom networking: 18 addresses, which auto's 29 pods exceed."""
    path = write(IPAMD, f"{IPAMD}{ON}")
    values: dict[str, Any] = {"cluster.eni_configs": [{"subnet": "a"}]}
    (warning,) = Scenario.load(path).with_values(values).warnings
    assert "27 pods may want an address; with these settings a node holds 18 at most" in str(
        warning
    )
    values["cluster.node_groups.batch.max_pods"] = "recommended"
    assert Scenario.load(path).with_values(values).warnings == []


def test_keys_that_are_not_given_are_not_written(write: Write) -> None:
    """A scenario without them reads as before."""
    data = Scenario.load(write()).resolved()
    assert "faults" not in data["aws"]
    assert not {"name", "eni_configs"} & data["cluster"].keys()
    assert "tag_changes" not in data["cluster"]["subnets"][0]
