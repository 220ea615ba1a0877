"""What a start cleans up after a switch of the mode, and on ENIs in subnets tagged out.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go: tryUnassignIPsFromENIs,
tryUnassignPrefixesFromENIs, checkAndHandleAllENIExclusion.
"""

from __future__ import annotations

from typing import Any

from small_node import DENIED, SmallNode

from sim.ipamd.enis import Eni
from sim.ipamd.switch import check_and_handle_all_eni_exclusion, try_unassign_cidrs_of_other_mode

U = "UnassignPrivateIpAddresses"


def node_with_both(prefixes: int, **changes: Any) -> tuple[SmallNode, Eni]:
    """A node whose primary ENI has 2 addresses, one of them a pod's, and some /28s."""
    node = SmallNode(**changes)
    eni = node.set_up()
    for is_prefix, count in ((False, 2), (True, prefixes)):
        cidrs = node.ec2.assign_private_ip_addresses(eni.id, count, is_prefix).value
        node.store.add_cidrs(eni, cidrs, is_prefix, node.clock.now)
    taken = next(iter(eni.addresses.values()))
    node.store.restore(taken, assigned=1, cooling=0, released_ms=0)
    return node, eni


def test_prefix_mode_gives_free_addresses_back() -> None:
    """One request for the one address without a pod; the pod keeps its own, uncounted."""
    node, eni = node_with_both(1, prefix_delegation=True)
    node.run(try_unassign_cidrs_of_other_mode(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [(U, 1)]
    stats = node.store.get_ip_stats(node.clock.now)
    assert (stats.total_ips, stats.assigned_ips, stats.total_prefixes) == (16, 0, 1)
    assert len(eni.addresses) == len(eni.prefixes) == 1


def test_default_mode_gives_free_prefixes_back() -> None:
    """One request for the /28, and the addresses stay as they are."""
    node, eni = node_with_both(1)
    node.run(try_unassign_cidrs_of_other_mode(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [(U, 1)]
    assert (len(eni.addresses), len(eni.prefixes)) == (2, 0)


def test_a_node_of_one_mode_asks_for_nothing() -> None:
    """Without a CIDR of the other mode there is no request."""
    node, _ = node_with_both(0)
    node.run(try_unassign_cidrs_of_other_mode(node.c))
    assert node.sent == []


def test_a_failed_request_is_not_tried_again() -> None:
    """What was not given back has left the data store all the same, for a reconcile to find."""
    node, eni = node_with_both(1)
    node.fails(**{U: [DENIED]})
    node.run(try_unassign_cidrs_of_other_mode(node.c))
    assert [sent.code for sent in node.sent] == [DENIED]
    assert len(node.ec2.interfaces[eni.id].prefixes) == 1
    assert not eni.prefixes


def test_nothing_goes_into_the_cache_of_cidrs_given_back() -> None:
    """Unlike a decrease: the same CIDR may be found again at once."""
    node, eni = node_with_both(1)
    given_back = list(eni.prefixes)
    node.run(try_unassign_cidrs_of_other_mode(node.c))
    assert not node.c.reconcile_cooldown_cache.holds_any(given_back, True)


def test_excluded_enis_give_back_what_is_free_of_the_mode_in_force() -> None:
    """Of an ENI in a subnet tagged out the free address goes, the /28 of the other mode not."""
    node, eni = node_with_both(1)
    node.store.exclude(eni)
    node.run(check_and_handle_all_eni_exclusion(node.c))
    assert [(sent.action, sent.asked) for sent in node.sent] == [(U, 1)]
    assert (len(eni.addresses), len(eni.prefixes)) == (1, 1)
