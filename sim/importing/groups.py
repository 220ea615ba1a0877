"""Node groups of a scenario from the nodes of a cluster."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.aws.instance_types import InstanceType, instance_type
from sim.scenario.errors import InputError, Problem

from .names import fitting
from .snapshot import Node

GROUP_LABELS = (
    ("eks.amazonaws.com/nodegroup", "EKS managed node groups"),
    ("karpenter.sh/nodepool", "Karpenter NodePools"),
    ("karpenter.sh/provisioner-name", "Karpenter Provisioners"),
    ("alpha.eksctl.io/nodegroup-name", "eksctl node groups"),
    ("kops.k8s.io/instancegroup", "kOps instance groups"),
    ("node.kubernetes.io/instancegroup", "instance groups"),
    ("cluster-autoscaler/nodegroup", "Cluster Autoscaler node groups"),
    ("nodegroup", "nodes by their label nodegroup"),
    ("node-group", "nodes by their label node-group"),
)
"""Labels that name a node's group, the most telling first, and what such groups are."""

_COMPUTE = "eks.amazonaws.com/compute-type"
_MIB = 2**20
_LIMITS = re.compile(r"(?P<type>[a-z0-9.-]+)=(?P<enis>[0-9]{1,3})x(?P<addresses>[0-9]{1,3})")


@dataclass(frozen=True)
class Group:
    """Nodes that a scenario has as one group.

    Attributes:
        name: its name there.
        maker: what such groups are.
        nodes: its nodes, by name.
        subnets: how many there are in each subnet, by its name in the scenario.
    """

    name: str
    maker: str
    nodes: tuple[Node, ...]
    subnets: dict[str, int]

    @property
    def instance_type(self) -> str:
        """Its instance type."""
        return self.nodes[0].instance_type

    @property
    def max_pods(self) -> int:
        """What its kubelets allow."""
        return self.nodes[0].pods


def why_not(node: Node) -> str:
    """Why a node cannot be simulated; empty if it can."""
    compute = node.labels.get(_COMPUTE, "")
    if compute == "fargate" or node.name.startswith("fargate-"):
        return "Fargate nodes (each pod is a machine of its own, without aws-node)"
    if compute == "auto":
        return "nodes of EKS Auto Mode (they have no aws-node)"
    if compute == "hybrid":
        return "hybrid nodes (they are outside of the VPC)"
    if node.system == "windows":
        return "Windows nodes (their addresses come from the VPC resource controller, not ipamd)"
    if not node.instance_type:
        return "nodes without a label of their instance type"
    return ""


def groups_of(nodes: Iterable[Node], subnet_of: Mapping[str, str]) -> list[Group]:
    """The groups of nodes that can be simulated, by name.

    Nodes of one group are of one type, take as many pods, and lie evenly in its subnets, since a
    scenario's group takes its subnets in turn; others become groups of their own.

    Args:
        nodes: those that can be simulated.
        subnet_of: the name of each node's subnet, by the node's name.
    """
    alike: dict[tuple[str, str, str, int], list[Node]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: node.name):
        value, maker = _value_and_maker(node)
        alike[value, maker, node.instance_type, node.pods].append(node)
    names = _names(list(alike))
    groups = []
    for key, members in sorted(alike.items()):
        groups += _in_subnets(names[key], key[1], members, subnet_of)
    return sorted(groups, key=lambda group: group.name)


def _value_and_maker(node: Node) -> tuple[str, str]:
    for label, maker in GROUP_LABELS:
        if value := node.labels.get(label):
            return value, maker
    return "nodes", ""


def _names(keys: Sequence[tuple[str, str, str, int]]) -> dict[tuple[str, str, str, int], str]:
    """A name of its own for each group, with no more words than it takes."""
    words: list[Callable[[str, str, str, int], str]] = [
        lambda value, _maker, _type, _pods: value,
        lambda value, _maker, type_, _pods: f"{value}-{type_}",
        lambda value, _maker, type_, pods: f"{value}-{type_}-{pods}-pods",
        lambda value, maker, type_, pods: f"{maker.split(' ')[0]}-{value}-{type_}-{pods}-pods",
    ]
    names, taken = {}, set[str]()
    for key in sorted(keys):
        same_value = [one for one in keys if one[0] == key[0]]
        for word in words:
            name = fitting(word(*key))
            if name not in taken and sum(fitting(word(*one)) == name for one in same_value) == 1:
                break
        taken.add(name)
        names[key] = name
    return names


def _in_subnets(
    name: str, maker: str, members: list[Node], subnet_of: Mapping[str, str]
) -> list[Group]:
    counts = Counter(subnet_of[node.name] for node in members)
    if max(counts.values()) - min(counts.values()) <= 1:
        in_turn = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
        return [Group(name, maker, tuple(members), in_turn)]
    parts = {
        subnet: [node for node in members if subnet_of[node.name] == subnet]
        for subnet in sorted(counts)
    }
    zones = Counter(nodes[0].zone for nodes in parts.values())
    return [
        Group(
            _part_name(name, subnet, nodes[0].zone, zones),
            maker,
            tuple(nodes),
            {subnet: len(nodes)},
        )
        for subnet, nodes in parts.items()
    ]


def _part_name(name: str, subnet: str, zone: str, zones: Counter[str]) -> str:
    return fitting(f"{name}.{zone if zone and zones[zone] == 1 else subnet}")


# ----------------------------------------------------------------- what they have


def parse_limits(texts: Iterable[str]) -> dict[str, tuple[int, int]]:
    """ENIs and addresses of an ENI by instance type, from texts such as ``m99.large=3x10``.

    Raises:
        InputError: a text is none of these.
    """
    found = {}
    for text in texts:
        match = _LIMITS.fullmatch(text)
        if match is None:
            remedy = "write it like m99.large=3x10: 3 ENIs with 10 addresses each"
            raise InputError([Problem(f"{text!r} is no limit", "--limits", remedy=remedy)])
        found[match["type"]] = (int(match["enis"]), int(match["addresses"]))
    return found


def machine(group: Group, limits: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """What a scenario says of a group's machines: type, limits, reserved resources, max pods.

    Raises:
        InputError: neither the shipped table nor ``limits`` knows the type.
    """
    kind = _known(group, limits)
    data: dict[str, Any] = {"instance_type": group.instance_type}
    first = group.nodes[0]
    vcpus, memory = kind.vcpus, kind.memory_mib
    if vcpus is None or memory is None or group.instance_type in limits:
        vcpus, memory = first.cpu[0] // 1000, first.memory[0] // _MIB
        data["limits"] = {
            "max_enis": kind.max_enis,
            "ipv4_per_eni": kind.ipv4_per_eni,
            "vcpus": vcpus,
            "memory": f"{memory}Mi",
        }
    cpu = max(1000 * vcpus - min(node.cpu[1] for node in group.nodes), 0)
    least = min(node.memory[1] for node in group.nodes) // _MIB
    data["max_pods"] = group.max_pods
    data["reserved"] = {"cpu": f"{cpu}m", "memory": f"{max(memory - least, 0)}Mi"}
    return data


def _known(group: Group, limits: Mapping[str, tuple[int, int]]) -> InstanceType:
    name, node = group.instance_type, group.nodes[0]
    if name in limits:
        enis, addresses = limits[name]
        return InstanceType(name, None, None, enis, addresses)
    try:
        return instance_type(name)
    except KeyError:
        message = f"the limits of instance type {name} are not known"
        remedy = f"give them: --limits {name}=ENISxADDRESSES, such as {name}=3x10"
        problem = Problem(message, node.file, path=f"{node.place}.metadata.labels", remedy=remedy)
        raise InputError([problem]) from None
