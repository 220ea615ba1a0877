"""Reconciles: metadata, EC2 and data store brought in line.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go: nodeIPPoolReconcile,
eniIPPoolReconcile, eniPrefixPoolReconcile, verifyAndAddIPsToDatastore and its twin.
"""

from __future__ import annotations

import pytest
from small_node import DENIED, SmallNode

from sim.ipamd.context import LONG_AGO, ReconcileCooldownCache
from sim.ipamd.enis import Eni
from sim.ipamd.reconcile import finds_nothing, node_ip_pool_reconcile
from sim.ipamd.shrink import dealloc_cidrs

DESCRIBE, TAG, SUBNETS = "DescribeNetworkInterfaces", "CreateTags", "DescribeSubnets"
MINUTE = 60_000
BOTH_MODES = pytest.mark.parametrize("is_prefix", [False, True])


def reconcile(node: SmallNode, at: int | None = None) -> list[str]:
    """A reconcile, now or later; the requests it makes."""
    if at is not None:
        node.run_until(at)
    before = len(node.sent)
    node.run(node_ip_pool_reconcile(node.c))
    return node.actions()[before:]


def give_back(node: SmallNode, eni: Eni, codes: list[str]) -> int:
    """Gives an ENI's first CIDR back, now; codes are those of the request."""
    cidr = eni.cidrs.entries()[0]
    node.store.remove_cidrs(eni, [cidr], node.clock.now)
    node.fails(UnassignPrivateIpAddresses=codes)
    node.run(dealloc_cidrs(node.c, eni.id, [cidr]))
    return cidr.address


def addresses(eni: Eni) -> list[int]:
    """CIDRs of an ENI in the data store."""
    return sorted(cidr.address for cidr in eni.cidrs.entries())


# --------------------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("last", "now", "runs"),
    [(LONG_AGO, 0, True), (0, MINUTE, False), (0, MINUTE + 1, True), (5, MINUTE + 5, False)],
)
def test_interval(last: int, now: int, runs: bool) -> None:
    """More than 60 s after the last pool action, whose stamp it renews."""
    node = SmallNode()
    node.set_up(1)
    node.c.last_node_ip_pool_action = last
    assert reconcile(node, at=now or None) == []
    assert node.c.last_node_ip_pool_action == (now if runs else last)


def test_no_request_without_a_difference() -> None:
    """Metadata and data store agree: nothing is asked, and that can be told without a look."""
    node = SmallNode()
    node.set_up(2)
    node.attach(3)
    assert finds_nothing(node.c)
    assert reconcile(node) == []


def test_a_difference_can_be_told() -> None:
    """An ENI or a CIDR that one side lacks, or one that was given back once."""
    node = SmallNode()
    eni = node.set_up(2)
    node.ec2.assign_private_ip_addresses(eni.id, 1, False)
    assert not finds_nothing(node.c)
    assert reconcile(node) == [DESCRIBE]
    assert finds_nothing(node.c)
    node.c.reconcile_cooldown_cache.add(next(iter(eni.addresses)), False, 0)
    assert not finds_nothing(node.c)
    node = SmallNode()
    node.set_up(2)
    node.attach(1, is_known=False)
    assert not finds_nothing(node.c)


# -------------------------------------------------------------------- CIDRs differ


@BOTH_MODES
def test_a_cidr_that_appeared_is_added(is_prefix: bool) -> None:
    """EC2 is asked about that ENI, and believed."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.set_up(1)
    node.attach(2)
    node.ec2.assign_private_ip_addresses(eni.id, 1, is_prefix)
    assert reconcile(node) == [DESCRIBE]
    assert addresses(eni) == sorted(node.instance.primary.cidrs(is_prefix))
    assert reconcile(node, at=2 * MINUTE) == []


@BOTH_MODES
def test_a_cidr_that_is_gone_is_dropped_with_its_pods(is_prefix: bool) -> None:
    """By force: the pod's address is not there any more."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.set_up(2)
    pod = node.pods(1)[0]
    node.ec2.unassign_private_ip_addresses(eni.id, [pod.address], is_prefix)
    assert reconcile(node) == [DESCRIBE]
    assert addresses(eni) == sorted(node.instance.primary.cidrs(is_prefix))
    assert (node.store.assigned_ips, pod.eni) == (0, None)


def test_stale_metadata_are_not_believed() -> None:
    """What the metadata do not show yet stays, since EC2 knows it; each look costs a request."""
    node = SmallNode(metadata_delay=lambda: 10 * MINUTE)
    eni = node.set_up(3)
    node.pods(2)
    assert reconcile(node) == [DESCRIBE]
    assert reconcile(node, at=2 * MINUTE) == [DESCRIBE]
    assert (len(eni.cidrs), node.store.assigned_ips) == (3, 2)
    assert reconcile(node, at=11 * MINUTE) == []


def test_ec2_does_not_answer() -> None:
    """That ENI is left as it is, the reconcile is stamped, and the next one asks again."""
    node = SmallNode()
    eni = node.set_up(1)
    node.ec2.assign_private_ip_addresses(eni.id, 2, False)
    node.fails(DescribeNetworkInterfaces=[DENIED])
    assert reconcile(node) == [DESCRIBE]
    assert (len(eni.cidrs), node.c.last_node_ip_pool_action) == (1, 100)
    assert not finds_nothing(node.c)
    assert reconcile(node, at=2 * MINUTE) == [DESCRIBE]
    assert len(eni.cidrs) == 3


# ------------------------------------------------------------ CIDRs given back lately


def test_the_cache_of_cidrs_given_back() -> None:
    """ReconcileCooldownCache: fresh for 60 s, and then found until it is removed."""
    cache = ReconcileCooldownCache()
    cache.add(7, False, 1000)
    assert cache.recently_freed(7, False, 1000 + MINUTE - 1) == (True, True)
    assert cache.recently_freed(7, False, 1000 + MINUTE) == (True, False)
    assert cache.recently_freed(7, True, 1000) == (False, False)
    cache.remove(7, False)
    assert cache.recently_freed(7, False, 1000) == (False, False)


@BOTH_MODES
def test_a_cidr_that_could_not_be_given_back_returns_after_its_60_s(is_prefix: bool) -> None:
    """Until then each reconcile asks EC2 and passes it over."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.set_up(2)
    address = give_back(node, eni, [DENIED])
    node.c.last_node_ip_pool_action = LONG_AGO
    assert reconcile(node, at=MINUTE - 101) == [DESCRIBE]
    assert address not in addresses(eni)
    assert reconcile(node, at=2 * MINUTE) == [DESCRIBE]
    assert address in addresses(eni)
    assert reconcile(node, at=4 * MINUTE) == []


@BOTH_MODES
def test_a_cidr_handed_out_again_within_60_s_is_dropped_by_force(is_prefix: bool) -> None:
    """verifyAndAdd...: it is not marked as seen, and its pod goes with it."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.set_up(1)
    address = give_back(node, eni, [])
    node.give(eni, 1)
    assert addresses(eni) == [address]
    node.pods(1)
    assert reconcile(node) == []
    assert (addresses(eni), node.store.assigned_ips) == ([], 0)
    assert list(node.instance.primary.cidrs(is_prefix)) == [address]
    assert reconcile(node, at=2 * MINUTE) == [DESCRIBE]  # it differs from the metadata
    assert addresses(eni) == [address]


@BOTH_MODES
def test_a_cidr_handed_out_again_later_is_confirmed_once(is_prefix: bool) -> None:
    """One request for all such CIDRs of an ENI; then they are forgotten."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.set_up(2)
    given_back = [give_back(node, eni, []), give_back(node, eni, [])]
    node.run_until(2 * MINUTE)
    node.give(eni, 2)
    assert addresses(eni) == given_back
    assert reconcile(node) == [DESCRIBE]
    assert addresses(eni) == given_back
    assert not node.c.reconcile_cooldown_cache.holds_any(given_back, is_prefix)
    assert reconcile(node, at=4 * MINUTE) == []


def test_a_cidr_that_cannot_be_confirmed_stays() -> None:
    """Without an answer it is neither dropped nor forgotten; each of them is asked about."""
    node = SmallNode()
    eni = node.set_up(2)
    given_back = [give_back(node, eni, []), give_back(node, eni, [])]
    node.run_until(2 * MINUTE)
    node.give(eni, 2)
    node.fails(DescribeNetworkInterfaces=[DENIED] * 2)
    assert reconcile(node) == [DESCRIBE] * 2
    assert addresses(eni) == given_back
    assert not finds_nothing(node.c)
    assert reconcile(node, at=4 * MINUTE) == [DESCRIBE]
    assert not node.c.reconcile_cooldown_cache.holds_any(given_back, False)


# ------------------------------------------------------------------ ENIs come and go


def test_an_eni_that_appeared_is_set_up() -> None:
    """All ENIs are described; it has tags already, so it is set up with its CIDRs."""
    node = SmallNode(subnet_discovery=True)
    node.set_up(1)
    interface = node.attach(2, is_known=False)
    assert reconcile(node) == [DESCRIBE, SUBNETS]
    eni = node.store.find_eni(interface.id)
    assert eni is not None
    assert (node.sent[0].asked, len(eni.cidrs)) == (2, 2)
    assert reconcile(node, at=2 * MINUTE) == []


def test_an_untagged_eni_is_tagged_first() -> None:
    """If that fails it is left alone, and the next reconcile tries again."""
    node = SmallNode()
    node.set_up()
    interface = node.attach(1, is_known=False)
    interface.tagged = False
    node.fails(CreateTags=[DENIED] * 5)
    assert reconcile(node) == [DESCRIBE, *[TAG] * 5]
    assert node.store.find_eni(interface.id) is None
    assert not finds_nothing(node.c)
    assert reconcile(node, at=3 * MINUTE) == [DESCRIBE, TAG]
    assert node.store.find_eni(interface.id) is not None


def test_an_eni_that_was_cut_short_gets_its_cidrs() -> None:
    """One that failed to be set up is in the data store; its CIDRs come with the next look."""
    node = SmallNode(subnet_discovery=True)
    node.set_up()
    interface = node.attach(2, is_known=False)
    node.fails(DescribeSubnets=[DENIED])
    assert reconcile(node) == [DESCRIBE, SUBNETS]
    assert reconcile(node, at=2 * MINUTE) == [DESCRIBE]
    eni = node.store.find_eni(interface.id)
    assert eni is not None
    assert len(eni.cidrs) == 2


def test_an_eni_that_is_gone_is_dropped_with_its_pods() -> None:
    """Without a request: that it is not in the metadata is enough."""
    node = SmallNode()
    node.set_up()
    eni = node.attach(2)
    node.pods(2)
    node.ec2.detach_network_interface(eni.id)
    assert reconcile(node) == []
    assert node.pool() == (1, 0, 0)


def test_a_reconcile_that_cannot_describe_is_not_stamped() -> None:
    """An ENI appeared and all 12 tries fail: nothing is done, and the next loop tries again."""
    node = SmallNode()
    node.set_up()
    node.attach(1, is_known=False)
    node.fails(DescribeNetworkInterfaces=[DENIED] * 12)
    assert reconcile(node) == [DESCRIBE] * 12
    assert node.c.last_node_ip_pool_action == LONG_AGO
    assert len(node.store.enis) == 1
    assert reconcile(node) == [DESCRIBE]
    assert len(node.store.enis) == 2


def test_a_reconcile_takes_its_stamp_at_its_end() -> None:
    """After its requests."""
    node = SmallNode(subnet_discovery=True)
    node.set_up()
    node.attach(1, is_known=False)
    reconcile(node, at=MINUTE)
    assert node.c.last_node_ip_pool_action == MINUTE + 200
