"""Subnets of a scenario, with what others than the simulated nodes hold in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from sim.scenario.errors import InputError, Problem
from sim.scenario.ranges import ranges_of

from .churn.notes import Notes
from .names import fitting
from .snapshot import Interface, Node, Snapshot, Subnet
from .wording import listed, number_of, some

_TAGS = ("kubernetes.io/role/cni", "cni.networking.k8s.aws/")
"""Beginnings of tags that decide whether ipamd takes addresses of a subnet."""

_CNI_TAG = "kubernetes.io/role/cni"
_MOST_PROBLEMS = 10


@dataclass(frozen=True)
class Space:
    """The subnets that a scenario has.

    Attributes:
        subnets: by zone and addresses.
        names: of each in the scenario, by its id.
        subnet_of: the id of each simulated node's subnet, by the node's name.
    """

    subnets: tuple[Subnet, ...]
    names: dict[str, str]
    subnet_of: dict[str, str]


def space_of(nodes: Sequence[Node], snapshot: Snapshot, notes: Notes) -> Space:
    """The subnets of the nodes, and others of their VPC that ipamd may take addresses from.

    Raises:
        InputError: a node's subnet is not in the files, or cannot be told.
    """
    subnet_of = _subnets_of(nodes, snapshot)
    used = set(subnet_of.values())
    vpcs = {snapshot.subnets[name].vpc for name in used}
    used |= {one.subnet for one in snapshot.eni_configs.values() if one.subnet in snapshot.subnets}
    used |= {
        one.id
        for one in snapshot.subnets.values()
        if one.vpc in vpcs and one.tags.get(_CNI_TAG) == "1"
    }
    chosen = [one for name, one in snapshot.subnets.items() if name in used]
    chosen.sort(key=lambda one: (one.zone, one.cidr, one.id))
    if rest := len(snapshot.subnets) - len(chosen):
        message = f"subnets without a node of the cluster and without the tag {_CNI_TAG}"
        notes.left_out.append(f"{message}: {rest}")
    if snapshot.without_ipv4:
        notes.left_out.append(f"subnets without IPv4 addresses: {some(snapshot.without_ipv4)}")
    return Space(tuple(chosen), _names(chosen), subnet_of)


def _names(subnets: Iterable[Subnet]) -> dict[str, str]:
    """The tag Name where it is a name and the only one of its kind, else the id."""
    every = list(subnets)
    tags = Counter(one.tags.get("Name", "") for one in every)
    return {
        one.id: name
        if fitting(name := one.tags.get("Name", "")) == name and tags[name] == 1
        else one.id
        for one in every
    }


# ---------------------------------------------------------------- nodes to subnets


def _subnets_of(nodes: Sequence[Node], snapshot: Snapshot) -> dict[str, str]:
    """By a node's primary network interface; without that, by its address and zone."""
    by_instance = {
        one.instance: one.subnet
        for one in (snapshot.interfaces or {}).values()
        if one.is_primary and one.subnet in snapshot.subnets
    }
    vpc = _vpc(nodes, snapshot)
    found, problems = {}, []
    for node in nodes:
        name = by_instance.get(node.instance) or _by_address(node, snapshot, vpc)
        if name:
            found[node.name] = name
        else:
            problems.append(_not_found(node))
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        rest = [Problem(f"and {more} more nodes")] if more > 0 else []
        raise InputError(problems[:_MOST_PROBLEMS] + rest)
    return found


def _vpc(nodes: Sequence[Node], snapshot: Snapshot) -> str:
    """The VPC with a subnet for most nodes.

    Raises:
        InputError: it cannot be told which of several that is.
    """
    fits: Counter[str] = Counter()
    for node in nodes:
        fits.update({one.vpc for one in _around(node, snapshot)})
    best = [vpc for vpc, count in fits.items() if count == max(fits.values())]
    if len(best) > 1 and snapshot.interfaces is None:
        message = f"the nodes' addresses fit subnets of {listed(sorted(best))}"
        remedy = (
            "add aws ec2 describe-network-interfaces, or the subnets of the cluster's VPC alone"
        )
        raise InputError([Problem(message, nodes[0].file, path=nodes[0].place, remedy=remedy)])
    return best[0] if best else ""


def _around(node: Node, snapshot: Snapshot) -> Iterator[Subnet]:
    """The subnets of the node's zone that have its address."""
    if not node.address:
        return
    address = IPv4Address(node.address)
    for one in snapshot.subnets.values():
        if address in one.cidr and node.zone in ("", one.zone):
            yield one


def _by_address(node: Node, snapshot: Snapshot, vpc: str) -> str:
    return next((one.id for one in _around(node, snapshot) if one.vpc == vpc), "")


def _not_found(node: Node) -> Problem:
    if not node.address:
        message = "the node has no IPv4 address, and no interface of its instance is in the files"
        return Problem(message, node.file, path=f"{node.place}.status.addresses")
    zone = f" of zone {node.zone}" if node.zone else ""
    message = f"{node.address} is in none of the subnets{zone}"
    remedy = "add aws ec2 describe-subnets of the cluster's VPC"
    return Problem(message, node.file, path=f"{node.place}.status.addresses", remedy=remedy)


# ------------------------------------------------------------------------- others


def others_by_interfaces(
    space: Space, nodes: Sequence[Node], snapshot: Snapshot, notes: Notes, *, branches: bool
) -> dict[str, dict[str, Any]]:
    """What others hold, address by address, by the ids of the subnets.

    Args:
        space: the subnets.
        nodes: the simulated nodes: what they and their pods hold is not others'.
        snapshot: the cluster.
        notes: take what was understood, guessed and left out.
        branches: whether branch ENIs of the nodes are simulated too.

    Raises:
        InputError: an interface has an address that its subnet cannot give.
    """
    interfaces = list((snapshot.interfaces or {}).values())
    instances = {node.instance for node in nodes if node.instance}
    own = {one.id for one in interfaces if one.instance in instances}
    held: dict[str, list[int]] = defaultdict(list)
    everything: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    problems: list[Problem] = []
    subnets = {one.id: one for one in space.subnets}
    for one in interfaces:
        if one.subnet not in subnets:
            continue
        problems += _misplaced(one, subnets[one.subnet])
        everything[one.subnet] += len(one.addresses)
        if one.id not in own and not (branches and one.trunk in own):
            held[one.subnet] += one.addresses
            kinds[one.kind] += len(one.addresses)
    if problems:
        raise InputError(problems[:_MOST_PROBLEMS])
    _say_whose(kinds, instances, interfaces, notes)
    return {
        one.id: _others(held[one.id], _unexplained(one, everything[one.id], space, snapshot, notes))
        for one in space.subnets
    }


def _others(addresses: list[int], count: int) -> dict[str, Any]:
    data: dict[str, Any] = {"count": count} if count else {}
    if addresses:
        data["addresses"] = [str(one) for one in ranges_of(addresses)]
    return data


def _misplaced(one: Interface, subnet: Subnet) -> Iterator[Problem]:
    first, last = int(subnet.cidr[4]), int(subnet.cidr[-2])
    for address in one.addresses:
        if not first <= address <= last:
            message = f"{IPv4Address(address)} is no address that {subnet.cidr} gives"
            file, _, place = one.place.partition(": ")
            yield Problem(message, file, path=place, remedy="export both at the same time")


def _unexplained(
    subnet: Subnet, by_interfaces: int, space: Space, snapshot: Snapshot, notes: Notes
) -> int:
    """Addresses that are in use, and of which no interface is in the files."""
    if subnet.taken is None:
        return 0
    rest, name = subnet.taken - by_interfaces, space.names[subnet.id]
    if rest < 0:
        message = f"{name}: its interfaces have {-rest} addresses more than AvailableIpAddressCount"
        notes.guessed.append(f"{message} says: the files may be of different moments")
    elif rest and any(one.subnet == subnet.id for one in snapshot.reservations.values()):
        message = f"{name}: {number_of(rest, 'address')} in use of no interface in the files"
        notes.guessed.append(f"{message}: taken for its reservations")
    elif rest:
        message = f"{name}: {number_of(rest, 'address')} in use of no interface in the files"
        notes.guessed.append(f"{message}: held by others, scattered at random")
        return rest
    return 0


def _say_whose(
    kinds: Counter[str], instances: set[str], interfaces: Sequence[Interface], notes: Notes
) -> None:
    seen = {one.instance for one in interfaces}
    if absent := len(instances - seen):
        message = f"{number_of(absent, 'node')} without a network interface in the files"
        notes.guessed.append(f"{message}: they may be of different moments")
    parts = [f"{count:,} of {what}" for what, count in kinds.most_common()]
    total = number_of(sum(kinds.values()), "address")
    whose = f": {listed(parts)}" if parts else ""
    notes.understood.append(f"{total} that others hold, each where it lies{whose}")


def others_by_count(
    space: Space, held_by_nodes: Mapping[str, int], notes: Notes
) -> dict[str, dict[str, Any]]:
    """What others hold, as numbers, by the ids of the subnets: what is in use, without the nodes'.

    Args:
        space: the subnets.
        held_by_nodes: what the simulated nodes are reckoned to hold, by the ids of the subnets.
        notes: take what was guessed.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in space.subnets:
        name = space.names[one.id]
        if one.taken is None:
            notes.guessed.append(f"{name}: it has no AvailableIpAddressCount: no others assumed")
            found[one.id] = {}
            continue
        own = held_by_nodes.get(one.id, 0)
        count = max(one.taken - own, 0)
        message = f"{name}: {one.taken:,} addresses in use, of which the nodes are reckoned to hold"
        where = "where they lie is not known (add aws ec2 describe-network-interfaces)"
        notes.guessed.append(f"{message} {own:,} and others {count:,}; {where}")
        found[one.id] = {"count": count} if count else {}
    return found


# ----------------------------------------------------------------- as a scenario's


def subnet_data(
    space: Space, others: Mapping[str, dict[str, Any]], snapshot: Snapshot
) -> list[dict[str, Any]]:
    """The subnets as a scenario has them."""
    return [_subnet(one, space.names[one.id], others[one.id], snapshot) for one in space.subnets]


def _subnet(one: Subnet, name: str, others: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    tags = {key: text for key, text in sorted(one.tags.items()) if key.startswith(_TAGS)}
    reservations = [
        {"cidr": str(reservation.cidr), "type": reservation.type}
        for reservation in sorted(snapshot.reservations.values())
        if reservation.subnet == one.id
    ]
    data: dict[str, Any] = {"name": name, "cidr": str(one.cidr), "zone": one.zone}
    optional = {"tags": tags, "reservations": reservations, "others": others}
    return data | {key: value for key, value in optional.items() if value}
