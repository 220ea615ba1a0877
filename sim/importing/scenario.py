"""From a snapshot of a cluster to a scenario, with what was understood, guessed and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.aws.instance_types import of_group
from sim.scenario.cluster import NodeGroup
from sim.scenario.cni_versions import KNOWN, MODELLED
from sim.scenario.errors import InputError, Problem
from sim.scenario.ipamd import Ipamd

from .churn.notes import Notes
from .groups import Group, groups_of, machine, why_not
from .holding import held_by_subnet
from .read import read
from .settings import Settings, main_and_others, settings_of
from .snapshot import Node, Snapshot
from .space import Space, others_by_count, others_by_interfaces, space_of, subnet_data
from .text import as_yaml
from .wording import listed, number_of, some
from .workloads import Fit, daemon_sets, describe, workloads

DURATION, WARM_UP = "1h", "10m"
_BRANCHES = "ENABLE_POD_ENI"
_CUSTOM = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")


@dataclass(frozen=True)
class Imported:
    """A scenario made of a cluster's files.

    Attributes:
        data: the scenario.
        notes: what was understood, guessed and left out.
        text: the scenario as YAML, with the notes at its head.
    """

    data: dict[str, Any]
    notes: Notes
    text: str


def import_files(
    paths: Iterable[str | Path], limits: Mapping[str, tuple[int, int]] | None = None
) -> Imported:
    """The scenario of a cluster at the moment at which its files were written.

    Args:
        paths: files of ``kubectl get -o json`` and of the AWS CLI, in any order.
        limits: ENIs and addresses of an ENI, of instance types that the shipped table does not
            have.

    Raises:
        InputError: with what is wrong in the files, each with its file and place.
    """
    return from_snapshot(read(Path(path) for path in paths), limits or {})


def from_snapshot(snapshot: Snapshot, limits: Mapping[str, tuple[int, int]]) -> Imported:
    """The scenario of a snapshot.

    Raises:
        InputError: it has no nodes that can be simulated, or too little is known of them.
    """
    notes = Notes()
    nodes, left_out = _simulated(snapshot, notes)
    space = space_of(nodes, snapshot, notes)
    names = {node: space.names[subnet] for node, subnet in space.subnet_of.items()}
    groups = groups_of(nodes, names)
    _say_groups(groups, notes)
    fit = Fit(groups)
    settings, of_groups = _settings(snapshot, fit, notes)
    branches = bool(settings.values.get(_BRANCHES))
    made = workloads(snapshot, fit, left_out, notes, branches=branches)
    if not made:
        message = "no pod in the files takes an address: a scenario needs a workload"
        raise InputError([Problem(message, listed(snapshot.files), remedy="export the pods too")])
    daemons = daemon_sets(snapshot, fit, notes)
    group_data = [
        _group(group, limits, daemons.get(group.name), of_groups.get(group.name))
        for group in groups
    ]
    others = _others(snapshot, space, groups, group_data, settings, notes)
    configs = _eni_configs(snapshot, space, settings, notes)
    notes.understood.insert(1, describe(made))
    _say_the_rest(snapshot, notes)
    data = {
        "name": _cluster_name(snapshot) or "imported",
        "description": f"A cluster as {listed(sorted(snapshot.files))} have it, held still.",
        "duration": DURATION,
        "warm_up": WARM_UP,
        "origin": {"kind": "snapshot", "files": sorted(snapshot.files), "churn": "unknown"},
        **_version(settings, notes),
        "cluster": {
            **({"name": name} if (name := _cluster_name(snapshot)) else {}),
            "subnets": subnet_data(space, others, snapshot),
            **({"eni_configs": configs} if configs else {}),
            "node_groups": group_data,
        },
        "ipamd": settings.values,
        "workload": made,
    }
    return Imported(data, notes, as_yaml(data, notes, settings.unknown))


# -------------------------------------------------------------------------- nodes


def _simulated(snapshot: Snapshot, notes: Notes) -> tuple[list[Node], set[str]]:
    """Nodes that are simulated, and the names of those that are not."""
    left: dict[str, list[str]] = {}
    nodes = []
    for _, node in sorted(snapshot.nodes.items()):
        if reason := why_not(node):
            left.setdefault(reason, []).append(node.name)
        else:
            nodes.append(node)
    for reason, names in sorted(left.items()):
        notes.left_out.append(f"{reason}: {len(names):,}, {some(names, 3)}")
    for what, held in (("node", nodes), ("subnet", list(snapshot.subnets))):
        if not held:
            remedy = _HOW[what]
            message = f"the files have no {what} that can be simulated"
            raise InputError([Problem(message, listed(snapshot.files), remedy=remedy)])
    cordoned = sum(node.cordoned for node in nodes)
    if cordoned:
        notes.guessed.append(f"{number_of(cordoned, 'node')} cordoned: taken as the others")
    return nodes, {name for names in left.values() for name in names}


_HOW = {
    "node": "add kubectl get nodes,pods,daemonsets,replicasets -A -o json; "
    "a history of pods is for ipamd-sim import churn",
    "subnet": "add aws ec2 describe-subnets",
}


def _say_groups(groups: Sequence[Group], notes: Notes) -> None:
    nodes = sum(len(group.nodes) for group in groups)
    makers = Counter(group.maker for group in groups)
    what = listed([f"{count} from {maker}" for maker, count in sorted(makers.items()) if maker])
    message = f"{number_of(nodes, 'node')} in {number_of(len(groups), 'group')}"
    notes.understood.append(f"{message}{f': {what}' if what else ''}")
    if unlabelled := sum(len(group.nodes) for group in groups if not group.maker):
        message = f"{number_of(unlabelled, 'node')} without a label of a group"
        notes.guessed.append(f"{message}: put together by instance type")
    notes.guessed.append(
        f"duration {DURATION} and warm_up {WARM_UP}: a snapshot has no times; all nodes are "
        "launched at the start, and the scheduler places the pods anew"
    )


def _group(
    group: Group,
    limits: Mapping[str, tuple[int, int]],
    daemons: list[dict[str, Any]] | None,
    settings: Settings | None,
) -> dict[str, Any]:
    data = {
        "name": group.name,
        **machine(group, limits),
        "subnets": list(group.subnets),
        "nodes": len(group.nodes),
    }
    if settings is not None:
        data["ipamd"] = settings.values
    if daemons is not None:
        data["daemonsets"] = daemons
    return data


# ----------------------------------------------------------------------- settings


def _settings(snapshot: Snapshot, fit: Fit, notes: Notes) -> tuple[Settings, dict[str, Settings]]:
    """The settings of all groups, and those of groups with an aws-node of their own."""
    main, others = main_and_others(snapshot.daemon_sets)
    if main is None:
        notes.guessed.append("settings of ipamd: no DaemonSet aws-node in the files; its defaults")
        return Settings(), {}
    settings = settings_of(main, snapshot)
    _say_settings(str(main.owner), settings, notes)
    of_groups: dict[str, Settings] = {}
    for one in others:
        own = settings_of(one, snapshot)
        groups = fit.groups_for(one.selection)
        _say_settings(f"{one.owner} on {some([g.name for g in groups])}", own, notes)
        of_groups |= {group.name: own for group in groups}
        settings.unknown += [f"{text}  ({one.owner})" for text in own.unknown]
    return settings, of_groups


def _version(settings: Settings, notes: Notes) -> dict[str, str]:
    """The VPC CNI's version, if it is known and not the one that is modelled anyway."""
    if settings.version in ("", MODELLED):
        return {}
    if settings.version in KNOWN:
        return {"cni_version": settings.version}
    message = f"aws-node has version {settings.version}, of which nothing is known"
    notes.guessed.append(f"{message}: taken as v{MODELLED}")
    return {}


def _say_settings(who: str, settings: Settings, notes: Notes) -> None:
    values = [f"{name}={_shell(value)}" for name, value in settings.values.items()]
    version = f" {settings.version}" if settings.version else ""
    notes.understood.append(f"{who}{version}: {', '.join(values) or 'all defaults'}")
    notes.guessed += settings.guessed
    notes.left_out += settings.left_out
    if settings.unknown:
        names = [text.partition(":")[0] for text in settings.unknown]
        notes.left_out.append(f"unknown variables of {who}, kept as comments: {some(names)}")


def _shell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cluster_name(snapshot: Snapshot) -> str:
    main, _ = main_and_others(snapshot.daemon_sets)
    settings = main.settings if main is not None and main.settings else ()
    return next((one.value for one in settings if one.name == "CLUSTER_NAME"), "")


# ------------------------------------------------------------------------ subnets


def _others(
    snapshot: Snapshot,
    space: Space,
    groups: Sequence[Group],
    group_data: Sequence[dict[str, Any]],
    settings: Settings,
    notes: Notes,
) -> dict[str, dict[str, Any]]:
    nodes = [node for group in groups for node in group.nodes]
    if snapshot.interfaces is not None:
        branches = bool(settings.values.get(_BRANCHES))
        return others_by_interfaces(space, nodes, snapshot, notes, branches=branches)
    pods: Counter[str] = Counter()
    for pod, count in snapshot.pods.items():
        pods[pod.node] += 0 if pod.host_network else count
    everywhere = Ipamd.model_validate(settings.values)
    reckoned = []
    for group, data in zip(groups, group_data, strict=True):
        model = NodeGroup.model_validate(data)
        own = everywhere.merged(model.ipamd)
        reckoned += [(node, of_group(model), own) for node in group.nodes]
    held = held_by_subnet(reckoned, pods, space.subnet_of)
    return others_by_count(space, held, notes)


def _eni_configs(
    snapshot: Snapshot, space: Space, settings: Settings, notes: Notes
) -> list[dict[str, str]]:
    """The ENIConfigs in whose zones' subnets pods take their addresses."""
    if not settings.values.get(_CUSTOM):
        return []
    found = []
    for name, one in sorted(snapshot.eni_configs.items()):
        if one.subnet not in space.names:
            notes.left_out.append(f"ENIConfig {name}: its subnet {one.subnet} is not in the files")
            continue
        zone = snapshot.subnets[one.subnet].zone
        found.append({"name": name, "zone": zone, "subnet": space.names[one.subnet]})
    if not found:
        del settings.values[_CUSTOM]
        message = "custom networking: the files have no ENIConfig"
        notes.left_out.append(f"{message} (add kubectl get eniconfigs -o json)")
    return found


# ----------------------------------------------------------------------- the rest


def _say_the_rest(snapshot: Snapshot, notes: Notes) -> None:
    counts = {
        "pods that had ended": snapshot.ended,
        "pods that were being deleted": snapshot.going,
    }
    notes.left_out += [f"{what}: {count:,}" for what, count in counts.items() if count]
    if events := snapshot.not_needed.pop("Event", 0):
        notes.left_out.append(f"{number_of(events, 'event')}: they are for ipamd-sim import churn")
    if snapshot.not_needed:
        kinds = [f"{count:,} {kind}" for kind, count in sorted(snapshot.not_needed.items())]
        notes.left_out.append(f"objects that a scenario has no place for: {listed(kinds)}")
    if snapshot.repeated:
        message = f"{number_of(snapshot.repeated, 'thing')} more than once in the files"
        notes.guessed.append(f"{message}: the first of each counts")
    notes.guessed.append(
        "churn: a snapshot does not tell how pods come and go; recommend asks for a history "
        "(ipamd-sim import churn) or an assumption"
    )
