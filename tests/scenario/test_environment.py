"""Environment variables of v1.23.1: honoured, refused by name, or without effect on addresses."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import worlds

from sim import InputError
from sim.scenario.environment import INSTEAD, REFUSED, WITHOUT_EFFECT
from sim.scenario.ipamd import Ipamd

README = re.findall(
    r"\w+",
    """
ADDITIONAL_ENI_TAGS ANNOTATE_POD_IP AWS_EC2_ENDPOINT AWS_EXTERNAL_SERVICE_CIDRS
AWS_MANAGE_ENIS_NON_SCHEDULABLE AWS_VPC_CNI_NODE_PORT_SUPPORT AWS_VPC_ENI_MTU
AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG
AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS AWS_VPC_K8S_CNI_EXTERNALSNAT AWS_VPC_K8S_CNI_LOGLEVEL
AWS_VPC_K8S_CNI_LOG_FILE AWS_VPC_K8S_CNI_RANDOMIZESNAT AWS_VPC_K8S_CNI_VETHPREFIX
AWS_VPC_K8S_PLUGIN_LOG_FILE AWS_VPC_K8S_PLUGIN_LOG_LEVEL CLUSTER_ENDPOINT CLUSTER_NAME
DISABLE_INTROSPECTION DISABLE_LEAKED_ENI_CLEANUP DISABLE_METRICS
DISABLE_NETWORK_RESOURCE_PROVISIONING DISABLE_POD_V6 DISABLE_TCP_EARLY_DEMUX
ENABLE_BANDWIDTH_PLUGIN ENABLE_IMDS_ONLY_MODE ENABLE_IPv4 ENABLE_IPv6 ENABLE_MULTI_NIC
ENABLE_NFTABLES ENABLE_POD_ENI ENABLE_PREFIX_DELEGATION ENABLE_SUBNET_DISCOVERY ENABLE_V4_EGRESS
ENABLE_V6_EGRESS ENI_CONFIG_ANNOTATION_DEF ENI_CONFIG_LABEL_DEF HOST_CNI_BIN_PATH
HOST_CNI_CONFDIR_PATH INTROSPECTION_BIND_ADDRESS IP_COOLDOWN_PERIOD MAX_ENI MINIMUM_IP_TARGET
NETWORK_POLICY_ENFORCING_MODE POD_MTU POD_SECURITY_GROUP_ENFORCING_MODE WARM_ENI_TARGET
WARM_IP_TARGET WARM_PREFIX_TARGET
""",
)
"""The variables that upstream's README of v1.23.1 documents."""

SOURCE = re.findall(
    r"\w+",
    """
AWS_VPC_K8S_CNI_BACKING_STORE AWS_VPC_K8S_CNI_CONNMARK HTTP_TIMEOUT MANAGE_UNTAGGED_ENI
MY_NODE_NAME MY_POD_NAME VPC_CNI_VERSION
""",
)
"""Those that only its source or its manifest names."""

PAGE = Path(__file__).parents[2] / "docs" / "settings-honoured.md"


def test_all_are_accounted_for_once() -> None:
    """Each variable is a field, or in one of the tables, and the page in the docs has it."""
    fields = set(Ipamd.model_fields) - set(REFUSED)
    tables = (fields, set(REFUSED), set(INSTEAD), set(WITHOUT_EFFECT))
    assert set(README) | set(SOURCE) <= set().union(*tables)
    assert not any(one & other for one, other in itertools.combinations(tables, 2))
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for table in tables for name in table)


@pytest.mark.parametrize("name", sorted({*WITHOUT_EFFECT, *INSTEAD}))
def test_what_is_no_key_is_refused_by_name(name: str) -> None:
    """A variable that is not honoured is never passed over in silence."""
    with pytest.raises(InputError, match=f"ipamd.{name}: "):
        worlds.scenario(ipamd={name: "x"})


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_not_modelled_is_refused_if_on(name: str) -> None:
    """The message has the reason; off is accepted."""
    with pytest.raises(InputError) as refused:
        worlds.scenario(ipamd={name: True})
    assert f"{name}=true is refused: {REFUSED[name]}" in str(refused.value)
    worlds.scenario(ipamd={name: False})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "has ENABLE_POD_ENI; set ENABLE_POD_ENI: true under ipamd"),
        (
            {"ipamd": {"ENABLE_POD_ENI": True}, "groups": [worlds.group(instance_type="t3.large")]},
            "no instance type that its pods may run on can have a trunk ENI",
        ),
        (
            {"groups": [worlds.group(unmanaged_enis=3)]},
            "3 ENIs and the primary, but m5.large has 3",
        ),
        ({"groups": [worlds.group(efa_enis=3)]}, "give at most 2"),
    ],
)
def test_enis_that_cannot_be(changes: dict[str, object], said: str) -> None:
    """Branch ENIs without a trunk, and more ENIs than slots, are errors."""
    with pytest.raises(InputError) as refused:
        worlds.scenario(worlds.deployment(1, security_groups=True), **changes)
    assert said in str(refused.value)
