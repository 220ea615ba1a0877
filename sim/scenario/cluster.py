"""What a user writes under ``cluster``: subnets, node groups, DaemonSets."""

from __future__ import annotations

import ipaddress
import itertools
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_serializer,
)

from .autoscaler import Autoscaler
from .base import Strict
from .cidr import Cidr
from .distributions import Distribution, lognormal
from .errors import shown
from .ipamd import Ipamd
from .node_life import Recycling, Spot, ZoneOutage
from .overlay import Overlay
from .ranges import Addresses, Range, overlap
from .units import Cpu, Duration, Memory

Name = Annotated[
    str,
    Field(title="name", pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", max_length=63),
]


def _subnet_size(network: ipaddress.IPv4Network) -> ipaddress.IPv4Network:
    if not 16 <= network.prefixlen <= 28:
        raise ValueError(f"{network}: a VPC subnet is between /16 and /28")
    return network


class Reservation(Strict):
    """A subnet CIDR reservation (EC2 CreateSubnetCidrReservation)."""

    UNSAID: ClassVar = frozenset({"at"})

    cidr: Cidr = Field(description="The reserved part of the subnet.")
    type: Literal["prefix", "explicit"] = Field(
        "prefix",
        description="prefix: automatic /28s come from here and single addresses stay out; "
        "explicit: nothing automatic is taken from here. Source: EC2 user guide, "
        "subnet-cidr-reservation.",
    )
    at: Duration = Field(
        0,
        description="When it is made, from the start of the run. Addresses in use inside stay in "
        "use. Source: VPC user guide, subnet-cidr-reservation.",
    )


def _apart(ranges: list[Range]) -> list[Range]:
    """The ranges as they are; ValueError if one address is in two of them."""
    if found := overlap(ranges):
        first, second = (ranges[place] for place in found)
        raise ValueError(f"{first} and {second} have an address in common")
    return ranges


class Others(Strict):
    """Addresses of the subnet that something else holds all the time."""

    UNSAID: ClassVar = frozenset({"addresses"})

    count: Annotated[int, Field(ge=0)] = Field(
        0, description="How many they are, besides those that are listed."
    )
    placement: Literal["random", "low-first"] = Field(
        "random", description="Where they lie: scattered at random, or from the low end up."
    )
    addresses: Annotated[list[Addresses], AfterValidator(_apart)] = Field(
        default_factory=list,
        description="Which exactly: single addresses, CIDRs and ranges such as "
        "10.0.0.20-10.0.0.23. A /28 of which one is held gives no prefix.",
    )

    @property
    def total(self) -> int:
        """How many they are in all."""
        return self.count + sum(one.size for one in self.addresses)


def _tag(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Tag = Annotated[
    str,
    BeforeValidator(_tag),
    WithJsonSchema({"title": "text", "anyOf": [{"type": "string"}, {"type": "integer"}]}),
]


class TagChange(Strict):
    """From this time on the subnet has these tags, and no others."""

    at: Duration = Field(description="When, from the start of the run.")
    tags: dict[str, Tag] = Field(default_factory=dict, description="All of its tags from then on.")


def _in_order_of_time(changes: list[TagChange]) -> list[TagChange]:
    return in_order(changes)


class Subnet(Strict):
    """One VPC subnet. AWS keeps the first four addresses and the last."""

    UNSAID: ClassVar = frozenset({"tag_changes"})

    name: Name = Field(description="Its name in this file and in results.")
    cidr: Annotated[Cidr, AfterValidator(_subnet_size)] = Field(
        description="Its addresses, from a /16 to a /28."
    )
    zone: Name = Field("a", description="Availability Zone; nodes stay in their subnet's zone.")
    tags: dict[str, Tag] = Field(
        default_factory=dict,
        description="Tags; kubernetes.io/role/cni 0 keeps ipamd out, 1 lets it in, unless there "
        "are tags cni.networking.k8s.aws/cluster/NAME of other clusters only. Source: awsutils.go "
        "isSubnetValidForENICreation.",
    )
    tag_changes: Annotated[list[TagChange], AfterValidator(_in_order_of_time)] = Field(
        default_factory=list, description="Its tags from some time of the run on."
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

    UNSAID: ClassVar = frozenset({"max_branch_enis"})

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
    max_branch_enis: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="Branch ENIs it can have; 0: it cannot have a trunk ENI."
    )


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

    UNSAID: ClassVar = frozenset(
        {"unmanaged_enis", "efa_enis", "recycle", "spot", "min_nodes", "max_nodes"}
    )

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
    unmanaged_enis: Annotated[int, Field(ge=0, le=100)] = Field(
        0,
        description="ENIs besides the primary that its nodes are launched with and that have the "
        "tag node.k8s.amazonaws.com/no_manage: they take slots, and an address each, but ipamd "
        "leaves them alone. Source: ipamd.go setUnmanagedENIs.",
    )
    efa_enis: Annotated[int, Field(ge=0, le=100)] = Field(
        0,
        description="EFA interfaces on the default network card, besides the primary ENI: pods get "
        "addresses of them, and ipamd never frees them. Source: data_store.go IsEFA.",
    )
    cordons: list[Duration] = Field(
        default_factory=list,
        description="Times at which all nodes of the group are cordoned (kubectl cordon).",
    )
    min_nodes: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="The fewest nodes that a Cluster Autoscaler leaves it."
    )
    max_nodes: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="The most nodes that an autoscaler gives it; no limit if not given."
    )
    recycle: list[Recycling] = Field(
        default_factory=list, description="Times from which on all its nodes are replaced."
    )
    spot: Spot | None = Field(None, description="Its nodes are spot capacity.")

    @field_serializer("ipamd")
    def _only_what_differs(self, value: Ipamd | None) -> dict[str, Any] | None:
        return value.model_dump(exclude_unset=True) if value else None


class EniConfig(Strict):
    """Where custom networking puts the ENIs of a zone's nodes (an ENIConfig object)."""

    name: Name | None = Field(
        None, description="The object's name; its zone's if not given, as AWS advises."
    )
    zone: Name = Field("a", description="The Availability Zone whose nodes use it.")
    subnet: Name = Field(description="The subnet of their pods, in the same zone.")


class Cluster(Strict):
    """Subnets and node groups of one cluster in one account and Region."""

    UNSAID: ClassVar = frozenset(
        {"name", "eni_configs", "overlay", "record_addresses", "zone_outages", "autoscalers"}
    )

    name: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]*)?$", max_length=100)] = Field(
        "",
        description="Its name, which aws-node has as CLUSTER_NAME; if not given, tags of clusters "
        "on subnets are not looked at.",
    )
    eni_configs: list[EniConfig] = Field(
        default_factory=list,
        description="The ENIConfig of each zone, for AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG.",
    )

    subnets: Annotated[list[Subnet], Field(min_length=1)] = Field(
        description="The subnets that nodes and pods take addresses from; they share one VPC."
    )
    node_groups: Annotated[list[NodeGroup], Field(min_length=1)] = Field(
        description="The groups of nodes."
    )
    record_addresses: bool = Field(
        False,
        description="Whether the run records who has each single address, for the map of "
        "`ipamd-sim fragments`; it changes nothing else.",
    )
    autoscalers: list[Autoscaler] = Field(
        default_factory=list, description="What makes and removes nodes as pods need them."
    )
    zone_outages: list[ZoneOutage] = Field(
        default_factory=list, description="Zones that are lost for a while."
    )
    overlay: Overlay | None = Field(
        None, description="A pod network with addresses of its own, in place of the VPC CNI's."
    )
