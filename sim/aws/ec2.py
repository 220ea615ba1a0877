"""EC2 as one account sees it in one Region: network interfaces, and what each action does to them.

Requests come through `sim.aws.client`, which takes tokens, waits and retries; the methods here are
the actions' effects, carried out and checked at the instant the answer comes. Each is all or
nothing. Error codes and when they come: ec2-api error reference, and vpc-cni #3105 for the code of
a CreateNetworkInterface that does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .metadata import InstanceMetadata
from .subnets import PREFIX_SIZE, Subnet

OK = "OK"
THROTTLED = "RequestLimitExceeded"
NO_ADDRESS = "InsufficientFreeAddressesInSubnet"
NO_PREFIX = "InsufficientCidrBlocks"
DOES_NOT_FIT = "InvalidParameterValue"
OVER_ENI_LIMIT = "PrivateIpAddressLimitExceeded"
OVER_ATTACHMENT_LIMIT = "AttachmentLimitExceeded"
ENI_NOT_FOUND = "InvalidNetworkInterfaceID.NotFound"
ENI_IN_USE = "InvalidParameterValue"
ATTACHED_ALREADY = "InvalidNetworkInterface.InUse"
NOT_ATTACHED = "InvalidAttachmentID.NotFound"
NOT_ASSIGNED = "InvalidParameterValue"
INSTANCE_NOT_FOUND = "InvalidInstanceID.NotFound"

INTERFACE, TRUNK, EFA, BRANCH = "interface", "trunk", "efa", "branch"
"""Types of network interfaces, by EC2's words."""

INSUFFICIENT = frozenset({NO_ADDRESS, NO_PREFIX})
"""Codes of containsInsufficientCIDRsOrSubnetIPs; a creation that does not fit is not among them."""


@dataclass(slots=True, eq=False)
class Instance:
    """An instance: its limits and its attached interfaces, the primary one first."""

    node: int
    subnet: int
    max_enis: int
    slots: int
    metadata: InstanceMetadata
    interfaces: list[NetworkInterface] = field(default_factory=list)
    terminated: bool = False

    @property
    def primary(self) -> NetworkInterface:
        """The interface it was launched with."""
        return self.interfaces[0]


@dataclass(slots=True, eq=False)
class NetworkInterface:
    """An ENI with its secondary addresses and the first address of each of its /28s.

    ``is_managed`` is false with the tag node.k8s.amazonaws.com/no_manage: ipamd looks away.
    ``delete_on_termination`` is what EC2 has for attachments: false, but for those of a launch.
    """

    id: int
    subnet: int
    node: int
    primary_address: int
    created_ms: int
    tagged: bool
    instance: Instance | None = None
    addresses: dict[int, None] = field(default_factory=dict)
    prefixes: dict[int, None] = field(default_factory=dict)
    ipv6_prefixes: int = 0
    kind: str = INTERFACE
    is_managed: bool = True
    delete_on_termination: bool = False

    def cidrs(self, is_prefix: bool) -> dict[int, None]:
        """Its CIDRs of one kind, in the order in which it got them."""
        return self.prefixes if is_prefix else self.addresses


class Answer(NamedTuple):
    """What a request brought: a code, how much was granted, and the answer's content.

    ``http_status`` is that of an error which the code does not imply, 0 for all others.
    """

    code: str
    granted: int = 0
    value: Any = None
    http_status: int = 0

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return self.code == OK


class SubnetSeen(NamedTuple):
    """A subnet in an answer of DescribeSubnets; see `sim.aws.subnets.Subnet` for its tags."""

    subnet: int
    free: int
    cni_tag: str
    is_for_cluster: bool = True


class Ec2:
    """All network interfaces of the account, and the actions on them.

    Args:
        subnets: the subnets, by number.
        now: the clock, in ms.
        on_change: called with (subnet, node, addresses the node holds there) after each change.
    """

    def __init__(
        self,
        subnets: list[Subnet],
        now: Callable[[], int],
        on_change: Callable[[int, int, int], None],
    ) -> None:
        self.subnets = subnets
        self._now = now
        self._on_change = on_change
        self.interfaces: dict[int, NetworkInterface] = {}
        self._made = 0
        self._held: dict[tuple[int, int], int] = {}

    # ---------------------------------------------------------------- instances

    def launch(
        self, node: int, subnet: int, limits: tuple[int, int], metadata: InstanceMetadata
    ) -> Instance | None:
        """An instance with its primary ENI; None if the subnet has no address for it.

        ``limits`` are its ENIs and the addresses of each besides the primary one.
        """
        primary = self._make_interface(node, subnet, tagged=False)
        if primary is None:
            return None
        instance = Instance(node, subnet, *limits, metadata)
        instance.interfaces.append(primary)
        primary.instance, primary.delete_on_termination = instance, True
        metadata.attached_at_launch(primary.id, subnet)
        self._changed(subnet, node, 1)
        return instance

    def terminate(self, instance: Instance) -> None:
        """Ends an instance; attached interfaces go with it, if that was set (DeleteOnTermination).

        The others are attached to nothing from now on.
        """
        instance.terminated = True
        for interface in instance.interfaces:
            interface.instance = None
            if interface.delete_on_termination:
                self._delete(interface)
        instance.interfaces.clear()

    # ------------------------------------------------------- effects of actions

    def describe_subnets(self, zone: str) -> Answer:
        """Subnets of the zone, in their order."""
        seen = [
            SubnetSeen(number, subnet.free, subnet.cni_tag, subnet.is_for_cluster)
            for number, subnet in enumerate(self.subnets)
            if subnet.zone == zone
        ]
        return Answer(OK, len(seen), seen)

    def describe_network_interfaces(self, enis: Iterable[int]) -> Answer:
        """The interfaces of these ids; the first unknown one fails the request."""
        found = []
        for eni in enis:
            interface = self.interfaces.get(eni)
            if interface is None:
                return Answer(ENI_NOT_FOUND, 0, eni)
            found.append(interface)
        return Answer(OK, len(found), found)

    def describe_available_interfaces(self) -> Answer:
        """Tagged interfaces that are attached to nothing."""
        found = [one for one in self.interfaces.values() if one.instance is None and one.tagged]
        return Answer(OK, len(found), found)

    def describe_instances(self, instance: Instance) -> Answer:
        """The instance, for its free device numbers."""
        return Answer(INSTANCE_NOT_FOUND) if instance.terminated else Answer(OK, 1)

    def assign_ipv6_addresses(self, eni: int) -> Answer:
        """One /80; a subnet's /64 has 65,536 of them, more than it has IPv4 addresses."""
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        interface.ipv6_prefixes += 1
        return Answer(OK, 1)

    def create_tags(self, eni: int) -> Answer:
        """Tags an interface."""
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        interface.tagged = True
        return Answer(OK, 1)

    def modify_network_interface_attribute(self, eni: int) -> Answer:
        """Changes an attribute that the model does not look at."""
        return Answer(OK, 1) if eni in self.interfaces else Answer(ENI_NOT_FOUND)

    def set_delete_on_termination(self, eni: int) -> Answer:
        """The attached interface goes with its instance from now on."""
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        if interface.instance is None:
            return Answer(NOT_ATTACHED)
        interface.delete_on_termination = True
        return Answer(OK, 1)

    def attach_at_launch(self, instance: Instance, kind: str, is_managed: bool) -> bool:
        """One more ENI of the launch template; False if the subnet has no address for it."""
        interface = self._make_interface(instance.node, instance.subnet, tagged=False)
        if interface is None:
            return False
        interface.kind, interface.is_managed = kind, is_managed
        interface.instance, interface.delete_on_termination = instance, True
        instance.interfaces.append(interface)
        instance.metadata.attached_at_launch(interface.id, interface.subnet)
        self._changed(interface.subnet, instance.node, 1)
        return True

    def create_controllers_interface(self, node: int, subnet: int, kind: str) -> Answer:
        """A trunk or branch ENI: a primary address, and tags that are not ipamd's."""
        interface = self._make_interface(node, subnet, tagged=False)
        if interface is None:
            return Answer(DOES_NOT_FIT)
        interface.kind = kind
        self._changed(subnet, node, 1)
        return Answer(OK, 0, interface.id)

    def create_network_interface(
        self, node: int, subnet: int, count: int, is_prefix: bool
    ) -> Answer:
        """An interface with ``count`` CIDRs; it is tagged in the same request."""
        interface = self._make_interface(node, subnet, tagged=True)
        if interface is None:
            return Answer(DOES_NOT_FIT)
        cidrs = self._take(interface, count, is_prefix)
        if cidrs is None:
            self.subnets[subnet].give_back(interface.primary_address)
            del self.interfaces[interface.id]
            return Answer(DOES_NOT_FIT)
        self._changed(subnet, node, 1 + count * (PREFIX_SIZE if is_prefix else 1))
        return Answer(OK, count, interface.id)

    def attach_network_interface(self, eni: int, instance: Instance) -> Answer:
        """Attaches an interface; the metadata show it, with its CIDRs, some time later."""
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        if interface.instance is not None:
            return Answer(ATTACHED_ALREADY)
        if instance.terminated:
            return Answer(INSTANCE_NOT_FOUND)
        if len(instance.interfaces) >= instance.max_enis:
            return Answer(OVER_ATTACHMENT_LIMIT)
        interface.instance = instance
        instance.interfaces.append(interface)
        now = self._now()
        instance.metadata.attached(eni, interface.subnet, now)
        for is_prefix in (False, True):
            if interface.cidrs(is_prefix):
                instance.metadata.assigned(eni, list(interface.cidrs(is_prefix)), is_prefix, now)
        return Answer(OK, 1)

    def detach_network_interface(self, eni: int) -> Answer:
        """Detaches an interface."""
        interface = self.interfaces.get(eni)
        if interface is None or interface.instance is None:
            return Answer(ENI_NOT_FOUND)
        interface.instance.interfaces.remove(interface)
        interface.instance.metadata.detached(eni, self._now())
        interface.instance, interface.delete_on_termination = None, False
        return Answer(OK, 1)

    def delete_network_interface(self, eni: int) -> Answer:
        """Deletes an interface that is attached to nothing; grants the CIDRs that came back."""
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        if interface.instance is not None:
            return Answer(ENI_IN_USE)
        granted = len(interface.addresses) + len(interface.prefixes)
        self._delete(interface)
        return Answer(OK, granted)

    def assign_private_ip_addresses(self, eni: int, count: int, is_prefix: bool) -> Answer:
        """More CIDRs for an interface; answers with their first addresses."""
        interface = self.interfaces.get(eni)
        if interface is None or interface.instance is None:
            return Answer(ENI_NOT_FOUND)
        has = len(interface.addresses) + len(interface.prefixes)
        if has + count > interface.instance.slots:
            return Answer(OVER_ENI_LIMIT)
        cidrs = self._take(interface, count, is_prefix)
        if cidrs is None:
            return Answer(NO_PREFIX if is_prefix else NO_ADDRESS)
        interface.instance.metadata.assigned(eni, cidrs, is_prefix, self._now())
        self._changed(interface.subnet, interface.node, count * (PREFIX_SIZE if is_prefix else 1))
        return Answer(OK, count, cidrs)

    def unassign_private_ip_addresses(self, eni: int, cidrs: list[int], is_prefix: bool) -> Answer:
        """Takes these CIDRs from an interface; none if it does not have them all.

        A daemon that took stale metadata for true can ask for what the interface has no more.
        """
        interface = self.interfaces.get(eni)
        if interface is None:
            return Answer(ENI_NOT_FOUND)
        if not interface.cidrs(is_prefix).keys() >= set(cidrs):
            return Answer(NOT_ASSIGNED)
        size = PREFIX_SIZE if is_prefix else 1
        for cidr in cidrs:
            del interface.cidrs(is_prefix)[cidr]
            self.subnets[interface.subnet].give_back(cidr, size)
        if interface.instance is not None:
            interface.instance.metadata.unassigned(eni, cidrs, is_prefix, self._now())
        self._changed(interface.subnet, interface.node, -len(cidrs) * size)
        return Answer(OK, len(cidrs))

    # ----------------------------------------------------------------- internal

    def _make_interface(self, node: int, subnet: int, tagged: bool) -> NetworkInterface | None:
        address = self.subnets[subnet].take_primary_address(node)
        if address is None:
            return None
        self._made += 1
        interface = NetworkInterface(self._made, subnet, node, address, self._now(), tagged)
        self.interfaces[interface.id] = interface
        return interface

    def _take(self, interface: NetworkInterface, count: int, is_prefix: bool) -> list[int] | None:
        subnet = self.subnets[interface.subnet]
        if count > (subnet.free_28s if is_prefix else subnet.free_singles):
            return None
        take = subnet.take_prefix if is_prefix else subnet.take_address
        taken = [take(interface.node) for _ in range(count)]
        cidrs = [cidr for cidr in taken if cidr is not None]
        interface.cidrs(is_prefix).update(dict.fromkeys(cidrs))
        return cidrs

    def _delete(self, interface: NetworkInterface) -> None:
        subnet = self.subnets[interface.subnet]
        subnet.give_back(interface.primary_address)
        for address in interface.addresses:
            subnet.give_back(address)
        for prefix in interface.prefixes:
            subnet.give_back(prefix, PREFIX_SIZE)
        del self.interfaces[interface.id]
        count = 1 + len(interface.addresses) + PREFIX_SIZE * len(interface.prefixes)
        self._changed(interface.subnet, interface.node, -count)

    def _changed(self, subnet: int, node: int, by: int) -> None:
        held = self._held.get((subnet, node), 0) + by
        self._held[subnet, node] = held
        self._on_change(subnet, node, held)
