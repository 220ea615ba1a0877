"""Reconciles, decreases and starts that meet more than one CIDR, or others that cool.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go: nodeIPPoolReconcile,
verifyAndAddIPsToDatastore, tryUnassignCidrsFromAll, deallocateEmptyCIDR.
"""

from __future__ import annotations

import pytest
from small_node import SmallNode

from sim.ipamd.reconcile import reconcile_all_enis, verify_and_add_to_datastore
from sim.ipamd.shrink import try_unassign_cidrs_from_all
from sim.ipamd.switch import check_and_handle_all_eni_exclusion, deallocate_empty_cidr

MINUTE = 60_000


@pytest.mark.parametrize(("age_ms", "asked"), [(MINUTE - 1, 0), (MINUTE, 1)])
def test_cidrs_behind_one_that_is_passed_over(age_ms: int, asked: int) -> None:
    """One given back lately, or that EC2 does not confirm, does not hide those behind it."""
    node = SmallNode()
    eni = node.set_up()
    there = node.ec2.assign_private_ip_addresses(eni.id, 1, False).value[0]
    gone = there + 50
    node.c.reconcile_cooldown_cache.add(gone, False, 0)
    node.run_until(age_ms)
    steps = verify_and_add_to_datastore(node.c, eni, [gone, there], False, False)
    assert node.run(steps) == {there}
    assert list(eni.addresses) == [there]
    assert node.actions() == ["DescribeNetworkInterfaces"] * asked


def test_what_is_gone_is_dropped_while_others_cool() -> None:
    """An ENI, or an address, that EC2 has no more leaves the data store at that instant."""
    node = SmallNode()
    eni = node.set_up(2)
    node.store.add_eni(9, node.HOME, False, 0)
    node.pods_leave(node.pods(1))
    address = next(cidr.address for cidr in eni.cidrs.entries() if not cidr.cooling)
    node.ec2.unassign_private_ip_addresses(eni.id, [address], False)
    node.run_until(1_000)
    node.changes.clear()
    node.run(reconcile_all_enis(node.c))
    assert [(row[0], row[2]) for row in node.changes] == [(1_100, 0), (1_100, -1)]
    assert node.pool() == (1, 1, 0)


def test_a_pool_that_is_as_it_should_be_draws_no_random_number() -> None:
    """Where nothing is over the targets, no map is met."""
    drawn: list[int] = []
    node = SmallNode(uniform=lambda: float(drawn.append(1) or 0), warm_ip_target=3)
    node.set_up(2)
    node.attach(1)
    drawn.clear()
    node.run(try_unassign_cidrs_from_all(node.c))
    assert (drawn, node.sent) == ([], [])


def test_prefixes_of_an_excluded_eni_are_given_back() -> None:
    """In prefix mode its /28s, though it has no single address."""
    node = SmallNode(prefix_delegation=True)
    node.store.exclude(node.set_up())
    node.give(node.store.enis.entries()[0], 2)
    node.run(check_and_handle_all_eni_exclusion(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [("UnassignPrivateIpAddresses", 2)]


def test_each_prefix_that_is_forgotten_counts() -> None:
    """Two /28s of an excluded ENI are dropped, and upstream's count of prefixes stays."""
    node = SmallNode(prefix_delegation=True)
    eni = node.set_up()
    node.store.exclude(eni)
    node.give(eni, 2)
    for cidr in eni.cidrs.entries():
        assert deallocate_empty_cidr(node.store, cidr, 0)
    assert (node.store.forgotten_prefixes, node.store.total_prefixes) == (2, 2)
