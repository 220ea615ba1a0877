"""Subnets, network interfaces and reservations as the AWS CLI prints them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from .names import fitting
from .snapshot import Interface, Reservation, Snapshot, Subnet
from .values import Value

TRUNK_TAG = "vpcresources.k8s.aws/trunk-eni-id"


def take_subnet(one: Value, into: Snapshot) -> None:
    """Takes a subnet; one without IPv4 addresses is named.

    Raises:
        InputError: something in it is not as EC2 has it.
    """
    name = one.at("SubnetId").needed()
    if fitting(name) != name:
        raise one.at("SubnetId").error(f"{name!r} is no subnet's ID")
    if not one.at("CidrBlock").text():
        into.without_ipv4.append(name)
        return
    available = one.at("AvailableIpAddressCount")
    into.subnets[name] = Subnet(
        id=name,
        vpc=one.at("VpcId").text(),
        cidr=_network(one.at("CidrBlock")),
        zone=one.at("AvailabilityZone").needed(),
        available=available.whole() if available.is_there else None,
        tags=_tags(one.at("Tags")),
        file=one.file,
        place=one.place,
    )


def take_interface(one: Value, into: Snapshot) -> None:
    """Takes a network interface.

    Raises:
        InputError: something in it is not as EC2 has it.
    """
    name, tags = one.at("NetworkInterfaceId").needed(), _tags(one.at("TagSet"))
    attachment = one.at("Attachment")
    if into.interfaces is None:
        into.interfaces = {}
    into.interfaces[name] = Interface(
        id=name,
        subnet=one.at("SubnetId").needed(),
        instance=attachment.at("InstanceId").text(),
        trunk=tags.get(TRUNK_TAG, ""),
        kind=_kind(one),
        addresses=array("L", sorted(set(_addresses(one)))),
        is_primary=attachment.at("DeviceIndex").data == 0,
        place=f"{one.file}: {one.place}",
    )


def take_reservation(one: Value, into: Snapshot) -> None:
    """Takes a CIDR reservation.

    Raises:
        InputError: something in it is not as EC2 has it.
    """
    kind = one.at("ReservationType")
    if kind.text() not in ("prefix", "explicit"):
        raise kind.error(f"{kind.text()!r} is neither prefix nor explicit")
    name, subnet = one.at("SubnetCidrReservationId").needed(), one.at("SubnetId").needed()
    into.reservations[name] = Reservation(subnet, _network(one.at("Cidr")), kind.text())


def _network(value: Value) -> IPv4Network:
    try:
        return IPv4Network(value.needed())
    except ValueError:
        raise value.error(f"{value.data!r} is no IPv4 network such as 10.0.0.0/24") from None


def _tags(tags: Value) -> dict[str, str]:
    return {one.at("Key").needed(): one.at("Value").text() for one in tags.items()}


def _addresses(one: Value) -> Iterator[int]:
    """Every IPv4 address of an interface: its primary, its secondary ones, and its prefixes."""
    listed = [each.at("PrivateIpAddress") for each in one.at("PrivateIpAddresses").items()]
    for value in [one.at("PrivateIpAddress"), *listed]:
        if value.is_there:
            yield _address(value)
    for each in one.at("Ipv4Prefixes").items():
        prefix = _network(each.at("Ipv4Prefix"))
        yield from range(int(prefix[0]), int(prefix[-1]) + 1)


def _address(value: Value) -> int:
    try:
        return int(IPv4Address(value.needed()))
    except ValueError:
        raise value.error(f"{value.data!r} is no IPv4 address") from None


def _kind(one: Value) -> str:
    """What an interface is, in a few words, so that whoever reads them can add them up."""
    description = one.at("Description").text()
    if TRUNK_TAG in _tags(one.at("TagSet")):
        return BRANCH
    if known := _BY_TYPE.get(one.at("InterfaceType").text()):
        return known
    for beginning, what in _BY_DESCRIPTION.items():
        if description.startswith(beginning):
            return what
    if one.at("RequesterManaged").yes():
        return "other AWS services"
    attached = one.at("Attachment", "InstanceId").text()
    return "other instances" if attached else "interfaces without an instance"


BRANCH = "branch ENIs"
_BY_TYPE = {
    "branch": BRANCH,
    "gateway_load_balancer": "load balancers",
    "gateway_load_balancer_endpoint": "VPC endpoints",
    "lambda": "Lambda functions",
    "nat_gateway": "NAT gateways",
    "network_load_balancer": "load balancers",
    "vpc_endpoint": "VPC endpoints",
}
_BY_DESCRIPTION = {
    "ELB ": "load balancers",
    "aws-K8S-": "ENIs of the VPC CNI on other instances",
    "Amazon EKS ": "EKS control planes",
    "RDSNetworkInterface": "RDS",
    "EFS mount target": "EFS",
}
