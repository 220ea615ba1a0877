"""What a scenario asks for that can never fit, with the numbers.

The numbers are bounds that no run can beat: the most nodes there ever are, with every address
that they can hold, against the most pods that are wanted at one instant. Pods of traces and of
Poisson workloads are left out, since how many there are at once is for a run to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .checks import AWS_RESERVED, GROUPS, SUBNETS, room_for_singles
from .cluster import NodeGroup
from .errors import Path
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel
from .workload import CronJob, Deployment, Job, Pattern, Workload

_MOST_SELECTIONS = 100
_MANY_CORES = 10
"""So many cores that no machine has may be millicores."""

MOST_NODES = 100_000
"""Of a group whose autoscaler has no limit."""


@dataclass(frozen=True)
class Group:
    """A node group, and what each of its nodes has.

    Attributes:
        path: Where it stands in the scenario.
        name: Its name.
        type: Its instance type.
        nodes: The most nodes it has at once.
        max_pods: Pod slots of a node.
        capacity: Addresses for pods that a node can ever hold.
        on_host: DaemonSet pods of a node that use its own address.
        daemons: DaemonSet pods of a node that need one each.
        slots: Slots that DaemonSets leave.
        addresses: Addresses that DaemonSets leave.
        cores: Millicores of its machine.
        cpu: Millicores that reservations and DaemonSets leave.
        memory: MiB that they leave.
    """

    path: Path
    name: str
    type: str
    nodes: int
    max_pods: int
    capacity: int
    on_host: int
    daemons: int
    slots: int
    addresses: int
    cores: int
    cpu: int
    memory: int


def groups(model: ScenarioModel) -> list[Group]:
    """The node groups of a scenario without errors."""
    settings = [settings for _, settings in model.group_settings()]
    specs = zip(model.cluster.node_groups, settings, strict=True)
    return [
        _group((*GROUPS, index), spec, given, model) for index, (spec, given) in enumerate(specs)
    ]


def _group(path: Path, spec: NodeGroup, settings: Ipamd, model: ScenarioModel) -> Group:
    from ..aws.instance_types import of_group
    from ..kube.max_pods import address_capacity, kube_reserved, max_pods

    instance_type = of_group(spec)
    pods = max_pods(spec, settings)
    cpu, memory = kube_reserved(instance_type, pods)
    if spec.reserved is not None:
        cpu, memory = spec.reserved.cpu, spec.reserved.memory
    cores = 1000 * (instance_type.vcpus or 0)
    requests = [daemonset.requests for daemonset in spec.daemonsets]
    on_host = sum(daemonset.hostNetwork for daemonset in spec.daemonsets)
    takes_addresses = model.pods_take_vpc_addresses(settings)
    capacity = address_capacity(instance_type, settings, spec.unmanaged_enis)
    capacity += instance_type.branch_enis if settings.ENABLE_POD_ENI else 0
    capacity = capacity if takes_addresses else pods
    return Group(
        path=path,
        name=spec.name,
        type=spec.instance_type,
        nodes=_most_nodes(spec, model),
        max_pods=pods,
        capacity=capacity,
        on_host=on_host,
        daemons=len(requests) - on_host,
        slots=max(pods - len(requests), 0),
        addresses=max(capacity - len(requests) + on_host, 0),
        cores=cores,
        cpu=max(cores - cpu - sum(r.cpu for r in requests), 0),
        memory=max((instance_type.memory_mib or 0) - memory - sum(r.memory for r in requests), 0),
    )


def _most_nodes(spec: NodeGroup, model: ScenarioModel) -> int:
    """The most nodes a group has at once; an autoscaler gives it as many as it may."""
    if any(spec.name in one.node_groups for one in model.cluster.autoscalers):
        return MOST_NODES if spec.max_nodes is None else spec.max_nodes
    duration = model.duration
    return max((s.nodes for s in spec.nodes if duration is None or s.at < duration), default=0)


def misfits(model: ScenarioModel) -> Iterator[Complaint]:
    """Pods, nodes and requests for which there can never be room."""
    all_groups = groups(model)
    for group, spec in zip(all_groups, model.cluster.node_groups, strict=True):
        yield from _daemons(group, spec)
    for index, workload in enumerate(model.workload):
        yield from _single_pod(("workload", index, "requests"), workload, all_groups)
    selections = _selections([workload.node_groups for workload in model.workload], all_groups)
    for names in selections[:_MOST_SELECTIONS]:
        chosen = [group for group in all_groups if group.name in names]
        workloads = [w for w in model.workload if set(w.node_groups or _names(all_groups)) <= names]
        yield from _pods_at_once(workloads, chosen, model.duration)
    yield from nodes_in_subnets(model, all_groups)
    yield from _pods_in_subnets(model, all_groups)


def _names(all_groups: Sequence[Group]) -> list[str]:
    return [group.name for group in all_groups]


def _selections(given: list[list[str] | None], all_groups: list[Group]) -> list[frozenset[str]]:
    """The distinct sets of groups that workloads are bound to, in the order of the file."""
    return list(dict.fromkeys(frozenset(names or _names(all_groups)) for names in given))


def _single_pod(path: Path, workload: Workload, all_groups: list[Group]) -> Iterator[Complaint]:
    names = workload.node_groups or _names(all_groups)
    chosen = [group for group in all_groups if group.name in names and group.nodes]
    if not chosen:
        return
    cpu, memory = max(g.cpu for g in chosen), max(g.memory for g in chosen)
    if workload.requests.cpu > cpu:
        asked, most = _cores(workload.requests.cpu), _cores(cpu)
        message = f"never fits: a pod requests {asked}, a node has at most {most} for it"
        remedy = _millicores_meant(workload.requests.cpu, max(g.cores for g in chosen))
        yield Complaint((*path, "cpu"), message, remedy)
    if workload.requests.memory > memory:
        asked, most = _mebibytes(workload.requests.memory), _mebibytes(memory)
        message = f"never fits: a pod requests {asked}, a node has at most {most} for it"
        yield Complaint((*path, "memory"), message)


def _daemons(group: Group, spec: NodeGroup) -> Iterator[Complaint]:
    """DaemonSets with pods that are too large for a machine of their group."""
    for index, daemonset in enumerate(spec.daemonsets):
        cpu = daemonset.requests.cpu
        if cpu > group.cores:
            message = f"never fits: a pod requests {_cores(cpu)}, a node has {_cores(group.cores)}"
            path = (*group.path, "daemonsets", index, "requests", "cpu")
            yield Complaint(path, message, _millicores_meant(cpu, group.cores))


def _millicores_meant(cpu: int, most: int) -> str:
    """What to write for more cores than a machine has, if they may be millicores; else empty."""
    cores, rest = divmod(cpu, 1000)
    is_likely = cpu > most and cores >= _MANY_CORES and not rest
    return f"{cores} is {cores} cores; did you mean {cores}m?" if is_likely else ""


def _pods_at_once(
    workloads: list[Workload], chosen: list[Group], duration: int | None
) -> Iterator[Complaint]:
    nodes = " + ".join(f"{g.nodes:,} x {g.type}" for g in chosen if g.nodes) or "no nodes"
    slots = sum(g.nodes * g.slots for g in chosen)
    addresses = sum(g.nodes * g.addresses for g in chosen)
    held = sum(g.nodes * min(g.slots, g.addresses) for g in chosen)
    limit = "pods that need an address" if addresses <= slots else "pods by their max pods"
    cpu, memory = sum(g.nodes * g.cpu for g in chosen), sum(g.nodes * g.memory for g in chosen)
    bounds: list[tuple[int, Callable[[Workload], int], str, Callable[[int], str]]] = [
        (held, lambda _: 1, limit, "{:,}".format),
        (cpu, lambda w: w.requests.cpu, "for pods", _cores),
        (memory, lambda w: w.requests.memory, "for pods", _mebibytes),
    ]
    for most, weight, what, text in bounds:
        asked = _peak(workloads, duration, weight)
        if asked > most:
            message = f"never fits: {nodes} hold {text(most)} {what}, {text(asked)} asked"
            yield Complaint(("workload",), message)


def _cores(millicores: int) -> str:
    return f"{millicores / 1000:,g} cores"


def _mebibytes(count: int) -> str:
    return f"{count:,} MiB"


def _peak(
    workloads: list[Workload], duration: int | None, weight: Callable[[Workload], int]
) -> int:
    """The most that Deployments and Jobs ask for at one instant, plus the largest CronJob."""
    changes: Counter[int] = Counter()
    passing: Counter[int] = Counter()
    cron = 0
    for one in workloads:
        if isinstance(one, Deployment):
            before = 0
            for step in one.replicas:
                changes[step.at] += (step.replicas - before) * weight(one)
                before = step.replicas
        elif isinstance(one, Pattern):
            changes[0] += one.min * weight(one)
            changes[one.at] += (one.max - one.min) * weight(one) if one.reaches_max else 0
        elif isinstance(one, Job):
            passing[one.at] += min(one.completions, one.parallelism) * weight(one)
        elif isinstance(one, CronJob):
            cron = max(cron, min(one.completions, one.parallelism) * weight(one))
    total = peak = 0
    for time in sorted({*changes, *passing}):
        if duration is None or time < duration:
            total += changes[time]
            peak = max(peak, total + passing[time])
    return peak + cron


def nodes_in_subnets(model: ScenarioModel, all_groups: list[Group]) -> Iterator[Complaint]:
    """More nodes than their subnets have addresses for the primary ENIs."""
    names = [subnet.name for subnet in model.cluster.subnets]
    room = {s.name: room_for_singles(s) - s.others.count for s in model.cluster.subnets}
    used = [frozenset(group.subnets or names) for group in model.cluster.node_groups]
    for chosen in dict.fromkeys(used):
        members = [g for g, subnets in zip(all_groups, used, strict=True) if subnets <= chosen]
        which = [name for name in names if name in chosen]
        nodes, free = sum(g.nodes for g in members), sum(room[name] for name in which)
        if nodes > free and MOST_NODES not in (g.nodes for g in members):
            have = f"{', '.join(which)} {'have' if which[1:] else 'has'} {free:,}"
            message = f"never fits: {nodes:,} nodes need a primary address each, {have}"
            yield Complaint((*members[0].path, "nodes"), message)


def _pods_in_subnets(model: ScenarioModel, all_groups: list[Group]) -> Iterator[Complaint]:
    if not any(model.pods_take_vpc_addresses(settings) for _, settings in model.group_settings()):
        return
    sizes = (s.cidr.num_addresses - AWS_RESERVED - s.others.total for s in model.cluster.subnets)
    counted = [group for group in all_groups if group.nodes < MOST_NODES]
    free, nodes = sum(sizes), sum(group.nodes for group in counted)
    daemons = sum(group.nodes * group.daemons for group in counted)
    pods = _peak(list(model.workload), model.duration, lambda _: 1) + daemons
    if nodes <= free < nodes + pods:
        message = f"the subnets have {free:,} addresses, {nodes:,} nodes and {pods:,} pods need one"
        yield Complaint(SUBNETS, f"never fits: {message}")
