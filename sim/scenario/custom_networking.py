"""What must hold of ENIConfigs, and what can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator

from .cluster import NodeGroup
from .errors import Path, did_you_mean, dotted
from .messages import Complaint
from .models import ScenarioModel

ENI_CONFIGS: Path = ("cluster", "eni_configs")
VARIABLE = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"


def eni_config_errors(model: ScenarioModel) -> Iterator[Complaint]:
    """Subnets that are not there or in another zone, and zones with two ENIConfigs."""
    zones = {subnet.name: subnet.zone for subnet in model.cluster.subnets}
    first: dict[str, int] = {}
    for index, one in enumerate(model.cluster.eni_configs):
        path = (*ENI_CONFIGS, index)
        if one.subnet not in zones:
            message = f"there is no subnet {one.subnet}"
            yield Complaint((*path, "subnet"), message, did_you_mean(one.subnet, list(zones)))
        elif zones[one.subnet] != one.zone:
            message = f"{one.subnet} lies in zone {zones[one.subnet]}, the ENIConfig is for zone"
            remedy = "EC2 attaches no ENI to an instance of another zone"
            yield Complaint((*path, "subnet"), f"{message} {one.zone}", remedy)
        if one.zone in first:
            message = f"{dotted((*ENI_CONFIGS, first[one.zone]))} is for zone {one.zone} already"
            yield Complaint((*path, "zone"), message, "give each zone one")
        first.setdefault(one.zone, index)


def custom_networking_doubts(model: ScenarioModel) -> Iterator[Complaint]:
    """Nodes without an ENIConfig, and ENIConfigs that no daemon reads."""
    configured = {one.zone for one in model.cluster.eni_configs}
    is_used = False
    settings = [settings for _, settings in model.group_settings()]
    for index, (group, given) in enumerate(zip(model.cluster.node_groups, settings, strict=True)):
        if given.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG:
            is_used = True
            yield from _without_config(model, index, group, configured)
    in_variant = any(path.endswith(VARIABLE) for one in model.variants.values() for path in one)
    if configured and not (is_used or in_variant):
        message = f"has no effect: {VARIABLE} is off"
        yield Complaint(ENI_CONFIGS, message)


def _without_config(
    model: ScenarioModel, index: int, group: NodeGroup, configured: set[str]
) -> Iterator[Complaint]:
    zones = {one.name: one.zone for one in model.cluster.subnets}
    lacking = [zones[name] for name in group.subnets or zones if zones[name] not in configured]
    if lacking:
        names = " and ".join(dict.fromkeys(lacking))
        message = f"no ENIConfig is for zone {names}: its nodes of this group never become ready"
        yield Complaint(("cluster", "node_groups", index), message, "add it to cluster.eni_configs")
