"""Creation and deletion of pods, and the record each leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.clock import Clock, Order
from sim.randomness import KeyedSampler
from sim.results.records import NEVER, POD_OUTCOMES, UNSERVED_REASONS, Recorder

from .branch_scheduler import BranchScheduler
from .kubelet import Kubelets, Times
from .nodes import Node
from .pods import Owner, Pod, Template
from .resource_controller import ResourceController
from .scheduler import Scheduler

RUNNING, FINISHED, DELETED, UNSERVED = range(len(POD_OUTCOMES))
NO_REASON, NO_NODE_FITS, NO_FREE_ADDRESS, NODE_NOT_READY, STARTING = range(len(UNSERVED_REASONS))


@dataclass
class Api:
    """The API server, the scheduler and the kubelets, as a workload sees them."""

    clock: Clock
    recorder: Recorder
    schedule_time: KeyedSampler | None  # None: no time
    times: Times
    most_allocated: bool
    first_nodes: int
    first_nodes_timeout_ms: int
    has_pod_enis: bool = False  # some nodes have trunk ENIs
    pods: dict[int, Pod] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    created: int = 0
    controller: ResourceController | None = None
    _awaiting_node: dict[str, list[Pod]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first_nodes = self.first_nodes if self.first_nodes_timeout_ms else 0
        make_scheduler = BranchScheduler if self.has_pod_enis else Scheduler
        self.scheduler = make_scheduler(self.most_allocated, self._bind, first_nodes)
        if first_nodes:
            timeout = self.first_nodes_timeout_ms
            self.clock.call(timeout, Order.POD_ADD, lambda _: self.scheduler.begin())
        self.kubelets = Kubelets(self.clock, self.times, self._gone)

    def create_pod(  # noqa: PLR0913 (what a pod can differ in)
        self,
        template: Template,
        index: int,
        *,
        owner: Owner | None = None,
        node_name: str = "",
        requests: tuple[int, int] | None = None,
        work: int = NEVER,
        age: int = NEVER,
        termination: int = 0,
    ) -> Pod:
        """A new pod, bound at once where it fits.

        Args:
            template: what the workload's pods share.
            index: its number within the workload.
            owner: the controller that looks after it.
            node_name: the node it is pinned to, past the scheduler; it waits for the node.
            requests: millicores and MiB, if they differ from the template's.
            work: ms that its work takes from running on, NEVER: it does not end by itself.
            age: ms from its creation to a delete request, NEVER: none.
            termination: ms from a delete request to the end of its last container.
        """
        number = self.created
        self.created = number + 1
        pod = self.pods[number] = Pod(number, index, template, self.clock.now)
        pod.owner = owner
        pod.lifetime_ms, pod.termination_ms = work, termination
        if requests is not None:
            pod.cpu, pod.memory = requests
        if age != NEVER:
            self.kubelets.delete_after(pod, age)
        if not node_name:
            self.scheduler.schedule(pod)
            return pod
        node = self.nodes.get(node_name)
        if node is None or node.terminated_ms != NEVER:
            self._awaiting_node.setdefault(node_name, []).append(pod)
        else:
            self.pin(pod, node)
        return pod

    def register_node(self, node: Node) -> None:
        """A node was asked for."""
        self.recorder.names.nodes.append(node.name)
        self.scheduler.add_node(node)

    def node_has_started(self, node: Node) -> None:
        """Its kubelet runs: pods pinned to it may come."""
        self.nodes[node.name] = node
        for pod in self._awaiting_node.pop(node.name, ()):
            if pod.ended_ms == NEVER:
                self.pin(pod, node)

    def pin(self, pod: Pod, node: Node) -> None:
        """Puts a pod on a node without asking the scheduler."""
        self.scheduler.take_room(pod, node)
        self._bind(pod, node)

    def _bind(self, pod: Pod, node: Node) -> None:
        pod.bound_ms = self.clock.now
        if self.schedule_time is not None:
            pod.bound_ms += self.schedule_time(pod.template.key, pod.index)
        pod.node = node
        node.pods[pod.number] = pod
        if pod.template.security_groups and self.controller is not None:
            self.controller.pod_bound(pod)
        self.kubelets.start(pod)

    def _gone(self, pod: Pod) -> None:
        del self.pods[pod.number]
        node = pod.node
        if node is None:
            self.scheduler.forget(pod)
        else:
            del node.pods[pod.number]
            if pod.template.security_groups and self.controller is not None:
                self.controller.pod_gone(pod)
            self.scheduler.give_room(pod, node)
            if node.is_draining:
                node.end_if_drained()
        self.recorder.pods.append(self._row(pod))

    # ------------------------------------------------------------------ records

    def record_rest(self) -> None:
        """Writes the records of pods that are alive at the end of the run."""
        for pod in self.pods.values():
            self.recorder.pods.append(self._row(pod))

    def waiting(self, since_ms: int) -> list[tuple[int, ...]]:
        """Records, as they would be now, of pods that had to wait for their address.

        Those that have none yet, and those that got it after ``since_ms``.
        """
        return [
            self._row(pod)
            for pod in self.pods.values()
            if pod.adds
            and (
                pod.address_ms == NEVER
                or (pod.address_ms > pod.first_add_ms and pod.address_ms > since_ms)
            )
        ]

    def _row(self, pod: Pod) -> tuple[int, ...]:
        """The pod's record, in the columns of `POD_COLUMNS`."""
        now = self.clock.now
        node = NEVER if pod.node is None else pod.node.number
        outcome, reason = self._outcome(pod)
        running = pod.running_ms
        if running > now or (pod.ended_ms != NEVER and running > pod.ended_ms):
            running = NEVER
        return (
            pod.number,
            pod.template.workload,
            node,
            pod.template.host_network,
            pod.created_ms,
            pod.bound_ms if pod.bound_ms <= now else NEVER,
            pod.first_add_ms,
            pod.address_ms,
            running,
            pod.ended_ms,
            pod.released_ms,
            pod.adds,
            outcome,
            reason,
            pod.deadline_missed,
            pod.index,
        )

    @staticmethod
    def _outcome(pod: Pod) -> tuple[int, int]:
        if pod.address_ms != NEVER:
            if pod.ended_ms == NEVER:
                return RUNNING, NO_REASON
            return FINISHED if pod.finished else DELETED, NO_REASON
        if pod.node is None:
            return UNSERVED, NO_NODE_FITS
        if pod.node.store is None or (pod.adds and pod.node.aws_node.was_down(pod.last_add_ms)):
            return UNSERVED, NODE_NOT_READY
        return UNSERVED, NO_FREE_ADDRESS if pod.adds else STARTING
