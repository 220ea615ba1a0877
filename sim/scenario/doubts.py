"""Settings that have no effect, or not the effect that they seem to have."""

from __future__ import annotations

from collections.abc import Iterator

from .cluster import NodeGroup
from .errors import Path
from .fit import Group, groups
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel

_WARM_TARGETS = ("WARM_ENI_TARGET", "WARM_PREFIX_TARGET")


def doubts(model: ScenarioModel) -> Iterator[Complaint]:
    """What has no effect or less than it seems, for a scenario without errors."""
    yield from _ignored_targets(model)
    settings = [settings for _, settings in model.group_settings()]
    for spec, given, group in zip(model.cluster.node_groups, settings, groups(model), strict=True):
        yield from _prefix_mode(spec, given, group)
        yield from _too_many_pods(spec, given, group)


def _ignored_targets(model: ScenarioModel) -> Iterator[Complaint]:
    """Targets that no group heeds, each where it is written.

    The manifest gives both targets as 1, so that a 1 says nothing about what is meant.
    """
    reasons: dict[Path, list[str]] = {}
    for index, (_, settings) in enumerate(model.group_settings()):
        own = model.cluster.node_groups[index].ipamd
        for name in _WARM_TARGETS:
            is_own = own is not None and name in own.model_fields_set
            place: Path = ("cluster", "node_groups", index, "ipamd") if is_own else ("ipamd",)
            if getattr(settings, name) != 1:
                reasons.setdefault((*place, name), []).append(_why_ignored(name, settings))
    for path, given in reasons.items():
        if all(given):
            yield Complaint(path, f"has no effect: {given[0]}")


def _why_ignored(name: str, settings: Ipamd) -> str:
    """Why the daemon ignores a warm target; empty if it heeds it."""
    if name == "WARM_PREFIX_TARGET" and not settings.ENABLE_PREFIX_DELEGATION:
        return "ENABLE_PREFIX_DELEGATION is off"
    targets = [t for t in ("WARM_IP_TARGET", "MINIMUM_IP_TARGET") if getattr(settings, t)]
    if targets and name == "WARM_ENI_TARGET":
        return f"{' and '.join(targets)} come before it" if targets[1:] else f"{targets[0]} is set"
    if name == "WARM_ENI_TARGET" and settings.ENABLE_PREFIX_DELEGATION:
        return "in prefix mode WARM_PREFIX_TARGET counts"
    return ""


def _prefix_mode(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    from ..aws.instance_types import of_group
    from ..kube.max_pods import recommended

    if not settings.ENABLE_PREFIX_DELEGATION:
        return
    instance_type = of_group(spec)
    if not instance_type.prefix_delegation:
        message = f"{group.type} cannot hold prefixes: ipamd falls back to secondary IPs"
        yield Complaint((*group.path, "instance_type"), message)
        return
    possible = recommended(instance_type, prefix_delegation=True, max_eni=settings.MAX_ENI)
    if possible > group.max_pods:
        message = f"max pods is {group.max_pods}, prefix mode would give {possible}"
        yield Complaint((*group.path, "max_pods"), message, "write max_pods: recommended")


def _too_many_pods(spec: NodeGroup, settings: Ipamd, group: Group) -> Iterator[Complaint]:
    need = group.max_pods - group.on_host
    if need <= group.capacity:
        return
    message = (
        f"max pods is {group.max_pods}, so that {need} pods may want an address; "
        f"with these settings a node holds {group.capacity} at most"
    )
    remedy = f"write max_pods: {group.capacity + group.on_host}, or raise what limits the pool"
    if _is_ceiling(spec, settings, group):
        message += ": MINIMUM_IP_TARGET without WARM_IP_TARGET is a ceiling (datastoreTargetState)"
        remedy = "set WARM_IP_TARGET"
    yield Complaint((*group.path, "max_pods"), message, remedy)


def _is_ceiling(spec: NodeGroup, settings: Ipamd, group: Group) -> bool:
    """Whether nodes could hold more without MINIMUM_IP_TARGET."""
    from ..aws.instance_types import of_group
    from ..kube.max_pods import address_capacity

    without = settings.model_copy(update={"MINIMUM_IP_TARGET": 0})
    return group.capacity < address_capacity(of_group(spec), without)
