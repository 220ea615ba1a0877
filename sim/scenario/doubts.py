"""Settings that have no effect, or not the effect that they seem to have."""

from __future__ import annotations

from collections.abc import Iterator

from .changing import change_doubts
from .cluster import NodeGroup
from .custom_networking import custom_networking_doubts
from .errors import Path
from .fit import Group, groups
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel
from .node_checks import node_doubts

_WARM_TARGETS = ("WARM_ENI_TARGET", "WARM_PREFIX_TARGET")


OTHER_MODE = "the target is one of the other mode"
IP_TARGETS = "IP targets come before it"
"""Why the daemon ignores a warm target."""


def doubts(model: ScenarioModel) -> Iterator[Complaint]:
    """What has no effect or less than it seems, for a scenario without errors."""
    yield from (one for _, one in ignored_targets(model))
    yield from change_doubts(model)
    settings = [settings for _, settings in model.group_settings()]
    for spec, given, group in zip(model.cluster.node_groups, settings, groups(model), strict=True):
        yield from cannot_hold_prefixes(spec, given, group)
        yield from unused_prefixes(spec, given, group)
        yield from ceiling(spec, given, group)
        yield from too_many_pods(spec, given, group)
    yield from custom_networking_doubts(model)
    yield from node_doubts(model)


def ignored_targets(model: ScenarioModel) -> Iterator[tuple[str, Complaint]]:
    """Targets that no group heeds, each where it is written, with the kind of reason.

    The manifest gives both targets as 1, so that a 1 says nothing about what is meant.
    """
    reasons: dict[Path, list[tuple[str, str]]] = {}
    for index, (_, settings) in enumerate(model.group_settings()):
        for name in _WARM_TARGETS:
            if getattr(settings, name) != 1:
                place = written_at(model, index, name)
                reasons.setdefault(place, []).append(_why_ignored(name, settings))
    for path, given in reasons.items():
        if all(kind for kind, _ in given):
            yield given[0][0], Complaint(path, f"has no effect: {given[0][1]}")


def written_at(model: ScenarioModel, index: int, name: str) -> Path:
    """Where a group's variable is written: with the group, or for all of them."""
    own = model.cluster.node_groups[index].ipamd
    is_own = own is not None and name in own.model_fields_set
    place: Path = ("cluster", "node_groups", index, "ipamd") if is_own else ("ipamd",)
    return (*place, name)


def _why_ignored(name: str, settings: Ipamd) -> tuple[str, str]:
    """(kind, words) of why the daemon ignores a warm target; empty if it heeds it."""
    if name == "WARM_PREFIX_TARGET" and not settings.ENABLE_PREFIX_DELEGATION:
        return OTHER_MODE, "ENABLE_PREFIX_DELEGATION is off"
    targets = [t for t in ("WARM_IP_TARGET", "MINIMUM_IP_TARGET") if getattr(settings, t)]
    if targets and name == "WARM_ENI_TARGET":
        several = f"{' and '.join(targets)} come before it"
        return IP_TARGETS, several if targets[1:] else f"{targets[0]} is set"
    if name == "WARM_ENI_TARGET" and settings.ENABLE_PREFIX_DELEGATION:
        return OTHER_MODE, "in prefix mode WARM_PREFIX_TARGET counts"
    return "", ""


def cannot_hold_prefixes(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    """Prefix mode on a type without it."""
    from ..aws.instance_types import of_group

    if settings.ENABLE_PREFIX_DELEGATION and not of_group(spec).prefix_delegation:
        message = f"{group.type} cannot hold prefixes: ipamd falls back to secondary IPs"
        yield Complaint((*group.path, "instance_type"), message)


def unused_prefixes(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    """Fewer pod slots than prefix mode would give."""
    from ..aws.instance_types import of_group
    from ..kube.max_pods import recommended

    instance_type = of_group(spec)
    if not (settings.ENABLE_PREFIX_DELEGATION and instance_type.prefix_delegation):
        return
    possible = recommended(
        instance_type,
        prefix_delegation=True,
        custom_networking=settings.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG,
        max_eni=settings.MAX_ENI,
    )
    if possible > group.max_pods:
        message = f"max pods is {group.max_pods}, prefix mode would give {possible}"
        yield Complaint((*group.path, "max_pods"), message, "write max_pods: recommended")


def ceiling(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    """More pod slots than MINIMUM_IP_TARGET without WARM_IP_TARGET ever gives addresses."""
    if group.max_pods - group.on_host > group.capacity and _is_ceiling(spec, settings, group):
        why = ": MINIMUM_IP_TARGET without WARM_IP_TARGET is a ceiling (datastoreTargetState)"
        yield Complaint((*group.path, "max_pods"), _too_many(group) + why, "set WARM_IP_TARGET")


def too_many_pods(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    """More pod slots than a node can ever have addresses, for another reason than a ceiling."""
    if group.max_pods - group.on_host > group.capacity and not _is_ceiling(spec, settings, group):
        pods = group.capacity + group.on_host
        remedy = f"write max_pods: {pods}, or raise what limits the pool"
        yield Complaint((*group.path, "max_pods"), _too_many(group), remedy)


def _too_many(group: Group) -> str:
    return (
        f"max pods is {group.max_pods}, so that {group.max_pods - group.on_host} pods may want an "
        f"address; with these settings a node holds {group.capacity} at most"
    )


def _is_ceiling(spec: NodeGroup, settings: Ipamd, group: Group) -> bool:
    """Whether nodes could hold more without MINIMUM_IP_TARGET."""
    from ..aws.instance_types import of_group
    from ..kube.max_pods import address_capacity

    without = settings.model_copy(update={"MINIMUM_IP_TARGET": 0})
    return group.capacity < address_capacity(of_group(spec), without, spec.unmanaged_enis)
