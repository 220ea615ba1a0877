"""Nodes: launch, cordon, drain, end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.aws.client import Region
from sim.aws.ec2 import Instance
from sim.aws.launches import Launches
from sim.clock import Clock, Order
from sim.ipamd.cni_node import CniNode
from sim.overlay.calico import IpPool
from sim.randomness import Sampler, Streams
from sim.results.records import NEVER, Recorder

from .addresses import PodAddresses
from .aws_node import AwsNode
from .calico_node import CalicoNode
from .group_spec import GroupSpec
from .kubelet import Kubelets
from .pods import Pod
from .resource_controller import ResourceController
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
    eni_configs: Mapping[str, int]  # zone to the subnet of custom networking
    metadata_delay: Sampler
    aws_node_restart: Sampler
    aws_node_restart_max_ms: int
    drain_timeout_ms: int
    on_start: Callable[[Node], None]  # a kubelet runs: pods that must be on its node may come
    on_daemon: Callable[[Node], None] | None = None  # a daemon is ready, or its node has ended
    controller: ResourceController | None = None  # of trunk and branch ENIs
    overlay: IpPool | None = None  # in place of the VPC CNI
    launches: Launches | None = None  # EC2's limits on them
    lost_zones: set[str] = field(default_factory=set)  # in which nothing can be launched now
    every_pass: bool = False  # run the daemon's loop as it stands, passes that do nothing too


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
    store: PodAddresses | None = None
    is_closed: bool = False  # no new pods come
    is_cordoned: bool = False
    is_draining: bool = False
    has_pod_enis: bool = False  # its trunk ENI is there
    pods: dict[int, Pod] = field(default_factory=dict)
    requested_ms: int = NEVER
    started_ms: int = NEVER
    ready_ms: int = NEVER
    cordoned_ms: int = NEVER
    terminated_ms: int = NEVER
    boot_failures: int = 0
    on_ready: Callable[[Node], None] | None = None
    on_end: Callable[[Node], None] | None = None

    def __post_init__(self) -> None:
        overlay = self.services.overlay
        self.aws_node = AwsNode(self) if overlay is None else CalicoNode(self, overlay)
        self.cni_node = CniNode()
        self._linger_ms = 0

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
        self.aws_node.start(delay)

    def kubelet_has_started(self) -> None:
        """Pods may be put on it; the DaemonSets' come."""
        self.started_ms = self.services.clock.now
        self.services.on_start(self)

    def daemon_is_ready(self) -> None:
        """Pods get addresses, and the scheduler may send some from the first time on."""
        if self.ready_ms == NEVER:
            self.ready_ms = self.services.clock.now
            if not self.is_closed:
                self.services.scheduler.open(self)
            if self.on_ready is not None:
                self.services.clock.call(0, Order.ANSWER, self.on_ready, self)

    # ---------------------------------------------------------------------- end

    @property
    def is_empty(self) -> bool:
        """Whether none but DaemonSets' pods are on it."""
        return all(pod.template.is_daemon for pod in self.pods.values())

    def close(self) -> None:
        """No new pods come: a taint that the daemon does not know."""
        if not self.is_closed:
            self.is_closed = True
            self.services.scheduler.close(self)

    def cordon(self) -> None:
        """No new pods; the daemon neither grows nor frees ENIs (unless told to)."""
        self.close()
        if not self.is_cordoned:
            self.is_cordoned = True
            self.cordoned_ms = self.services.clock.now
            self.aws_node.node_changed()

    def drain_and_terminate(self, linger_ms: int = 0) -> None:
        """Evicts the pods of a node that takes no new ones.

        It ends with the last of them, or ``linger_ms`` later, cordoned; at the latest after the
        drain timeout.
        """
        if self.is_draining:
            return
        self.is_draining, self._linger_ms = True, linger_ms
        for pod in list(self.pods.values()):
            if not pod.template.is_daemon:
                self.services.kubelets.delete(pod)
        self.end_if_drained()
        timeout = self.services.drain_timeout_ms
        self.services.clock.call(timeout, Order.POD_DELETE, lambda _: self.terminate())

    def end_if_drained(self) -> None:
        """Ends a draining node once none but DaemonSets' pods are on it."""
        if not self.is_empty:
            return
        if not self._linger_ms:
            self.terminate()
        elif not self.is_cordoned:
            self.cordon()
            clock = self.services.clock
            clock.call(self._linger_ms, Order.POD_DELETE, lambda _: self.terminate())

    def terminate(self) -> None:
        """The instance ends, with its pods, its daemon and its ENIs."""
        clock = self.services.clock
        if self.terminated_ms != NEVER:
            return
        self.terminated_ms = clock.now
        self.aws_node.stop()
        self.services.scheduler.close(self)
        while self.pods:
            self.services.kubelets.kill(next(iter(self.pods.values())))
        self.aws_node.end()
        if self.instance is not None:
            self.services.region.ec2.terminate(self.instance)
        if self.services.controller is not None:
            self.services.controller.node_gone(self)
        if self.on_end is not None:
            self.on_end(self)
