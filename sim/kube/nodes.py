"""Nodes and node groups: launch, the daemon's start and restart, cordon, drain, end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sim.aws.client import Ec2Client, Region
from sim.aws.ec2 import Instance
from sim.aws.metadata import InstanceMetadata
from sim.clock import Clock, Order, Task, Timer
from sim.ipamd.context import IpamContext, Steps
from sim.ipamd.daemon import clean_up_leaked_enis, node_init, start_node_ip_pool_manager
from sim.ipamd.data_store import DataStore
from sim.ipamd.pool_manager import SleepingPoolManager
from sim.ipamd.settings import Settings
from sim.randomness import Sampler, Streams
from sim.results.records import NEVER, Recorder

from .kubelet import Kubelets
from .pods import Pod
from .scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Services:
    """What all nodes of the cluster use."""

    clock: Clock
    region: Region
    recorder: Recorder
    streams: Streams
    scheduler: Scheduler
    kubelets: Kubelets
    metadata_delay: Sampler
    aws_node_restart: Sampler
    drain_timeout_ms: int
    on_start: Callable[[Node], None]  # a kubelet runs: pods that must be on its node may come
    every_pass: bool = False  # run the daemon's loop as it stands, passes that do nothing too


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A node group, resolved: instance limits, allocatable room and the daemon's settings."""

    number: int
    name: str
    subnets: list[int]
    max_enis_of_type: int
    settings: Settings
    max_pods: int
    allocatable_cpu: int  # millicores
    allocatable_memory: int  # MiB
    launch_delay: Sampler
    launch_retry_ms: int | None
    steps: list[tuple[int, int]]  # (ms, nodes)
    cordons: list[int]  # ms


@dataclass(eq=False)
class Node:
    """One node; ``store`` is its daemon's data store while the daemon is initialised."""

    services: Services
    spec: GroupSpec
    number: int
    name: str
    subnet: int
    row: int = NEVER  # in the scheduler's tables
    instance: Instance | None = None
    store: DataStore | None = None
    is_cordoned: bool = False
    is_draining: bool = False
    pods: dict[int, Pod] = field(default_factory=dict)
    requested_ms: int = NEVER
    started_ms: int = NEVER
    ready_ms: int = NEVER
    cordoned_ms: int = NEVER
    terminated_ms: int = NEVER
    boot_failures: int = 0
    _context: IpamContext | None = None
    _process_store: DataStore | None = None
    _manager: SleepingPoolManager | None = None
    _tasks: list[Task] = field(default_factory=list)

    @property
    def group(self) -> int:
        """Number of its node group."""
        return self.spec.number

    @property
    def max_pods(self) -> int:
        """Pods the kubelet takes, those on the host's network included."""
        return self.spec.max_pods

    @property
    def allocatable_cpu(self) -> int:
        """Millicores for pods."""
        return self.spec.allocatable_cpu

    @property
    def allocatable_memory(self) -> int:
        """MiB for pods."""
        return self.spec.allocatable_memory

    @property
    def order(self) -> int:
        """Place of its daemon's passes within an instant."""
        return Order.IPAMD + self.number

    # ------------------------------------------------------------------- launch

    def launch(self, instance: Instance, delay: int) -> None:
        """The instance runs; the daemon starts on it after ``delay`` ms."""
        self.instance = instance
        self.requested_ms = self.services.clock.now
        self._spawn(self._life(delay))

    def _life(self, delay: int) -> Steps:
        clock = self.services.clock
        if delay:
            yield Timer(clock, delay, self.order)
        self.started_ms = clock.now
        self.services.on_start(self)
        while True:
            context = self._new_daemon()
            look = self._spawn_look(context)
            if (yield from node_init(context)):
                break
            self.boot_failures += 1
            if look is not None:
                look.stop()
            context.data_store.close(clock.now)
            yield Timer(clock, self._restart_delay(), self.order)
        self.store = context.data_store
        self.ready_ms = clock.now
        if not self.is_cordoned:
            self.services.scheduler.open(self)
        if self.services.every_pass:
            yield from start_node_ip_pool_manager(context)
        self._manager = SleepingPoolManager(context)
        context.data_store.on_pod = self._manager.pool_changed
        self._manager.start()

    def _restart_delay(self) -> int:
        stream = self.services.streams.stream("node", self.name, "restart", str(self.boot_failures))
        return self.services.aws_node_restart(stream.random())

    def _new_daemon(self) -> IpamContext:
        assert self.instance is not None
        services, settings = self.services, self.spec.settings
        start = str(self.boot_failures)

        def random(purpose: str) -> Callable[[], float]:
            return services.streams.stream("node", self.name, purpose, start).random

        pool, passes = services.recorder.pool, services.recorder.passes
        self._process_store = DataStore(
            settings, random("map order"), pool.append, partial(pool.holder, self.number)
        )
        self._context = IpamContext(
            clock=services.clock,
            settings=settings,
            data_store=self._process_store,
            ec2=Ec2Client(services.region, self.instance, random("ec2")),
            subnet=self.subnet,
            zone=services.region.ec2.subnets[self.subnet].zone,
            random=random("jitter"),
            is_node_non_schedulable=lambda: self.is_cordoned,
            order=self.order,
            log_pass=lambda begin, end, kind: passes.append((begin, end, self.number, kind)),
        )
        return self._context

    def _spawn(self, steps: Steps) -> Task:
        task = Task(steps)
        self._tasks.append(task)
        return task

    def _spawn_look(self, context: IpamContext) -> Task | None:
        if not self.spec.settings.leaked_eni_cleanup:
            return None
        return self._spawn(clean_up_leaked_enis(context))

    # ---------------------------------------------------------------------- end

    def cordon(self) -> None:
        """No new pods; the daemon neither grows nor frees ENIs (unless told to)."""
        if not self.is_cordoned:
            self.is_cordoned = True
            self.cordoned_ms = self.services.clock.now
            self.services.scheduler.close(self)
            if self._manager is not None:
                self._manager.node_changed()

    def drain_and_terminate(self) -> None:
        """Evicts the cordoned node's pods; it ends with the last, or after the drain timeout."""
        self.is_draining = True
        for pod in list(self.pods.values()):
            if not pod.template.is_daemon:
                self.services.kubelets.delete(pod)
        self.end_if_drained()
        timeout = self.services.drain_timeout_ms
        self.services.clock.call(timeout, Order.POD_DELETE, lambda _: self.terminate())

    def end_if_drained(self) -> None:
        """Ends a draining node once none but DaemonSets' pods are on it."""
        if all(pod.template.is_daemon for pod in self.pods.values()):
            self.terminate()

    def terminate(self) -> None:
        """The instance ends, with its pods, its daemon and its ENIs."""
        clock = self.services.clock
        if self.terminated_ms != NEVER:
            return
        self.terminated_ms = clock.now
        for task in self._tasks:
            task.stop()
        if self._manager is not None:
            self._manager.stop()
        self.services.scheduler.close(self)
        while self.pods:
            self.services.kubelets.kill(next(iter(self.pods.values())))
        self.close_pass(clock.now)
        if self._process_store is not None:
            self._process_store.close(clock.now)
        self.store = None
        if self.instance is not None:
            self.services.region.ec2.terminate(self.instance)

    def flush(self, now: int) -> None:
        """Writes the records that are due by ``now``."""
        if self._process_store is not None:
            self._process_store.expire_cooldowns(now)

    def close_pass(self, end_ms: int) -> None:
        """Writes the record of the pass that is under way, if one is: it comes no further."""
        context = self._context
        if context is not None and context.pass_begun is not None:
            begun, kind = context.pass_begun
            if begun < context.clock.now:
                context.log_pass(begun, end_ms, kind)
            context.pass_begun = None


class NodeGroup:
    """Keeps a group at its number of nodes; scale-in takes the newest first.

    Args:
        services: what all nodes use.
        spec: the group.
        register: called with each new node, for its number in the records.
    """

    def __init__(
        self, services: Services, spec: GroupSpec, register: Callable[[Node], None]
    ) -> None:
        self._services = services
        self._spec = spec
        self._register = register
        self._nodes: list[Node] = []  # not draining, oldest first
        self._made = 0

    def start(self) -> None:
        """Puts the group's steps and cordons on the clock."""
        clock = self._services.clock
        for at, count in self._spec.steps:
            clock.call(at, Order.ANSWER, self._on_step, count)
        for at in self._spec.cordons:
            clock.call(at, Order.ANSWER, self._on_cordon)

    def _on_step(self, count: int) -> None:
        leaving, self._nodes = self._nodes[count:][::-1], self._nodes[:count]
        for node in leaving:
            node.cordon()
        for node in leaving:
            node.drain_and_terminate()
        while len(self._nodes) < count:
            self._add_node()

    def _on_cordon(self, _: None) -> None:
        for node in self._nodes:
            if node.started_ms != NEVER:
                node.cordon()

    def _add_node(self) -> None:
        spec = self._spec
        subnet = spec.subnets[self._made % len(spec.subnets)]
        number = len(self._services.recorder.names.nodes)
        node = Node(self._services, spec, number, f"{spec.name}-{self._made}", subnet)
        self._made += 1
        self._nodes.append(node)
        self._register(node)
        self._launch(node)

    def _launch(self, node: Node) -> None:
        """Tries the group's subnets in turn; a failed launch is tried again later."""
        if node.terminated_ms != NEVER:
            return
        spec, services = self._spec, self._services
        start = spec.subnets.index(node.subnet)
        stream = services.streams.stream("node", node.name, "metadata")
        metadata = InstanceMetadata(lambda: services.metadata_delay(stream.random()))
        for subnet in spec.subnets[start:] + spec.subnets[:start]:
            limits = (spec.max_enis_of_type, spec.settings.slots)
            instance = services.region.ec2.launch(node.number, subnet, limits, metadata)
            if instance is not None:
                node.subnet = subnet
                delay = services.streams.stream("node", node.name, "launch").random()
                node.launch(instance, spec.launch_delay(delay))
                return
        services.recorder.launch_failures.append((services.clock.now, spec.number, node.subnet))
        if spec.launch_retry_ms is not None:
            services.clock.call(spec.launch_retry_ms, Order.ANSWER, self._launch, node)
