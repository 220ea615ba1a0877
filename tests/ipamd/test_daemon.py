"""A daemon's life: its start, its loop, its look for leaked ENIs.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go (nodeInit, StartNodeIPPoolManager,
updateIPPoolIfRequired) and pkg/awsutils/awsutils.go (cleanUpLeakedENIs).
"""

from __future__ import annotations

import pytest
from small_node import DENIED, SmallNode

from sim.ipamd.context import LONG_AGO
from sim.ipamd.daemon import (
    clean_up_leaked_enis,
    node_init,
    should_skip_decrease,
    start_node_ip_pool_manager,
    update_ip_pool_if_required,
)

DESCRIBE, TAG, SUBNETS = "DescribeNetworkInterfaces", "CreateTags", "DescribeSubnets"
MODIFY, ASSIGN = "ModifyNetworkInterfaceAttribute", "AssignPrivateIpAddresses"
UNASSIGN, DELETE = "UnassignPrivateIpAddresses", "DeleteNetworkInterface"
FREE = [DESCRIBE, "DetachNetworkInterface", DELETE]
MINUTE, HOUR = 60_000, 3_600_000


# ------------------------------------------------------------------------- nodeInit


def test_start() -> None:
    """Five requests: describe, tag, subnets, security groups, and the first addresses."""
    node = SmallNode(subnet_discovery=True)
    assert node.run(node_init(node.c))
    actions = [DESCRIBE, TAG, SUBNETS, MODIFY, ASSIGN]
    assert node.requests() == list(zip(range(0, 500, 100), actions, strict=True))
    assert (node.clock.now, node.pool()) == (500, (1, 3, 0))


def test_start_with_two_enis() -> None:
    """Each is tagged if need be, set up, and refreshed."""
    node = SmallNode()
    node.attach(2, is_known=False)
    assert node.run(node_init(node.c))
    assert node.actions() == [DESCRIBE, TAG, MODIFY, MODIFY, ASSIGN]
    assert node.sent[0].asked == 2


STARTS: dict[str, tuple[dict[str, list[str]], list[str], bool]] = {
    # name: (faults, requests, whether the start succeeds)
    "not described": ({DESCRIBE: [DENIED] * 99}, [DESCRIBE] * 12, False),
    "not tagged": ({TAG: [DENIED] * 99}, [DESCRIBE, *[TAG] * 5], False),
    "not refreshed": ({MODIFY: [DENIED]}, [DESCRIBE, TAG, SUBNETS, MODIFY, ASSIGN], True),
    "no addresses": (
        {ASSIGN: [DENIED] * 2},
        [DESCRIBE, TAG, SUBNETS, MODIFY, ASSIGN, ASSIGN],
        False,
    ),
    "one address": (
        {ASSIGN: [DENIED]},
        [DESCRIBE, TAG, SUBNETS, MODIFY, ASSIGN, ASSIGN],
        True,
    ),
}


@pytest.mark.parametrize("name", STARTS)
def test_start_with_failures(name: str) -> None:
    """Which errors fail the start, after how many tries."""
    faults, actions, starts = STARTS[name]
    node = SmallNode(subnet_discovery=True)
    node.fails(**{action: list(codes) for action, codes in faults.items()})
    assert node.run(node_init(node.c)) is starts
    assert node.actions() == actions


def test_an_exhausted_subnet_does_not_fail_the_start() -> None:
    """The node becomes Ready without an address, and waits two minutes for the next try."""
    node = SmallNode()
    node.fails(AssignPrivateIpAddresses=["InsufficientFreeAddressesInSubnet"] * 2)
    assert node.run(node_init(node.c))
    assert (node.pool(), node.c.last_insufficient_cidr_error) == ((1, 0, 0), node.clock.now)


def test_an_eni_that_cannot_be_set_up_is_skipped() -> None:
    """Six tries, 10 s apart; then the start goes on."""
    node = SmallNode(subnet_discovery=True)
    node.fails(DescribeSubnets=[DENIED] * 99)
    assert node.run(node_init(node.c))
    looks = [sent.ms for sent in node.sent if sent.action == SUBNETS]
    assert looks == [200 + 10_100 * i for i in range(6)]
    assert node.requests()[-2:] == [(50_800, MODIFY), (50_900, ASSIGN)]


# ------------------------------------------------------------------------- the loop


def loop(node: SmallNode, until: int) -> list[tuple[int, str]]:
    """Requests of a loop that begins now."""
    node.clock.process(start_node_ip_pool_manager(node.c))
    node.run_until(until)
    return node.requests()


def test_calls_shift_the_loop() -> None:
    """2.5 s, pool check, 2.5 s, reconcile: the time of requests comes on top."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(1)
    node.pods(1)
    node.clock.process(start_node_ip_pool_manager(node.c))
    for ms in (2_600, 7_700):  # one more pod after each request
        node.run_until(ms + 1)
        node.pods(1)
    node.run_until(20_000)
    assert node.requests()[:2] == [(2_500, ASSIGN), (7_600, ASSIGN)]
    assert node.requests()[2] == (12_700, SUBNETS)  # the ENI is full: a new one


def test_idle_loop() -> None:
    """A pool that is as it should be costs no request in an hour."""
    node = SmallNode()
    node.set_up(3)
    assert loop(node, HOUR) == []


def test_reconciles_are_65_s_apart() -> None:
    """The first at the end of the first loop, then the first loop end that is over 60 s later."""
    node = SmallNode()
    node.set_up(3)
    stamps = []
    node.clock.process(start_node_ip_pool_manager(node.c))
    for ms in range(2_500, 140_000, 2_500):
        node.run_until(ms + 1)
        stamps.append(node.c.last_node_ip_pool_action)
    assert sorted(set(stamps)) == [LONG_AGO, 5_000, 70_000, 135_000]


def test_a_full_subnet_is_asked_in_every_pass() -> None:
    """With subnet discovery each pass fails twice and then fails to create an ENI."""
    node = SmallNode(home_size=16, subnet_discovery=True)
    node.set_up()
    while node.home.take_address(9) is not None:
        pass
    a_pass = [ASSIGN, ASSIGN, SUBNETS, "CreateNetworkInterface"]
    requests = loop(node, 3 * 5_400)
    assert [action for _, action in requests] == a_pass * 3
    assert [ms for ms, _ in requests][::4] == [2_500, 7_900, 13_300]


# ---------------------------------------------------------- updateIPPoolIfRequired


def test_one_decrease_in_30_s() -> None:
    """The first at once; the next more than 30 s after the end of the last one's pass."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(3)
    node.run(update_ip_pool_if_required(node.c))
    assert (node.requests(), node.c.last_decrease_ip_pool) == ([(0, UNASSIGN)], 100)
    node.give(node.store.enis.entries()[0], 1)
    for ms, skips in [(30_100, True), (30_101, False)]:
        node.run_until(ms)
        assert should_skip_decrease(node.c) is skips
        node.run(update_ip_pool_if_required(node.c))
    assert node.requests()[1:] == [(30_101, UNASSIGN)]


def test_a_decrease_and_an_eni_in_one_pass() -> None:
    """What is over goes first, then an ENI that nothing needs; the stamps come at the end."""
    node = SmallNode(warm_ip_target=1)
    node.set_up(3)
    node.attach(3)
    node.attach(3)
    node.pods(2)
    node.run_until(MINUTE)
    node.run(update_ip_pool_if_required(node.c))  # 7 - 1 over: 1, 3 and 2 of the three ENIs
    times = [MINUTE + ms for ms in (0, 100, 200, 300, 400, 2500)]
    assert node.requests() == list(zip(times, [UNASSIGN] * 3 + FREE, strict=True))
    assert node.pool() == (2, 3, 2)
    assert node.c.last_decrease_ip_pool == node.c.last_node_ip_pool_action == MINUTE + 2600


# ------------------------------------------------------------------ cleanUpLeakedENIs


def test_look_for_leaked_enis() -> None:
    """A wait of U{0..299} s, one request, an hour of rest, and all over again."""
    node = SmallNode()
    uniform = iter([0.5, 0.999])
    node.c.random = lambda: next(uniform)
    node.clock.process(clean_up_leaked_enis(node.c))
    node.run_until(2 * HOUR)
    second = 150_000 + 100 + HOUR + 299_000
    assert node.requests() == [(150_000, DESCRIBE), (second, DESCRIBE)]


@pytest.mark.parametrize(("age", "is_deleted"), [(299_999, False), (300_000, True)])
def test_a_leaked_eni(age: int, is_deleted: bool) -> None:
    """It is deleted when it is 5 minutes old; attached ones stay."""
    node = SmallNode()
    node.attach(1)
    node.run_until(1000)
    leaked = node.ec2.create_network_interface(7, node.OTHER, 2, False).value
    node.run_until(1000 + age - 100)
    node.clock.process(clean_up_leaked_enis(node.c))
    node.run_until(1000 + HOUR)
    assert node.actions() == [DESCRIBE] + [DELETE] * is_deleted
    assert (leaked in node.ec2.interfaces) is not is_deleted
    assert len(node.instance.interfaces) == 2


def test_a_failed_look() -> None:
    """It is tried again after the hour, not before."""
    node = SmallNode()
    node.fails(DescribeNetworkInterfaces=[DENIED])
    node.clock.process(clean_up_leaked_enis(node.c))
    node.run_until(HOUR + 300)
    assert node.requests() == [(0, DESCRIBE), (HOUR + 100, DESCRIBE)]


@pytest.mark.parametrize(("look_at", "delay_s"), [(1000, 3), (2000, 2)])
def test_a_look_comes_after_the_pass_of_its_instant(look_at: int, delay_s: int) -> None:
    """Both fall on 4,000 ms; it does not matter which was put on the clock first."""
    node = SmallNode(warm_ip_target=1)
    node.set_up()
    node.c.random = lambda: (delay_s + 0.5) / 300
    parts = {look_at: clean_up_leaked_enis(node.c), 1500: start_node_ip_pool_manager(node.c)}
    for ms in sorted(parts):
        node.run_until(ms)
        node.clock.process(parts[ms])
    node.run_until(4500)
    assert node.requests() == [(4000, ASSIGN), (4000, DESCRIBE)]
