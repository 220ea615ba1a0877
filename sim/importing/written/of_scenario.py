"""The plan of a scenario: what the cluster that it describes would have, if it held still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sim.aws.instance_types import of_group
from sim.kube.max_pods import kube_reserved, max_pods
from sim.scenario.cluster import DaemonSet, NodeGroup, Requests, Subnet
from sim.scenario.ipamd import Ipamd
from sim.scenario.models import ScenarioModel
from sim.scenario.workload import CronJob, Deployment

from .plan import Controller, Net, Plan, Pool

_KI_PER_MI = 1024


def plan_of(model: ScenarioModel) -> Plan:
    """The plan of a scenario of Deployments and CronJobs, at time 0.

    Args:
        model: its workloads have names such as ``shop.cart``: the namespace comes first.

    Raises:
        ValueError: it has a workload of another kind, or others without their addresses.
    """
    return Plan(
        name=model.cluster.name or model.name,
        nets=tuple(_net(one) for one in model.cluster.subnets),
        pools=tuple(_pool(one, model) for one in model.cluster.node_groups),
        controllers=(*_daemon_sets(model), *_controllers(model)),
        settings=_environment(model.ipamd),
    )


def _environment(settings: Ipamd) -> dict[str, str]:
    given = settings.model_dump(exclude_unset=True)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
    }


def _net(one: Subnet) -> Net:
    if one.others.count:
        raise ValueError(f"{one.name}: others without addresses have no interfaces")
    held = tuple(str(each) for each in one.others.addresses)
    reservations = tuple((str(each.cidr), each.type) for each in one.reservations)
    others = {"instance": held} if held else {}
    return Net(one.name, str(one.cidr), one.zone, dict(one.tags), others, reservations)


def _pool(group: NodeGroup, model: ScenarioModel) -> Pool:
    kind, settings = of_group(group), model.ipamd.merged(group.ipamd)
    pods = max_pods(group, settings)
    cpu, memory = kube_reserved(kind, pods)
    if group.reserved is not None:
        cpu, memory = group.reserved.cpu, group.reserved.memory
    names = group.subnets or [one.name for one in model.cluster.subnets]
    in_turn = Counter(names[number % len(names)] for number in range(group.nodes[0].nodes))
    return Pool(
        name=group.name,
        made_by="eks",
        instance_type=group.instance_type,
        nodes=in_turn,
        cpu=1000 * (kind.vcpus or 0),
        memory_ki=_KI_PER_MI * (kind.memory_mib or 0),
        reserved_cpu=cpu,
        reserved_ki=_KI_PER_MI * memory,
        max_pods=pods,
        enis=kind.max_enis,
        per_eni=kind.ipv4_per_eni,
    )


def _daemon_sets(model: ScenarioModel) -> Iterator[Controller]:
    """Each DaemonSet once, on the groups that have it."""
    groups: dict[DaemonSet, list[str]] = {}
    for group in model.cluster.node_groups:
        for one in group.daemonsets:
            groups.setdefault(one, []).append(group.name)
    for one, names in groups.items():
        everywhere = len(names) == len(model.cluster.node_groups)
        cpu, memory = _quantities(one.requests)
        yield Controller(
            one.name,
            "kube-system",
            "DaemonSet",
            cpu=cpu,
            memory=memory,
            host_network=one.hostNetwork,
            groups=() if everywhere else tuple(names),
            tolerations=("*",),
        )


def _controllers(model: ScenarioModel) -> Iterator[Controller]:
    for one in model.workload:
        namespace, _, name = one.name.rpartition(".")
        cpu, memory = _quantities(one.requests)
        groups = tuple(one.node_groups or ())
        if isinstance(one, Deployment):
            pods = one.replicas[0].replicas
            yield Controller(name, namespace, pods=pods, cpu=cpu, memory=memory, groups=groups)
        elif isinstance(one, CronJob):
            yield Controller(
                name,
                namespace,
                "CronJob",
                pods=0,
                cpu=cpu,
                memory=memory,
                groups=groups,
                schedule=one.schedule,
                lifetime_s=(one.lifetime.constant or 0) // 1000,
                finished=1,
            )
        else:
            raise ValueError(f"{one.name}: a {one.kind} is not in a cluster's files")


def _quantities(asked: Requests) -> tuple[str, str]:
    return f"{asked.cpu}m" if asked.cpu else "", f"{asked.memory}Mi" if asked.memory else ""
