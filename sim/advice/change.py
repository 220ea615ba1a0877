"""A change of settings as data: what holds now, what is to hold, and the node groups it meets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from sim.aws.instance_types import of_group
from sim.kube.max_pods import HOST_NETWORK_PODS, address_capacity, max_pods, recommended
from sim.scenario.ipamd import Ipamd

from .environment import Environment, differences, environment
from .pool import pool_of

if TYPE_CHECKING:
    from sim.scenario.cluster import NodeGroup
    from sim.scenario.models import ScenarioModel

ROLE_TAG = "kubernetes.io/role/cni"
"""The tag that lets subnet discovery use a subnet, or keeps it out."""


@dataclass(frozen=True)
class GroupChange:
    """What a change means for the nodes of a group.

    Attributes:
        name: the group's.
        type: its instance type.
        nodes: the most it has.
        holds_prefixes: whether its type can hold /28s.
        hypervisor: nitro, xen or empty.
        max_pods_before: what its nodes have now.
        max_pods: what they have to be launched with.
        capacity: addresses for pods that a node can hold after the change, at most.
        held_before: addresses of the subnet that a node without pods holds now.
        held: the same after the change.
    """

    name: str
    type: str
    nodes: int
    holds_prefixes: bool
    hypervisor: str
    max_pods_before: int
    max_pods: int
    capacity: int
    held_before: int
    held: int

    @property
    def needs_new_nodes(self) -> bool:
        """Whether max pods changes, which the kubelet reads when it starts."""
        return self.max_pods != self.max_pods_before

    @property
    def overflows(self) -> bool:
        """Whether nodes as they run now have slots for more pods than addresses afterwards."""
        return self.max_pods_before - HOST_NETWORK_PODS > self.capacity


@dataclass(frozen=True)
class Reserved:
    """A CIDR reservation of the scenario."""

    subnet: str
    cidr: str
    type: str


@dataclass(frozen=True)
class Change:
    """From the settings that hold now to those that are to hold.

    Attributes:
        name: the scenario's.
        cluster: the cluster's name; empty if it is not known.
        before: the settings now.
        is_before_known: whether the scenario says them; if not they are the shipped manifest's.
        after: the settings that are to hold on all nodes.
        groups: the node groups.
        apart: what the scenario gives single groups besides; no DaemonSet can do that.
        reservations: CIDR reservations that are part of the scenario.
        tagged: subnets with a tag kubernetes.io/role/cni, and its value.
        from_what: in words, what holds now; empty for what `is_before_known` says.
    """

    name: str
    cluster: str
    before: Ipamd
    is_before_known: bool
    after: Ipamd
    groups: tuple[GroupChange, ...]
    apart: Mapping[str, Mapping[str, Any]]
    reservations: tuple[Reserved, ...] = ()
    tagged: Mapping[str, str] | None = None
    from_what: str = ""

    @property
    def variables(self) -> Environment:
        """What to set and what to unset."""
        return environment(self.after, self.before)

    @property
    def changes_mode(self) -> bool:
        """Whether nodes go from secondary IPs to prefixes or back."""
        return self.before.ENABLE_PREFIX_DELEGATION is not self.after.ENABLE_PREFIX_DELEGATION

    @property
    def needs_new_nodes(self) -> bool:
        """Whether part of it only comes with new nodes."""
        return self.changes_mode or any(one.needs_new_nodes for one in self.groups)

    @property
    def differences(self) -> dict[str, tuple[str, str]]:
        """(before, after) of each variable that changes."""
        return differences(self.before, self.after)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        data = asdict(self)
        return data | {"before": self.before.model_dump(), "after": self.after.model_dump()}

    @classmethod
    def from_dict(cls, data: Any) -> Change:
        """What `to_dict` gave.

        Raises:
            pydantic.ValidationError: it is something else.
        """
        return TypeAdapter(cls).validate_json(json.dumps(data), strict=True)


def change_to(model: ScenarioModel, after: Mapping[str, Any]) -> Change:
    """From a scenario's settings to those with these values on all of its nodes.

    Args:
        model: the scenario that says what holds now.
        after: variables by name, such as those of a recommendation.
    """
    target = model.ipamd.model_copy(update=dict(after))
    return _change(model, model, _common(model), target)


def change_between(old: ScenarioModel, new: ScenarioModel, from_what: str = "") -> Change:
    """From a scenario's settings to those of another with the same node groups."""
    found = _change(old, new, _common(old), _common(new))
    return replace(found, from_what=from_what, groups=_with_prefix_slots(found, new))


def change_from_manifest(model: ScenarioModel) -> Change:
    """From the shipped manifest's settings to a scenario's."""
    found = _change(None, model, Ipamd(), _common(model))
    return replace(found, groups=_with_prefix_slots(found, model))


def after_its_change(model: ScenarioModel) -> ScenarioModel:
    """A scenario with the settings that hold once all that its ``change:`` lists is rolled out."""
    if not model.change:
        return model
    settings = model.ipamd
    for one in model.change:
        settings = settings if one.node_groups else settings.merged(one.ipamd)
    groups = [
        group.model_copy(update={"ipamd": [*model.settings_over_time(group.name)][-1][1]})
        for group in model.cluster.node_groups
    ]
    cluster = model.cluster.model_copy(update={"node_groups": groups})
    return model.model_copy(update={"ipamd": settings, "cluster": cluster, "change": []})


def _with_prefix_slots(change: Change, model: ScenarioModel) -> tuple[GroupChange, ...]:
    """Groups of a change to prefixes: a number of max pods below what those give is raised to it.

    Such a number comes from secondary IPs. A recommendation is different: its figures are those of
    the scenario's number.
    """
    if not (change.changes_mode and change.after.ENABLE_PREFIX_DELEGATION):
        return change.groups
    specs = {one.name: one for one in model.cluster.node_groups}
    return tuple(
        replace(one, max_pods=max(one.max_pods, _of_prefixes(specs[one.name], change.after)))
        if one.holds_prefixes and isinstance(specs[one.name].max_pods, int)
        else one
        for one in change.groups
    )


def _of_prefixes(group: NodeGroup, after: Ipamd) -> int:
    """What the calculator gives for prefix mode."""
    return recommended(
        of_group(group),
        prefix_delegation=True,
        custom_networking=after.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG,
        max_eni=after.MAX_ENI,
    )


def _common(model: ScenarioModel) -> Ipamd:
    """The settings of all groups if they are the same, else the scenario's own."""
    found = [given for _, given in model.group_settings()]
    return found[0] if all(one == found[0] for one in found) else model.ipamd


def _apart(model: ScenarioModel, target: Ipamd) -> dict[str, dict[str, Any]]:
    wanted = target.model_dump()
    given = {name: settings.model_dump() for name, settings in model.group_settings()}
    found = {
        name: {key: value for key, value in values.items() if value != wanted[key]}
        for name, values in given.items()
    }
    return {name: values for name, values in found.items() if values}


def _change(old: ScenarioModel | None, new: ScenarioModel, before: Ipamd, after: Ipamd) -> Change:
    """Between two scenarios; without an old one, from the manifest's settings on the same nodes."""
    subnets = new.cluster.subnets
    now = dict(old.group_settings()) if old else {}
    specs = {one.name: one for one in (old or new).cluster.node_groups}
    return Change(
        name=new.name or "scenario",
        cluster=getattr(new.cluster, "name", "") or "",
        before=before,
        is_before_known=old is not None,
        after=after,
        groups=tuple(
            _group(specs[one.name], one, now.get(one.name, before), after)
            for one in new.cluster.node_groups
        ),
        apart={} if old is new else _apart(new, after),
        reservations=tuple(
            Reserved(subnet.name, str(one.cidr), one.type)
            for subnet in subnets
            for one in subnet.reservations
        ),
        tagged={one.name: one.tags[ROLE_TAG] for one in subnets if ROLE_TAG in one.tags},
    )


def _group(old: NodeGroup, new: NodeGroup, before: Ipamd, after: Ipamd) -> GroupChange:
    instance_type = of_group(new)
    return GroupChange(
        name=new.name,
        type=new.instance_type,
        nodes=max((step.nodes for step in new.nodes), default=0),
        holds_prefixes=instance_type.prefix_delegation,
        hypervisor=instance_type.hypervisor,
        max_pods_before=max_pods(old, before),
        max_pods=launched_with(new, after),
        capacity=address_capacity(instance_type, after, new.unmanaged_enis),
        held_before=pool_of(old, before).held,
        held=pool_of(new, after).held,
    )


def launched_with(group: NodeGroup, after: Ipamd) -> int:
    """Max pods that a group's nodes are to be launched with.

    What the scenario says; where it leaves that to the AMI, which knows no prefixes, what the
    calculator gives for prefix mode.
    """
    instance_type = of_group(group)
    if group.max_pods != "auto" or not after.ENABLE_PREFIX_DELEGATION:
        return max_pods(group, after)
    if not instance_type.prefix_delegation:
        return max_pods(group, after)
    return _of_prefixes(group, after)
