"""From a scenario to a world that is ready to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.aws.buckets import SharedBucket, TokenBucket
from sim.aws.client import Region
from sim.aws.ec2 import Ec2
from sim.aws.instance_types import InstanceType, of_group
from sim.aws.subnets import OTHERS, Placement, Subnet
from sim.clock import Clock
from sim.kube.api import Api
from sim.kube.daemon_settings import daemon_settings
from sim.kube.kubelet import Times
from sim.kube.max_pods import auto, kube_reserved, max_pods
from sim.kube.nodes import GroupSpec, Node, NodeGroup, Services
from sim.kube.pods import Template
from sim.randomness import KeyedSampler, Streams, keyed_sampler, sampler
from sim.results.records import NEVER, Recorder
from sim.scenario.aws import DEFAULT_LATENCY, Aws
from sim.scenario.cluster import NodeGroup as GroupModel
from sim.scenario.cluster import Subnet as SubnetModel
from sim.scenario.distributions import OneDistribution, uniform
from sim.scenario.kube import Kube
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel

from .purposes import Purpose
from .workloads import start_workloads

CNI_TAG = "kubernetes.io/role/cni"


@dataclass
class World:
    """All there is in one run, on one clock."""

    clock: Clock
    recorder: Recorder
    streams: Streams
    region: Region
    api: Api
    groups: list[GroupSpec]
    duration_ms: int
    answers: Counter[str]  # EC2's so far, by their code
    nodes: list[Node] = field(default_factory=list)

    @property
    def ec2(self) -> Ec2:
        """The account's network interfaces and subnets."""
        return self.region.ec2


def build(scenario: Scenario, duration_ms: int, *, every_pass: bool = False) -> World:
    """A world in which nothing has happened yet but what others hold in the subnets.

    With ``every_pass`` the daemons run their loops as they stand: the reference for the sleeping
    ones, with the same records.
    """
    model = scenario.model
    clock, recorder, streams = Clock(), Recorder(), Streams(model.seed)
    answers: Counter[str] = Counter()
    region = _region(model, clock, recorder, streams, answers)
    api = Api(
        clock=clock,
        recorder=recorder,
        schedule_time=_time(model.kube.schedule_time, Purpose.SCHEDULE),
        times=_times(model.kube),
        most_allocated=model.kube.scheduling == "most_allocated",
        first_nodes=sum(
            step.nodes
            for group in model.cluster.node_groups
            for step in group.nodes
            if step.at == 0
        ),
        first_nodes_timeout_ms=model.kube.first_nodes_timeout,
    )
    groups = [_group_spec(model, number) for number in range(len(model.cluster.node_groups))]
    recorder.names.groups.extend(spec.name for spec in groups)
    world = World(clock, recorder, streams, region, api, groups, duration_ms, answers)
    start_workloads(scenario, api, streams, duration_ms)
    _start_groups(model, world, every_pass)
    return world


# --------------------------------------------------------------------------- AWS


def _region(
    model: ScenarioModel,
    clock: Clock,
    recorder: Recorder,
    streams: Streams,
    answers: Counter[str],
) -> Region:
    names = recorder.names
    names.subnets.extend(subnet.name for subnet in model.cluster.subnets)
    names.actions.extend(DEFAULT_LATENCY)
    subnets = [_subnet(one, model.aws, streams) for one in model.cluster.subnets]

    def record_subnet(number: int, node: int, held: int) -> None:
        subnet = subnets[number]
        row = (clock.now, number, node, held, subnet.free, subnet.free_28s)
        recorder.subnets.append(row)

    for number, one in enumerate(model.cluster.subnets):
        _take_others(one, subnets[number])
        record_subnet(number, NEVER, subnets[number].usable - subnets[number].free)
    return Region(
        env=clock,
        ec2=Ec2(subnets, lambda: clock.now, record_subnet),
        buckets=_buckets(model.aws, streams),
        latency={a: sampler(d) for a, d in (DEFAULT_LATENCY | model.aws.latency).items()},
        throttled_latency=sampler(model.aws.throttled_latency),
        attempts=model.aws.retry_attempts,
        record=_call_recorder(clock, recorder, answers),
    )


def _call_recorder(
    clock: Clock, recorder: Recorder, answers: Counter[str]
) -> Callable[[int, int, str, int, int, int, str, int, int], None]:
    names, append = recorder.names, recorder.ec2_calls.append
    actions = {name: number for number, name in enumerate(names.actions)}
    codes: dict[str, int] = {}

    def record(  # noqa: PLR0913 (one argument a column)
        requested: int,
        node: int,
        action: str,
        asked: int,
        granted: int,
        attempt: int,
        code: str,
        tokens: int,
        eni: int,
    ) -> None:
        answers[code] += 1
        number = codes.setdefault(code, len(codes))
        if number == len(names.codes):
            names.codes.append(code)
        now, what = clock.now, actions[action]
        append((requested, now, node, what, asked, granted, attempt, number, tokens, eni))

    return record


def _subnet(one: SubnetModel, aws: Aws, streams: Streams) -> Subnet:
    ranges: dict[str, list[tuple[int, int]]] = {"prefix": [], "explicit": []}
    for reservation in one.reservations:
        first = int(reservation.cidr.network_address)
        ranges[reservation.type].append((first, reservation.cidr.num_addresses))
    return Subnet(
        name=one.name,
        zone=one.zone,
        first=int(one.cidr.network_address),
        size=one.cidr.num_addresses,
        stream=streams.stream("subnet", one.name, "placement"),
        placement=Placement(aws.address_placement, aws.prefix_placement),
        prefix_ranges=ranges["prefix"],
        explicit_ranges=ranges["explicit"],
        cni_tag=one.tags.get(CNI_TAG, ""),
    )


def _take_others(one: SubnetModel, subnet: Subnet) -> None:
    lowest = one.others.placement == "low-first"
    take = subnet.take_lowest_address if lowest else subnet.take_address
    for _ in range(one.others.count):
        take(OTHERS)


def _buckets(aws: Aws, streams: Streams) -> dict[str, TokenBucket]:
    buckets: dict[str, TokenBucket] = {}
    for action, (size, refill, others) in aws.sized_buckets().items():
        if others:
            stream = streams.stream("others", action)
            buckets[action] = SharedBucket(size, refill, others, stream)
        else:
            buckets[action] = TokenBucket(size, refill)
    return buckets


# -------------------------------------------------------------------- Kubernetes


def _times(kube: Kube) -> Times:
    tick = uniform(0, kube.sync_tick)
    return Times(
        sandbox=_time(kube.sandbox_time, Purpose.SANDBOX),
        image_pull=_time(kube.image_pull_time, Purpose.IMAGE_PULL),
        container_start=_time(kube.container_start_time, Purpose.CONTAINER_START),
        add_retry=keyed_sampler(kube.add_retry, Purpose.ADD_RETRY),
        not_initialised_retry=keyed_sampler(
            kube.not_initialised_retry, Purpose.NOT_INITIALISED_RETRY
        ),
        sync_tick=keyed_sampler(tick, Purpose.SYNC_TICK),
        teardown=_time(kube.teardown_time, Purpose.TEARDOWN),
    )


def _time(distribution: OneDistribution, purpose: Purpose) -> KeyedSampler | None:
    """None if it takes no time."""
    return None if distribution.constant == 0 else keyed_sampler(distribution, purpose)


def _group_spec(model: ScenarioModel, number: int) -> GroupSpec:
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
        settings=daemon_settings(ipamd, instance_type, pods),
        max_pods=pods,
        allocatable_cpu=cpu,
        allocatable_memory=memory,
        launch_delay=sampler(group.launch_delay),
        launch_retry_ms=group.launch_retry,
        steps=[(step.at, step.nodes) for step in group.nodes],
        cordons=list(group.cordons),
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


def _start_groups(model: ScenarioModel, world: World, every_pass: bool) -> None:
    daemonsets = _daemonset_templates(model, world)

    def on_start(node: Node) -> None:
        world.api.node_has_started(node)
        for template in daemonsets[node.group]:
            world.api.create_pod(template, node.number, node_name=node.name)

    def register(node: Node) -> None:
        world.nodes.append(node)
        world.api.register_node(node)

    services = Services(
        clock=world.clock,
        region=world.region,
        recorder=world.recorder,
        streams=world.streams,
        scheduler=world.api.scheduler,
        kubelets=world.api.kubelets,
        metadata_delay=sampler(model.aws.metadata_delay),
        aws_node_restart=sampler(model.kube.aws_node_restart),
        drain_timeout_ms=model.kube.drain_timeout,
        on_start=on_start,
        every_pass=every_pass,
    )
    for spec in world.groups:
        NodeGroup(services, spec, register).start()


def _daemonset_templates(model: ScenarioModel, world: World) -> list[list[Template]]:
    """Templates of each group's DaemonSets; equal names in two groups are one workload."""
    workloads = world.recorder.names.workloads
    templates: list[list[Template]] = []
    for group in model.cluster.node_groups:
        templates.append([])
        for daemonset in group.daemonsets:
            name = f"daemonset/{daemonset.name}"
            if name not in workloads:
                workloads.append(name)
            template = Template(
                workload=workloads.index(name),
                name=name,
                key=world.streams.key("workload", name),
                cpu=daemonset.requests.cpu,
                memory=daemonset.requests.memory,
                host_network=daemonset.hostNetwork,
                is_daemon=True,
            )
            templates[-1].append(template)
    return templates
