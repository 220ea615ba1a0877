"""What is wrong with where nodes come from, and with what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator

from .autoscaler import Autoscaler, Karpenter
from .errors import Path, did_you_mean, dotted
from .messages import Complaint
from .models import ScenarioModel

AUTOSCALERS: Path = ("cluster", "autoscalers")


def node_errors(model: ScenarioModel) -> Iterator[Complaint]:
    """What is wrong with autoscalers, their limits, and outages of zones."""
    yield from _autoscaler_errors(model)
    yield from _limit_errors(model)
    zones = dict.fromkeys(subnet.zone for subnet in model.cluster.subnets)
    for index, one in enumerate(model.cluster.zone_outages):
        path: Path = ("cluster", "zone_outages", index)
        if one.zone not in zones:
            message = f"there is no zone {one.zone}"
            yield Complaint((*path, "zone"), message, did_you_mean(one.zone, list(zones)))
        if one.to is not None and one.to <= one.at:
            yield Complaint((*path, "to"), "is not after at")


def _autoscaler_errors(model: ScenarioModel) -> Iterator[Complaint]:
    groups = {spec.name: place for place, spec in enumerate(model.cluster.node_groups)}
    taken: dict[str, Path] = {}
    for index, one in enumerate(model.cluster.autoscalers):
        for place, name in enumerate(one.node_groups):
            path = (*AUTOSCALERS, index, "node_groups", place)
            if name not in groups:
                message = f"there is no node group {name}"
                yield Complaint(path, message, did_you_mean(name, list(groups)))
            elif name in taken:
                message = f"{name} has an autoscaler already, {dotted(taken[name])}"
                yield Complaint(path, message, "name each group once")
            elif len(model.cluster.node_groups[groups[name]].nodes) > 1:
                steps = ("cluster", "node_groups", groups[name], "nodes")
                message = f"are steps, and an autoscaler decides of the nodes of {name}"
                yield Complaint(steps, message, "write how many there are at first")
            taken.setdefault(name, path)
        if isinstance(one, Karpenter) and one.nitro_only and not _has_nitro(model, one):
            yield Complaint((*AUTOSCALERS, index, "nitro_only"), "none of its types is nitro")


def _has_nitro(model: ScenarioModel, one: Karpenter) -> bool:
    """Whether it may launch anything; a group that is not known is reported by itself."""
    from ..aws.instance_types import of_group

    for group in model.cluster.node_groups:
        try:
            if group.name in one.node_groups and of_group(group).hypervisor == "nitro":
                return True
        except KeyError:
            return True
    return False


def _limit_errors(model: ScenarioModel) -> Iterator[Complaint]:
    scaled = _scaled(model)
    for index, group in enumerate(model.cluster.node_groups):
        path: Path = ("cluster", "node_groups", index)
        if group.min_nodes and isinstance(scaled.get(group.name), Karpenter):
            message = "Karpenter keeps no least number of nodes"
            yield Complaint((*path, "min_nodes"), message, "leave it out")
        most = group.max_nodes
        if group.name not in scaled or most is None:
            continue
        if most < max(group.min_nodes, group.nodes[0].nodes):
            yield Complaint((*path, "max_nodes"), f"is below its {_least(group.min_nodes, most)}")


def node_doubts(model: ScenarioModel) -> Iterator[Complaint]:
    """Limits of groups without an autoscaler."""
    scaled = _scaled(model)
    for index, group in enumerate(model.cluster.node_groups):
        for key in ("min_nodes", "max_nodes"):
            if key in group.model_fields_set and group.name not in scaled:
                path: Path = ("cluster", "node_groups", index, key)
                yield Complaint(path, f"has no effect: {group.name} has no autoscaler")


def _scaled(model: ScenarioModel) -> dict[str, Autoscaler]:
    """The groups with an autoscaler."""
    return {name: one for one in model.cluster.autoscalers for name in one.node_groups}


def _least(min_nodes: int, most: int) -> str:
    return "min_nodes" if most < min_nodes else "nodes at first"
