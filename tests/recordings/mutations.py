"""Rules of the daemon, changed on purpose: each must show in a comparison with the recordings.

A mutation patches the model where its names are looked up. Each names one recording that catches
it, and docs/mutations.md (made by tools/make_mutation_table.py) says how many do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from mutation import Patch, mutation, replaced

from sim.aws.buckets import TokenBucket
from sim.aws.client import Call, Region
from sim.aws.ec2 import INSUFFICIENT
from sim.aws.subnets import Subnet
from sim.ipamd import grow
from sim.ipamd.awsutils import free_eni
from sim.ipamd.context import IpamContext, Steps
from sim.ipamd.daemon import node_init, update_ip_pool_if_required
from sim.ipamd.data_store import DataStore
from sim.ipamd.decisions import (
    OtherEnis,
    Stats,
    TargetState,
    cidrs_to_ask_for,
    datastore_target_state,
    is_datastore_pool_too_low,
    is_required,
    should_remove_extra_enis,
)
from sim.ipamd.enis import Cidr, Eni
from sim.ipamd.go_map import GoMap
from sim.ipamd.grow import increase_datastore_pool, is_eni_attachment_allowed, try_assign_cidrs
from sim.ipamd.reconcile import node_ip_pool_reconcile
from sim.ipamd.settings import IPS_PER_PREFIX, Settings
from sim.ipamd.shrink import try_free_eni
from sim.kube.daemon_settings import daemon_settings

# ---------------------------------------------------------------------- decisions


@mutation("AvailableAddresses", "timelines/cooldown-60")
def cooling_is_not_available() -> Patch:
    """A cooling address counts as available. Changed: it does not."""
    return patch.object(
        Stats,
        "available",
        property(lambda one: one.total_ips - one.assigned_ips - one.cooldown_ips),
    )


@mutation("isDatastorePoolTooLow", "timelines/max-pods-stop-pd")
def max_pods_do_not_stop_growth() -> Patch:
    """A pool that holds max pods does not grow. Changed: it does."""

    def too_low(settings: Settings, stats: Stats) -> bool:
        return is_datastore_pool_too_low(replace(settings, max_pods=1 << 30), stats)

    return replaced("is_datastore_pool_too_low", too_low)


@mutation("datastoreTargetState", "stories/story-004")
def prefixes_needed_are_rounded_down() -> Patch:
    """What IP targets need is rounded up to /28s, others are over. Changed: rounded down."""

    def target_state(settings: Settings, stats: Stats) -> TargetState:
        state = datastore_target_state(settings, stats)
        if not (settings.prefix_delegation and state.defined):
            return state
        needed = max(stats.assigned_ips + settings.warm_ip_target, settings.minimum_ip_target)
        over = min(stats.free_prefixes, stats.total_prefixes - needed // IPS_PER_PREFIX)
        return state._replace(over=max(over, 0))

    return replaced("datastore_target_state", target_state)


@mutation("isDatastorePoolTooLow", "timelines/eni0-m5.large-burst")
def target_0_asks_for_nothing() -> Patch:
    """With a warm target of 0 the pool grows if nothing is available. Changed: it does not."""

    def too_low(settings: Settings, stats: Stats) -> bool:
        is_prefix = settings.prefix_delegation
        target = settings.warm_prefix_target if is_prefix else settings.warm_eni_target
        is_asked = settings.warm_ip_targets_defined or target > 0
        return is_asked and is_datastore_pool_too_low(settings, stats)

    return replaced("is_datastore_pool_too_low", too_low)


@mutation("shouldRemoveExtraENIs", "decisions/16")
def extra_enis_are_counted_in_prefixes() -> Patch:
    """In prefix mode WARM_PREFIX_TARGET + 1 whole ENIs are too much. Changed: as many /28s."""

    def should_remove(settings: Settings, stats: Stats, freeable_eni_exists: bool) -> bool:
        if settings.prefix_delegation:
            settings = replace(settings, slots=1)
        return should_remove_extra_enis(settings, stats, freeable_eni_exists)

    return replaced("should_remove_extra_enis", should_remove)


@mutation("isRequiredForMinimumIPTarget", "timelines/ip2min10-t3.small-ramp")
def minimum_requires_no_eni() -> Patch:
    """An ENI without which MINIMUM_IP_TARGET would fail stays. Changed: it may go."""
    return replaced(
        "is_required", lambda own, others: is_required(replace(own, minimum_ip_target=0), others)
    )


@mutation("isRequiredForWarmPrefixTarget", "decisions/64")
def ip_targets_silence_the_prefix_target() -> Patch:
    """WARM_PREFIX_TARGET keeps ENIs even where IP targets rule. Changed: it does not."""

    def required(settings: Settings, others: OtherEnis) -> bool:
        if settings.warm_ip_targets_defined:
            settings = replace(settings, warm_prefix_target=0)
        return is_required(settings, others)

    return replaced("is_required", required)


# -------------------------------------------------------------- the loop, the start


@mutation("shouldSkipDataStorePoolDecrease", "timelines/ip2min10-c5.4xlarge-ramp")
def decrease_at_30_s() -> Patch:
    """The next decrease comes more than 30 s after the last. Changed: 30 s are enough."""
    return replaced("DECREASE_IP_POOL_INTERVAL_MS", 30_000 - 1)


@mutation("StartNodeIPPoolManager", "timelines/cooldown-0")
def loop_does_not_drift() -> Patch:
    """Calls shift the loop, which sleeps 2.5 s twice. Changed: passes lie on a grid of 5 s."""

    def on_a_grid(c: IpamContext) -> Steps:
        start = c.clock.now
        while True:
            yield c.sleep((2_500 - (c.clock.now - start)) % 5_000 or 5_000)
            yield from update_ip_pool_if_required(c)
            yield c.sleep((start - c.clock.now) % 5_000 or 5_000)
            yield from node_ip_pool_reconcile(c)

    return replaced("start_node_ip_pool_manager", on_a_grid)


@mutation("updateIPPoolIfRequired", "stories/story-043")
def stamps_at_the_start() -> Patch:
    """A decrease is stamped at the end of its pass. Changed: at the start."""

    def update(c: IpamContext) -> Steps:
        start, before = c.clock.now, c.last_decrease_ip_pool
        yield from update_ip_pool_if_required(c)
        if c.last_decrease_ip_pool != before:
            c.last_decrease_ip_pool = c.last_node_ip_pool_action = start

    return replaced("update_ip_pool_if_required", update)


@mutation("nodeIPPoolReconcile", "stories/story-148")
def reconcile_in_every_loop() -> Patch:
    """A reconcile comes 60 s after the last pool action. Changed: in every loop."""
    return replaced("NODE_IP_POOL_RECONCILE_INTERVAL_MS", -1)


@mutation("shouldSkipDataStorePoolDecrease", "stories/story-046")
def first_decrease_waits() -> Patch:
    """The first decrease is allowed at once. Changed: 30 s after the start."""

    def start(c: IpamContext) -> Steps:
        is_ready = yield from node_init(c)
        c.last_decrease_ip_pool = c.clock.now
        return is_ready

    return replaced("node_init", start)


@mutation("RefreshSGIDs", "timelines/cooldown-0")
def no_refresh_of_security_groups() -> Patch:
    """At the start each ENI's security groups are refreshed. Changed: they are not."""
    return replaced("refresh_sg_ids", lambda _c: iter(()))


# ------------------------------------------------------------------------- growth


@mutation("tryAssignIPs, tryAssignPrefixes", "timelines/tight-subnet-ip")
def no_second_request() -> Patch:
    """After a failed Assign one for a single CIDR follows at once. Changed: none does."""

    def try_assign(c: IpamContext) -> Steps:
        wanted = cidrs_to_ask_for(c.settings, c.data_store.get_ip_stats(c.clock.now))
        for eni in c.data_store.get_allocatable_enis() if wanted else ():
            count = min(c.settings.slots - len(eni.cidrs), wanted)
            answer = yield from grow._assign(c, eni, count)
            if not grow._is_failure(answer):
                return (yield from grow._take_into_store(c, eni, answer))
            if not (c.settings.subnet_discovery and answer.code in INSUFFICIENT):
                return answer
        return grow.NOTHING_ADDED

    return replaced("try_assign_cidrs", try_assign)


@mutation("tryAssignIPs, tryAssignPrefixes", "timelines/tight-subnet-ip")
def exhaustion_stops_growth_with_discovery() -> Patch:
    """With subnet discovery a failed Assign does not stop growth for 120 s. Changed: it does."""

    def try_assign(c: IpamContext) -> Steps:
        return try_assign_cidrs(replace(c, settings=replace(c.settings, subnet_discovery=False)))

    return replaced("try_assign_cidrs", try_assign)


@mutation("increaseDatastorePool", "timelines/tight-subnet-ip")
def exhaustion_ends_the_pass() -> Patch:
    """With subnet discovery a failed Assign leads on to a new ENI. Changed: the pass ends."""

    def try_assign(c: IpamContext) -> Steps:
        c = replace(c, settings=replace(c.settings, subnet_discovery=False))
        answer = yield from try_assign_cidrs(c)
        return grow.COUNTS_AS_ADDED if answer.code in INSUFFICIENT else answer

    return replaced("try_assign_cidrs", try_assign)


@mutation("createENI", "timelines/cooldown-q5-min23")
def subnets_are_not_described() -> Patch:
    """A DescribeSubnets comes before CreateNetworkInterface. Changed: none does."""

    def create(c: IpamContext, count: int) -> Call:
        return c.ec2.create_network_interface(c.subnet, count, c.settings.prefix_delegation)

    return replaced("create_eni", create)


@mutation("GetENIResourcesToAllocate", "timelines/cooldown-q5-min23")
def new_enis_are_filled() -> Patch:
    """With IP targets a new ENI is created with what is short. Changed: with all it can hold."""
    return replaced("get_eni_resources_to_allocate", lambda settings, _stats: settings.slots)


@mutation("WaitForENIAndIPsAttached", "ensembles/imds-late-3s")
def polls_do_not_back_off() -> Patch:
    """Waits between the 12 polls of the metadata double from 0.1 s on. Changed: each is 0.1 s."""
    return replaced("backoff", lambda *_: iter([100] * 12))


@mutation("increaseDatastorePool", "timelines/cooldown-q5-min23")
def two_steps_a_pass() -> Patch:
    """A pass makes one Assign or one ENI. Changed: two, if the pool is still too low."""

    def increase(c: IpamContext) -> Steps:
        is_fine = yield from increase_datastore_pool(c)
        stats = c.data_store.get_ip_stats(c.clock.now)
        if is_fine and is_datastore_pool_too_low(c.settings, stats):
            is_fine = yield from increase_datastore_pool(c)
        return is_fine

    return replaced("increase_datastore_pool", increase)


# -------------------------------------------------------------- shrink, data store


@mutation("FindFreeableCidrs", "timelines/pdip2min10-m5.xlarge-waves")
def cooling_cidrs_stay() -> Patch:
    """A CIDR without a pod is given back even while it cools. Changed: only when it is cold."""

    def freeable(_store: DataStore, eni: Eni) -> list[Cidr]:
        return [cidr for cidr in eni.cidrs if not cidr.assigned and not cidr.cooling]

    return patch.object(DataStore, "find_freeable_cidrs", freeable)


@mutation("isTooYoung", "timelines/eni0-m5.large-burst")
def young_enis_go() -> Patch:
    """An ENI is not freed in its first minute. Changed: it is."""
    return replaced("MIN_ENI_LIFETIME_MS", 0)


@mutation("tryFreeENI", "timelines/eni0-m5.large-burst")
def all_enis_go_at_once() -> Patch:
    """A pass frees one ENI. Changed: all that may go."""

    def try_free(c: IpamContext) -> Steps:
        before = len(c.data_store.enis) + 1
        while len(c.data_store.enis) < before:
            before = len(c.data_store.enis)
            yield from try_free_eni(c)

    return replaced("try_free_eni", try_free)


@mutation("tryFreeENI", "timelines/default-m7g.4xlarge-waves")
def enis_leave_last() -> Patch:
    """An ENI leaves the data store before it is detached. Changed: after it was deleted."""

    def try_free(c: IpamContext) -> Steps:
        eni = c.data_store.get_deletable_eni(c.clock.now)
        if eni is not None and is_eni_attachment_allowed(c):
            yield from free_eni(c, eni.id)
            c.data_store.remove_eni(eni, c.clock.now)

    return replaced("try_free_eni", try_free)


@mutation("FreeENI", "timelines/default-m7g.4xlarge-waves")
def no_sleep_after_detach() -> Patch:
    """2 s of sleep lie between Detach and Delete. Changed: none."""
    return replaced("SLEEP_AFTER_DETACH_MS", 0)


@mutation("inCoolingPeriod", "timelines/min20-m7g.4xlarge-ramp")
def cooldown_ends_a_ms_early() -> Patch:
    """An address cools while its age is at most the period. Changed: while it is less."""

    def shorter(*node: Any) -> Settings:
        settings = daemon_settings(*node)
        return replace(settings, ip_cooldown_ms=settings.ip_cooldown_ms - 1)

    return replaced("daemon_settings", shorter)


@mutation("AssignPodIPv4Address", "placement/enis-3x9")
def map_order_is_uniform() -> Patch:
    """Maps are met from a random slot, empty or not, on. Changed: in uniformly random order."""

    def shuffled(entries: GoMap[Any]) -> Iterator[Any]:
        left = entries.entries()
        while left:
            yield left.pop(int(entries._random() * len(left)))

    return _in_order(shuffled)


@mutation("AssignPodIPv4Address", "placement/enis-3x9")
def first_fit() -> Patch:
    """The slot from which on maps are met is random. Changed: it is the first."""
    return _in_order(lambda entries: iter(entries.entries()))


@contextmanager
def _in_order(order: Callable[[GoMap[Any]], Iterator[Any]]) -> Iterator[None]:
    """Maps are met in this order, by those who look for the first marked entry, too."""

    def first_marked(entries: GoMap[Any]) -> Any:
        return next(one for one in order(entries) if entries.is_marked(one))

    with patch.multiple(GoMap, __iter__=order, first_marked=first_marked):
        yield


@mutation("GetENIInfos, tryUnassignCidrsFromAll", "ensembles/churn-fast-ip2")
def first_eni_gives_back() -> Patch:
    """CIDRs are given back ENI by ENI in map order. Changed: the first ENI always comes first."""
    return patch.object(GoMap, "copy", lambda entries: entries.entries())


# --------------------------------------------------------------- SDK, EC2, subnets


@mutation("awsutils.New", "ensembles/join-150-pd")
def ten_attempts() -> Patch:
    """The EC2 client makes 3 attempts. Changed: 10."""
    make = Region.__init__
    return patch.object(
        Region, "__init__", lambda region, **parts: make(region, **(parts | {"attempts": 10}))
    )


@mutation("ExponentialJitterBackoff", "ensembles/join-150-pd")
def backoff_without_jitter() -> Patch:
    """After failed attempt n the SDK waits a random part of 2^n s. Changed: all of it."""
    return replaced("backoff_ms", lambda failed, *_: min(2**failed, 20) * 1000)


@mutation("EC2", "ensembles/join-150-pd")
def buckets_refill_continuously() -> Patch:
    """A bucket gets whole tokens at whole seconds. Changed: it is refilled continuously."""

    def take(bucket: Any, now_ms: int) -> bool:
        if not hasattr(bucket, "thousandths"):
            bucket.thousandths = 1000 * bucket.size
        gained = (now_ms - bucket._second) * bucket.refill_per_s
        bucket._second = now_ms
        bucket.thousandths = min(1000 * bucket.size, bucket.thousandths + gained)
        has_token: bool = bucket.thousandths >= 1000
        bucket.thousandths -= 1000 * has_token
        bucket.tokens = bucket.thousandths // 1000
        return has_token

    return patch.object(TokenBucket, "take", take)


@mutation("EC2", "timelines/tight-subnet-ip")
def nothing_is_reserved() -> Patch:
    """AWS keeps five addresses of a subnet, and so its first and last /28. Changed: none."""
    make = Subnet.__init__

    def make_without(subnet: Subnet, *arguments: Any, **parts: Any) -> None:
        make(subnet, *arguments, **parts)
        for offset in (0, 1, 2, 3, subnet.size - 1):
            subnet._kept_from_singles.discard(offset)
            subnet._give_back(offset)

    return patch.object(Subnet, "__init__", make_without)
