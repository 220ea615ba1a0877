"""Sequences of EC2 actions, with their tries, waits and failures, to the millisecond.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/awsutils/awsutils.go and pkg/utils/retry. Every
request takes 100 ms here, and waits have no jitter.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from small_node import DENIED, SmallNode

from sim.aws.ec2 import Answer, SubnetSeen
from sim.ipamd.awsutils import (
    alloc_eni,
    backoff,
    create_eni,
    delete_eni,
    describe_all_enis,
    free_eni,
    get_cidrs_from_ec2,
    is_subnet_excluded,
    is_subnet_valid_for_eni_creation,
    n_with_backoff,
    tag_eni,
    wait_for_eni_and_ips_attached,
)

THROTTLED = "RequestLimitExceeded"
NOT_FOUND = "InvalidNetworkInterfaceID.NotFound"
NO_ADDRESS = "InsufficientFreeAddressesInSubnet"


@pytest.mark.parametrize(
    ("start", "jitter", "uniform", "waits"),
    [
        (100, 0.15, 0.0, [100, 200, 400, 800]),
        (200, 0.15, 1.0, [230, 460, 920, 1840]),
        (500, 0.3, 0.5, [575, 1150, 2300, 4600]),
        (30_000, 0.15, 0.0, [30_000, 60_000, 60_000, 60_000]),
    ],
)
def test_backoff(start: int, jitter: float, uniform: float, waits: list[int]) -> None:
    """SimpleBackoff: doubling up to a minute, plus the jitter's share of each wait."""
    assert list(islice(backoff(start, jitter, lambda: uniform), 4)) == waits


@pytest.mark.parametrize(
    ("codes", "times", "code"),
    [
        ([], [0], "OK"),
        ([DENIED], [0, 110], "OK"),
        ([DENIED] * 2, [0, 110, 230], "OK"),
        ([DENIED] * 3, [0, 110, 230], DENIED),  # no wait after the last
    ],
)
def test_n_with_backoff(codes: list[str], times: list[int], code: str) -> None:
    """NWithBackoff: up to n tries with waits between; the last error is returned."""
    node = SmallNode()
    node.fails(CreateTags=codes)
    waits: Iterator[int] = iter([10, 20, 40])
    answer = node.run(n_with_backoff(node.c, waits, 3, lambda: node.client.create_tags(1)))
    assert answer.code == code
    assert [sent.ms for sent in node.sent] == times
    assert node.clock.now == times[-1] + 100


@pytest.mark.parametrize(
    ("tag", "is_primary", "is_valid"),
    [
        ("", True, True),
        ("", False, False),
        ("1", True, True),
        ("1", False, True),
        ("yes", False, True),
        ("0", True, False),
        ("0", False, False),
    ],
)
def test_is_subnet_valid_for_eni_creation(tag: str, is_primary: bool, is_valid: bool) -> None:
    """isSubnetValidForENICreation: the node's own unless tagged out, others if tagged in."""
    assert is_subnet_valid_for_eni_creation(SubnetSeen(0, 9, tag), is_primary) is is_valid


@pytest.mark.parametrize(
    ("codes", "subnet", "excluded"),
    [([], 0, True), ([], 1, False), ([], 7, False), ([DENIED], 0, None)],
)
def test_is_subnet_excluded(codes: list[str], subnet: int, excluded: bool | None) -> None:
    """IsSubnetExcluded: tagged 0; an unknown subnet is not; None if EC2 cannot be asked."""
    node = SmallNode(home_tag="0")
    node.fails(DescribeSubnets=codes)
    assert node.run(is_subnet_excluded(node.c, subnet)) is excluded


# -------------------------------------------------------------------- DescribeAllENIs


def described(node: SmallNode) -> list[int] | None:
    """Ids of the ENIs that `describe_all_enis` finds."""
    found = node.run(describe_all_enis(node.c))
    return None if found is None else [interface.id for _, interface in found]


def test_describe_all_enis() -> None:
    """One request for all that the metadata list."""
    node = SmallNode()
    eni = node.attach(2, is_known=False).id
    assert described(node) == [node.c.primary_eni, eni]
    assert [sent.asked for sent in node.sent] == [2]


def test_describe_all_enis_tries_again() -> None:
    """After failed try n, from 0, it waits n x 10 ms."""
    node = SmallNode()
    node.fails(DescribeNetworkInterfaces=[DENIED] * 4)
    assert described(node) == [node.c.primary_eni]
    assert [sent.ms for sent in node.sent] == [0, 100, 210, 330, 460]


def test_describe_all_enis_gives_up() -> None:
    """12 tries, each followed by its wait, the last one too: 12 x 100 + (0 + ... + 110) ms."""
    node = SmallNode()
    node.fails(DescribeNetworkInterfaces=[DENIED] * 99)
    assert described(node) is None
    assert (len(node.sent), node.clock.now) == (12, 1860)


def test_describe_all_enis_gives_a_try_10_s() -> None:
    """With many attempts a try ends 10 s after its start, whatever the back-off would be."""
    node = SmallNode()
    node.region.attempts = 9
    node.client.random = lambda: 0.5  # waits of 1, 2, 4, 8 s
    node.fails(DescribeNetworkInterfaces=[THROTTLED] * 4)
    assert described(node) == [node.c.primary_eni]
    assert [sent.ms for sent in node.sent] == [0, 1100, 3200, 7300, 10_000]


def test_describe_all_enis_leaves_out_what_ec2_does_not_know() -> None:
    """An ENI that only the metadata list is dropped, and the rest asked for at once."""
    node = SmallNode(metadata_delay=iter([0, 0, 10**6]).__next__)
    eni = node.attach(1, is_known=False).id
    node.ec2.detach_network_interface(eni)
    node.ec2.delete_network_interface(eni)
    assert described(node) == [node.c.primary_eni]
    assert [(sent.ms, sent.asked, sent.code) for sent in node.sent] == [
        (0, 2, NOT_FOUND),
        (100, 1, "OK"),
    ]


@pytest.mark.parametrize("is_prefix", [False, True])
def test_get_cidrs_from_ec2(is_prefix: bool) -> None:
    """GetIPv4sFromEC2 and its twin: the CIDRs of one kind without the primary address."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.attach(2)
    cidrs = [cidr.address for cidr in eni.cidrs.entries()]
    assert node.run(get_cidrs_from_ec2(node.c, eni.id, is_prefix)) == cidrs
    assert node.run(get_cidrs_from_ec2(node.c, eni.id, not is_prefix)) == []
    assert node.run(get_cidrs_from_ec2(node.c, 99, is_prefix)) is None


# ----------------------------------------------------------------------- createENI


OUT, IN = "0", "1"
D, C = "DescribeSubnets", "CreateNetworkInterface"

CREATIONS = {
    # name: (tags of home and other, discovery, faults, actions, code, subnet)
    "most free first": ("", IN, True, {}, [D, C], "OK", 0),
    "home tagged out": (OUT, IN, True, {}, [D, C], "OK", 1),
    "other not tagged": ("", "", True, {C: [NO_ADDRESS]}, [D, C], NO_ADDRESS, None),
    "next after a failure": ("", IN, True, {C: [NO_ADDRESS]}, [D, C, C], "OK", 1),
    "the last error counts": ("", IN, True, {C: [NO_ADDRESS, DENIED]}, [D, C, C], DENIED, None),
    "none is valid": (OUT, "", True, {}, [D], "SubnetExcluded", None),
    "asked again": ("", IN, True, {D: [DENIED]}, [D, D, C], "OK", 0),
    "asked again, out": (OUT, IN, True, {D: [DENIED]}, [D, D], "SubnetExcluded", None),
    "asked in vain": ("", IN, True, {D: [DENIED] * 2}, [D, D], "GaveUp", None),
    "no discovery": ("", IN, False, {}, [D, C], "OK", 0),
    "no discovery, out": (OUT, IN, False, {}, [D], "SubnetExcluded", None),
    "no discovery, in vain": (OUT, IN, False, {D: [DENIED]}, [D, C], "OK", 0),
}


@pytest.mark.parametrize("name", CREATIONS)
def test_create_eni(name: str) -> None:
    """createENI: which subnets are asked for and tried, and what comes of it."""
    home, other, discovery, faults, actions, code, subnet = CREATIONS[name]
    node = SmallNode(home_tag=home, other_tag=other, subnet_discovery=discovery)
    node.fails(**{action: list(codes) for action, codes in faults.items()})
    answer = node.run(create_eni(node.c, 2))
    assert (node.actions(), answer.code) == (actions, code)
    if subnet is not None:
        interface = node.ec2.interfaces[answer.value]
        assert (interface.subnet, len(interface.addresses)) == (subnet, 2)


# ------------------------------------------------------------------------ AllocENI

CREATE = [D, C]
ATTACH = ["DescribeInstances", "AttachNetworkInterface"]
MODIFY = ["ModifyNetworkInterfaceAttribute"]
DELETE = ["DeleteNetworkInterface"]
FREE = ["DescribeNetworkInterfaces", "DetachNetworkInterface", *DELETE]

ALLOCATIONS: dict[str, tuple[dict[str, list[str]], list[str], str, int]] = {
    # name: (faults, actions, code, ENIs that are left besides the primary one)
    "well": ({}, [*CREATE, *ATTACH, *MODIFY], "OK", 1),
    "not created": ({C: [DENIED]}, CREATE, DENIED, 0),
    "no device": ({ATTACH[0]: [DENIED]}, [*CREATE, ATTACH[0], *DELETE], DENIED, 0),
    "not attached": ({ATTACH[1]: [DENIED]}, [*CREATE, *ATTACH, *DELETE], DENIED, 0),
    "not modified": ({MODIFY[0]: [DENIED]}, [*CREATE, *ATTACH, *MODIFY, *FREE], "OK", 0),
    "nor freed": (
        {MODIFY[0]: [DENIED], FREE[0]: [DENIED]},
        [*CREATE, *ATTACH, *MODIFY, FREE[0]],
        DENIED,
        1,
    ),
}


@pytest.mark.parametrize("name", ALLOCATIONS)
def test_alloc_eni(name: str) -> None:
    """AllocENI: what a failed step undoes."""
    faults, actions, code, left = ALLOCATIONS[name]
    node = SmallNode()
    node.fails(**{action: list(codes) for action, codes in faults.items()})
    answer = node.run(alloc_eni(node.c, 2))
    assert (node.actions(), answer.code, len(node.ec2.interfaces) - 1) == (actions, code, left)


def test_alloc_eni_takes_its_time() -> None:
    """Five requests, one after the other."""
    node = SmallNode()
    answer = node.run(alloc_eni(node.c, 2))
    assert [sent.ms for sent in node.sent] == [0, 100, 200, 300, 400]
    assert node.ec2.interfaces[answer.value].instance is node.instance


def test_alloc_eni_hides_a_failed_modification() -> None:
    """If the ENI that could not be modified was freed, an empty id comes back as a success."""
    node = SmallNode()
    node.fails(ModifyNetworkInterfaceAttribute=[DENIED])
    assert node.run(alloc_eni(node.c, 2)) == Answer("OK", 0, 0)


# ------------------------------------------------------- waitForENIAndIPsAttached


def waited(node: SmallNode, eni: int, wanted: int) -> tuple[int | None, int]:
    """(CIDRs found, None if it gave up; ms it took)."""
    before = node.clock.now
    seen = node.run(wait_for_eni_and_ips_attached(node.c, eni, wanted))
    found = None if seen is None else len(seen.cidrs(node.settings.prefix_delegation))
    return found, node.clock.now - before


@pytest.mark.parametrize(("delay", "ms"), [(0, 0), (1, 100), (100, 100), (101, 300), (5000, 6300)])
def test_wait_for_eni(delay: int, ms: int) -> None:
    """It polls at 0, 100, 300, 700, 1,500, 3,100, 6,300 ms, until all CIDRs show."""
    node = SmallNode(metadata_delay=lambda: delay)
    assert waited(node, node.attach(2, is_known=False).id, 2) == (2, ms)
    assert node.sent == []


ALL_POLLS = 102_300 + 60_000
"""0.1 x (1 + 2 + ... + 512) s, and the bound of a minute."""


@pytest.mark.parametrize(
    ("is_prefix", "shown", "found"),
    [(False, 0, None), (False, 1, 1), (False, 2, 2), (True, 1, None), (True, 2, 2)],
)
def test_wait_for_eni_takes_what_is_there(is_prefix: bool, shown: int, found: int | None) -> None:
    """After 12 polls more than one address, the primary one counted, or one prefix are enough."""
    node = SmallNode(prefix_delegation=is_prefix)
    eni = node.attach(shown, is_known=False).id
    assert waited(node, eni, 3) == (found, ALL_POLLS)


@pytest.mark.parametrize(("uniform", "ms"), [(0.0, 162_300), (0.9999999, 186_645)])
def test_wait_for_an_eni_that_never_comes(uniform: float, ms: int) -> None:
    """It stands still for 162 to 187 s."""
    node = SmallNode()
    node.c.random = lambda: uniform
    found, waited_ms = waited(node, 0, 1)
    assert found is None
    assert waited_ms == pytest.approx(ms, abs=12)


# ------------------------------------------------------------------ freeENI, deleteENI


def test_free_eni() -> None:
    """Describe, detach, 2 s of sleep, delete."""
    node = SmallNode()
    eni = node.attach(2).id
    assert node.run(free_eni(node.c, eni))
    assert node.requests() == list(zip([0, 100, 2200], FREE, strict=True))
    assert list(node.ec2.interfaces) == [node.c.primary_eni]


FREES: dict[str, tuple[dict[str, list[str]], list[str], bool]] = {
    # name: (faults, actions, whether no error is left)
    "not found": ({FREE[0]: [NOT_FOUND]}, FREE[:1], True),
    "not described": ({FREE[0]: [DENIED]}, FREE[:1], False),
    "detached later": ({FREE[1]: [DENIED]}, [FREE[0], FREE[1], *FREE[1:]], True),
    "not detached": ({FREE[1]: [DENIED] * 99}, [FREE[0], *[FREE[1]] * 12], False),
    "deleted by another": ({FREE[2]: [NOT_FOUND]}, FREE, True),
    "not deleted": ({FREE[2]: [DENIED] * 99}, [*FREE[:2], *[FREE[2]] * 12], False),
}


@pytest.mark.parametrize("name", FREES)
def test_free_eni_fails(name: str) -> None:
    """FreeENI: which failures end it, and which are tried again, 12 times."""
    faults, actions, is_freed = FREES[name]
    node = SmallNode()
    eni = node.attach(2).id
    node.fails(**{action: list(codes) for action, codes in faults.items()})
    assert node.run(free_eni(node.c, eni)) is is_freed
    assert node.actions() == actions


def test_detach_tries() -> None:
    """Waits of 0.2 s x 2^n up to a minute: 12 tries take 222.2 s and their requests."""
    node = SmallNode()
    eni = node.attach(2).id
    node.fails(DetachNetworkInterface=[DENIED] * 99)
    node.run(free_eni(node.c, eni))
    assert [sent.ms for sent in node.sent[1:5]] == [100, 400, 900, 1800]
    assert node.clock.now == 222_200 + 13 * 100


def test_delete_tries() -> None:
    """Waits of 0.5 s x 2^n up to a minute: 12 tries take 303.5 s and their requests."""
    node = SmallNode()
    node.fails(DeleteNetworkInterface=[DENIED] * 99)
    assert not node.run(delete_eni(node.c, 99))
    assert [sent.ms for sent in node.sent[:4]] == [0, 600, 1700, 3800]
    assert (len(node.sent), node.clock.now) == (12, 303_500 + 12 * 100)


@pytest.mark.parametrize(
    ("is_tagged", "failures", "times", "has_tags"),
    [
        (True, 0, [], True),
        (False, 0, [0], True),
        (False, 2, [0, 600, 1700], True),
        (False, 9, [0, 600, 1700, 3800, 7900], False),
    ],
)
def test_tag_eni(is_tagged: bool, failures: int, times: list[int], has_tags: bool) -> None:
    """TagENI: nothing to do for an ENI with tags, else up to 5 tries."""
    node = SmallNode()
    node.fails(CreateTags=[DENIED] * failures)
    assert node.run(tag_eni(node.c, node.c.primary_eni, is_tagged)) is has_tags
    assert node.requests() == [(ms, "CreateTags") for ms in times]


def test_an_exhausted_call_is_three_requests() -> None:
    """Throttling is retried by the client first: each try here is three requests."""
    node = SmallNode()
    node.fails(CreateTags=[THROTTLED] * 3)
    assert node.run(tag_eni(node.c, node.c.primary_eni, False))
    sent = [(request.ms, request.code) for request in node.sent]
    assert sent == [(0, THROTTLED), (100, THROTTLED), (200, THROTTLED), (800, "OK")]
