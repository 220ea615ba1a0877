"""The cluster's autoscalers, and EC2's limits on what they launch."""

from __future__ import annotations

from collections.abc import Callable

from sim.aws.buckets import TokenBucket
from sim.aws.client import Region
from sim.aws.instance_types import of_group
from sim.aws.launches import RUN_INSTANCES, Launches
from sim.kube.autoscaling import Fleet, Scaled
from sim.kube.cluster_autoscaler import AutoscalerTimes, ClusterAutoscaler
from sim.kube.group_spec import GroupSpec
from sim.kube.karpenter import Karpenter, KarpenterTimes
from sim.kube.node_group import NodeGroup
from sim.kube.packing import Offer
from sim.kube.scheduler import Scheduler
from sim.randomness import Streams
from sim.scenario.autoscaler import Autoscaler
from sim.scenario.autoscaler import Karpenter as KarpenterModel
from sim.scenario.aws import LAUNCHED_INSTANCES, SizedBucket
from sim.scenario.cluster import DaemonSet
from sim.scenario.models import ScenarioModel

NO_MOST = 1 << 30
Random = Callable[[], float]


def launch_actions(model: ScenarioModel) -> tuple[str, ...]:
    """The action that comes with the limits on launches."""
    return (RUN_INSTANCES,) if model.aws.limit_launches else ()


def launches_of(model: ScenarioModel, region: Region) -> Launches | None:
    """EC2's limits on launches; None if they are left out."""
    if not model.aws.limit_launches:
        return None
    sizes = SizedBucket(5, 2), SizedBucket(*LAUNCHED_INSTANCES)
    requests, instances = (_bucket(one, model.aws.quota_multiplier) for one in sizes)
    return Launches(region.env, requests, instances, region.record)


def _bucket(one: SizedBucket, multiplier: float) -> TokenBucket:
    """At least a token a second comes: without it nodes would wait for ever."""
    size, refill_per_s = one.times(multiplier)
    return TokenBucket(size, max(refill_per_s, 1))


def start_autoscalers(
    model: ScenarioModel, groups: list[NodeGroup], scheduler: Scheduler, streams: Streams
) -> None:
    """Begins to scale the groups that have an autoscaler."""
    numbers = {spec.name: place for place, spec in enumerate(model.cluster.node_groups)}
    for place, one in enumerate(model.cluster.autoscalers):
        names = [name for name in one.node_groups if _is_allowed(model, one, numbers[name])]
        scaled = [_scaled(model, groups[numbers[name]]) for name in names]
        scaled.sort(key=lambda it: (it.price, it.offer.group))
        fleet = Fleet(groups[0].clock, scaled, scheduler)
        autoscaler = _autoscaler(one, fleet, streams.stream("autoscaler", str(place)).random)
        scheduler.on_pending.append(autoscaler.pod_is_pending)
        autoscaler.start()


def _autoscaler(one: Autoscaler, fleet: Fleet, random: Random) -> Karpenter | ClusterAutoscaler:
    if isinstance(one, KarpenterModel):
        times = KarpenterTimes(
            one.batch_idle, one.batch_max, one.consolidate_after, one.expire_after, one.budget
        )
        return Karpenter(fleet, times)
    spec = AutoscalerTimes(
        scan_interval=one.scan_interval,
        scale_down_unneeded=one.scale_down_unneeded,
        scale_down_delay_after_add=one.scale_down_delay_after_add,
        is_least_waste=one.expander == "least-waste",
        frequent_loops=one.frequent_loops,
    )
    return ClusterAutoscaler(fleet, spec, random)


def _is_allowed(model: ScenarioModel, one: Autoscaler, group: int) -> bool:
    is_nitro = of_group(model.cluster.node_groups[group]).hypervisor == "nitro"
    return is_nitro or not (isinstance(one, KarpenterModel) and one.nitro_only)


def _scaled(model: ScenarioModel, group: NodeGroup) -> Scaled:
    given = model.cluster.node_groups[group.spec.number]
    instance_type = of_group(given)
    most = NO_MOST if given.max_nodes is None else given.max_nodes
    return Scaled(
        group=group,
        offer=_offer(group.spec, given.daemonsets),
        capacity=((instance_type.vcpus or 0) * 1000, instance_type.memory_mib or 0),
        least=given.min_nodes,
        most=most,
    )


def _offer(spec: GroupSpec, daemonsets: list[DaemonSet]) -> Offer:
    """What a node has besides its DaemonSets' pods."""
    return Offer(
        group=spec.number,
        cpu=spec.allocatable_cpu - sum(one.requests.cpu for one in daemonsets),
        memory=spec.allocatable_memory - sum(one.requests.memory for one in daemonsets),
        slots=spec.max_pods - len(daemonsets),
        branches=spec.max_branch_enis if spec.settings.pod_eni else 0,
    )
