"""From a scenario to a world that is ready to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sim.aws.client import Region
from sim.aws.ec2 import Answer, Ec2
from sim.aws.faults import Fault, Faults
from sim.aws.tenants import Ledger
from sim.clock import Clock
from sim.kube.api import Api
from sim.kube.group_spec import GroupSpec
from sim.kube.kubelet import Times
from sim.kube.node_group import NodeGroup
from sim.kube.nodes import Node, Services
from sim.kube.pods import Template
from sim.overlay.calico import IpPool
from sim.randomness import KeyedSampler, Streams, keyed_sampler, sampler
from sim.results.records import NEVER, Recorder
from sim.scenario.aws import DEFAULT_LATENCY, Aws
from sim.scenario.distributions import OneDistribution, uniform
from sim.scenario.kube import Kube
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel

from .account import buckets_of, change_quotas, latencies, metadata_delay, start_tenants
from .autoscalers import launch_actions, launches_of, start_autoscalers
from .branch_enis import controller_actions, has_pod_enis, start_controller
from .changes import crash_loop_most, rollouts
from .cni import sdk_of
from .groups import group_spec, start_zone_outages
from .purposes import Purpose
from .space import change_tags, make_reservations, record_addresses, subnet_of
from .workloads import start_workloads

NO_END = 1 << 62


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
    tenants: Ledger | None  # what others in the account do
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
        has_pod_enis=has_pod_enis(model),
    )
    groups = [group_spec(model, number) for number in range(len(model.cluster.node_groups))]
    recorder.names.groups.extend(spec.name for spec in groups)
    tenants = start_tenants(model.aws, clock, recorder, streams, region.buckets)
    world = World(clock, recorder, streams, region, api, groups, duration_ms, answers, tenants)
    start_workloads(scenario, api, streams, duration_ms)
    _start_groups(model, world, every_pass)
    change_quotas(model.aws, clock, region.buckets)
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
    names.actions.extend((*DEFAULT_LATENCY, *controller_actions(model), *launch_actions(model)))
    subnets = [subnet_of(one, model, streams) for one in model.cluster.subnets]

    def record_subnet(number: int, node: int, held: int) -> None:
        subnet = subnets[number]
        row = (clock.now, number, node, held, subnet.free, subnet.free_28s)
        recorder.subnets.append(row)

    for number, one in enumerate(model.cluster.subnets):
        subnet = subnets[number]
        record_others = partial(record_subnet, number, NEVER, subnet.usable - subnet.free)
        record_others()
        record_addresses(number, subnet, clock, recorder)
        make_reservations(one, subnet, clock, record_others)
        change_tags(one, subnet, clock)
    return Region(
        env=clock,
        ec2=Ec2(subnets, lambda: clock.now, record_subnet),
        buckets=buckets_of(model.aws),
        latency=latencies(model.aws, clock),
        throttled_latency=sampler(model.aws.throttled_latency),
        attempts=model.aws.retry_attempts,
        sdk=sdk_of(model),
        record=_call_recorder(clock, recorder, answers),
        faults=_faults(model.aws, streams),
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


def _faults(aws: Aws, streams: Streams) -> Faults | None:
    """None if nothing fails by itself."""
    if not (faults := aws.all_faults()):
        return None
    by_action: dict[str, list[Fault]] = {action: [] for action in DEFAULT_LATENCY}
    for one in faults:
        answer = Answer(one.code, http_status=one.http_status)
        to_ms = NO_END if one.to is None else one.to
        fault = Fault(one.from_, to_ms, answer, one.share, one.answer_lost)
        for action in one.actions or DEFAULT_LATENCY:
            by_action[action].append(fault)
    return Faults(by_action, streams.stream("faults").random)


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


def _start_groups(model: ScenarioModel, world: World, every_pass: bool) -> None:
    daemonsets = _daemonset_templates(model, world)

    def on_start(node: Node) -> None:
        world.api.node_has_started(node)
        for template in daemonsets[node.group]:
            world.api.create_pod(template, node.number, node_name=node.name)

    def register(node: Node) -> None:
        world.nodes.append(node)
        world.api.register_node(node)

    changes = rollouts(model, world.clock, world.streams, world.nodes, world.groups)
    services = Services(
        clock=world.clock,
        region=world.region,
        recorder=world.recorder,
        streams=world.streams,
        scheduler=world.api.scheduler,
        kubelets=world.api.kubelets,
        eni_configs=_eni_configs(model),
        metadata_delay=metadata_delay(model.aws, world.clock),
        aws_node_restart=sampler(model.kube.aws_node_restart),
        aws_node_restart_max_ms=crash_loop_most(model.kube),
        drain_timeout_ms=model.kube.drain_timeout,
        on_start=on_start,
        on_daemon=None if changes is None else changes.daemon_changed,
        controller=start_controller(model, world.api, world.region, world.streams),
        overlay=_overlay(model, world),
        launches=launches_of(model, world.region),
        every_pass=every_pass,
    )
    groups = [NodeGroup(services, spec, register) for spec in world.groups]
    for group in groups:
        group.start()
    start_zone_outages(model, world.clock, groups, services.lost_zones)
    start_autoscalers(model, groups, world.api.scheduler, world.streams)
    if changes is not None:
        changes.start()


def _overlay(model: ScenarioModel, world: World) -> IpPool | None:
    overlay = model.cluster.overlay
    if overlay is None:
        return None
    sizes = overlay.blocks, overlay.block_size, overlay.blocks_per_node
    return IpPool(world.clock, *sizes, world.recorder.overlay.append)


def _eni_configs(model: ScenarioModel) -> dict[str, int]:
    """Zone to the number of the subnet that its ENIConfig names."""
    numbers = {subnet.name: i for i, subnet in enumerate(model.cluster.subnets)}
    return {one.zone: numbers[one.subnet] for one in model.cluster.eni_configs}


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
