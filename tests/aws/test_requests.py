"""What each request of a client is called, asks for, does in EC2 and leaves in its record.

Names of actions: EC2's API reference. What the daemon asks for: pkg/awsutils/awsutils.go.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from sim.aws.client import CREATE, Call, Ec2Client, Region, Sdk, backoff_v1_ms
from sim.aws.ec2 import DOES_NOT_FIT, THROTTLED, TRUNK, Answer, Ec2
from sim.aws.metadata import InstanceMetadata
from sim.aws.subnets import Placement, Subnet
from sim.clock import Clock

NODE, SLOTS = 7, 9
PRIMARY, ATTACHED, LOOSE, NEXT = 1, 2, 3, 4
"""Interfaces of an account, and the id of the next one."""


class Row(NamedTuple):
    """A request's record."""

    requested_ms: int
    node: int
    action: str
    asked: int
    granted: int
    attempt: int
    code: str
    tokens: int
    eni: int


class Account:
    """A node with two ENIs, and one that is attached to nothing; an answer takes 100 ms."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.rows: list[Row] = []
        low = Placement("low-first", "low-first")
        self.subnet = Subnet("a", "a", 0, 256, random.Random(1), low)
        self.ec2 = Ec2([self.subnet], lambda: self.clock.now, lambda *_: None)
        self.region = Region(
            env=self.clock,
            ec2=self.ec2,
            buckets={},
            latency=defaultdict(lambda: lambda uniform: int(uniform * 400)),
            throttled_latency=lambda _: 30,
            attempts=3,
            record=lambda *row: self.rows.append(Row(*row)),
        )
        instance = self.ec2.launch(NODE, 0, (4, SLOTS), InstanceMetadata(lambda: 0))
        assert instance is not None
        self.instance = instance
        self.client = Ec2Client(self.region, instance, lambda: 0.25)
        assert self.ec2.create_network_interface(NODE, 0, 3, False).value == ATTACHED
        assert self.ec2.attach_network_interface(ATTACHED, instance).ok
        assert self.ec2.create_network_interface(NODE, 0, 0, False).value == LOOSE

    def do(self, call: Call) -> Answer:
        """A call from its first request to its answer."""
        answer = self.clock.run(until=self.clock.process(call))
        assert isinstance(answer, Answer)
        return answer

    def held(self, eni: int) -> tuple[int, int, int]:
        """Addresses, /28s and /80s of an interface."""
        one = self.ec2.interfaces[eni]
        return len(one.addresses), len(one.prefixes), one.ipv6_prefixes


Ask = Callable[[Ec2Client], Call]
NO_ENI = -1
REQUESTS: list[tuple[Ask, str, int, int, int]] = [
    (lambda c: c.describe_subnets("a"), "DescribeSubnets", 1, 1, NO_ENI),
    (lambda c: c.describe_subnets("b"), "DescribeSubnets", 1, 0, NO_ENI),
    (
        lambda c: c.describe_network_interfaces([ATTACHED]),
        "DescribeNetworkInterfaces",
        1,
        1,
        ATTACHED,
    ),
    (
        lambda c: c.describe_network_interfaces([PRIMARY, LOOSE]),
        "DescribeNetworkInterfaces",
        2,
        2,
        NO_ENI,
    ),
    (lambda c: c.describe_available_interfaces(), "DescribeNetworkInterfaces", 1, 1, NO_ENI),
    (lambda c: c.describe_instances(), "DescribeInstances", 1, 1, NO_ENI),
    (lambda c: c.create_tags(LOOSE), "CreateTags", 1, 1, LOOSE),
    (
        lambda c: c.modify_network_interface_attribute(LOOSE),
        "ModifyNetworkInterfaceAttribute",
        1,
        1,
        LOOSE,
    ),
    (
        lambda c: c.set_delete_on_termination(ATTACHED),
        "ModifyNetworkInterfaceAttribute",
        1,
        1,
        ATTACHED,
    ),
    (lambda c: c.create_network_interface(0, 5, False), CREATE, 5, 5, NEXT),
    (lambda c: c.create_controllers_interface(0, TRUNK), CREATE, 0, 0, NEXT),
    (
        lambda c: c.no_effect("AssociateTrunkInterface", LOOSE),
        "AssociateTrunkInterface",
        1,
        1,
        LOOSE,
    ),
    (lambda c: c.attach_network_interface(LOOSE), "AttachNetworkInterface", 1, 1, LOOSE),
    (lambda c: c.detach_network_interface(ATTACHED), "DetachNetworkInterface", 1, 1, ATTACHED),
    (lambda c: c.delete_network_interface(LOOSE), "DeleteNetworkInterface", 1, 0, LOOSE),
    (
        lambda c: c.assign_private_ip_addresses(ATTACHED, 2, False),
        "AssignPrivateIpAddresses",
        2,
        2,
        ATTACHED,
    ),
    (
        lambda c: c.assign_private_ip_addresses(ATTACHED, 1, True),
        "AssignPrivateIpAddresses",
        1,
        1,
        ATTACHED,
    ),
    (lambda c: c.assign_ipv6_addresses(ATTACHED), "AssignIpv6Addresses", 1, 1, ATTACHED),
]


@pytest.mark.parametrize(("ask", "action", "asked", "granted", "eni"), REQUESTS)
def test_a_record_says_what_was_asked_for_and_of_which_interface(
    ask: Ask, action: str, asked: int, granted: int, eni: int
) -> None:
    """A request has its action's name, what it asks for and got, and the one ENI it is about."""
    account = Account()
    assert account.do(ask(account.client)).ok
    assert account.rows == [Row(0, NODE, action, asked, granted, 1, "OK", -1, eni)]
    assert account.clock.now == 100


def test_a_creation_that_fails_is_about_no_interface() -> None:
    """What was not made has no id."""
    account = Account()
    assert account.do(account.client.create_network_interface(0, 300, False)).code == DOES_NOT_FIT
    assert account.rows == [Row(0, NODE, CREATE, 300, 0, 1, DOES_NOT_FIT, -1, NO_ENI)]


def test_cidrs_of_either_kind() -> None:
    """Addresses, /28s and /80s are assigned as what they are, and given back by first address."""
    account = Account()
    client = account.client
    account.do(client.assign_private_ip_addresses(ATTACHED, 2, False))
    prefix = account.do(client.assign_private_ip_addresses(ATTACHED, 1, True)).value
    account.do(client.assign_ipv6_addresses(ATTACHED))
    assert account.held(ATTACHED) == (5, 1, 1)
    assert [first % 16 for first in prefix] == [0]
    account.do(client.unassign_private_ip_addresses(ATTACHED, prefix, True))
    addresses = list(account.ec2.interfaces[ATTACHED].addresses)[:4]
    account.do(client.unassign_private_ip_addresses(ATTACHED, addresses, False))
    assert account.held(ATTACHED) == (1, 0, 1)
    action = "UnassignPrivateIpAddresses"
    assert [(row.asked, row.granted, row.eni) for row in account.rows if row.action == action] == [
        (1, 1, ATTACHED),
        (4, 4, ATTACHED),
    ]


def test_what_requests_leave_in_ec2() -> None:
    """A loose ENI is attached, told to go with its instance, detached and deleted."""
    account = Account()
    client, loose = account.client, account.ec2.interfaces[LOOSE]
    account.do(client.attach_network_interface(LOOSE))
    assert loose.instance is account.instance
    account.do(client.set_delete_on_termination(LOOSE))
    assert loose.delete_on_termination
    account.do(client.detach_network_interface(LOOSE))
    assert loose.instance is None
    assert not loose.delete_on_termination
    account.do(client.delete_network_interface(LOOSE))
    assert LOOSE not in account.ec2.interfaces
    trunk = account.do(client.create_controllers_interface(0, TRUNK)).value
    assert account.ec2.interfaces[trunk].kind == TRUNK
    assert account.ec2.interfaces[trunk].node == NODE


def test_settled() -> None:
    """All requests made before the oldest one that has no answer have theirs."""
    account = Account()
    call = account.client.describe_instances
    assert account.region.settled_ms() == 0
    account.clock.run(until=10)
    assert account.region.settled_ms() == 10
    account.clock.process(call())
    account.clock.run(until=40)
    account.clock.process(call())
    account.clock.run(until=60)
    assert account.region.settled_ms() == 10
    account.clock.run(until=120)
    assert account.region.settled_ms() == 40
    account.clock.run(until=200)
    assert account.region.settled_ms() == 200


@pytest.mark.parametrize(
    ("answer", "is_throttled"),
    [(Answer(THROTTLED), True), (Answer("Unavailable", http_status=503), False)],
)
def test_what_the_sdk_knows_when_it_waits(answer: Answer, is_throttled: bool) -> None:
    """A wait depends on the attempt that failed, a random number, and whether it was throttled."""
    account = Account()
    asked: list[tuple[Any, ...]] = []
    account.region.sdk = Sdk(lambda *what: asked.append(what) or 1_000, 5)
    account.do(account.client.call("Do", 1, lambda: answer))
    assert asked == [(1, 0.25, is_throttled), (2, 0.25, is_throttled)]


@pytest.mark.parametrize(("timeout_ms", "ended_ms"), [(99, 100), (100, 100), (101, 101)])
def test_a_timeout_ends_a_wait(timeout_ms: int, ended_ms: int) -> None:
    """A context that is done by the time of the answer lets no wait begin (middleware.go)."""
    account = Account()
    account.do(account.client.call("Do", 1, lambda: Answer(THROTTLED), timeout_ms))
    assert account.clock.now == ended_ms
    assert len(account.rows) == 1


@pytest.mark.parametrize(
    ("failed", "uniform", "is_throttled", "wait"),
    [
        (1, 0.0, True, 500),
        (1, 0.5, True, 750),
        (2, 0.5, True, 1_500),
        (4, 0.25, True, 5_000),
        (1, 0.0, False, 30),
        (3, 0.5, False, 180),
        (10, 0.0, True, 256_000),
        (11, 0.0, True, 150_000),
        (11, 0.5, True, 225_000),
        (10, 0.171875, True, 300_000),
    ],
)
def test_backoff_of_sdk_v1(failed: int, uniform: float, is_throttled: bool, wait: int) -> None:
    """500 ms, or 30 if not throttled, and up to as much again, doubled each time; 300 s at most.

    What would be longer is 150 s and up to as much again (default_retryer.go RetryRules).
    """
    assert backoff_v1_ms(failed, uniform, is_throttled) == wait
