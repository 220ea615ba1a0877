"""What is wrong, or doubtful, with changes of aws-node on a live cluster."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import Path, did_you_mean
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel

FOR_LIFE = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "custom networking",
    "ENABLE_IPv6": "the address family",
    "ENABLE_IPv4": "the address family",
}
"""Variables that only new nodes heed: upstream asks for new ones (ipamd.go nodeInit, README)."""


def change_errors(model: ScenarioModel) -> Iterator[Complaint]:
    """Node groups that are not there, and settings that a node keeps for life."""
    groups = [group.name for group in model.cluster.node_groups]
    for index, change in enumerate(model.change):
        path: Path = ("change", index)
        for place, name in enumerate(change.node_groups or []):
            if name not in groups:
                message = f"there is no node group {name}"
                yield Complaint((*path, "node_groups", place), message, did_you_mean(name, groups))
        for name, what in FOR_LIFE.items():
            if name in change.ipamd.model_fields_set and _differs(model, change.ipamd, name):
                message = f"{what} of a node stays what it was at its launch"
                yield Complaint((*path, "ipamd", name), message, "replace the nodes instead")


def _differs(model: ScenarioModel, changed: Ipamd, name: str) -> bool:
    value = getattr(changed, name)
    return any(getattr(settings, name) != value for _, settings in model.group_settings())


def change_doubts(model: ScenarioModel) -> Iterator[Complaint]:
    """Settings with which aws-node does not start at all."""
    from ..kube.daemon_settings import is_refused

    current = dict(model.group_settings())
    for index, change in enumerate(model.change):
        for name in change.node_groups or list(current):
            before, after = current[name], current[name].merged(change.ipamd)
            current[name] = after
            if is_refused(after) and not is_refused(before):
                message = (
                    "aws-node ends at its start with prefixes, WARM_PREFIX_TARGET=0 and no IP "
                    "target (validateEnvVars): the rollout comes to no end"
                )
                yield Complaint(("change", index, "ipamd"), message, "set one of the targets")
                break
