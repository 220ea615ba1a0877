"""aws-node's pod on one node: the daemon's processes, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sim.aws.client import Ec2Client
from sim.clock import Order, Task, Timer
from sim.ipamd.context import RESTART, IpamContext, Steps
from sim.ipamd.daemon import clean_up_leaked_enis, node_init, start_node_ip_pool_manager
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr
from sim.ipamd.ipv6 import Ipv6DataStore, node_init_ipv6
from sim.ipamd.pool_manager import SleepingPoolManager
from sim.ipamd.settings import Settings
from sim.ipamd.switch import EMPTY_CIDR_DELAY_MS, deallocate_empty_cidr
from sim.results.records import NEVER

from .addresses import PodAddresses
from .checkpoint import restore_allocations
from .crash_loop import CrashLoop

if TYPE_CHECKING:
    from .nodes import Node


class AwsNode:
    """The daemon of a node; while it is initialised the node's ``store`` is its data store.

    Args:
        node: the node it is on.

    Attributes:
        template: what it runs with, of its group's templates; 0: the group's settings.
        starts: of a process so far.
        is_available: the readiness probe of its pod succeeds.
        down: from and to when no daemon was ready, the last time; `NEVER`: it goes on, or never
            was.
        leaked: CIDRs of pods whose address nobody released, once each: they went after a new
            process had read its checkpoint and before it could be asked. The next restart finds
            them.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.template = self.starts = 0
        self.is_available = False
        self.down = NEVER, NEVER
        self.leaked: list[Cidr] = []
        self._context: IpamContext | None = None
        self._store: DataStore | None = None  # the one that is recorded
        self._manager: SleepingPoolManager | None = None
        self._tasks: list[Task] = []

    @property
    def settings(self) -> Settings:
        """Of the daemon."""
        spec = self._node.spec
        return spec.templates[self.template - 1].settings if self.template else spec.settings

    @property
    def is_outdated(self) -> bool:
        """Whether its pod is of an earlier template than the newest."""
        return self.template < len(self._node.spec.templates)

    @property
    def is_there(self) -> bool:
        """Whether the node has its pod, whatever has become of that."""
        return self._node.started_ms != NEVER and self._node.terminated_ms == NEVER

    @property
    def pass_begun(self) -> tuple[int, int] | None:
        """Since when a pass of its daemon is under way, and of which kind; None if none is."""
        return None if self._context is None else self._context.pass_begun

    def was_down(self, ms: int) -> bool:
        """Whether no daemon was ready at this instant, before the node's first or lately."""
        since, until = self.down
        is_restart = since != NEVER and since <= ms and (until == NEVER or ms < until)
        return ms < self._node.ready_ms or is_restart

    # -------------------------------------------------------------------- start

    def start(self, delay: int) -> None:
        """The instance runs; in ``delay`` ms its kubelet and the daemon start."""
        self._spawn(self._first_start(delay))

    def _first_start(self, delay: int) -> Steps:
        if delay:
            yield self._timer(delay)
        self.template = len(self._node.spec.templates)
        self._node.kubelet_has_started()
        yield from self._run()

    def _run(self) -> Steps:
        """Starts the daemon until a start succeeds; then its loop goes on."""
        node, services = self._node, self._node.services
        clock, crashes = services.clock, CrashLoop(services.aws_node_restart_max_ms)
        while True:
            context = self._new_process()
            look = self._spawn_look(context)
            if (yield from self._start(context)):
                break
            node.boot_failures += 1
            if look is not None:
                look.stop()
            if node.ready_ms == NEVER:
                context.data_store.close(clock.now)
            yield self._timer(crashes.wait(self._restart_delay(), clock.now))
        self._is_ready(context.data_store)
        if context.settings.ipv6:
            return
        if services.every_pass:
            yield from start_node_ip_pool_manager(context)
        self._manager = SleepingPoolManager(context)
        context.data_store.on_pod = self._manager.pool_changed
        if self.down[0] != NEVER or context.settings.pod_eni:  # others' requests may have effects
            context.ec2.instance.metadata.on_change = self._manager.eni_attached
        self._manager.start()

    def _start(self, context: IpamContext) -> Steps:
        """One start; it fails at once if the container's entry point refuses the settings."""
        if self.template and not self._node.spec.templates[self.template - 1].starts:
            return False
        init = node_init_ipv6 if context.settings.ipv6 else node_init
        return (yield from init(context))

    def _is_ready(self, store: PodAddresses) -> None:
        node = self._node
        node.store = store
        self._log_restart(node.services.clock.now)
        self.is_available = node.ready_ms == NEVER  # later ones once the probe finds them
        node.daemon_is_ready()
        if node.services.on_daemon is not None:
            node.services.on_daemon(node)

    def _restart_delay(self) -> int:
        node, services = self._node, self._node.services
        stream = services.streams.stream("node", node.name, "restart", str(node.boot_failures))
        return services.aws_node_restart(stream.random())

    def _new_process(self) -> IpamContext:
        node, settings = self._node, self.settings
        assert node.instance is not None
        services, start = node.services, str(self.starts)
        self.starts += 1

        def random(purpose: str) -> Callable[[], float]:
            return services.streams.stream("node", node.name, purpose, start).random

        pool, passes = services.recorder.pool, services.recorder.passes
        holder_of = partial(pool.holder, node.number)
        zone = services.region.ec2.subnets[node.subnet].zone
        kind = Ipv6DataStore if settings.ipv6 else DataStore
        store = kind(settings, random("map order"), holder_of=holder_of)
        store.on_emptied = partial(self._cidr_emptied, store)
        self._context = IpamContext(
            clock=services.clock,
            settings=settings,
            data_store=store,
            ec2=Ec2Client(services.region, node.instance, random("ec2")),
            subnet=node.subnet,
            zone=zone,
            random=random("jitter"),
            is_node_non_schedulable=lambda: node.is_cordoned,
            order=node.order,
            cni_node=node.cni_node,
            log_pass=lambda begin, end, kind: passes.append((begin, end, node.number, kind)),
            eni_config_subnet=services.eni_configs.get(zone),
        )
        if node.ready_ms == NEVER:
            self._record(store)
        else:
            self._context.restore = partial(self._restore, store)
        return self._context

    def _cidr_emptied(self, store: DataStore, cidr: Cidr) -> None:
        """The last pod has left a CIDR in a subnet that is tagged out: it is dropped soon."""
        clock = self._node.services.clock

        def drop(_: None) -> None:
            manager, is_alive = self._manager, self._node.store is store
            if is_alive and deallocate_empty_cidr(store, cidr, clock.now) and manager is not None:
                manager.cidr_dropped()

        clock.call(EMPTY_CIDR_DELAY_MS, Order.POD_DELETE, drop)

    def _record(self, store: DataStore) -> None:
        """From now on this is the data store that is recorded."""
        self._store = store
        store.log_from(self._node.services.clock.now, self._node.services.recorder.pool.append)

    def _spawn(self, steps: Steps) -> Task:
        task = Task(steps)
        self._tasks.append(task)
        return task

    def _spawn_look(self, context: IpamContext) -> Task | None:
        if not self.settings.leaked_eni_cleanup:
            return None
        return self._spawn(clean_up_leaked_enis(context))

    def _timer(self, delay: int) -> Timer:
        return Timer(self._node.services.clock, delay, self._node.order)

    # ------------------------------------------------------------------ restart

    def restart(self, down_ms: int) -> None:
        """The daemon dies; after ``down_ms`` it starts again, from its group's newest template.

        What it has asked EC2 for happens all the same. Pods keep their addresses.
        """
        self.stop()
        node, now = self._node, self._node.services.clock.now
        self.flush(now)
        node.store, self.is_available = None, False
        self.template = len(node.spec.templates)
        since, until = self.down
        if node.ready_ms != NEVER and (since == NEVER or until != NEVER):
            self.down = now, NEVER
        self._spawn(self._start_again(down_ms))

    def _start_again(self, down_ms: int) -> Steps:
        if down_ms:
            yield self._timer(down_ms)
        yield from self._run()

    def _restore(self, store: DataStore) -> None:
        """Gives a process's data store what the checkpoint has: allocations, no cooldowns.

        From now on it is the one that is recorded.
        """
        assert self._store is not None
        now = self._node.services.clock.now
        restore_allocations(self._node.pods.values(), self._store, store, now)
        self._record(store)

    def not_released(self, cidr: Cidr) -> None:
        """A pod went while no daemon could be asked to release its address."""
        if cidr.eni is not None:
            self.leaked.append(cidr)

    def _log_restart(self, until: int) -> None:
        """Writes the record of the time without a daemon, if there was one before."""
        since, ended = self.down
        if since != NEVER and ended == NEVER:
            node = self._node
            node.services.recorder.passes.append((since, until, node.number, RESTART))
            self.down = since, until

    # ---------------------------------------------------------------------- end

    def node_changed(self) -> None:
        """The node was cordoned."""
        if self._manager is not None:
            self._manager.node_changed()

    def stop(self) -> None:
        """The process dies where it is."""
        for task in self._tasks:
            task.stop()
        self._tasks.clear()
        if self._manager is not None:
            self._manager.stop()
        self._manager = None
        self.close_pass(self._node.services.clock.now)

    def end(self) -> None:
        """The node is gone, with all that its daemon held."""
        node, now = self._node, self._node.services.clock.now
        if self._store is not None:
            self._store.close(now)
        node.store = None
        self._log_restart(now)
        if node.services.on_daemon is not None:
            node.services.on_daemon(node)

    def flush(self, now: int) -> None:
        """Writes the records that are due by ``now``."""
        if self._store is not None:
            self._store.expire_cooldowns(now)

    def close_pass(self, end_ms: int) -> None:
        """Writes the record of the pass that is under way, if one is: it comes no further."""
        context = self._context
        if context is not None and context.pass_begun is not None:
            begun, kind = context.pass_begun
            if begun < context.clock.now:
                context.log_pass(begun, end_ms, kind)
            context.pass_begun = None

    def close_records(self, end_ms: int) -> None:
        """Writes what goes on at the end of the run."""
        self.close_pass(end_ms)
        self._log_restart(end_ms)
