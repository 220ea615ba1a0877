"""IPv6 mode: what a start asks for, tries again and gives up, and one /80 for all pods.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go nodeInit, setupENI and
assignIPv6Prefix. Every request takes 100 ms.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_node import DENIED, SmallNode

from sim.ipamd.ipv6 import Ipv6DataStore, node_init_ipv6

DESCRIBE, SUBNETS, TAG = "DescribeNetworkInterfaces", "DescribeSubnets", "CreateTags"
ASSIGN, GROUPS = "AssignIpv6Addresses", "ModifyNetworkInterfaceAttribute"


def ipv6_node(**changes: Any) -> tuple[SmallNode, Ipv6DataStore]:
    """A node in IPv6 mode whose daemon has not started yet."""
    node = SmallNode(ipv6=True, **changes)
    store = Ipv6DataStore(node.settings, lambda: 0.0, node._pool_changed)
    node.store = node.c.data_store = store
    return node, store


@pytest.mark.parametrize(
    ("discovery", "has_one", "actions"),
    [
        (False, False, [DESCRIBE, TAG, DESCRIBE, ASSIGN, GROUPS]),
        (False, True, [DESCRIBE, DESCRIBE, GROUPS]),  # a restart
        (True, False, [DESCRIBE, SUBNETS, TAG, SUBNETS, DESCRIBE, ASSIGN, GROUPS]),
    ],
)
def test_start(discovery: bool, has_one: bool, actions: list[str]) -> None:
    """The primary ENI is tagged and gets a /80, unless it has one; other ENIs are left alone."""
    node, store = ipv6_node(subnet_discovery=discovery)
    other = node.attach(1, is_known=False)
    restored: list[int] = []
    node.c.restore = lambda: restored.append(node.clock.now)
    node.instance.primary.ipv6_prefixes = int(has_one)
    node.instance.primary.tagged = has_one
    assert node.run(node_init_ipv6(node.c)) is True
    assert node.requests() == [(100 * i, action) for i, action in enumerate(actions)]
    assert node.instance.primary.ipv6_prefixes == 1
    assert (node.instance.primary.tagged, node.ec2.interfaces[other.id].ipv6_prefixes) == (True, 0)
    (eni,) = store.enis.entries()
    assert (eni.id, eni.is_primary, eni.holder, eni.created_ms) == (
        1,
        True,
        node.HOME,
        200 + 100 * (discovery - has_one),
    )
    assert restored == [node.clock.now - 100]


def test_pods_share_the_80() -> None:
    """Pods have addresses once there is a /80, and nothing is counted of them."""
    node, store = ipv6_node()
    assert store.assign_pod_ipv4_address(0) is None
    assert node.run(node_init_ipv6(node.c))
    cidr = store.assign_pod_ipv4_address(node.clock.now)
    assert cidr is not None
    assert cidr is store.assign_pod_ipv4_address(node.clock.now)
    assert (cidr.address, cidr.is_prefix, cidr.eni) == (0, True, store.enis.entries()[0])
    store.unassign_pod_ip_address(cidr, node.clock.now)
    assert node.pool() == (1, 0, 0)
    assert store.cooldown_ips == 0


FAILED_STARTS: dict[str, tuple[dict[str, list[str]], int]] = {
    "EC2 knows nothing of its ENIs": ({DESCRIBE: [DENIED] * 12}, 12),
    "subnets cannot be described": ({SUBNETS: [DENIED]}, 2),
    "the ENI cannot be tagged": ({TAG: [DENIED] * 5}, 7),
}


@pytest.mark.parametrize("name", FAILED_STARTS)
def test_a_start_that_fails(name: str) -> None:
    """It fails for good, and the ENI is not set up."""
    faults, requests = FAILED_STARTS[name]
    node, store = ipv6_node(subnet_discovery=True)
    node.fails(**faults)
    assert node.run(node_init_ipv6(node.c)) is False
    assert len(node.sent) == requests
    assert (store.prefix, store.enis.count) == (None, 0)


@pytest.mark.parametrize(
    ("faults", "tries"),
    [
        ({ASSIGN: [DENIED]}, 2),
        ({ASSIGN: [DENIED] * 5}, 6),
        ({DESCRIBE: ["", DENIED]}, 2),
        ({SUBNETS: ["", DENIED]}, 2),
    ],
)
def test_an_eni_is_set_up_in_six_tries(faults: dict[str, list[str]], tries: int) -> None:
    """10 s lie between them."""
    node, store = ipv6_node(subnet_discovery=SUBNETS in faults)
    node.fails(**faults)
    assert node.run(node_init_ipv6(node.c)) is True
    assert store.prefix is not None
    assert (node.clock.now - 100) // 10_000 == tries - 1


def test_a_start_without_a_prefix() -> None:
    """After the sixth failure the start goes on at once, and pods will find no address."""
    node, store = ipv6_node()
    node.fails(**{ASSIGN: [DENIED] * 6})
    assert node.run(node_init_ipv6(node.c)) is True
    assert store.prefix is None
    assert node.actions().count(ASSIGN) == 6
    assert node.clock.now == 5 * 10_000 + 100 * (2 + 6 * 2 + 1)
