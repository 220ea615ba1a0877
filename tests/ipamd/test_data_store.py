"""The data store: addresses, cooldowns, counts, and which ENI may go.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go.
"""

from __future__ import annotations

from typing import Any

import pytest
from small_node import settings

from sim.ipamd.changes import CHANGES, Change
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr, Eni

COOLDOWN = 30_000
MINUTE = 60_000
LATE = 10 * MINUTE


def store_of(**changes: Any) -> DataStore:
    """An empty data store; maps are met from their first slot on."""
    return DataStore(settings(**changes), lambda: 0.0)


def add(store: DataStore, cidrs: int, now: int = 0, eni: int = 0, kind: bool | None = None) -> Eni:
    """One more ENI, of this number, with CIDRs; the first is the primary one."""
    is_prefix = store.settings.prefix_delegation if kind is None else kind
    one = store.add_eni(eni, 0, eni == 0, now)
    first = 1000 * eni
    store.add_cidrs(one, range(first, first + 16 * cidrs, 16), is_prefix, now)
    return one


def take(store: DataStore, count: int, now: int = 0) -> list[Cidr]:
    """So many pods take an address each."""
    taken = [store.assign_pod_ipv4_address(now) for _ in range(count)]
    return [cidr for cidr in taken if cidr is not None]


# ------------------------------------------------------------- addresses and cooldown


def test_addresses_run_out() -> None:
    """AssignPodIPv4Address: one address a pod, then none."""
    store = store_of()
    add(store, 2)
    assert len(take(store, 3)) == 2
    assert store.get_ip_stats(0).available == 0


def test_a_trunk_that_replaces_another_is_one() -> None:
    """GetTrunkENI: a reconcile adds the new trunk first, and then drops the one that is gone."""
    store = store_of()
    add(store, 2)
    old, new = add(store, 0, eni=1), add(store, 0, eni=2)
    store.keep(old)
    store.keep(new)
    store.remove_eni(old, MINUTE)
    assert store.has_trunk
    store.remove_eni(new, MINUTE)
    assert not store.has_trunk


@pytest.mark.parametrize(("age", "cools"), [(0, True), (COOLDOWN, True), (COOLDOWN + 1, False)])
def test_cooldown(age: int, cools: bool) -> None:
    """inCoolingPeriod: an address cools while its age is at most the period."""
    store = store_of()
    add(store, 1)
    pod = take(store, 1)[0]
    store.unassign_pod_ip_address(pod, 1000)
    assert store.get_ip_stats(1000 + age).cooldown_ips == cools
    assert store.get_ip_stats(1000 + age).available == 1
    assert bool(take(store, 1, 1000 + age)) is not cools


def test_cooldown_0() -> None:
    """With period 0 an address cools in the instant of its release only."""
    store = store_of(ip_cooldown_ms=0)
    add(store, 1)
    store.unassign_pod_ip_address(take(store, 1)[0], 1000)
    assert take(store, 1, 1000) == []
    assert len(take(store, 1, 1001)) == 1


def test_a_prefix_serves_while_one_address_is_free() -> None:
    """getUnusedIP: 16 pods in one /28, and a released address serves after its cooldown."""
    store = store_of(prefix_delegation=True)
    add(store, 1)
    pods = take(store, 17)
    assert len(pods) == 16
    store.unassign_pod_ip_address(pods[0], 0)
    assert take(store, 1, COOLDOWN) == []
    assert len(take(store, 1, COOLDOWN + 1)) == 1


def test_only_cidrs_of_the_mode_serve() -> None:
    """A prefix is no use in default mode, though it takes a slot of its ENI."""
    store = store_of()
    eni = add(store, 1, kind=True)
    assert take(store, 1) == []
    assert (store.total_ips, store.total_prefixes, len(eni.cidrs)) == (0, 1, 1)
    store.add_cidrs(eni, [500], False, 0)
    assert [cidr.address for cidr in take(store, 2)] == [500]


def test_an_excluded_eni_serves_no_pod() -> None:
    """Its addresses are left out of GetIPStats, and it gets no more of them."""
    store = store_of(prefix_delegation=True)
    store.exclude(store.add_eni(0, 0, True, 0))
    add(store, 1)
    assert take(store, 1) == []
    stats = store.get_ip_stats(0)
    assert (stats.total_ips, stats.total_prefixes, stats.free_prefixes) == (0, 1, 1)
    assert not store.has_allocatable_eni()


def test_a_pod_whose_cidr_was_dropped_releases_nothing() -> None:
    """DelIPv4CidrFromStore by force: the pod is forgotten, and its release changes nothing."""
    store = store_of()
    eni = add(store, 2)
    pod = take(store, 1)[0]
    store.remove_cidrs(eni, [pod], 0)
    store.unassign_pod_ip_address(pod, 0)
    stats = store.get_ip_stats(0)
    assert (stats.total_ips, stats.assigned_ips, stats.cooldown_ips) == (1, 0, 0)


def test_pods_wake_the_sleeper_only_when_they_change_something() -> None:
    """on_pod comes with each address taken or released, not with a failed ADD."""
    store = store_of()
    add(store, 1)
    calls: list[str] = []
    store.on_pod = lambda: calls.append("pod")
    pod = take(store, 2)[0]
    store.unassign_pod_ip_address(pod, 0)
    assert len(calls) == 2


# --------------------------------------------------------------------------- changes


def test_adding_twice_changes_nothing() -> None:
    """AddENI, AddIPv4CidrToStore: what is there already stays as it is, its age too."""
    store = store_of()
    eni = add(store, 2)
    assert add(store, 3, now=5000) is eni
    assert (eni.created_ms, len(eni.cidrs), store.total_ips) == (0, 3, 3)


def test_removing_an_eni_takes_all_of_it() -> None:
    """RemoveENIFromDataStore: CIDRs and pods' addresses go with it."""
    store = store_of()
    add(store, 1)
    eni = add(store, 3, eni=1)
    take(store, 3)
    store.remove_eni(eni, 0)
    assert (len(store.enis), store.total_ips, store.assigned_ips) == (1, 1, 1)
    assert store.find_eni(1) is None


def test_changes_are_reported() -> None:
    """Each comes with its instant and by how much all changes; a cooldown's end, too."""
    log: list[tuple[int, int, int]] = []
    store = DataStore(settings(prefix_delegation=True), lambda: 0.0, log.append, lambda _: 7)
    add(store, 2)
    store.unassign_pod_ip_address(take(store, 1, now=1000)[0], 2000)
    store.close(LATE)
    changes = list(CHANGES)
    assert {holder for _, holder, _ in log} == {7}
    assert [(now, changes[number]) for now, _, number in log] == [
        (0, Change(1, 0, 0, 0, 0, 0, 0)),
        (0, Change(0, 2, 0, 0, 32, 0, 2)),
        (1000, Change(0, 0, 1, 0, -16, 15, -1)),
        (2000, Change(0, 0, -1, 1, 15, -15, 1)),
        (2000 + COOLDOWN + 1, Change(0, 0, 0, -1, 1, 0, 0)),
        (LATE, Change(0, -2, 0, 0, -32, 0, -2)),
        (LATE, Change(-1, 0, 0, 0, 0, 0, 0)),
    ]


# ----------------------------------------------------------------- ENIs for more, or to go


@pytest.mark.parametrize(("cidrs", "is_allocatable"), [(0, True), (2, True), (3, False)])
def test_get_allocatable_enis(cidrs: int, is_allocatable: bool) -> None:
    """GetAllocatableENIs: those with fewer CIDRs of either kind than slots."""
    store = store_of()
    eni = add(store, cidrs, kind=True)
    assert store.get_allocatable_enis() == [eni] * is_allocatable


def test_find_freeable_cidrs() -> None:
    """FindFreeableCidrs: those without a pod, whether an address of theirs cools or not."""
    store = store_of()
    eni = add(store, 3)
    pods = take(store, 2)
    store.unassign_pod_ip_address(pods[0], 0)
    assert [cidr.address for cidr in store.find_freeable_cidrs(eni)] == [0, 32]


def two_enis(**changes: Any) -> tuple[DataStore, Eni]:
    """A data store of two ENIs with 3 CIDRs each; the second is a minute old at one minute."""
    store = store_of(**changes)
    add(store, 3)
    return store, add(store, 3, eni=1)


def test_only_a_grown_up_eni_may_go() -> None:
    """isTooYoung: not before its first minute is over."""
    store, eni = two_enis()
    assert store.next_deletable_eni(0) == MINUTE
    assert store.get_deletable_eni(MINUTE - 1) is None
    assert store.get_deletable_eni(MINUTE) is eni


def test_the_primary_eni_never_goes() -> None:
    """Nor does a trunk; both are left out of CheckFreeableENIexists."""
    store, eni = two_enis()
    store.keep(eni)
    assert store.get_deletable_eni(LATE) is None
    assert not store.freeable_eni_exists()


def test_an_eni_with_pods_stays() -> None:
    """hasPods: one pod is enough."""
    store, eni = two_enis()
    assert store.freeable_eni_exists()
    pods = take(store, 4)
    assert pods[-1].eni is eni
    assert store.get_deletable_eni(LATE) is None
    assert not store.freeable_eni_exists()


def test_an_eni_with_a_cooling_address_stays() -> None:
    """hasIPInCooling: until the last of its addresses has cooled off."""
    store, eni = two_enis()
    store.unassign_pod_ip_address(take(store, 4)[-1], LATE)
    assert store.next_deletable_eni(LATE) == LATE + COOLDOWN + 1
    assert store.get_deletable_eni(LATE + COOLDOWN) is None
    assert store.get_deletable_eni(LATE + COOLDOWN + 1) is eni


def test_a_cidr_given_back_while_it_cools_holds_up_nothing() -> None:
    """Only addresses that are still on the ENI count, even if another was released later."""
    store, eni = two_enis()
    first, second = take(store, 5)[-2:]
    assert first.eni is second.eni is eni
    store.unassign_pod_ip_address(first, LATE)
    store.unassign_pod_ip_address(second, LATE + 20_000)
    store.remove_cidrs(eni, [second], LATE + 25_000)
    assert store.next_deletable_eni(LATE + 25_000) == LATE + COOLDOWN + 1


@pytest.mark.parametrize(
    ("changes", "pods", "may_go"),
    [
        ({"warm_ip_target": 3}, 0, True),  # the other ENI has 3 free
        ({"warm_ip_target": 3}, 1, False),  # 2
        ({"warm_ip_target": 4}, 0, False),
        ({"minimum_ip_target": 3}, 3, True),  # the other ENI has 3
        ({"minimum_ip_target": 4}, 0, False),
        ({"prefix_delegation": True, "warm_prefix_target": 3}, 0, True),  # 3 free prefixes
        ({"prefix_delegation": True, "warm_prefix_target": 3}, 1, False),  # 2
        ({"prefix_delegation": True, "warm_ip_target": 33}, 0, True),  # 48, rounded up to 48
        ({"prefix_delegation": True, "warm_ip_target": 33}, 1, False),  # 47
    ],
)
def test_a_required_eni_stays(changes: dict[str, Any], pods: int, may_go: bool) -> None:
    """isRequiredFor...: an ENI goes only if the others meet every target."""
    store, _ = two_enis(**changes)
    take(store, pods)
    assert (store.get_deletable_eni(LATE) is not None) is may_go


@pytest.mark.parametrize(
    "changes",
    [
        {"warm_ip_target": 3},
        {"minimum_ip_target": 4},
        {"prefix_delegation": True, "warm_prefix_target": 3},
    ],
)
def test_cidrs_of_an_excluded_eni_meet_no_target(changes: dict[str, Any]) -> None:
    """An ENI in a subnet tagged out counts for nothing, and may go itself."""
    store = store_of(**changes)
    add(store, 3)
    out = store.add_eni(1, 1, False, 0)
    store.exclude(out)
    add(store, 3, eni=1)
    needed = add(store, 2, eni=2)
    assert store.is_deletable(out, LATE)
    take(store, 1)
    assert store.is_deletable(out, LATE)
    assert not store.is_deletable(needed, LATE)


# ------------------------------------------------------------------------ a restart


def test_what_a_checkpoint_restores() -> None:
    """Pods of the process before hold their addresses, and what had just been left still cools."""
    store = store_of(prefix_delegation=True)
    cidr = add(store, 1).cidrs.entries()[0]
    store.restore(cidr, 2, 3, 1_000)
    assert (cidr.assigned, cidr.cooling, cidr.free) == (2, 3, 11)
    assert store.get_ip_stats(31_000) == (16, 1, 2, 3, 0)
    assert store.get_ip_stats(31_001) == (16, 1, 2, 0, 0)
    assert len(take(store, 20, 31_001)) == 14


@pytest.mark.parametrize(("is_prefix", "is_excluded"), [(False, True), (True, False)])
def test_a_pod_that_counts_for_nothing_leaves(is_prefix: bool, is_excluded: bool) -> None:
    """One on an excluded ENI, or in a CIDR of the other mode, is in no count before or after."""
    store = store_of()
    eni = store.add_eni(1, 0, False, 0)
    if is_excluded:
        store.exclude(eni)
    store.add_cidrs(eni, [16], is_prefix, 0)
    cidr = eni.cidrs.entries()[0]
    store.restore(cidr, 1, 0, 0)
    store.unassign_pod_ip_address(cidr, 0)
    stats = store.get_ip_stats(0)
    assert (stats.assigned_ips, stats.cooldown_ips, eni.cooling) == (0, 0, 1)
