"""The steady state that the rules give a node's pool, and whether a run has come to it.

The daemon's own pure decisions say what a pool check would still do (`sim.ipamd.decisions`); the
subnets say whether EC2 would let it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.aws.ec2 import OK, OVER_ENI_LIMIT, THROTTLED
from sim.aws.subnets import Subnet
from sim.engine.build import World
from sim.ipamd.awsutils import is_subnet_valid_for_eni_creation, is_tagged_out
from sim.ipamd.data_store import DataStore
from sim.ipamd.decisions import (
    get_eni_resources_to_allocate,
    has_room_for_eni,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    should_remove_extra_enis,
)
from sim.ipamd.ipv6 import Ipv6DataStore
from sim.ipamd.settings import Settings
from sim.kube.nodes import Node
from sim.results.records import NEVER

from .watch import Watch

QUIET_MS = 420_000
"""A node at which nothing happened for this long has had the time to settle."""

IDLE_MS = 120_000
"""At the end, in which a settled node asks EC2 for nothing."""

ADD_WAIT_MS = 20_000
"""A pod asks for an address again within this."""


def at_rest(world: World, watch: Watch) -> list[Node]:
    """Nodes with a daemon that nothing has stirred for a while, at the end of a run."""
    end = world.clock.now
    return [
        node
        for node in world.nodes
        if node.terminated_ms == NEVER
        and isinstance(node.store, DataStore)
        and not isinstance(node.store, Ipv6DataStore)
        and end - watch.stirred_ms[node.number] >= QUIET_MS
    ]


def without_daemon(world: World) -> list[Node]:
    """Nodes at the end of a run that have no daemon, though nothing that the rules know hinders it.

    A start fails if a request of its does, if custom networking has no address for it, or if the
    container's entry point refuses its settings (nodeInit, handlePreScaling).
    """
    since = world.clock.now - QUIET_MS
    hindered = failing(world, IDLE_MS)
    return [
        node
        for node in world.nodes
        if NEVER < node.started_ms < since
        and node.terminated_ms == NEVER
        and node.store is None
        and node.number not in hindered
        and not node.aws_node.settings.custom_networking
        and (not node.aws_node.template or node.spec.templates[node.aws_node.template - 1].starts)
    ]


def unsettled(world: World, node: Node) -> Iterator[str]:
    """What a node at rest still has to do, in words; nothing if its pool is steady."""
    store = node.store
    assert isinstance(store, DataStore)
    if never_settles(store.settings) or is_deadlocked(world, node):
        return
    yield from _waiting_pods(world, node, store)
    yield from _differences(node, store)
    yield from _moves(world, node, store)
    yield from _missing_trunk(world, node, store)


def never_settles(settings: Settings) -> bool:
    """A warm target of none: with nothing free the pool is too low, and what it gets is too much.

    So it is with prefixes once all are used, with ENIs once one is used up to its last address
    (isDatastorePoolTooLow; computeExtraPrefixesOverWarmTarget, shouldRemoveExtraENIs).
    """
    target = settings.warm_eni_target
    if settings.prefix_delegation:
        target = settings.warm_prefix_target
    return target == 0 and not settings.warm_ip_targets_defined


def is_deadlocked(world: World, node: Node) -> bool:
    """An ENI full of CIDRs of the mode that is not in force, of which the daemon does not know.

    A process that dies amid a request leaves them to one of the other mode. It asks for what does
    not fit, and each answer PrivateIpAddressLimitExceeded counts as growth, which puts off the
    reconcile that would find them, for ever (tryAssignPrefixes, updateLastNodeIPPoolAction).
    """
    store, instance = node.store, node.instance
    assert isinstance(store, DataStore)
    assert instance is not None
    is_other = not store.settings.prefix_delegation
    known = {eni.id: eni.by_address(is_other) for eni in store.enis.entries()}
    has_more = any(
        one.cidrs(is_other).keys() - known.get(one.id, {}) for one in instance.interfaces
    )
    codes = {code for _, number, code in late_requests(world) if number == node.number}
    return has_more and OVER_ENI_LIMIT in codes


def may_ask_on(node: Node) -> bool:
    """Whether the rules have a node ask EC2 for ever: for what it does not get, or to no end."""
    store = node.store
    assert isinstance(store, DataStore)
    is_too_low = is_datastore_pool_too_low(store.settings, store.counts())
    is_without_trunk = store.settings.pod_eni and not store.has_trunk
    return is_too_low or never_settles(store.settings) or is_without_trunk


def _waiting_pods(world: World, node: Node, store: DataStore) -> Iterator[str]:
    for pod in node.pods.values():
        is_served = pod.address_ms != NEVER or pod.template.security_groups
        if is_served or pod.template.host_network or pod.ended_ms != NEVER:
            continue
        if world.clock.now - max(pod.bound_ms, pod.created_ms) > ADD_WAIT_MS and store.enis.marked:
            yield "a pod waits beside a free address"


def _differences(node: Node, store: DataStore) -> Iterator[str]:
    """EC2 and the data store hold the same."""
    assert node.instance is not None
    managed = {one.id: one for one in node.instance.interfaces if one.is_managed}
    known = {eni.id: eni for eni in store.enis.entries()}
    for eni in sorted(managed.keys() ^ known.keys()):
        yield f"ENI {eni} is only in {'EC2' if eni in managed else 'the data store'}"
    for number in sorted(managed.keys() & known.keys()):
        for is_prefix in (False, True):
            has, knows = managed[number].cidrs(is_prefix), known[number].by_address(is_prefix)
            if has.keys() != knows.keys():
                kind = "prefixes" if is_prefix else "addresses"
                yield f"ENI {number} has {len(has)} {kind}, the data store knows {len(knows)}"


def _moves(world: World, node: Node, store: DataStore) -> Iterator[str]:
    """What the next pool check would do."""
    settings, stats = store.settings, store.get_ip_stats(world.clock.now)
    may_change_enis = settings.manage_enis_non_schedulable or not node.is_cordoned
    if is_datastore_pool_too_low(settings, stats):
        if may_change_enis and can_grow(world, node, store) and not _is_throttled(world, node):
            yield f"the pool is too low: {stats}"
    elif is_datastore_pool_too_high(settings, stats):
        yield f"the pool is too high: {stats}"
    is_extra = should_remove_extra_enis(settings, stats, store.freeable_eni_exists())
    deletable = store.next_deletable_eni(world.clock.now)
    if may_change_enis and is_extra and deletable is not None:
        yield f"an ENI can go: {stats}"


def _missing_trunk(world: World, node: Node, store: DataStore) -> Iterator[str]:
    """The resource controller tries every five minutes to make a trunk that was asked for."""
    assert node.instance is not None
    has_slot = len(node.instance.interfaces) < node.instance.max_enis
    is_asked_for = node.spec.max_branch_enis and node.cni_node.security_groups_for_pods
    is_missing = is_asked_for and has_slot and not store.has_trunk
    if is_missing and node.number not in failing(world, QUIET_MS):
        yield "no trunk comes"


def _is_throttled(world: World, node: Node) -> bool:
    return any(who == node.number and code == THROTTLED for _, who, code in late_requests(world))


def late_requests(world: World, while_ms: int = IDLE_MS) -> list[tuple[str, int, str]]:
    """(action, node, code) of requests of the last while."""
    names, since = world.recorder.names, world.clock.now - while_ms
    return [
        (names.actions[row[3]], row[2], names.codes[row[7]])
        for row in world.recorder.ec2_calls.matrix().tolist()
        if row[0] >= since
    ]


def failing(world: World, while_ms: int) -> set[int]:
    """Nodes of which a request failed in the last while."""
    return {node for _, node, code in late_requests(world, while_ms) if code != OK}


# ------------------------------------------------------------------------ growth


def can_grow(world: World, node: Node, store: DataStore) -> bool:
    """Whether EC2 would surely give the node an address more."""
    settings, subnets = store.settings, world.ec2.subnets
    for eni in store.get_allocatable_enis():
        interface = world.ec2.interfaces.get(eni.id)
        if interface is not None and _fits(subnets[interface.subnet], 1, settings):
            return True
    if not has_room_for_eni(settings, store.enis.count, store.has_trunk):
        return False
    count = get_eni_resources_to_allocate(settings, store.get_ip_stats(world.clock.now))
    return count > 0 and any(
        subnets[one].free_singles > 0 and _fits(subnets[one], count + 1, settings)
        for one in _candidates(world, node, settings)
    )


def _fits(subnet: Subnet, count: int, settings: Settings) -> bool:
    return (subnet.free_28s if settings.prefix_delegation else subnet.free_singles) >= count


def _candidates(world: World, node: Node, settings: Settings) -> list[int]:
    """Subnets in which the node's daemon would create an ENI."""
    own = world.ec2.subnets[node.subnet]
    if settings.custom_networking:
        config = node.services.eni_configs.get(own.zone)
        return [] if config is None else [config]
    seen = world.ec2.describe_subnets(own.zone).value
    if not settings.subnet_discovery:
        return [one.subnet for one in seen if one.subnet == node.subnet and not is_tagged_out(one)]
    return [
        one.subnet
        for one in seen
        if is_subnet_valid_for_eni_creation(one, one.subnet == node.subnet)
    ]
