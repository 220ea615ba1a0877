"""Shrinking: CIDRs given back, ENIs freed.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go: tryUnassignCidrsFromAll,
DeallocCidrs, tryFreeENI.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_node import DENIED, SmallNode

from sim.ipamd.shrink import dealloc_cidrs, try_free_eni, try_unassign_cidrs_from_all

U = "UnassignPrivateIpAddresses"
FREE = ["DescribeNetworkInterfaces", "DetachNetworkInterface", "DeleteNetworkInterface"]
MINUTE = 60_000


@pytest.mark.parametrize(
    ("changes", "given_back"),
    [
        ({}, []),  # WARM_ENI_TARGET gives no addresses back
        ({"warm_ip_target": 5}, [1]),  # 6 - 5: of the first ENI
        ({"warm_ip_target": 2}, [3, 1]),  # 4: all of the first, one of the second
        ({"warm_ip_target": 6}, []),
        ({"minimum_ip_target": 4}, [2]),
        ({"prefix_delegation": True, "warm_prefix_target": 1}, [3, 2]),
        ({"prefix_delegation": True, "warm_prefix_target": 5}, [1]),
    ],
)
def test_what_is_over_goes(changes: dict[str, Any], given_back: list[int]) -> None:
    """ENI by ENI, one request each, until all that is over is spent."""
    node = SmallNode(**changes)
    node.set_up(3)
    node.attach(3)
    node.run(try_unassign_cidrs_from_all(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [(U, n) for n in given_back]
    assert sum(len(eni.cidrs) for eni in node.store.enis) == 6 - sum(given_back)


def test_a_cidr_with_a_cooling_address_can_go() -> None:
    """Only pods keep a CIDR."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(3)
    pods = node.pods(2)
    node.pods_leave(pods[:1])
    node.run(try_unassign_cidrs_from_all(node.c))  # 2 available, 1 over: the cooling one
    assert pods[0].eni is None
    assert node.pool() == (1, 2, 1)


def test_it_leaves_the_data_store_before_the_request() -> None:
    """No pod gets an address that is about to be given back; the next ENI is looked at later."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(3)
    node.attach(3)
    shrinking = node.clock.process(try_unassign_cidrs_from_all(node.c))
    node.run_until(50)
    assert node.pool() == (2, 3, 0)
    node.pods(2)  # on the second ENI, which had two over
    node.clock.run(until=shrinking)
    assert [sent.asked for sent in node.sent] == [3, 1]
    assert node.pool() == (2, 2, 2)


def test_a_failed_request_is_not_tried_again() -> None:
    """The address is still on the ENI in EC2, and in the cache of those given back."""
    node = SmallNode(warm_ip_target=2)
    eni = node.set_up(3)
    node.fails(UnassignPrivateIpAddresses=[DENIED])
    node.run(try_unassign_cidrs_from_all(node.c))
    assert len(node.sent) == 1
    assert len(node.instance.primary.addresses) == 3
    assert len(eni.cidrs) == 2
    cache = node.c.reconcile_cooldown_cache
    gone = set(node.instance.primary.addresses) - set(eni.addresses)
    assert [cache.recently_freed(one, False, MINUTE - 1) for one in gone] == [(True, True)]
    assert [cache.recently_freed(one, False, MINUTE) for one in gone] == [(True, False)]


def test_both_kinds_of_cidrs() -> None:
    """One request for the prefixes, then one for the addresses, even if the first fails."""
    node = SmallNode()
    eni = node.set_up(1)
    prefixes = node.ec2.assign_private_ip_addresses(eni.id, 1, True).value
    node.store.add_cidrs(eni, prefixes, True, 0)
    node.fails(UnassignPrivateIpAddresses=[DENIED])
    node.run(dealloc_cidrs(node.c, eni.id, eni.cidrs.entries()))
    assert node.requests() == [(0, U), (100, U)]
    assert (len(node.instance.primary.prefixes), len(node.instance.primary.addresses)) == (1, 0)


# ----------------------------------------------------------------------- tryFreeENI


def test_try_free_eni() -> None:
    """The ENI leaves the data store first; its addresses are free when it is deleted."""
    node = SmallNode()
    node.set_up(3)
    node.attach(3)
    node.run_until(MINUTE)
    freeing = node.clock.process(try_free_eni(node.c))
    node.run_until(MINUTE + 50)
    assert node.pool() == (1, 3, 0)
    node.clock.run(until=freeing)
    assert node.requests() == list(zip([MINUTE, MINUTE + 100, MINUTE + 2200], FREE, strict=True))
    assert node.home.free == 251 - 4


def test_one_eni_at_a_time() -> None:
    """However many may go, one does."""
    node = SmallNode()
    node.set_up(3)
    node.attach(3)
    node.attach(3)
    node.run_until(MINUTE)
    node.run(try_free_eni(node.c))
    assert node.pool() == (2, 6, 0)


@pytest.mark.parametrize(
    ("now", "cordoned", "manages", "freed"),
    [
        (MINUTE - 1, False, False, False),  # too young
        (MINUTE, False, False, True),
        (MINUTE, True, False, False),
        (MINUTE, True, True, True),
    ],
)
def test_when_an_eni_may_go(now: int, cordoned: bool, manages: bool, freed: bool) -> None:
    """Not in its first minute, nor on a cordoned node unless told to."""
    node = SmallNode(manage_enis_non_schedulable=manages)
    node.set_up(3)
    node.attach(3)
    node.is_cordoned = cordoned
    node.run_until(now)
    node.run(try_free_eni(node.c))
    assert bool(node.sent) is freed


def test_a_failed_detach_leaves_the_eni_attached() -> None:
    """It is out of the data store until a reconcile finds it."""
    node = SmallNode()
    node.set_up(3)
    node.attach(3)
    node.run_until(MINUTE)
    node.fails(DescribeNetworkInterfaces=[DENIED])
    node.run(try_free_eni(node.c))
    assert (node.pool(), len(node.instance.interfaces)) == ((1, 3, 0), 2)
