"""Creation and deletion of pods, and the record each leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.clock import Clock, Order, call_after
from sim.randomness import KeyedSampler
from sim.results.records import NEVER, POD_OUTCOMES, UNSERVED_REASONS, Recorder

from .kubelet import Kubelets, Times
from .nodes import Node
from .pods import Owner, Pod, Template
from .scheduler import Scheduler

RUNNING, FINISHED, DELETED, UNSERVED = range(len(POD_OUTCOMES))
NO_REASON, NO_NODE_FITS, NO_FREE_ADDRESS, NODE_NOT_READY, STARTING = range(len(UNSERVED_REASONS))


@dataclass(frozen=True, slots=True)
class Life:
    """How long a pod lives, in ms.

    ``work`` counts from running on, ``age`` from its creation; NEVER: no such end.
    ``termination`` passes from a delete request to the end of the last container.
    """

    work: int = NEVER
    age: int = NEVER
    termination: int = 0


@dataclass
class Api:
    """The API server, the scheduler and the kubelets, as a workload sees them."""

    clock: Clock
    recorder: Recorder
    schedule_time: KeyedSampler
    times: Times
    most_allocated: bool
    first_nodes: int
    first_nodes_timeout_ms: int
    pods: dict[int, Pod] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    created: int = 0
    _awaiting_node: dict[str, list[Pod]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first_nodes = self.first_nodes if self.first_nodes_timeout_ms else 0
        self.scheduler = Scheduler(self.most_allocated, self._bind, first_nodes)
        if first_nodes:
            timeout = self.first_nodes_timeout_ms
            call_after(self.clock, timeout, Order.POD_ADD, lambda _: self.scheduler.begin())
        self.kubelets = Kubelets(self.clock, self.times, self._gone)

    def create_pod(
        self,
        template: Template,
        index: int,
        life: Life,
        owner: Owner | None = None,
        node_name: str = "",
        requests: tuple[int, int] | None = None,
    ) -> Pod:
        """A new pod, bound at once where it fits.

        Args:
            template: what the workload's pods share.
            index: its number within the workload.
            life: how long it lives.
            owner: the controller that looks after it.
            node_name: the node it is pinned to, past the scheduler; it waits for the node.
            requests: millicores and MiB, if they differ from the template's.
        """
        pod = Pod(self.created, index, template, self.clock.now)
        self.created += 1
        self.pods[pod.number] = pod
        pod.owner = owner
        pod.lifetime_ms, pod.termination_ms = life.work, life.termination
        if requests is not None:
            pod.cpu, pod.memory = requests
        if life.age != NEVER:
            self.kubelets.delete_after(pod, life.age)
        if not node_name:
            self.scheduler.schedule(pod)
        elif self._is_up(node_name):
            self.pin(pod, self.nodes[node_name])
        else:
            self._awaiting_node.setdefault(node_name, []).append(pod)
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

    def _is_up(self, node_name: str) -> bool:
        node = self.nodes.get(node_name)
        return node is not None and node.terminated_ms == NEVER

    def pin(self, pod: Pod, node: Node) -> None:
        """Puts a pod on a node without asking the scheduler."""
        self.scheduler.take_room(pod, node)
        self._bind(pod, node)

    def _bind(self, pod: Pod, node: Node) -> None:
        delay = self.schedule_time(pod.template.key, pod.index)
        pod.bound_ms = self.clock.now + delay
        pod.node = node
        node.pods[pod.number] = pod
        self.kubelets.start(pod)

    def _gone(self, pod: Pod) -> None:
        del self.pods[pod.number]
        if pod.node is None:
            self.scheduler.forget(pod)
        else:
            pod.node.pod_has_left(pod)
        self._record(pod)

    # ------------------------------------------------------------------ records

    def record_rest(self) -> None:
        """Writes the records of pods that are alive at the end of the run."""
        for pod in self.pods.values():
            self._record(pod)

    def _record(self, pod: Pod) -> None:
        now = self.clock.now
        node = NEVER if pod.node is None else pod.node.number
        outcome, reason = self._outcome(pod)
        running = pod.running_ms
        if running > now or (pod.ended_ms != NEVER and running > pod.ended_ms):
            running = NEVER
        self.recorder.pods.append(
            (
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
            )
        )

    @staticmethod
    def _outcome(pod: Pod) -> tuple[int, int]:
        if pod.address_ms != NEVER:
            if pod.ended_ms == NEVER:
                return RUNNING, NO_REASON
            return FINISHED if pod.finished else DELETED, NO_REASON
        if pod.node is None:
            return UNSERVED, NO_NODE_FITS
        if pod.node.store is None or NEVER < pod.last_add_ms < pod.node.ready_ms:
            return UNSERVED, NODE_NOT_READY
        return UNSERVED, NO_FREE_ADDRESS if pod.adds else STARTING
