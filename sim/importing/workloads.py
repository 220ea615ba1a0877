"""Workloads and DaemonSets of a scenario from pods and their controllers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.units import format_duration

from .churn.notes import Notes
from .groups import Group
from .names import workload_name
from .selection import Selection
from .snapshot import Asked, CronJob, Node, Owner, Pod, Snapshot
from .wording import listed, number_of

_MIB = 2**20
_OF_CRON_JOB = re.compile(r"(.+)-[0-9]{8}")
_KEPT = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
"""Controllers that replace a pod which ends."""


@dataclass
class Fit:
    """Which groups pods may run on, asked once for each node selection."""

    groups: Sequence[Group]
    _known: dict[Selection, tuple[Group, ...]] = field(default_factory=dict)

    def groups_for(self, selection: Selection) -> tuple[Group, ...]:
        """The groups of which at least one node takes a pod with this selection."""
        if selection not in self._known:
            fitting = (one for one in self.groups if any(map(_takes(selection), one.nodes)))
            self._known[selection] = tuple(fitting)
        return self._known[selection]

    def share(self, selection: Selection, group: Group) -> tuple[int, int]:
        """How many of a group's nodes take such a pod, and how many there are."""
        return sum(map(_takes(selection), group.nodes)), len(group.nodes)


def _takes(selection: Selection) -> Callable[[Node], bool]:
    def takes(node: Node) -> bool:
        return selection.allows(node.name, node.labels, node.taints)

    return takes


def requests(asked: Asked) -> dict[str, str]:
    """Requests as a scenario has them, without those of nothing."""
    mebibytes = -(-asked.memory // _MIB)
    memory = f"{mebibytes}Mi" if mebibytes % 1024 else f"{mebibytes // 1024}Gi"
    given = {"cpu": f"{asked.cpu}m", "memory": memory}
    return {key: value for key, value in given.items() if value not in ("0m", "0Gi")}


def workloads(
    snapshot: Snapshot, fit: Fit, left_out_nodes: set[str], notes: Notes, *, branches: bool = False
) -> list[dict[str, Any]]:
    """The workloads of a scenario, by their names.

    Args:
        snapshot: the cluster.
        fit: over the scenario's groups.
        left_out_nodes: names of nodes that are not simulated.
        notes: take what was guessed and left out.
        branches: whether pods may have branch ENIs.
    """
    by_owner = _by_owner(snapshot, left_out_nodes, notes)
    scheduled = _scheduled(snapshot, set(by_owner), notes)
    selections = list(snapshot.selections)
    made = [
        (owner, _kept(pods, notes, owner, branches), selections[_common(pods).selection], pods)
        for owner, pods in sorted(by_owner.items())
        if owner not in scheduled
    ]
    made += [
        (owner, _cron(cron_job, times), selections[cron_job.selection], Counter[Pod]())
        for owner, (cron_job, times) in sorted(scheduled.items())
    ]
    placed = list(_placed(made, fit, notes))
    _say_what_is_held(by_owner, scheduled, notes)
    return sorted(placed, key=lambda one: str(one["name"]))


# ----------------------------------------------------------------- pods to owners


def _by_owner(
    snapshot: Snapshot, left_out_nodes: set[str], notes: Notes
) -> dict[Owner, Counter[Pod]]:
    """Pods that take addresses of simulated nodes, by what they belong to in the end."""
    found: dict[Owner, Counter[Pod]] = defaultdict(Counter)
    left: Counter[str] = Counter()
    guessed: set[str] = set()
    for pod, count in snapshot.pods.items():
        if pod.owner.kind == "DaemonSet":
            continue
        if pod.fargate:
            left["pods on Fargate"] += count
        elif pod.node in left_out_nodes:
            left["pods on nodes that are left out"] += count
        elif pod.host_network:
            owner = _top(pod, snapshot, guessed)
            left[f"pods of {owner} (they use their nodes' addresses)"] += count
        else:
            found[_top(pod, snapshot, guessed)][pod] += count
    notes.left_out += [f"{what}: {count:,}" for what, count in sorted(left.items())]
    notes.guessed += [f"{what}: by the names of its pods' owners" for what in sorted(guessed)]
    return found


def _top(pod: Pod, snapshot: Snapshot, guessed: set[str]) -> Owner:
    """What a pod belongs to in the end; if a link is not in the files, by its name."""
    owner = snapshot.top_owner(pod.owner)
    if owner.kind == "ReplicaSet" and pod.template and owner.name.endswith(f"-{pod.template}"):
        owner = Owner(owner.namespace, "Deployment", owner.name.removesuffix(f"-{pod.template}"))
        guessed.add(str(owner))
    if owner.kind == "Job" and (match := _OF_CRON_JOB.fullmatch(owner.name)):
        owner = Owner(owner.namespace, "CronJob", match[1])
        guessed.add(str(owner))
    return owner


def _common(pods: Counter[Pod]) -> Pod:
    """The pod of which there are the most alike; of several, the one that asks for the most."""
    counts: Counter[Pod] = Counter()
    for pod, count in pods.items():
        counts[pod._replace(node="", template="", owner=_NOBODY)] += count
    return max(counts, key=lambda pod: (counts[pod], pod.asked, -pod.selection))


_NOBODY = Owner("", "", "")


def _kept(pods: Counter[Pod], notes: Notes, owner: Owner, branches: bool) -> dict[str, Any]:
    """Pods that stay as many as they are."""
    usual = _common(pods)
    if others := sum(count for pod, count in pods.items() if pod.asked != usual.asked):
        alike = f"{others} of {number_of(pods.total(), 'pod')} of {owner} request something else"
        notes.guessed.append(f"{alike} than the others: taken as those do")
    data: dict[str, Any] = {"kind": "deployment", "replicas": pods.total()}
    if given := requests(usual.asked):
        data["requests"] = given
    if usual.security_groups and branches:
        data["security_groups"] = True
    elif usual.security_groups:
        notes.guessed.append(f"{owner} asks for branch ENIs, and ENABLE_POD_ENI is off: not so")
    return data


def _say_what_is_held(
    by_owner: dict[Owner, Counter[Pod]], scheduled: dict[Owner, Any], notes: Notes
) -> None:
    held: Counter[str] = Counter()
    for owner, pods in by_owner.items():
        if owner.kind not in _KEPT and owner not in scheduled:
            held[owner.kind] += pods.total()
    for kind, count in sorted(held.items()):
        what = "without a controller" if kind == "Pod" else f"of the kind {kind}"
        message = f"{number_of(count, 'pod')} {what}"
        notes.guessed.append(f"{message}: kept for the whole run, as if none of them ended")
    pending = sum(
        count for pods in by_owner.values() for pod, count in pods.items() if not pod.node
    )
    if pending:
        notes.guessed.append(f"{number_of(pending, 'pod')} had no node yet: taken as the others")
    spread = sum(any(pod.spread for pod in pods) for pods in by_owner.values())
    if spread:
        rules = "rules on other pods and on spreading over zones"
        notes.left_out.append(f"{rules}, of {number_of(spread, 'workload')}")


# --------------------------------------------------------------------- CronJobs


def _scheduled(
    snapshot: Snapshot, running: set[Owner], notes: Notes
) -> dict[Owner, tuple[CronJob, list[int]]]:
    """CronJobs of which schedule and run times are in the files, with those run times."""
    times: dict[Owner, list[int]] = defaultdict(list)
    for owner, seconds in snapshot.run_times_s.items():
        times[snapshot.top_owner(owner)] += seconds
    found = {}
    for owner, one in sorted(snapshot.cron_jobs.items()):
        if one.suspended:
            notes.left_out.append(f"{owner}: it is suspended")
        elif times[owner]:
            found[owner] = (one, sorted(times[owner]))
        else:
            held = "its pods of the moment are kept" if owner in running else "it is left out"
            message = f"{owner}: none of its pods has ended, so how long they run is not known"
            notes.left_out.append(f"{message}; {held}")
        if one.time_zone and owner in found:
            notes.guessed.append(f"{owner}: its schedule, of {one.time_zone}, is taken as of UTC")
    if found:
        count = number_of(len(found), "CronJob")
        notes.guessed.append(f"{count}: run times are those of their ended pods in the files")
    return found


def _cron(one: CronJob, seconds: list[int]) -> dict[str, Any]:
    values = [format_duration(1000 * second) for second in seconds]
    data: dict[str, Any] = {
        "kind": "cronjob",
        "schedule": one.schedule,
        "lifetime": values[0] if len(set(values)) == 1 else {"empirical": {"values": values}},
        "completions": one.completions,
        "parallelism": one.parallelism,
        "concurrencyPolicy": one.policy,
    }
    if one.deadline_s is not None:
        data["activeDeadlineSeconds"] = one.deadline_s
    if given := requests(one.asked):
        data["requests"] = given
    usual = {"completions": 1, "parallelism": 1, "concurrencyPolicy": "Allow"}
    return {key: value for key, value in data.items() if usual.get(key) != value}


# ------------------------------------------------------------------- where and who


def _placed(
    made: Iterable[tuple[Owner, dict[str, Any], Selection, Counter[Pod]]], fit: Fit, notes: Notes
) -> Iterator[dict[str, Any]]:
    """The workloads with their names, and with their groups if those are not all."""
    taken: set[str] = set()
    for owner, data, selection, pods in made:
        groups = fit.groups_for(selection)
        if not groups:
            count = f" ({number_of(pods.total(), 'pod')})" if pods else ""
            notes.left_out.append(f"{owner}{count}: no node group here takes it")
            continue
        name = workload_name(owner.namespace, owner.name)
        if name in taken:
            name = workload_name(owner.namespace, f"{owner.name}-{owner.kind.lower()}")
        taken.add(name)
        where = {} if len(groups) == len(fit.groups) else {"node_groups": [g.name for g in groups]}
        yield {"kind": data.pop("kind"), "name": name, **data, **where}


# -------------------------------------------------------------------- DaemonSets


def daemon_sets(snapshot: Snapshot, fit: Fit, notes: Notes) -> dict[str, list[dict[str, Any]]]:
    """The DaemonSets of each group by the group's name; nothing if the files have none."""
    placed: dict[str, list[dict[str, Any]]] = {group.name: [] for group in fit.groups}
    known = sorted(snapshot.daemon_sets.items())
    seen = _seen_on_groups(snapshot, fit)
    names = Counter(owner.name for owner in {*snapshot.daemon_sets, *seen})
    for owner, one in known:
        data = _daemon_set(owner, names, host_network=one.host_network, asked=one.asked)
        for group in fit.groups_for(one.selection):
            takes, nodes = fit.share(one.selection, group)
            if takes < nodes:
                message = f"{owner} fits {takes} of {nodes} nodes of {group.name}: taken as on all"
                notes.guessed.append(message)
            placed[group.name].append(data)
    for owner, pods in sorted(seen.items()):
        if owner not in snapshot.daemon_sets:
            usual = _common(pods)
            data = _daemon_set(owner, names, host_network=usual.host_network, asked=usual.asked)
            notes.guessed.append(f"{owner}: by its pods, since the files do not have it itself")
            on = {pod.node for pod in pods}
            for group in fit.groups:
                if any(node.name in on for node in group.nodes):
                    placed[group.name].append(data)
    if not any(placed.values()):
        notes.guessed.append("DaemonSets: the files have none; aws-node and kube-proxy are assumed")
        return {}
    return placed


def _seen_on_groups(snapshot: Snapshot, fit: Fit) -> dict[Owner, Counter[Pod]]:
    nodes = {node.name for group in fit.groups for node in group.nodes}
    found: dict[Owner, Counter[Pod]] = defaultdict(Counter)
    for pod, count in snapshot.pods.items():
        if pod.owner.kind == "DaemonSet" and pod.node in nodes:
            found[pod.owner][pod] += count
    return found


def _daemon_set(
    owner: Owner, names: Counter[str], *, host_network: bool, asked: Asked
) -> dict[str, Any]:
    is_alone = names[owner.name] == 1
    name = owner.name if is_alone else workload_name(owner.namespace, owner.name)
    data: dict[str, Any] = {"name": name}
    if host_network:
        data["hostNetwork"] = True
    if given := requests(asked):
        data["requests"] = given
    return data


def describe(made: Iterable[dict[str, Any]]) -> str:
    """How many workloads and pods there are."""
    every = list(made)
    kept = [one for one in every if one["kind"] == "deployment"]
    crons = len(every) - len(kept)
    parts = [
        f"{number_of(sum(one['replicas'] for one in kept), 'pod')} that need an address, of "
        f"{number_of(len(kept), 'controller')}"
    ]
    if crons:
        parts.append(number_of(crons, "CronJob"))
    return listed(parts)
