"""What must hold after every event, whatever happens: checked in tests, too slow for runs."""

from __future__ import annotations

from collections import Counter

from sim.aws.ec2 import Ec2, NetworkInterface
from sim.aws.subnets import NOBODY, PREFIX_SIZE, Subnet
from sim.ipamd.data_store import DataStore
from sim.ipamd.ipv6 import Ipv6DataStore
from sim.kube.nodes import Node
from sim.results.records import NEVER

from .build import World


class BrokenInvariantError(AssertionError):
    """Something that can never be was found; it says what, and when."""


def check(world: World) -> None:
    """All invariants of a world at rest between two events.

    Raises:
        BrokenInvariantError: the first one that does not hold.
    """
    try:
        _check_subnets(world.ec2)
        check_buckets(world)
        for node in world.nodes:
            _check_node(world, node)
    except AssertionError as error:
        raise BrokenInvariantError(f"at {world.clock.now} ms: {error}") from error


def _owned(interface: NetworkInterface) -> list[int]:
    addresses = [interface.primary_address, *interface.addresses]
    for prefix in interface.prefixes:
        addresses.extend(range(prefix, prefix + PREFIX_SIZE))
    return addresses


def _check_subnets(ec2: Ec2) -> None:
    """Each address has one owner, and free ones none; counts add up."""
    owners: list[dict[int, int]] = [{} for _ in ec2.subnets]
    for interface in ec2.interfaces.values():
        for address in _owned(interface):
            owned = owners[interface.subnet]
            assert address not in owned, f"{address} has two owners"
            owned[address] = interface.node
    for subnet, owned in zip(ec2.subnets, owners, strict=True):
        _check_subnet(subnet, owned)


def _check_subnet(subnet: Subnet, owned: dict[int, int]) -> None:
    held = 0
    for offset, owner in enumerate(subnet.owner):
        expected = owned.get(subnet.first + offset)
        if owner >= 0 or expected is not None:
            assert owner == expected, f"{subnet.name}+{offset}: {owner} instead of {expected}"
        held += owner != NOBODY
    assert subnet.free == subnet.usable - held, f"{subnet.name}: free {subnet.free}, held {held}"
    assert 0 <= subnet.free_28s <= subnet.size // PREFIX_SIZE - 2 + (subnet.size == PREFIX_SIZE)
    assert subnet.free_singles <= subnet.free


def check_buckets(world: World) -> None:
    """No bucket holds more than its size, or less than nothing."""
    for action, bucket in world.region.buckets.items():
        assert 0 <= bucket.tokens <= bucket.size, f"{action}: {bucket.tokens} tokens"


def _check_node(world: World, node: Node) -> None:
    """Pods and data store agree; what the data store has, EC2 has given."""
    instance, store = node.instance, node.store
    if instance is not None:
        count = len(instance.interfaces)
        assert count <= max(instance.max_enis, 1), f"{node.name}: {count} ENIs"
        for interface in instance.interfaces:
            count = len(interface.addresses) + len(interface.prefixes)
            assert count <= instance.slots, f"{node.name}: {count} CIDRs on an ENI"
    if not isinstance(store, DataStore) or isinstance(store, Ipv6DataStore):
        return  # nothing of the subnets is held for single pods
    pods = Counter(
        id(pod.cidr)
        for pod in node.pods.values()
        if pod.cidr is not None and pod.cidr.eni is not None and pod.released_ms == NEVER
    )
    pods.update(id(cidr) for cidr in node.aws_node.leaked if cidr.eni is not None)
    for eni in store.enis.entries():
        for cidr in eni.cidrs.entries():
            found = pods.pop(id(cidr), 0)
            assert cidr.assigned == found, f"{node.name}: {cidr.assigned} assigned, {found} pods"
            assert 0 <= cidr.free <= cidr.size
    assert not pods, f"{node.name}: pods with addresses of no CIDR"
    _check_counts(node, store)
    if node.aws_node.down == (NEVER, NEVER):  # else a dead process may have asked for anything
        _check_given(world, node, store)


def _check_counts(node: Node, store: DataStore) -> None:
    """The counts that the data store keeps are those of its CIDRs."""
    cidrs = [cidr for eni in store.enis.entries() for cidr in eni.cidrs.entries()]
    active = [
        cidr
        for cidr in cidrs
        if cidr.is_prefix == store.settings.prefix_delegation
        and cidr.eni is not None
        and not cidr.eni.excluded
    ]
    assert store.total_ips == sum(cidr.size for cidr in active), node.name
    assert store.assigned_ips == sum(cidr.assigned for cidr in active), node.name
    assert store.cooldown_ips == sum(cidr.cooling for cidr in active), node.name
    prefixes = sum(cidr.is_prefix for cidr in cidrs) + store.forgotten_prefixes
    assert store.total_prefixes == prefixes, node.name
    free_prefixes = sum(cidr.is_prefix and not cidr.assigned for cidr in cidrs)
    assert store.free_prefixes == free_prefixes, node.name


def _check_given(world: World, node: Node, store: DataStore) -> None:
    """Every CIDR of the data store is one that EC2 says the node has."""
    for eni in store.enis.entries():
        interface = world.ec2.interfaces.get(eni.id)
        if interface is None:
            continue  # gone in EC2, and about to be found gone by a reconcile
        for cidr in eni.cidrs.entries():
            has = cidr.address in interface.cidrs(cidr.is_prefix)
            assert has, f"{node.name}: {cidr.address} is not on its ENI"
