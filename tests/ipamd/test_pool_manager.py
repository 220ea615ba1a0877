"""The sleeping loop does what the loop that makes every pass does, and ends when it is told to."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as run_settings
from hypothesis import strategies as st
from small_node import DENIED, MAX_ENIS, SLOTS, SmallNode

from sim.aws.ec2 import THROTTLED
from sim.ipamd.daemon import start_node_ip_pool_manager
from sim.ipamd.enis import Cidr
from sim.ipamd.pool_manager import SleepingPoolManager
from sim.scenario.aws import DEFAULT_LATENCY

MINUTE = 60_000


def sleeping(node: SmallNode) -> SleepingPoolManager:
    """A sleeping loop that begins now."""
    manager = SleepingPoolManager(node.c)
    node.store.on_pod = manager.pool_changed
    manager.start()
    return manager


def begin(node: SmallNode, every_pass: bool) -> None:
    """One of the two loops begins now."""
    if every_pass:
        node.clock.process(start_node_ip_pool_manager(node.c))
    else:
        sleeping(node)


@dataclass
class Story:
    """What happens to a node: (ms since the last thing, what, how much)."""

    changes: dict[str, Any]
    enis: list[int]  # CIDRs of the ENIs at the start, the primary one first
    left: int  # addresses of the subnet that others leave
    faults: dict[str, list[str]]
    delays: list[int]
    things: list[tuple[int, str, int]]
    seed: int

    def played(self, every_pass: bool) -> SmallNode:
        """The node at the end, with one of the loops."""
        stream = random.Random(self.seed)
        node = SmallNode(
            metadata_delay=lambda: stream.choice(self.delays),
            uniform=random.Random(self.seed).random,
            **self.changes,
        )
        node.set_up(self.enis[0])
        for cidrs in self.enis[1:]:
            node.attach(cidrs)
        while node.home.free > self.left:
            node.home.take_address(9)
        node.fails(**{action: list(codes) for action, codes in self.faults.items()})
        begin(node, every_pass)
        pods: list[Cidr] = []
        for gap, what, number in self.things:
            node.run_until(node.clock.now + gap)
            if what == "cordon":
                node.is_cordoned = True
                node.store.on_pod()  # the engine wakes the loop by the same call
            self.pods_change(node, pods, what, number)
        node.run_until(node.clock.now + 10 * MINUTE)
        node.store.expire_cooldowns(node.clock.now)
        return node

    @staticmethod
    def pods_change(node: SmallNode, pods: list[Cidr], what: str, number: int) -> None:
        """Pods come, as long as there are addresses, or go, the oldest first."""
        for _ in range(number):
            if what == "come":
                cidr = node.store.assign_pod_ipv4_address(node.clock.now)
                pods.extend([cidr] if cidr else [])
            elif what == "go" and pods:
                node.pods_leave([pods.pop(0)])


def small(most: int) -> st.SearchStrategy[int]:
    """Targets."""
    return st.integers(0, most)


stories = st.builds(
    Story,
    changes=st.fixed_dictionaries(
        {"prefix_delegation": st.booleans(), "subnet_discovery": st.booleans()},
        optional={
            "warm_eni_target": small(2),
            "warm_prefix_target": small(2),
            "warm_ip_target": small(4),
            "minimum_ip_target": small(6),
            "max_pods": st.sampled_from([3, 6, 100]),
            "ip_cooldown_ms": st.sampled_from([0, 5_000, 30_000, 90_000]),
            "manage_enis_non_schedulable": st.booleans(),
        },
    ),
    enis=st.lists(st.integers(0, SLOTS), min_size=1, max_size=MAX_ENIS),
    left=st.sampled_from([0, 3, 50, 256]),
    faults=st.dictionaries(
        st.sampled_from(sorted(DEFAULT_LATENCY)),
        st.lists(
            st.sampled_from(["", DENIED, THROTTLED, "InsufficientFreeAddressesInSubnet"]),
            max_size=12,
        ),
        max_size=4,
    ),
    delays=st.sampled_from([[0], [0, 2_000], [5_000, 70_000], [0, 300_000]]),
    things=st.lists(
        st.tuples(
            st.sampled_from([1, 700, 2_500, 5_000, 20_000, 30_001, 61_000, 125_000]),
            st.sampled_from(["come", "come", "go", "go", "cordon"]),
            st.integers(1, 8),
        ),
        max_size=25,
    ),
    seed=st.integers(0, 1_000_000),
)


STALE = Story(
    changes={"prefix_delegation": True, "subnet_discovery": False},
    enis=[0, 2, 1],
    left=0,
    faults={"DescribeNetworkInterfaces": [DENIED]},
    delays=[5_000, 70_000],
    things=[],
    seed=2,
)
"""An ENI is set up with prefixes that the metadata show long after they were given back."""


@run_settings(max_examples=100, deadline=None)
@given(story=stories)
@example(story=STALE)
def test_both_loops_do_the_same(story: Story) -> None:
    """The same requests and the same changes of the pool, to the ms, whatever happens."""
    asleep, awake = story.played(every_pass=False), story.played(every_pass=True)
    assert asleep.sent == awake.sent
    changes = [sorted(node.changes, key=lambda row: row[0]) for node in (asleep, awake)]
    assert changes[0] == changes[1]


@pytest.mark.parametrize("every_pass", [True, False])
def test_reconciles_slept_through_are_stamped(every_pass: bool) -> None:
    """An ENI freed long after the last look is gone from the metadata before the next one."""
    delay = [0]
    node = SmallNode(metadata_delay=lambda: delay[0], warm_eni_target=0)
    node.set_up(3)
    node.attach(3)
    pods = node.pods(4)
    begin(node, every_pass)
    node.run_until(5 * MINUTE)
    delay[0] = 20_000
    node.pods_leave(pods[2:])
    node.run_until(10 * MINUTE)
    freed = ["DescribeNetworkInterfaces", "DetachNetworkInterface", "DeleteNetworkInterface"]
    assert node.requests() == list(zip([332_500, 332_600, 334_700], freed, strict=True))


def test_it_sleeps() -> None:
    """An idle hour of a reconciled pool is one event: nothing is on the clock."""
    node = SmallNode()
    node.set_up(3)
    sleeping(node)
    node.run_until(MINUTE)
    assert node.clock.peek() == float("inf")
    node.pods(1)
    assert node.clock.peek() == 62_500  # the next check of the grid


@pytest.mark.parametrize("ms", [1000, 2_500, 2_550, 2_600, 4000, 100_000])
def test_stop(ms: int) -> None:
    """A killed daemon makes no more requests, whether it slept or was in the middle of one."""
    node = SmallNode()
    node.set_up()
    manager = sleeping(node)
    node.run_until(ms)
    begun = ms > 2_500
    manager.stop()
    node.store.close(node.clock.now)
    node.run_until(10 * MINUTE)
    assert len(node.sent) == begun
    assert len(node.instance.primary.addresses) == 3 * begun
    manager.pool_changed()
    assert node.clock.peek() == float("inf")
