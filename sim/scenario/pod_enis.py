"""What is wrong with ENIs that ipamd does not make: trunk, branch and unmanaged ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .cni_versions import SUBNET_DISCOVERY, has
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel


def pod_eni_errors(model: ScenarioModel) -> Iterator[Complaint]:
    """Branch ENIs without a trunk, more ENIs than slots, and variables a version does not read."""
    yield from _too_many_enis(model)
    yield from _branch_errors(model)
    is_given = "ENABLE_SUBNET_DISCOVERY" in model.ipamd.model_fields_set
    if is_given and model.ipamd.ENABLE_SUBNET_DISCOVERY and not has(SUBNET_DISCOVERY, model.cni):
        message = f"is not read by v{model.cni_version.removeprefix('v')}"
        remedy = "leave it out, or take a version from v1.18.0 on"
        yield Complaint(("ipamd", "ENABLE_SUBNET_DISCOVERY"), message, remedy)


def _too_many_enis(model: ScenarioModel) -> Iterator[Complaint]:
    from ..aws.instance_types import of_group

    for index, group in enumerate(model.cluster.node_groups):
        own = group.unmanaged_enis + group.efa_enis
        try:
            slots = of_group(group).max_enis if own else 1
        except KeyError:  # reported by itself
            continue
        if own and own >= slots:
            key = "unmanaged_enis" if group.unmanaged_enis else "efa_enis"
            message = f"{own} ENIs and the primary, but {group.instance_type} has {slots} in all"
            path = ("cluster", "node_groups", index, key)
            yield Complaint(path, message, f"give at most {slots - 1}")


def _branch_errors(model: ScenarioModel) -> Iterator[Complaint]:
    settings = dict(model.group_settings())
    for index, workload in enumerate(model.workload):
        if not workload.security_groups:
            continue
        names = workload.node_groups or list(settings)
        path = ("workload", index, "security_groups")
        if not any(_asks_for_trunk(model, name, settings) for name in names):
            message = "no node that its pods may run on has ENABLE_POD_ENI"
            yield Complaint(path, message, "set ENABLE_POD_ENI: true under ipamd")
        elif not any(_branch_enis(model, names)):
            message = "no instance type that its pods may run on can have a trunk ENI"
            remedy = "take a type that can, such as m5.large; t2 and t3 cannot"
            yield Complaint(path, message, remedy)


def _asks_for_trunk(model: ScenarioModel, name: str, settings: dict[str, Ipamd]) -> bool:
    later = (one.ipamd.ENABLE_POD_ENI for one in model.change)
    return (name in settings and settings[name].ENABLE_POD_ENI) or any(later)


def _branch_enis(model: ScenarioModel, names: Sequence[str]) -> Iterator[int]:
    from ..aws.instance_types import of_group

    for group in model.cluster.node_groups:
        if group.name in names:
            try:
                yield of_group(group).branch_enis
            except KeyError:
                yield 1  # reported by itself
