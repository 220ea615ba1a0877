"""Custom networking: what a daemon asks for, where, and when its start fails.

Written from aws/amazon-vpc-cni-k8s v1.23.1: ipamd.go (tryAllocateENI, handlePreScaling),
awsutils.go (createENI, RefreshSGIDs) and data_store.go (GetAllocatableENIs).
"""

from __future__ import annotations

from typing import Any

import pytest
from small_node import DENIED, SmallNode

from sim.ipamd.daemon import node_init, update_ip_pool_if_required

DESCRIBE, TAG, SUBNETS = "DescribeNetworkInterfaces", "CreateTags", "DescribeSubnets"
CREATE, ASSIGN = "CreateNetworkInterface", "AssignPrivateIpAddresses"
NEW_ENI = [
    CREATE,
    "DescribeInstances",
    "AttachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
]


def custom_node(**changes: Any) -> SmallNode:
    """A node whose ENIConfig names the other subnet."""
    node = SmallNode(custom_networking=True, **changes)
    node.c.eni_config_subnet = SmallNode.OTHER
    return node


def test_start() -> None:
    """The primary ENI gets nothing, a new one is made in the ENIConfig's subnet; no refresh."""
    node = custom_node()
    assert node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG, *NEW_ENI]
    subnets = [eni.subnet for eni in node.instance.interfaces]
    held = [len(eni.addresses) for eni in node.instance.interfaces]
    assert (subnets, held) == ([SmallNode.HOME, SmallNode.OTHER], [0, 3])
    assert node.pool() == (2, 3, 0)


def test_subnet_discovery_asks_for_subnets_in_set_up_only() -> None:
    """None before the creation: the ENIConfig has said where; one each as an ENI is set up."""
    node = custom_node(subnet_discovery=True)
    assert node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG, SUBNETS, *NEW_ENI, SUBNETS]


def test_prefix_mode() -> None:
    """The new ENI gets the prefixes that are wanted, the primary one none."""
    node = custom_node(prefix_delegation=True, warm_prefix_target=2)
    assert node.run(node_init(node.c))
    assert [sent.asked for sent in node.sent if sent.action == CREATE] == [2]
    assert [len(eni.prefixes) for eni in node.instance.interfaces] == [0, 2]


def test_growth_passes_the_primary_eni_over() -> None:
    """With IP targets the second ENI is filled, then a third is made."""
    node = custom_node(warm_ip_target=2)
    assert node.run(node_init(node.c))
    for expected in ([ASSIGN], NEW_ENI):
        node.sent.clear()
        node.pods(1)
        node.run(update_ip_pool_if_required(node.c))
        assert node.actions() == expected
        node.pods(1)
    assert len(node.instance.interfaces[0].addresses) == 0


@pytest.mark.parametrize("action", NEW_ENI)
def test_a_start_fails_while_the_pool_stays_empty(action: str) -> None:
    """Failures of a new ENI fail no other start, but this one, whichever request it is."""
    node = custom_node()
    node.fails(**{action: [DENIED] * 99})
    assert not node.run(node_init(node.c))
    plain = SmallNode(warm_eni_target=2)
    plain.set_up(3)
    plain.fails(**{action: [DENIED] * 99})
    assert plain.run(node_init(plain.c))


def test_a_start_without_room_for_an_eni_fails() -> None:
    """MAX_ENI=1 leaves custom networking no address: two requests, then it gives up."""
    node = custom_node(max_enis=1)
    assert not node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG]


def test_a_start_without_an_eni_config_fails() -> None:
    """A node that no ENIConfig is for asks for nothing (MyENIConfig)."""
    node = SmallNode(custom_networking=True)
    assert not node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG]


def test_a_restart_with_addresses_succeeds() -> None:
    """The pool is not too low, so nothing is grown and nothing fails."""
    node = custom_node(warm_ip_target=1)
    node.attach(2, is_known=False)
    assert node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG]


def test_an_eni_config_in_a_subnet_tagged_out_gives_no_address() -> None:
    """The ENI is made there all the same, is excluded as it is set up, and the start fails."""
    node = custom_node(subnet_discovery=True, other_tag="0")
    assert not node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG, SUBNETS, *NEW_ENI, SUBNETS]
    assert node.pool() == (2, 0, 0)
