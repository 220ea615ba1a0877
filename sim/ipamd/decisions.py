"""ipamd's decisions: pure functions of small integers, named after upstream's.

Source of every rule: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, the function of the same
name. Words: ``total_ips`` are the addresses of the mode in force that the data store holds,
``assigned_ips`` those with a pod. **Available means total minus assigned: a cooling address counts
as available**, which is why a daemon can refuse a pod while it finds its pool full enough.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .settings import IPS_PER_PREFIX, Settings


class Stats(NamedTuple):
    """What the data store counts (DataStoreStats), with its free prefixes."""

    total_ips: int
    total_prefixes: int
    assigned_ips: int
    cooldown_ips: int
    free_prefixes: int

    @property
    def available(self) -> int:
        """AvailableAddresses: cooling ones included."""
        return self.total_ips - self.assigned_ips


class TargetState(NamedTuple):
    """CIDRs (addresses, or /28s in prefix mode) short of or over the IP targets."""

    short: int
    over: int
    defined: bool


def div_ceil(x: int, y: int) -> int:
    """``x / y`` rounded up as Go's truncating division does it (DivCeil)."""
    return int((x + y - 1) / y)


@lru_cache(maxsize=1 << 14)  # asked up to four times a pass, about few counts
def datastore_target_state(settings: Settings, stats: Stats) -> TargetState:
    """How far the pool is from WARM_IP_TARGET and MINIMUM_IP_TARGET (datastoreTargetState)."""
    if not settings.warm_ip_targets_defined:
        return TargetState(0, 0, False)
    warm, minimum = settings.warm_ip_target, settings.minimum_ip_target
    short = max(warm - stats.available, 0, minimum - stats.total_ips)
    over = max(min(max(stats.available - warm, 0), stats.total_ips - minimum), 0)
    if not settings.prefix_delegation:
        return TargetState(short, over, True)
    needed_for_warm = div_ceil(stats.assigned_ips + warm, IPS_PER_PREFIX)
    needed_for_minimum = div_ceil(minimum, IPS_PER_PREFIX)
    over = max(min(stats.free_prefixes, stats.total_prefixes - needed_for_warm), 0)
    over = max(min(over, stats.total_prefixes - needed_for_minimum), 0)
    return TargetState(div_ceil(short, IPS_PER_PREFIX), over, True)


def is_datastore_pool_too_low(settings: Settings, stats: Stats) -> bool:
    """Whether the pool must grow; never once it holds max pods (isDatastorePoolTooLow)."""
    if stats.total_ips >= settings.max_pods:
        return False
    short, _, defined = datastore_target_state(settings, stats)
    if defined:
        return short > 0
    target, unit = settings.warm_eni_target, settings.max_ips_per_eni
    if settings.prefix_delegation:
        target, unit = settings.warm_prefix_target, IPS_PER_PREFIX
    return stats.available < unit * target or (target == 0 and stats.available == 0)


def is_datastore_pool_too_high(settings: Settings, stats: Stats) -> bool:
    """Whether CIDRs could be given back (isDatastorePoolTooHigh)."""
    _, over, defined = datastore_target_state(settings, stats)
    if defined:
        return over > 0
    return compute_extra_prefixes_over_warm_target(settings, stats) > 0


def compute_extra_prefixes_over_warm_target(settings: Settings, stats: Stats) -> int:
    """Free /28s over WARM_PREFIX_TARGET (computeExtraPrefixesOverWarmTarget).

    In prefix mode the target counts as defined whatever it is (warmPrefixTargetDefined).
    """
    if not settings.prefix_delegation:
        return 0
    return max(stats.free_prefixes - settings.warm_prefix_target, 0)


def cidrs_to_give_back(settings: Settings, stats: Stats) -> int:
    """CIDRs that a decrease gives back (tryUnassignCidrsFromAll)."""
    _, over, defined = datastore_target_state(settings, stats)
    return over if defined else compute_extra_prefixes_over_warm_target(settings, stats)


def should_remove_extra_enis(settings: Settings, stats: Stats, freeable_eni_exists: bool) -> bool:
    """Whether a look for a deletable ENI is worth it (shouldRemoveExtraENIs).

    In prefix mode the warm target is one of prefixes, yet the unit is a whole ENI's addresses.
    """
    if settings.warm_ip_targets_defined:
        return True
    target = settings.warm_eni_target
    if settings.prefix_delegation:
        target = settings.warm_prefix_target
    if stats.available >= (target + 1) * settings.max_ips_per_eni:
        return True
    return settings.prefix_delegation and freeable_eni_exists


def get_prefixes_needed(settings: Settings, stats: Stats) -> int:
    """/28s to ask for, at least one (getPrefixesNeeded, datastorePrefixTargetState)."""
    short, _, defined = datastore_target_state(settings, stats)
    if defined:
        return max(1, short)
    if settings.prefix_delegation:
        return max(1, settings.warm_prefix_target - stats.free_prefixes)
    return 1


def cidrs_to_ask_for(settings: Settings, stats: Stats) -> int:
    """CIDRs wanted on an ENI that exists, before its empty slots cap them.

    With IP targets what is short, else all an ENI holds (tryAssignIPs, tryAssignPrefixes). In
    default mode 0 means that no call is made.
    """
    if settings.prefix_delegation:
        return get_prefixes_needed(settings, stats)
    short, _, defined = datastore_target_state(settings, stats)
    return short if defined else settings.max_ips_per_eni


def get_eni_resources_to_allocate(settings: Settings, stats: Stats) -> int:
    """CIDRs that a new ENI is created with (GetENIResourcesToAllocate)."""
    return min(cidrs_to_ask_for(settings, stats), settings.slots)


def has_room_for_eni(settings: Settings, enis: int, has_trunk: bool = False) -> bool:
    """Whether one more ENI may be attached (hasRoomForEni).

    A slot is kept for a trunk ENI that is wanted and not there yet. Upstream takes ENIs in subnets
    tagged out off both sides, which changes nothing.
    """
    is_kept = settings.pod_eni and settings.trunking_compatible and not has_trunk
    return enis < settings.max_enis - settings.unmanaged_enis - is_kept


def has_room_for_trunk(settings: Settings, enis: int) -> bool:
    """Whether a trunk ENI may be asked for (tryEnableSecurityGroupsForPods)."""
    return enis < settings.max_enis - settings.unmanaged_enis


class OtherEnis(NamedTuple):
    """What all ENIs but one hold, those in subnets tagged out left aside."""

    total_ips: int
    assigned_ips: int
    free_cidrs: int


def is_required(settings: Settings, others: OtherEnis) -> bool:
    """Whether a warm or minimum target would fail without this ENI.

    Source: data_store.go isRequiredForWarmIPTarget, isRequiredForMinimumIPTarget and
    isRequiredForWarmPrefixTarget, which in prefix mode is asked even with IP targets.
    """
    unit = IPS_PER_PREFIX if settings.prefix_delegation else 1
    warm = div_ceil(settings.warm_ip_target, unit) * unit
    minimum = div_ceil(settings.minimum_ip_target, unit) * unit
    return (
        (warm != 0 and others.total_ips - others.assigned_ips < warm)
        or (minimum != 0 and others.total_ips < minimum)
        or (settings.prefix_delegation and others.free_cidrs < settings.warm_prefix_target)
    )
