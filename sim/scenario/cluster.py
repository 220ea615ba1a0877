"""What a user writes under ``cluster``: subnets, node groups, DaemonSets."""

from __future__ import annotations

import ipaddress
import itertools
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_serializer,
)
from pydantic_core import PydanticCustomError

from .base import Strict
from .distributions import Distribution, lognormal
from .errors import shown
from .ipamd import Ipamd
from .units import Cpu, Duration, Memory

Name = Annotated[
    str,
    Field(title="name", pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", max_length=63),
]


NOT_ITS_START = "not_its_start"
"""The type of the error of a CIDR with an address inside of it; its context has the network."""


def network_of(value: Any) -> ipaddress.IPv4Network | None:
    """The network that a value writes, if any, with whichever of its addresses."""
    text = str(value) if isinstance(value, str | ipaddress.IPv4Network) else ""
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None


def _network(value: Any) -> ipaddress.IPv4Network:
    network = network_of(value)
    if network is None:
        raise ValueError(f"{shown(value)} is no IPv4 network: write it like 10.0.0.0/24")
    if str(network.network_address) != str(value).split("/")[0]:
        message = f"{value} does not start at its first address"
        raise PydanticCustomError(
            NOT_ITS_START, "{message}", {"message": message, "network": network}
        )
    return network


Cidr = Annotated[
    ipaddress.IPv4Network,
    BeforeValidator(_network),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"title": "CIDR", "type": "string", "examples": ["10.0.0.0/24"]}),
]


def _subnet_size(network: ipaddress.IPv4Network) -> ipaddress.IPv4Network:
    if not 16 <= network.prefixlen <= 28:
        raise ValueError(f"{network}: a VPC subnet is between /16 and /28")
    return network


class Reservation(Strict):
    """A subnet CIDR reservation (EC2 CreateSubnetCidrReservation)."""

    cidr: Cidr = Field(description="The reserved part of the subnet.")
    type: Literal["prefix", "explicit"] = Field(
        "prefix",
        description="prefix: automatic /28s come from here and single addresses stay out; "
        "explicit: nothing automatic is taken from here. Source: EC2 user guide, "
        "subnet-cidr-reservation.",
    )


class Others(Strict):
    """Addresses of the subnet that something else holds all the time."""

    count: Annotated[int, Field(ge=0)] = Field(0, description="How many they are.")
    placement: Literal["random", "low-first"] = Field(
        "random", description="Where they lie: scattered at random, or from the low end up."
    )


def _tag(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Tag = Annotated[
    str,
    BeforeValidator(_tag),
    WithJsonSchema({"title": "text", "anyOf": [{"type": "string"}, {"type": "integer"}]}),
]


class Subnet(Strict):
    """One VPC subnet. AWS keeps the first four addresses and the last."""

    name: Name = Field(description="Its name in this file and in results.")
    cidr: Annotated[Cidr, AfterValidator(_subnet_size)] = Field(
        description="Its addresses, from a /16 to a /28."
    )
    zone: Name = Field("a", description="Availability Zone; nodes stay in their subnet's zone.")
    tags: dict[str, Tag] = Field(
        default_factory=dict,
        description="Tags; kubernetes.io/role/cni 0 keeps ipamd out, 1 lets it in. Source: "
        "awsutils.go isSubnetValidForENICreation.",
    )
    reservations: list[Reservation] = Field(
        default_factory=list, description="Its CIDR reservations."
    )
    others: Others = Field(
        Others(), description="Addresses that load balancers, databases and the like hold."
    )


class Requests(Strict):
    """Resource requests of a pod, as Kubernetes quantities."""

    cpu: Cpu = Field(0, description="Requested cpu; the scheduler sums it up per node.")
    memory: Memory = Field(0, description="Requested memory, rounded up to MiB.")


class DaemonSet(Strict):
    """One pod on every node of the group, from the node's registration to its end."""

    name: Name = Field(description="Its name in this file and in results.")
    hostNetwork: bool = Field(  # noqa: N815 (the Kubernetes API's spelling)
        False, description="Uses the node's address: takes a pod slot, no address of the pool."
    )
    requests: Requests = Field(Requests(), description="What its pod requests.")


def _host_daemonset(name: str, cpu: str) -> DaemonSet:
    given = {"name": name, "hostNetwork": True, "requests": {"cpu": cpu}}
    return DaemonSet.model_validate(given)


AWS_NODE = _host_daemonset("aws-node", "50m")
KUBE_PROXY = _host_daemonset("kube-proxy", "100m")


def _given(daemonset: DaemonSet) -> dict[str, Any]:
    return daemonset.model_dump(mode="json", exclude_unset=True)


class Limits(Strict):
    """Limits of an instance type, for one that is not in the shipped table."""

    max_enis: Annotated[int, Field(ge=1, le=100)] = Field(
        description="ENIs it can have on its default network card."
    )
    ipv4_per_eni: Annotated[int, Field(ge=2, le=100)] = Field(
        description="IPv4 addresses per ENI, the ENI's own primary address included."
    )
    vcpus: Annotated[int, Field(ge=1, le=10_000)] = Field(description="Its vCPUs.")
    memory: Memory = Field(description="Its memory.")
    hypervisor: Literal["nitro", "xen", ""] = Field(
        "nitro", description="Only nitro (and bare metal) can hold /28 prefixes."
    )
    bare_metal: bool = Field(False, description="Has no hypervisor.")


class Reserved(Strict):
    """What the node keeps from pods (kube-reserved and the eviction threshold)."""

    cpu: Cpu = Field(0, description="Cpu kept from pods.")
    memory: Memory = Field(0, description="Memory kept from pods.")


class NodeStep(Strict):
    """From this time on the group has this many nodes."""

    at: Duration = Field(description="When, from the start of the run.")
    nodes: Annotated[int, Field(ge=0, le=100_000)] = Field(description="Number of nodes.")


def steps_from(value: Any, key: str) -> Any:
    """Steps as they are, or the one step from 0 on that a bare number means."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [{"at": 0, key: value}]
    if isinstance(value, list):
        return value
    raise ValueError(
        f"{shown(value)} is neither a number nor a list of steps {{at: ..., {key}: ...}}"
    )


def in_order(steps: list[Any]) -> list[Any]:
    """The steps as they are; ValueError if their times do not rise."""
    for earlier, later in itertools.pairwise(steps):
        if later.at <= earlier.at:
            raise ValueError("the times of the steps must rise")
    return steps


Count = Annotated[int, Field(ge=0)]


def steps_of(step: type[Strict], key: str) -> Any:
    """The type of a step function of time: a number, or a list of steps with rising times."""
    return Annotated[
        list[step],  # type: ignore[valid-type]  # a type made at import, read by pydantic only
        Field(min_length=1),
        BeforeValidator(
            lambda value: steps_from(value, key),
            json_schema_input_type=Count | list[step],  # type: ignore[valid-type]  # as above
        ),
        AfterValidator(in_order),
    ]


def _max_pods(value: Any) -> Any:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000
    if is_count or (isinstance(value, str) and 0 < len(value) <= 200):
        return value
    raise ValueError(
        f"{shown(value)} is neither auto, recommended, a number from 1 to 10000 nor an expression"
    )


MaxPods = Annotated[
    int | str,
    BeforeValidator(
        _max_pods,
        json_schema_input_type=Annotated[int, Field(ge=1, le=10_000)] | str,
    ),
]


class NodeGroup(Strict):
    """Nodes of one instance type (an Auto Scaling group, a managed node group, a NodePool)."""

    name: Name = Field(description="Its name in this file and in results.")
    instance_type: Annotated[str, Field(max_length=63)] = Field(
        description="EC2 instance type, such as m5.large."
    )
    limits: Limits | None = Field(
        None, description="Limits of an instance type that the shipped table does not know."
    )
    subnets: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="Names of its subnets, used in turn; all of the cluster's if not given."
    )
    nodes: steps_of(NodeStep, "nodes") = Field(  # type: ignore[valid-type]  # made above
        description="Number of nodes, or steps [{at: 0s, nodes: 10}, {at: 2h, nodes: 30}]."
    )
    launch_delay: Distribution = Field(
        lognormal(35_000, 50_000),
        description="From the launch request to the start of aws-node on the node (35 s, a "
        "deviation of about 5: awslabs/node-latency-for-k8s, Karpenter; 90 s is usual for a "
        "managed node group). A constant makes all nodes of a step start in one millisecond.",
    )
    launch_retry: Annotated[Duration, Field(gt=0)] | None = Field(
        60_000,
        description="A launch that failed for lack of an address is tried again after this "
        "(assumed); null: never.",
    )
    max_pods: MaxPods = Field(
        "auto",
        description="auto: the AMI's formula, without a ceiling; recommended: what "
        "max-pods-calculator.sh gives; a number; or an expression over default_enis, "
        "ips_per_eni and max_pods. Source: amazon-eks-ami nodeadm, eni_max_pods.go.",
    )
    ipamd: Ipamd | None = Field(
        None, description="Settings that differ from the scenario's for this group's nodes."
    )
    reserved: Reserved | None = Field(
        None,
        description="Kept from pods; by default as on the AMI: memory 11 MiB x max pods + 255 "
        "MiB + 100 MiB eviction threshold, cpu 6 % of the first core, 1 % of the second, 0.5 % "
        "of the next two and 0.25 % of the rest. Source: amazon-eks-ami nodeadm, config.go.",
    )
    daemonsets: list[DaemonSet] = Field(
        default_factory=lambda: [AWS_NODE, KUBE_PROXY],
        json_schema_extra={"default": [_given(AWS_NODE), _given(KUBE_PROXY)]},
        description="DaemonSet pods of every node; giving the list replaces the default two, "
        "aws-node and kube-proxy, which use the host's network.",
    )
    cordons: list[Duration] = Field(
        default_factory=list,
        description="Times at which all nodes of the group are cordoned (kubectl cordon).",
    )

    @field_serializer("ipamd")
    def _only_what_differs(self, value: Ipamd | None) -> dict[str, Any] | None:
        return value.model_dump(exclude_unset=True) if value else None


class Cluster(Strict):
    """Subnets and node groups of one cluster in one account and Region."""

    subnets: Annotated[list[Subnet], Field(min_length=1)] = Field(
        description="The subnets that nodes and pods take addresses from; they share one VPC."
    )
    node_groups: Annotated[list[NodeGroup], Field(min_length=1)] = Field(
        description="The groups of nodes."
    )
