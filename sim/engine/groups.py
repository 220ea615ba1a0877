"""From the scenario's node groups to what their nodes are like, and zones to their outages."""

from __future__ import annotations

from operator import attrgetter

from sim.aws.ec2 import EFA, INTERFACE
from sim.aws.instance_types import InstanceType, of_group
from sim.clock import Clock, Order
from sim.kube.daemon_settings import daemon_settings
from sim.kube.group_spec import GroupSpec, RecyclingSpec, SpotSpec
from sim.kube.max_pods import auto, kube_reserved, max_pods
from sim.kube.node_group import NodeGroup
from sim.randomness import sampler
from sim.scenario.cluster import NodeGroup as GroupModel
from sim.scenario.distributions import exponential
from sim.scenario.models import ScenarioModel


def group_spec(model: ScenarioModel, number: int) -> GroupSpec:
    """The node group of this place in the scenario, resolved."""
    group = model.cluster.node_groups[number]
    ipamd = model.ipamd.merged(group.ipamd)
    instance_type = of_group(group)
    pods = max_pods(group, ipamd)
    cpu, memory = _allocatable(group, instance_type, pods)
    subnet_numbers = {subnet.name: i for i, subnet in enumerate(model.cluster.subnets)}
    return GroupSpec(
        number=number,
        name=group.name,
        subnets=[subnet_numbers[name] for name in group.subnets or subnet_numbers],
        max_enis_of_type=instance_type.max_enis,
        settings=daemon_settings(ipamd, instance_type, pods, group.unmanaged_enis, model.cni),
        max_pods=pods,
        allocatable_cpu=cpu,
        allocatable_memory=memory,
        launch_delay=sampler(group.launch_delay),
        launch_retry_ms=group.launch_retry,
        steps=[(step.at, step.nodes) for step in group.nodes],
        cordons=list(group.cordons),
        recyclings=_recyclings(model, group),
        spot=_spot(group),
        max_branch_enis=instance_type.branch_enis,
        launch_enis=((EFA, True),) * group.efa_enis + ((INTERFACE, False),) * group.unmanaged_enis,
    )


def _allocatable(group: GroupModel, instance_type: InstanceType, pods: int) -> tuple[int, int]:
    """(millicores, MiB) for pods on a node of the group.

    The AMI keeps memory by its own formula, or by the group's expression; max pods given as a
    number do not change it (amazon-eks-ami nodeadm, kubelet/config.go).
    """
    if group.reserved is not None:
        cpu, memory = group.reserved.cpu, group.reserved.memory
    else:
        is_own = isinstance(group.max_pods, int) or group.max_pods == "recommended"
        cpu, memory = kube_reserved(instance_type, auto(instance_type) if is_own else pods)
    all_cpu, all_memory = (instance_type.vcpus or 0) * 1000, instance_type.memory_mib or 0
    return max(all_cpu - cpu, 0), max(all_memory - memory, 0)


def _recyclings(model: ScenarioModel, group: GroupModel) -> list[RecyclingSpec]:
    subnets = model.cluster.subnets
    zones = {one.zone for one in subnets if group.subnets is None or one.name in group.subnets}
    return [
        RecyclingSpec(
            at=one.at,
            at_once=one.at_once,
            surge=max(2 * len(zones), one.at_once) if one.surge is None else one.surge,
            linger_ms=one.linger,
        )
        for one in sorted(group.recycle, key=attrgetter("at"))
    ]


def _spot(group: GroupModel) -> SpotSpec | None:
    if group.spot is None:
        return None
    return SpotSpec(sampler(exponential(group.spot.mean_life)), group.spot.notice)


def start_zone_outages(
    model: ScenarioModel, clock: Clock, groups: list[NodeGroup], lost_zones: set[str]
) -> None:
    """Puts the outages of zones on the clock, and their ends."""

    def lose(zone: str) -> None:
        lost_zones.add(zone)
        for group in groups:
            group.lose(zone)

    for one in model.cluster.zone_outages:
        clock.call(one.at, Order.ANSWER, lose, one.zone)
        if one.to is not None:
            clock.call(one.to, Order.ANSWER, lost_zones.discard, one.zone)
