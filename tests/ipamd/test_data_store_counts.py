"""The data store under random use: its counts are always those of a recount from scratch.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go: GetIPStats,
GetFreePrefixes, AssignPodIPv4Address, getDeletableENI.
"""

from __future__ import annotations

import random
from itertools import islice

import pytest
from hypothesis import settings as run_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from small_node import settings

from sim.ipamd.changes import CHANGES
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr, Eni

COOLDOWN = 30_000
MINUTE = 60_000


class Counts(RuleBasedStateMachine):
    """Whatever happens, the counts are those of a recount from scratch."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.made = 0
        self.pods: list[Cidr] = []
        self.cooling_until: list[tuple[Cidr, int]] = []
        self.logged = [0] * 7

    @initialize(prefix_delegation=st.booleans(), seed=st.integers(0, 99))
    def start(self, prefix_delegation: bool, seed: int) -> None:
        """An empty data store."""
        changes = settings(prefix_delegation=prefix_delegation, warm_ip_target=5)
        self.store = DataStore(changes, random.Random(seed).random, self.log)

    def log(self, row: tuple[int, int, int]) -> None:
        """Adds up what changes."""
        change = next(islice(CHANGES, row[2], None))
        self.logged = [a + b for a, b in zip(self.logged, change, strict=True)]

    @rule(subnet=st.integers(0, 1), cidrs=st.integers(0, 3), is_prefix=st.booleans())
    def add_eni(self, subnet: int, cidrs: int, is_prefix: bool) -> None:
        """An ENI in the second subnet is excluded."""
        self.made += 1
        eni = self.store.add_eni(self.made, subnet, self.made == 1, self.now)
        if subnet:
            self.store.exclude(eni)
        first = 1000 * self.made
        self.store.add_cidrs(eni, range(first, first + 16 * cidrs, 16), is_prefix, self.now)

    @rule(count=st.integers(1, 20))
    def pods_come(self, count: int) -> None:
        """Each takes an address if there is one, and only then."""
        for _ in range(count):
            free = sum(cidr.size - self.used(cidr) for cidr in self.active())
            cidr = self.store.assign_pod_ipv4_address(self.now)
            assert (cidr is not None) is (free > 0)
            if cidr is not None:
                assert cidr in self.active()
                self.pods.append(cidr)

    @rule(which=st.integers(0, 99))
    def pod_leaves(self, which: int) -> None:
        """Its address cools, if its CIDR is still there."""
        if self.pods:
            cidr = self.pods.pop(which % len(self.pods))
            self.store.unassign_pod_ip_address(cidr, self.now)
            if cidr.eni is not None:
                self.cooling_until.append((cidr, self.now + COOLDOWN))

    @rule(which=st.integers(0, 99))
    def drop_cidr(self, which: int) -> None:
        """By force, with its pods."""
        if cidrs := self.cidrs():
            cidr = cidrs[which % len(cidrs)]
            assert cidr.eni is not None
            self.store.remove_cidrs(cidr.eni, [cidr], self.now)

    @rule(which=st.integers(0, 99))
    def drop_eni(self, which: int) -> None:
        """With all it holds."""
        if enis := self.store.enis.entries():
            self.store.remove_eni(enis[which % len(enis)], self.now)

    @rule(ms=st.sampled_from([1, 10_000, COOLDOWN, COOLDOWN + 1]))
    def wait(self, ms: int) -> None:
        """Time goes by."""
        self.now += ms

    def cidrs(self) -> list[Cidr]:
        """All CIDRs of the data store."""
        return [cidr for eni in self.store.enis.entries() for cidr in eni.cidrs.entries()]

    def active(self) -> list[Cidr]:
        """Those that can serve pods."""
        mode = self.store.settings.prefix_delegation
        return [c for c in self.cidrs() if c.is_prefix is mode and c.eni and not c.eni.excluded]

    def assigned(self, cidr: Cidr) -> int:
        """Pods in a CIDR."""
        return sum(one is cidr for one in self.pods)

    def cooling(self, cidr: Cidr) -> int:
        """Cooling addresses of a CIDR."""
        return sum(one is cidr and self.now <= until for one, until in self.cooling_until)

    def used(self, cidr: Cidr) -> int:
        """Addresses that no pod can have now."""
        return self.assigned(cidr) + self.cooling(cidr)

    @invariant()
    def counts_are_right(self) -> None:
        """GetIPStats and GetFreePrefixes, counted anew."""
        prefixes = [cidr for cidr in self.cidrs() if cidr.is_prefix]
        assert self.store.get_ip_stats(self.now) == (
            sum(cidr.size for cidr in self.active()),
            len(prefixes),
            sum(map(self.assigned, self.active())),
            sum(map(self.cooling, self.active())),
            sum(not self.assigned(cidr) for cidr in prefixes),
        )

    @invariant()
    def counts_of_enis_are_right(self) -> None:
        """What each ENI counts of its CIDRs, of either kind, and what the data store adds up."""
        self.store.expire_cooldowns(self.now)
        for eni in self.store.enis.entries():
            cidrs = eni.cidrs.entries()
            unused = sum(not self.assigned(cidr) for cidr in cidrs)
            counts = sum(map(self.assigned, cidrs)), sum(map(self.cooling, cidrs)), unused
            assert (eni.assigned, eni.cooling, eni.unused_cidrs) == counts
        included = [eni for eni in self.store.enis.entries() if not eni.excluded]
        assert self.store.unused_cidrs == sum(eni.unused_cidrs for eni in included)

    @invariant()
    def the_log_adds_up(self) -> None:
        """The changes that were logged make what is held: `sim.ipamd.changes.Change`."""
        self.store.expire_cooldowns(self.now)
        cidrs = self.cidrs()
        free = [cidr.size - cidr.assigned - cidr.cooling for cidr in cidrs]
        warm = sum(n for n, cidr in zip(free, cidrs, strict=True) if not cidr.assigned)
        assert self.logged == [
            self.store.enis.count,
            sum(cidr.is_prefix for cidr in cidrs),
            sum(cidr.assigned for cidr in cidrs),
            sum(cidr.cooling for cidr in cidrs),
            warm,
            sum(free) - warm,
            sum(not cidr.assigned for cidr in cidrs),
        ]

    @invariant()
    def freeable_enis_are_counted_right(self) -> None:
        """CheckFreeableENIexists: secondary ENIs without a pod, counted anew."""
        secondary = [eni for eni in self.store.enis.entries() if not eni.is_primary]
        without = [e for e in secondary if not any(map(self.assigned, e.cidrs.entries()))]
        assert self.store.freeable_enis == len(without)

    @invariant()
    def marks_are_right(self) -> None:
        """What can serve a pod is marked, CIDRs and ENIs."""
        for eni in self.store.enis.entries():
            can_serve = [c for c in eni.cidrs.entries() if c in self.active() and c.free]
            marked = [c for c in eni.cidrs.entries() if eni.cidrs.is_marked(c)]
            assert eni.excluded or marked == can_serve
            assert self.store.enis.is_marked(eni) == bool(can_serve)

    @invariant()
    def the_next_to_go_is_right(self) -> None:
        """`next_deletable_eni` is the first instant at which `get_deletable_eni` finds one."""
        at = self.store.next_deletable_eni(self.now)
        is_deletable_now = self.store.get_deletable_eni(self.now) is not None
        assert is_deletable_now is (at is not None and at <= self.now)
        if at is not None and at > self.now:
            assert at in map(self.may_go_from, self.store.enis.entries())

    def may_go_from(self, eni: Eni) -> int:
        """When an ENI is old enough and all its addresses have cooled off."""
        ends = [until + 1 for cidr, until in self.cooling_until if cidr.eni is eni]
        return max([eni.created_ms + MINUTE, *(end for end in ends if end > self.now)])


Counts.TestCase.settings = run_settings(max_examples=40, stateful_step_count=40, deadline=None)
TestCounts = Counts.TestCase


@pytest.mark.parametrize("seed", range(8))
def test_a_walk(seed: int) -> None:
    """The same, on a short way that is the same each time."""
    stream = random.Random(seed)
    machine = Counts()
    machine.start(seed % 2 == 1, seed)
    for _ in range(60):
        step = stream.choice(["come", "come", "leave", "leave", "leave", "wait", "eni", "drop"])
        if step == "come":
            machine.pods_come(stream.randrange(1, 9))
        elif step == "leave":
            machine.pod_leaves(stream.randrange(99))
        elif step == "wait":
            machine.wait(stream.choice([1, 10_000, COOLDOWN, COOLDOWN + 1]))
        elif step == "eni":
            machine.add_eni(stream.randrange(4) // 3, stream.randrange(4), stream.random() < 0.5)
        elif stream.random() < 0.3:
            machine.drop_eni(stream.randrange(99))
        else:
            machine.drop_cidr(stream.randrange(99))
        machine.counts_are_right()
        machine.counts_of_enis_are_right()
        machine.the_log_adds_up()
        machine.freeable_enis_are_counted_right()
        machine.marks_are_right()
        machine.the_next_to_go_is_right()
