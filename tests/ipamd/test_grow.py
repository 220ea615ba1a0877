"""Growth: more CIDRs, else one more ENI; what each failure leads to.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go: increaseDatastorePool,
tryAssignIPs, tryAssignPrefixes, tryAllocateENI, setupENI.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_node import DENIED, SLOTS, SmallNode

from sim.ipamd.context import LONG_AGO
from sim.ipamd.grow import (
    in_insufficient_cidr_cooling_period,
    increase_datastore_pool,
    is_eni_attachment_allowed,
    setup_eni,
    try_allocate_eni,
    try_assign_cidrs,
)

A = "AssignPrivateIpAddresses"
NEW_ENI = [
    "DescribeSubnets",
    "CreateNetworkInterface",
    "DescribeInstances",
    "AttachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
]
NO_ADDRESS = "InsufficientFreeAddressesInSubnet"
NO_PREFIX = "InsufficientCidrBlocks"
OVER_LIMIT = "PrivateIpAddressLimitExceeded"


# ------------------------------------------------------------- tryAssignIPs, -Prefixes


@pytest.mark.parametrize(
    ("changes", "has", "asked"),
    [
        ({}, 0, 3),  # all slots
        ({}, 1, 2),  # those that are empty
        ({"warm_ip_target": 1}, 0, 1),  # what is short
        ({"warm_ip_target": 5}, 1, 2),  # short 4, 2 slots
        ({"prefix_delegation": True}, 0, 1),
        ({"prefix_delegation": True, "warm_prefix_target": 2}, 0, 2),
        ({"prefix_delegation": True, "warm_prefix_target": 9}, 1, 2),
    ],
)
def test_asked_for(changes: dict[str, Any], has: int, asked: int) -> None:
    """One request for what is wanted, capped by the ENI's empty slots; it enters at once."""
    node = SmallNode(**changes)
    eni = node.set_up(has)
    assert node.run(try_assign_cidrs(node.c)).granted
    assert [(sent.action, sent.asked) for sent in node.sent] == [(A, asked)]
    assert len(eni.cidrs) == has + asked


def test_the_first_eni_with_an_empty_slot_gets_them() -> None:
    """GetAllocatableENIs: one that is full is passed over, and only one request is made."""
    node = SmallNode()
    node.set_up(SLOTS)
    enis = [node.attach(1), node.attach(1)]
    node.run(try_assign_cidrs(node.c))
    assert [len(eni.cidrs) for eni in enis] == [SLOTS, 1]
    assert len(node.sent) == 1


def test_nothing_short_nothing_asked() -> None:
    """With IP targets that are met no request is made, and nothing counts as added."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(1)
    answer = node.run(try_assign_cidrs(node.c))
    assert (answer.ok, answer.granted, node.sent) == (True, 0, [])


ASSIGNS: dict[str, tuple[dict[str, Any], list[str], list[int], str, int]] = {
    # name: (settings, codes, asked, code, CIDRs of both ENIs afterwards)
    "one after an error": ({}, [DENIED], [3, 1], "OK", 1),
    "two errors end it": ({}, [DENIED] * 2, [3, 1], DENIED, 0),
    "exhausted": ({}, [NO_ADDRESS] * 2, [3, 1], NO_ADDRESS, 0),
    "exhausted, then another error": ({}, [NO_ADDRESS, DENIED], [3, 1], DENIED, 0),
    "next ENI with discovery": (
        {"subnet_discovery": True},
        [NO_ADDRESS, NO_ADDRESS],
        [3, 1, 3],
        "OK",
        3,
    ),
    "no ENI with discovery": (
        {"subnet_discovery": True},
        [NO_PREFIX] * 4,
        [3, 1, 3, 1],
        "OK",
        0,
    ),
    "other errors end it with discovery, too": (
        {"subnet_discovery": True},
        [NO_ADDRESS, DENIED],
        [3, 1],
        DENIED,
        0,
    ),
    "prefixes": ({"prefix_delegation": True}, [NO_PREFIX], [1, 1], "OK", 1),
}


@pytest.mark.parametrize("name", ASSIGNS)
def test_a_failed_request(name: str) -> None:
    """A second one for one CIDR follows at once; then it depends on the error and discovery."""
    changes, codes, asked, code, cidrs = ASSIGNS[name]
    node = SmallNode(**changes)
    enis = [node.set_up(), node.attach()]
    node.fails(AssignPrivateIpAddresses=list(codes))
    answer = node.run(try_assign_cidrs(node.c))
    assert ([sent.asked for sent in node.sent], answer.code) == (asked, code)
    assert [sent.ms for sent in node.sent] == [100 * i for i in range(len(asked))]
    assert sum(len(eni.cidrs) for eni in enis) == cidrs


@pytest.mark.parametrize("is_prefix", [False, True])
@pytest.mark.parametrize("codes", [[], [DENIED, OVER_LIMIT]])
def test_over_the_limit(is_prefix: bool, codes: list[str]) -> None:
    """PrivateIpAddressLimitExceeded: EC2 is asked what the ENI has, and that is taken."""
    node = SmallNode(prefix_delegation=is_prefix, warm_prefix_target=3)
    eni = node.set_up()
    node.ec2.assign_private_ip_addresses(eni.id, 3, is_prefix)
    node.fails(AssignPrivateIpAddresses=list(codes))
    answer = node.run(try_assign_cidrs(node.c))
    assert (answer.ok, answer.granted, len(eni.cidrs)) == (True, 1, 3)
    assert node.actions() == [*[A] * max(1, len(codes)), "DescribeNetworkInterfaces"]


def test_over_the_limit_and_no_answer() -> None:
    """If EC2 cannot be asked that is an error, but not one of exhaustion."""
    node = SmallNode()
    node.set_up()
    node.fails(AssignPrivateIpAddresses=[OVER_LIMIT], DescribeNetworkInterfaces=[NO_ADDRESS])
    assert not node.run(increase_datastore_pool(node.c))
    assert node.c.last_insufficient_cidr_error == LONG_AGO


# ------------------------------------------------------------- increaseDatastorePool


def test_success_is_stamped() -> None:
    """The last pool action is the end of the request."""
    node = SmallNode()
    node.set_up()
    assert node.run(increase_datastore_pool(node.c))
    assert (node.c.last_node_ip_pool_action, node.pool()) == (100, (1, 3, 0))


def test_a_new_eni_when_all_are_full() -> None:
    """One ENI, whose addresses enter when the metadata show them; then the stamp."""
    node = SmallNode(metadata_delay=lambda: 150)
    node.set_up(SLOTS)
    node.run_until(1000)
    assert node.run(increase_datastore_pool(node.c))
    assert node.requests() == list(zip([1000, 1100, 1200, 1300, 1400], NEW_ENI, strict=True))
    # attached at 1,400, shown at 1,550; polls at 1,500 and 1,600
    assert (node.c.last_node_ip_pool_action, node.pool()) == (1600, (2, 6, 0))


def test_with_discovery_a_look_at_the_subnets_follows() -> None:
    """setupENI: the ENI enters first, its addresses after one more DescribeSubnets."""
    node = SmallNode(subnet_discovery=True)
    node.set_up(SLOTS)
    growth = node.clock.process(increase_datastore_pool(node.c))
    node.run_until(550)
    assert node.pool() == (2, 3, 0)
    node.clock.run(until=growth)
    assert node.actions() == [*NEW_ENI, "DescribeSubnets"]
    assert (node.clock.now, node.pool()) == (600, (2, 6, 0))


def test_no_room_for_an_eni() -> None:
    """At the limit nothing is asked for, and nothing stamped."""
    node = SmallNode(max_enis=1)
    node.set_up(SLOTS)
    assert node.run(increase_datastore_pool(node.c))
    assert (node.sent, node.c.last_node_ip_pool_action) == ([], LONG_AGO)


@pytest.mark.parametrize("code", [NO_ADDRESS, NO_PREFIX])
def test_exhaustion_stops_growth_for_two_minutes(code: str) -> None:
    """inInsufficientCidrCoolingPeriod: to the end of the 120 s."""
    node = SmallNode()
    node.set_up()
    node.fails(AssignPrivateIpAddresses=[code] * 2)
    assert node.run(increase_datastore_pool(node.c))
    assert node.c.last_insufficient_cidr_error == 200
    for ms, cools in [(201, True), (120_200, True), (120_201, False)]:
        node.run_until(ms)
        assert in_insufficient_cidr_cooling_period(node.c) is cools
        assert node.run(increase_datastore_pool(node.c))
        assert (len(node.sent) == 2) is cools


def test_discovery_hides_exhaustion() -> None:
    """The node goes on to a new ENI, whose creation does not start the two minutes either."""
    node = SmallNode(home_size=16, subnet_discovery=True)
    node.set_up()
    while node.home.take_address(9) is not None:
        pass
    assert node.run(increase_datastore_pool(node.c))
    assert node.actions() == [A, A, "DescribeSubnets", "CreateNetworkInterface"]
    assert node.sent[-1].code == "InvalidParameterValue"
    assert not in_insufficient_cidr_cooling_period(node.c)


def test_a_creation_that_reports_exhaustion_starts_the_two_minutes() -> None:
    """tryAllocateENI: that error, and no other."""
    node = SmallNode()
    node.set_up(SLOTS)
    node.fails(CreateNetworkInterface=[NO_ADDRESS])
    assert node.run(increase_datastore_pool(node.c))
    assert (node.c.last_insufficient_cidr_error, node.c.last_node_ip_pool_action) == (200, LONG_AGO)


def test_another_error_fails_the_step() -> None:
    """It fails the start of a daemon, and starts no cooldown."""
    node = SmallNode()
    node.set_up()
    node.fails(AssignPrivateIpAddresses=[DENIED] * 2)
    assert not node.run(increase_datastore_pool(node.c))
    assert (node.c.last_insufficient_cidr_error, node.c.last_node_ip_pool_action) == (LONG_AGO,) * 2


@pytest.mark.parametrize(
    ("is_cordoned", "manages", "allowed"),
    [(False, False, True), (True, False, False), (True, True, True)],
)
def test_a_cordoned_node(is_cordoned: bool, manages: bool, allowed: bool) -> None:
    """isENIAttachmentAllowed: a cordoned node does not grow, unless told to."""
    node = SmallNode(manage_enis_non_schedulable=manages)
    node.set_up()
    node.is_cordoned = is_cordoned
    assert is_eni_attachment_allowed(node.c) is allowed
    assert node.run(increase_datastore_pool(node.c))
    assert bool(node.sent) is allowed


# -------------------------------------------------------------- tryAllocateENI, setupENI


def test_targets_met_meanwhile_count_as_success() -> None:
    """With nothing to allocate there is no request and no error."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(1)
    assert node.run(try_allocate_eni(node.c))
    assert node.sent == []


def test_an_eni_that_never_shows() -> None:
    """After 12 polls it gives up; the ENI stays attached for a reconcile to find."""
    node = SmallNode(metadata_delay=lambda: 10**6)
    node.set_up()
    assert not node.run(try_allocate_eni(node.c))
    assert node.clock.now == 500 + 162_300
    assert (len(node.store.enis), len(node.instance.interfaces)) == (1, 2)


def test_an_eni_that_could_not_be_modified_stops_the_loop() -> None:
    """It is freed, and then waited for in vain."""
    node = SmallNode()
    node.set_up()
    node.fails(ModifyNetworkInterfaceAttribute=[DENIED])
    assert not node.run(try_allocate_eni(node.c))
    freed = 500 + 200 + 2000 + 100  # describe, detach, 2 s, delete
    assert node.clock.now == freed + 162_300
    assert len(node.ec2.interfaces) == 1


@pytest.mark.parametrize("is_prefix", [False, True])
def test_setup_eni(is_prefix: bool) -> None:
    """Whatever CIDRs the metadata show enter the data store; none twice."""
    node = SmallNode()
    interface = node.attach(0, is_known=False)
    node.ec2.assign_private_ip_addresses(interface.id, 2, is_prefix)
    seen = node.metadata.get_attached_enis(0)[interface.id]
    for _ in range(2):
        assert node.run(setup_eni(node.c, seen))
    eni = node.store.find_eni(interface.id)
    assert eni is not None
    assert not eni.is_primary
    assert [cidr.address for cidr in eni.cidrs.entries()] == list(interface.cidrs(is_prefix))


def test_setup_eni_cut_short() -> None:
    """If the subnets cannot be described the ENI is there, and its age runs, without CIDRs."""
    node = SmallNode(subnet_discovery=True)
    seen = node.metadata.get_attached_enis(0)[node.attach(2, is_known=False).id]
    node.fails(DescribeSubnets=[DENIED])
    assert not node.run(setup_eni(node.c, seen))
    eni = node.store.find_eni(seen.eni)
    assert eni is not None
    assert (eni.created_ms, len(eni.cidrs)) == (0, 0)


def test_an_eni_in_a_subnet_tagged_out_is_excluded() -> None:
    """Its CIDRs enter the data store, but serve no pod."""
    node = SmallNode(subnet_discovery=True, home_tag="0")
    node.ec2.assign_private_ip_addresses(node.c.primary_eni, 2, False)
    seen = node.metadata.get_attached_enis(0)[node.c.primary_eni]
    assert node.run(setup_eni(node.c, seen))
    eni = node.store.find_eni(seen.eni)
    assert eni is not None
    assert (eni.is_primary, eni.excluded, len(eni.cidrs)) == (True, True, 2)
    assert node.pool() == (1, 0, 0)


@pytest.mark.parametrize(("max_enis", "creates"), [(1, False), (2, True)])
def test_an_excluded_eni_takes_a_place_among_the_enis(max_enis: int, creates: bool) -> None:
    """Upstream's hasRoomForEni takes it off both sides: with one ENI allowed there is no room."""
    tags = {"home_tag": "0", "other_tag": "1"}
    node = SmallNode(subnet_discovery=True, max_enis=max_enis, **tags)
    node.store.exclude(node.set_up())
    assert node.run(increase_datastore_pool(node.c))
    assert ("CreateNetworkInterface" in [one.action for one in node.sent]) is creates
