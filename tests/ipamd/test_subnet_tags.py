"""Tags of subnets: where new ENIs go, and what becomes of those that a tag excludes.

Written from aws/amazon-vpc-cni-k8s v1.23.1: awsutils.go (isSubnetValidForENICreation,
ValidSubnetTagsMatchingClusterName, IsSubnetExcluded) and data_store.go (deallocateEmptyCIDR).
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from small_node import SmallNode

from sim.aws.ec2 import SubnetSeen
from sim.aws.subnets import CLUSTER_TAG, CNI_TAG, Placement, Subnet
from sim.ipamd.awsutils import (
    create_eni,
    is_subnet_excluded,
    is_subnet_valid_for_eni_creation,
    is_tagged_out,
)
from sim.ipamd.enis import Cidr
from sim.ipamd.grow import setup_eni
from sim.ipamd.reconcile import reconcile_all_enis
from sim.ipamd.switch import check_and_handle_all_eni_exclusion, deallocate_empty_cidr

OURS, THEIRS = f"{CLUSTER_TAG}ours", f"{CLUSTER_TAG}theirs"


def seen(tags: dict[str, str], cluster: str = "ours") -> SubnetSeen:
    """What a daemon of a cluster sees of a subnet with these tags."""
    low = Placement("low-first", "low-first")
    subnet = Subnet("s", "a", 0, 16, random.Random(1), low, tags=tags, cluster=cluster)
    return SubnetSeen(0, 11, subnet.cni_tag, subnet.is_for_cluster)


@pytest.mark.parametrize(
    ("tags", "own", "other", "is_out"),
    [
        # tags, valid as the node's own subnet, as another one, excluded
        ({}, True, False, False),
        ({THEIRS: "shared"}, True, False, False),  # without the CNI's tag clusters do not count
        ({CNI_TAG: "1"}, True, True, False),
        ({CNI_TAG: "1", OURS: ""}, True, True, False),
        ({CNI_TAG: "1", THEIRS: "shared"}, False, False, True),
        ({CNI_TAG: "1", THEIRS: "", OURS: ""}, True, True, False),
        ({CNI_TAG: "0", OURS: ""}, False, False, True),
        ({CNI_TAG: "", THEIRS: ""}, True, False, False),
    ],
)
def test_tags_of_clusters(tags: dict[str, str], own: bool, other: bool, is_out: bool) -> None:
    """They narrow down a subnet that is tagged in, the node's own one, too."""
    one = seen(tags)
    assert is_subnet_valid_for_eni_creation(one, is_primary_subnet=True) is own
    assert is_subnet_valid_for_eni_creation(one, is_primary_subnet=False) is other
    assert is_tagged_out(one) is is_out


def test_without_a_name_tags_of_clusters_do_not_count() -> None:
    """CLUSTER_NAME is not set: each subnet that is tagged in will do."""
    assert is_subnet_valid_for_eni_creation(seen({CNI_TAG: "1", THEIRS: ""}, ""), False)


def test_a_name_is_compared_as_a_whole() -> None:
    """A cluster whose name begins like ours is another one."""
    assert not is_subnet_valid_for_eni_creation(seen({CNI_TAG: "1", f"{OURS}2": ""}), False)


def test_a_tag_counts_from_its_change_on() -> None:
    """The node's own subnet is tagged out: the next ENI goes to the one that is tagged in."""
    node = SmallNode(subnet_discovery=True, other_tag="1")
    assert node.ec2.interfaces[node.run(create_eni(node.c, 1)).value].subnet == SmallNode.HOME
    node.home.set_tags({CNI_TAG: "0"})
    assert node.ec2.interfaces[node.run(create_eni(node.c, 1)).value].subnet == SmallNode.OTHER
    assert node.run(is_subnet_excluded(node.c, SmallNode.HOME))
    node.home.set_tags({})
    assert not node.run(is_subnet_excluded(node.c, SmallNode.HOME))


def test_enis_that_are_there_stay_in_use() -> None:
    """A tag is looked at as an ENI is set up, and not again: its addresses serve as before."""
    node = SmallNode(subnet_discovery=True)
    node.set_up(2)
    node.home.set_tags({CNI_TAG: "0"})
    node.run(reconcile_all_enis(node.c))
    assert (len(node.pods(2)), node.pool()) == (2, (1, 2, 2))


def excluded_node(**changes: Any) -> SmallNode:
    """A node whose primary ENI has been set up, with three CIDRs, in a subnet tagged out."""
    node = SmallNode(subnet_discovery=True, home_tag="0", **changes)
    node.ec2.assign_private_ip_addresses(
        node.instance.primary.id, 3, node.settings.prefix_delegation
    )
    seen_now = node.metadata.get_attached_enis(0)[node.instance.primary.id]
    node.run(setup_eni(node.c, seen_now))
    node.sent.clear()
    return node


def test_an_excluded_eni_serves_no_pod_and_gives_back_what_is_free() -> None:
    """With one request; a CIDR with a pod stays (cleanupExcludedENI)."""
    node = excluded_node()
    eni = node.store.enis.entries()[0]
    assert node.store.assign_pod_ipv4_address(0) is None
    kept = eni.cidrs.entries()[0]
    node.store.restore(kept, 1, 0, 0)
    node.run(check_and_handle_all_eni_exclusion(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [("UnassignPrivateIpAddresses", 2)]
    assert eni.cidrs.entries() == [kept]


@pytest.mark.parametrize("prefix_delegation", [False, True])
def test_a_cidr_that_its_last_pod_left_is_dropped_and_found_again(prefix_delegation: bool) -> None:
    """EC2 is not told, so that the next reconcile asks it once, and puts the CIDR back."""
    node = excluded_node(prefix_delegation=prefix_delegation)
    eni = node.store.enis.entries()[0]
    cidr = eni.cidrs.entries()[0]
    emptied: list[Cidr] = []
    node.store.restore(cidr, 1, 0, 0)
    node.store.on_emptied = emptied.append
    node.store.unassign_pod_ip_address(cidr, node.clock.now)
    assert emptied == [cidr]
    prefixes = node.store.total_prefixes
    assert deallocate_empty_cidr(node.store, cidr, node.clock.now)
    assert not deallocate_empty_cidr(node.store, cidr, node.clock.now)
    assert (eni.cidrs.count, node.store.total_prefixes) == (2, prefixes)
    node.run(reconcile_all_enis(node.c))
    assert node.actions() == ["DescribeNetworkInterfaces"]
    assert (eni.cidrs.count, node.store.total_prefixes) == (3, prefixes + prefix_delegation)


def test_a_cidr_that_has_a_pod_is_not_dropped() -> None:
    """Only empty ones are."""
    node = excluded_node()
    cidr = node.store.enis.entries()[0].cidrs.entries()[0]
    node.store.restore(cidr, 1, 0, 0)
    assert not deallocate_empty_cidr(node.store, cidr, 0)


def test_an_eni_that_is_not_excluded_keeps_its_cidrs() -> None:
    """There no release is told of."""
    node = SmallNode()
    node.set_up(1)
    emptied: list[object] = []
    node.store.on_emptied = emptied.append
    node.pods_leave(node.pods(1))
    assert emptied == []
