"""What the kubelets do with pods: sandbox, CNI ADD and its retries, containers, CNI DEL.

Source: kubernetes pkg/kubelet/pod_workers.go (completeWork), kuberuntime_manager.go
(killPodWithSyncResult): a pod's address is released once its containers have stopped. A CNI ADD
that finds no address fails at once, and the pod worker tries again after a flat wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.clock import Clock, Order
from sim.randomness import KeyedSampler
from sim.results.records import NEVER

from .addresses import PodAddresses
from .pods import Pod


@dataclass(frozen=True, slots=True)
class Times:
    """How long the kubelet's steps take, by the pod's key and index; see `sim.scenario.kube`.

    The two retries and the tick take the number of ADDs as a further index. None: no time.
    """

    sandbox: KeyedSampler | None
    image_pull: KeyedSampler | None
    container_start: KeyedSampler | None
    add_retry: KeyedSampler
    not_initialised_retry: KeyedSampler
    sync_tick: KeyedSampler
    teardown: KeyedSampler | None


def _never(_pod: Pod) -> bool:
    """What is asked of pods on branch ENIs where there are none."""
    return False


class Kubelets:
    """The kubelets of all nodes.

    Args:
        clock: the simulation's clock.
        times: how long the steps take.
        on_gone: called once with each pod that has ended and given back what it held.
    """

    def __init__(self, clock: Clock, times: Times, on_gone: Callable[[Pod], None]) -> None:
        self.clock = clock
        self.times = times
        self._on_gone = on_gone
        self.has_branch_eni: Callable[[Pod], bool] = _never
        self.pods_started = 0

    def start(self, pod: Pod) -> None:
        """Begins with a pod that was bound to its node (at ``bound_ms``, now or soon)."""
        delay = pod.bound_ms - self.clock.now
        sandbox = self.times.sandbox
        if sandbox is not None:
            delay += sandbox(pod.template.key, pod.index)
        if delay:
            self.clock.call(delay, Order.POD_ADD, self._add, pod)
        else:
            self._add(pod)

    def delete(self, pod: Pod) -> None:
        """A delete request: the containers stop, then the address is released."""
        if pod.ended_ms == NEVER:
            self._end(pod, pod.termination_ms)

    def delete_after(self, pod: Pod, delay: int) -> None:
        """A delete request in ``delay`` ms."""
        self.clock.call(delay, Order.POD_DELETE, self.delete, pod)

    def kill(self, pod: Pod) -> None:
        """The node is gone, and the pod with it."""
        now = self.clock.now
        if pod.ended_ms == NEVER:
            pod.ended_ms = now
            if pod.owner is not None:
                pod.owner.pod_has_ended(pod)
        if pod.released_ms == NEVER:
            if pod.address_ms != NEVER:
                pod.released_ms = now
            self._on_gone(pod)

    # ----------------------------------------------------------------- internal

    def _end(self, pod: Pod, termination_ms: int) -> None:
        """Its containers stop and its sandbox is torn down; then its address is released."""
        pod.ended_ms = self.clock.now
        if pod.owner is not None:
            pod.owner.pod_has_ended(pod)
        if pod.address_ms == NEVER:
            self._on_gone(pod)
            return
        delay, teardown = termination_ms, self.times.teardown
        if teardown is not None:
            delay += teardown(pod.template.key, pod.index)
        if delay:
            self.clock.call(delay, Order.POD_DELETE, self._release, pod)
        else:
            self._release(pod)

    def _add(self, pod: Pod) -> None:
        """One CNI ADD; pods on the host's network need none."""
        node = pod.node
        if pod.ended_ms != NEVER or node is None:
            return
        if pod.template.host_network:
            self._has_address(pod)
            return
        now = pod.last_add_ms = self.clock.now
        pod.adds += 1
        if pod.first_add_ms == NEVER:
            pod.first_add_ms = now
        if node.store is None:
            is_new = node.ready_ms == NEVER  # without a CNI; later the plugin finds no daemon
            self._retry(pod, self.times.not_initialised_retry if is_new else self.times.add_retry)
            return
        if pod.template.security_groups:
            self._add_branch(pod, node.store)
            return
        pod.cidr = node.store.assign_pod_ipv4_address(now)
        if pod.cidr is None:
            self._retry(pod, self.times.add_retry)
        else:
            self._has_address(pod)

    def _add_branch(self, pod: Pod, store: PodAddresses) -> None:
        """Needs a trunk in the data store and the controller's annotation (rpc_handler.go)."""
        if store.has_trunk and self.has_branch_eni(pod):
            self._has_address(pod)
        else:
            self._retry(pod, self.times.add_retry)

    def _retry(self, pod: Pod, wait: KeyedSampler) -> None:
        key, index, adds = pod.template.key, pod.index, pod.adds
        delay = wait(key, index, adds) + self.times.sync_tick(key, index, adds)
        self.clock.call(delay, Order.POD_ADD, self._add, pod)

    def _has_address(self, pod: Pod) -> None:
        now = pod.address_ms = pod.running_ms = self.clock.now
        self.pods_started += 1
        for step in (self.times.image_pull, self.times.container_start):
            if step is not None:
                pod.running_ms += step(pod.template.key, pod.index)
        if pod.owner is not None:
            self.clock.call(pod.running_ms - now, Order.POD_ADD, self._is_running, pod)
        if pod.lifetime_ms != NEVER:
            delay = pod.running_ms + pod.lifetime_ms - now
            self.clock.call(delay, Order.POD_DELETE, self._finish, pod)

    def _is_running(self, pod: Pod) -> None:
        if pod.ended_ms == NEVER and pod.owner is not None:
            pod.owner.pod_is_running(pod)

    def _finish(self, pod: Pod) -> None:
        if pod.ended_ms == NEVER:
            pod.finished = True
            self._end(pod, 0)

    def _release(self, pod: Pod) -> None:
        """The CNI DEL: the address begins to cool."""
        if pod.released_ms != NEVER:
            return
        now = pod.released_ms = self.clock.now
        node = pod.node
        if pod.cidr is not None and node is not None:
            if node.store is None:
                node.aws_node.not_released(pod.cidr)
            else:
                node.store.unassign_pod_ip_address(pod.cidr, now)
        self._on_gone(pod)
