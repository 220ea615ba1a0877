"""Subnets and network interfaces as the AWS CLI prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from sim.scenario.ranges import parse_range

from .placed import PREFIX_SIZE, Interface, Placed, PlacedNode, digest
from .plan import Net, Plan

Object = dict[str, Any]


class Tenant(NamedTuple):
    """What network interfaces outside of the nodes look like.

    Attributes:
        description: of the interface; ``{}`` becomes an id.
        interface_type: EC2's InterfaceType.
        requester: who made it; empty for the account itself.
        attached: whether it is attached to an instance of the account.
    """

    description: str
    interface_type: str = "interface"
    requester: str = ""
    attached: bool = False


TENANTS: Mapping[str, Tenant] = {
    "alb": Tenant("ELB app/shop/{}", requester="amazon-elb"),
    "nlb": Tenant("ELB net/shop/{}", "network_load_balancer", "amazon-elb"),
    "nat": Tenant("Interface for NAT Gateway nat-0{}", "nat_gateway", "amazon-nat"),
    "rds": Tenant("RDSNetworkInterface", requester="amazon-rds"),
    "endpoint": Tenant("VPC Endpoint Interface vpce-0{}", "vpc_endpoint", "amazon-vpce"),
    "lambda": Tenant("AWS Lambda VPC ENI-orders-{}", "lambda", "amazon-lambda"),
    "eks": Tenant("Amazon EKS shop", requester="amazon-eks"),
    "instance": Tenant("", attached=True),
    "cni": Tenant("aws-K8S-i-0{}", attached=True),
}
"""By the names that plans use; cni: the nodes of another cluster."""


def subnets(world: Placed) -> Iterator[Object]:
    """What ``aws ec2 describe-subnets`` lists."""
    for net in world.plan.nets:
        yield _subnet(world, net)


def subnet_id(net: Net) -> str:
    """The id of a subnet."""
    return f"subnet-{digest('subnet', net.name, net.cidr)}"


def vpc_id(plan: Plan) -> str:
    """The id of the VPC."""
    return f"vpc-{digest('vpc', plan.name)}"


def _subnet(world: Placed, net: Net) -> Object:
    plan, name = world.plan, subnet_id(net)
    tags = [{"Key": "Name", "Value": net.name}]
    tags += [{"Key": key, "Value": value} for key, value in net.tags.items()]
    data: Object = {
        "AvailabilityZoneId": f"{plan.region[:2]}w1-az{ord(net.zone[-1]) - 96}",
        "MapCustomerOwnedIpOnLaunch": False,
        "OwnerId": plan.account,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [],
        "Tags": tags,
        "SubnetArn": f"arn:aws:ec2:{plan.region}:{plan.account}:subnet/{name}",
        "EnableDns64": False,
        "Ipv6Native": not net.cidr,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "SubnetId": name,
        "State": "available",
        "VpcId": vpc_id(plan),
        "CidrBlock": net.cidr,
        "AvailableIpAddressCount": _available(world, net),
        "AvailabilityZone": net.zone,
        "DefaultForAz": False,
        "MapPublicIpOnLaunch": False,
    }
    if not net.cidr:
        association = {"Ipv6CidrBlock": "2001:db8:1234:1a00::/64"}
        association["Ipv6CidrBlockState"] = {"State": "associated"}  # type: ignore[assignment]
        data |= {"Ipv6CidrBlockAssociationSet": [association]}
        del data["CidrBlock"]
    return data


def _available(world: Placed, net: Net) -> int:
    if not net.cidr:
        return 0
    taken = sum(parse_range(one).size for ranges in net.others.values() for one in ranges) + sum(
        1 + len(one.secondary) + PREFIX_SIZE * len(one.prefixes)
        for node in world.nodes
        if node.net is net
        for one in node.interfaces
    )
    return IPv4Network(net.cidr).num_addresses - 5 - taken


def interfaces(world: Placed) -> Iterator[Object]:
    """What ``aws ec2 describe-network-interfaces`` lists."""
    for node in world.nodes:
        for index, one in enumerate(node.interfaces):
            yield _of_node(world.plan, node, index, one)
    for net in world.plan.nets:
        for kind, ranges in net.others.items():
            for text in ranges:
                held = parse_range(text)
                addresses = list(range(held.first, held.last + 1))
                if kind == "cni":
                    yield _of_tenant(world.plan, net, kind, addresses)
                else:
                    for address in addresses:
                        yield _of_tenant(world.plan, net, kind, [address])


def reservations(plan: Plan) -> Iterator[Object]:
    """What ``aws ec2 get-subnet-cidr-reservations`` lists of each subnet."""
    for net in plan.nets:
        for cidr, kind in net.reservations:
            yield {
                "SubnetCidrReservationId": f"scr-{digest('scr', net.name, cidr)}",
                "SubnetId": subnet_id(net),
                "Cidr": cidr,
                "ReservationType": kind,
                "OwnerId": plan.account,
            }


def _of_node(plan: Plan, node: PlacedNode, index: int, one: Interface) -> Object:
    if node.pool.made_by == "fargate":
        return _interface(plan, node.net, one, "", "AROAEXAMPLE:fargate") | {
            "RequesterManaged": False
        }
    description = "" if index == 0 else f"aws-K8S-{node.instance}"
    data = _interface(plan, node.net, one, description, "")
    data["Attachment"] = _attachment(plan, node.instance, index)
    if index:
        data["TagSet"] = [
            {"Key": "node.k8s.amazonaws.com/instance_id", "Value": node.instance},
            {"Key": "cluster.k8s.amazonaws.com/name", "Value": plan.name},
        ]
    return data


def _of_tenant(plan: Plan, net: Net, kind: str, addresses: list[int]) -> Object:
    tenant = TENANTS[kind]
    identity = digest("tenant", net.name, str(addresses[0]), length=16)
    one = Interface(addresses[0], addresses[1:])
    description = tenant.description.replace("{}", identity)
    data = _interface(plan, net, one, description, tenant.requester)
    data["InterfaceType"] = tenant.interface_type
    if tenant.attached:
        data["Attachment"] = _attachment(plan, f"i-0{identity}", 1 if kind == "cni" else 0)
    else:
        data["Attachment"] = {
            "AttachmentId": f"ela-attach-{identity}",
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "InstanceOwnerId": tenant.requester,
            "Status": "attached",
        }
    return data


def _attachment(plan: Plan, instance: str, index: int) -> Object:
    return {
        "AttachTime": "2026-02-27T08:12:07+00:00",
        "AttachmentId": f"eni-attach-{digest('attach', instance, str(index))}",
        "DeleteOnTermination": True,
        "DeviceIndex": index,
        "NetworkCardIndex": 0,
        "InstanceId": instance,
        "InstanceOwnerId": plan.account,
        "Status": "attached",
    }


def _interface(plan: Plan, net: Net, one: Interface, description: str, requester: str) -> Object:
    addresses = [str(IPv4Address(address)) for address in (one.primary, *one.secondary)]
    data: Object = {
        "AvailabilityZone": net.zone,
        "Description": description,
        "Groups": [{"GroupName": "nodes", "GroupId": f"sg-{digest('group', plan.name)}"}],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": "0a:"
        + ":".join(digest(addresses[0], length=10)[i : i + 2] for i in range(0, 10, 2)),
        "NetworkInterfaceId": f"eni-{digest('eni', addresses[0])}",
        "OwnerId": plan.account,
        "PrivateDnsName": _dns(plan, addresses[0]),
        "PrivateIpAddress": addresses[0],
        "PrivateIpAddresses": [
            {
                "Primary": place == 0,
                "PrivateDnsName": _dns(plan, address),
                "PrivateIpAddress": address,
            }
            for place, address in enumerate(addresses)
        ],
        "RequesterManaged": bool(requester),
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": subnet_id(net),
        "TagSet": [],
        "VpcId": vpc_id(plan),
    }
    if one.prefixes:
        starts = (IPv4Address(start) for start in one.prefixes)
        data["Ipv4Prefixes"] = [{"Ipv4Prefix": f"{start}/28"} for start in starts]
    if requester:
        data["RequesterId"] = requester
    return data


def _dns(plan: Plan, address: str) -> str:
    return f"ip-{address.replace('.', '-')}.{plan.region}.compute.internal"
