"""A daemon process from its start on: nodeInit, the pool manager's loop, the hourly look.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, functions of the same names.
"""

from __future__ import annotations

from dataclasses import replace

from sim.aws.ec2 import TRUNK, NetworkInterface
from sim.clock import Order

from .awsutils import delete_eni, describe_all_enis, tag_eni
from .context import CHECK, RECONCILE, IpamContext, Steps
from .decisions import (
    has_room_for_trunk,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    should_remove_extra_enis,
)
from .grow import increase_datastore_pool, setup_eni
from .reconcile import node_ip_pool_reconcile
from .shrink import try_free_eni, try_unassign_cidrs_from_all
from .switch import check_and_handle_all_eni_exclusion, try_unassign_cidrs_of_other_mode

SLEEP_DURATION_MS = 2_500
"""Half of ipPoolMonitorInterval: slept before the pool check and before the reconcile."""

DECREASE_IP_POOL_INTERVAL_MS = 30_000
SETUP_TRIES = 6
SETUP_RETRY_MS = 10_000
LEAKED_ENI_STARTUP_DELAY_MAX_S = 300
LEAKED_ENI_INTERVAL_MS = 3_600_000
LEAKED_ENI_MIN_AGE_MS = 300_000


def node_init(c: IpamContext) -> Steps:
    """The start, up to the point at which the node becomes Ready; False if it fails (nodeInit)."""
    described = yield from describe_all_enis(c)
    if described is None:
        return False
    c.unmanaged_enis = frozenset(one.id for _, one in described if not one.is_managed)
    for seen, interface in described:
        if not interface.is_managed:
            continue
        is_tagged = interface.tagged or interface.kind == TRUNK
        if not (yield from tag_eni(c, seen.eni, is_tagged)):
            return False
        for left in range(SETUP_TRIES - 1, -1, -1):
            if (yield from setup_eni(c, seen, interface.kind)):
                break
            if left:
                yield c.sleep(SETUP_RETRY_MS)
    c.restore()
    yield from check_and_handle_all_eni_exclusion(c)
    yield from try_unassign_cidrs_of_other_mode(c)
    yield from refresh_sg_ids(c)
    try_enable_security_groups_for_pods(c)
    return (yield from handle_pre_scaling(c))


def handle_pre_scaling(c: IpamContext) -> Steps:
    """The first growth; False if it fails, or custom networking has no address (handlePreScaling).

    Of failures those to add CIDRs to an ENI count, those to add an ENI do not.
    """
    store = c.data_store
    if not is_datastore_pool_too_low(c.settings, store.get_ip_stats(c.clock.now)):
        return True
    if not (yield from increase_datastore_pool(c)):
        return False
    return not c.settings.custom_networking or store.total_ips > 0


def refresh_sg_ids(c: IpamContext) -> Steps:
    """The first refresh of security groups: one request an ENI, failures ignored (RefreshSGIDs).

    Later refreshes, every 30 s, make requests only after a change of groups. Under custom
    networking, where groups are the ENIConfig's, none does.
    """
    if c.settings.custom_networking:
        return
    for eni in c.data_store.enis.entries():
        yield from c.ec2.modify_network_interface_attribute(eni.id)


def start_node_ip_pool_manager(c: IpamContext) -> Steps:
    """The loop: 2.5 s, pool check, 2.5 s, reconcile; calls add to the period, so it drifts."""
    while True:
        yield c.sleep(SLEEP_DURATION_MS)
        yield from recorded(c, update_ip_pool_if_required(c), CHECK)
        yield c.sleep(SLEEP_DURATION_MS)
        yield from recorded(c, node_ip_pool_reconcile(c), RECONCILE)


def recorded(c: IpamContext, steps: Steps, kind: int) -> Steps:
    """A pass of the loop; it is logged if it takes time."""
    begun = c.clock.now
    c.pass_begun = begun, kind
    yield from steps
    c.pass_begun = None
    if c.clock.now > begun:
        c.log_pass(begun, c.clock.now, kind)


def update_ip_pool_if_required(c: IpamContext) -> Steps:
    """One pool check; all of it looks at the counts of its start (updateIPPoolIfRequired).

    The first decrease is allowed at once, later ones more than 30 s after the last; both stamps
    are set at the end of the pass, after its calls.
    """
    store, settings = c.data_store, c.settings
    try_enable_security_groups_for_pods(c)
    stats = store.get_ip_stats(c.clock.now)
    is_decreased = False
    if is_datastore_pool_too_low(settings, stats):
        yield from increase_datastore_pool(c)
    elif is_datastore_pool_too_high(settings, stats) and not should_skip_decrease(c):
        is_decreased, begun = True, c.clock.now
        yield from try_unassign_cidrs_from_all(c)
        c.last_decrease_ip_pool = c.last_node_ip_pool_action = begun
    if not settings.looks_once:
        stats = store.get_ip_stats(c.clock.now)
    if should_remove_extra_enis(settings, stats, store.freeable_eni_exists()):
        yield from try_free_eni(c)
    if is_decreased and settings.looks_once:
        c.last_decrease_ip_pool = c.last_node_ip_pool_action = c.clock.now


def try_enable_security_groups_for_pods(c: IpamContext) -> None:
    """Asks the VPC resource controller for a trunk ENI, if one is wanted and has room."""
    if c.needs_trunk_eni and has_room_for_trunk(c.settings, c.data_store.enis.count):
        c.cni_node.enable_security_groups_for_pods()


def should_skip_decrease(c: IpamContext) -> bool:
    """Whether the last decrease is at most 30 s old (shouldSkipDataStorePoolDecrease)."""
    return c.clock.now - c.last_decrease_ip_pool <= DECREASE_IP_POOL_INTERVAL_MS


def clean_up_leaked_enis(c: IpamContext) -> Steps:
    """Looks for ENIs that nothing holds, over and over (cleanUpLeakedENIs under wait.Forever).

    Each round waits U{0..299} s, makes one request, deletes what is over five minutes old, and
    rests for an hour.
    """
    c = replace(c, order=c.order - Order.IPAMD + Order.LEAKED_ENIS)
    while True:
        delay_s = int(c.random() * LEAKED_ENI_STARTUP_DELAY_MAX_S)
        yield c.sleep(delay_s * 1000)
        answer = yield from c.ec2.describe_available_interfaces()
        leaked: list[NetworkInterface] = answer.value if answer.ok else []
        for interface in leaked:
            if c.clock.now - interface.created_ms >= LEAKED_ENI_MIN_AGE_MS:
                yield from delete_eni(c, interface.id)
        yield c.sleep(LEAKED_ENI_INTERVAL_MS)
