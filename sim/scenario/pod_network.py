"""What must hold where pods have no IPv4 addresses of the VPC: IPv6 mode, and overlays."""

from __future__ import annotations

from collections.abc import Iterator

from .cluster import NodeGroup
from .errors import Path
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel

CNI_TAG = "kubernetes.io/role/cni"
TAGGED_OUT = "0"
NEEDED = {
    "ENABLE_PREFIX_DELEGATION": (True, "IPv6 mode needs prefix delegation"),
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": (False, "there is no custom networking in IPv6 mode"),
    "ENABLE_POD_ENI": (False, "security groups for pods in IPv6 mode are not modelled"),
}
"""What IPv6 mode asks of other variables, and why (isConfigValid)."""

VPC_ONLY = ("ENABLE_IPv6", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_POD_ENI")
"""Variables that say something of pods' addresses in the VPC."""


def network_errors(model: ScenarioModel) -> Iterator[Complaint]:
    """What is wrong with how a cluster's pods get their addresses."""
    for index, (group, (_, settings)) in enumerate(
        zip(model.cluster.node_groups, model.group_settings(), strict=True)
    ):
        path: Path = ("cluster", "node_groups", index)
        if settings.ENABLE_IPv6:
            yield from _ipv6_errors(path, group, settings)
            yield from _tagged_out(model, group)
        if model.cluster.overlay is not None:
            for name in (one for one in VPC_ONLY if getattr(settings, one)):
                message = "an overlay takes the VPC CNI's place, and knows nothing of it"
                yield Complaint(("ipamd", name), message, "leave one of the two out")
    yield from _overlay_errors(model)


def _ipv6_errors(path: Path, group: NodeGroup, settings: Ipamd) -> Iterator[Complaint]:
    from ..aws.instance_types import of_group

    for name, (wanted, why) in NEEDED.items():
        if getattr(settings, name) is not wanted:
            yield Complaint(("ipamd", name), why, f"set {name} to {str(wanted).lower()}")
    try:
        holds_prefixes = of_group(group).prefix_delegation
    except KeyError:
        return  # said of the type itself
    if not holds_prefixes:
        message = f"{group.instance_type} cannot hold prefixes, which IPv6 mode needs"
        yield Complaint((*path, "instance_type"), message, "choose a nitro type")


def _tagged_out(model: ScenarioModel, group: NodeGroup) -> Iterator[Complaint]:
    for index, subnet in enumerate(model.cluster.subnets):
        is_of_group = group.subnets is None or subnet.name in group.subnets
        if is_of_group and subnet.tags.get(CNI_TAG) == TAGGED_OUT:
            message = "nodes in IPv6 mode whose own subnet is tagged out are not modelled"
            yield Complaint(("cluster", "subnets", index, "tags"), message, "tag another one out")


def _overlay_errors(model: ScenarioModel) -> Iterator[Complaint]:
    overlay = model.cluster.overlay
    for subnet in model.cluster.subnets if overlay else ():
        if overlay is not None and overlay.cidr.overlaps(subnet.cidr):
            message = f"{overlay.cidr} overlaps the subnet {subnet.name}, {subnet.cidr}"
            yield Complaint(("cluster", "overlay", "cidr"), message, "choose one outside the VPC")
