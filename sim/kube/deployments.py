"""Deployments: replicas, their replacement, rolling updates.

Source: kubernetes pkg/controller/deployment (rolling.go, util), pkg/controller/replicaset. A
controller acts at once. Two things are left out: scaling in the middle of an update is not shared
out between the versions (the new one grows), and of pods to delete, how many share their node does
not count.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim.clock import Order

from .controllers import PodSource
from .pods import Pod


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rolling update: how many pods may be too many, or missing, meanwhile."""

    at: int
    max_surge: int | str
    max_unavailable: int | str

    def bounds(self, replicas: int) -> tuple[int, int]:
        """(most pods, fewest available ones): surge rounds up, unavailable down, not both 0."""
        surge = _resolve(self.max_surge, replicas, up=True)
        unavailable = _resolve(self.max_unavailable, replicas, up=False)
        if not (surge or unavailable):
            unavailable = 1
        return replicas + surge, max(replicas - unavailable, 0)


def _resolve(value: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%")) * replicas
    return -(-percent // 100) if up else percent // 100


class ReplicaSet:
    """The pods of one version of a Deployment; one that ends is replaced at once.

    Args:
        source: template and lives of its pods.
        indices: the pods' numbers within the workload.
        on_change: called when a pod came to run, or one that ended was replaced.
    """

    def __init__(
        self, source: PodSource, indices: Iterator[int], on_change: Callable[[], None]
    ) -> None:
        self._source = source
        self._indices = indices
        self._on_change = on_change
        self._waiting: dict[int, Pod] = {}  # in the order of their creation
        self._running: dict[int, Pod] = {}  # in the order in which they came to run

    def __len__(self) -> int:
        return len(self._waiting) + len(self._running)

    @property
    def available(self) -> int:
        """Pods that run."""
        return len(self._running)

    def create(self, count: int) -> None:
        """Makes pods."""
        for _ in range(count):
            pod = self._source.create_pod(next(self._indices), self)
            self._waiting[pod.number] = pod

    def delete(self, count: int) -> int:
        """Deletes pods, those that do not run first; returns how many."""
        waiting = self.delete_waiting(count)
        return waiting + self._delete_youngest(self._running, count - waiting)

    def delete_waiting(self, count: int) -> int:
        """Deletes pods that do not run; returns how many."""
        return self._delete_youngest(self._waiting, count)

    def _delete_youngest(self, pods: dict[int, Pod], count: int) -> int:
        count = min(max(count, 0), len(pods))
        for _ in range(count):
            self._source.delete_pod(pods.popitem()[1])
        return count

    def pod_is_running(self, pod: Pod) -> None:
        """One more available pod; it is deleted at the end of its lifetime, if it has one."""
        self._running[pod.number] = self._waiting.pop(pod.number)
        if self._source.lifetime is not None:
            self._source.api.kubelets.delete_after(pod, self._source.lifetime_of(pod.index))
        self._on_change()

    def pod_has_ended(self, pod: Pod) -> None:
        """A pod that the set did not delete itself is replaced."""
        if self._waiting.pop(pod.number, None) or self._running.pop(pod.number, None):
            self.create(1)
            self._on_change()


class DeploymentController:
    """Keeps pods at a number, and replaces them step by step in a rolling update.

    Args:
        source: template and lives of its pods.
        steps: (ms, replicas).
        updates: its rolling updates.
    """

    def __init__(
        self, source: PodSource, steps: list[tuple[int, int]], updates: list[Rollout]
    ) -> None:
        self._source = source
        self._steps = steps
        self._updates = updates
        self._replicas = 0
        self._rollout: Rollout | None = None
        self._indices = itertools.count()
        self._new = self._next_version()
        self._old: list[ReplicaSet] = []  # those that still have pods, oldest first

    def start(self) -> None:
        """Puts the steps and updates on the clock."""
        clock = self._source.clock
        for at, replicas in self._steps:
            clock.call(at, Order.POD_ADD, self._on_step, replicas)
        for update in self._updates:
            clock.call(update.at, Order.POD_ADD, self._on_update, update)

    def _next_version(self) -> ReplicaSet:
        return ReplicaSet(self._source, self._indices, self._reconcile)

    def _on_step(self, replicas: int) -> None:
        self._replicas = replicas
        self._reconcile()

    def _on_update(self, update: Rollout) -> None:
        self._rollout = update
        if len(self._new):
            self._old.append(self._new)
        self._new = self._next_version()
        self._reconcile()

    def _reconcile(self) -> None:
        """New pods come and old ones go until nothing more may be done now (rolloutRolling)."""
        most, fewest = self._replicas, self._replicas
        if self._old and self._rollout is not None:
            most, fewest = self._rollout.bounds(self._replicas)
        while self._scale_new(most) or self._scale_old(fewest):
            pass
        self._cut(most)

    def _total(self) -> int:
        return len(self._new) + sum(map(len, self._old))

    def _scale_new(self, most: int) -> bool:
        """Brings the new pods nearer to the replicas (reconcileNewReplicaSet)."""
        missing = self._replicas - len(self._new)
        self._new.delete(-missing)
        missing = min(missing, most - self._total())
        self._new.create(missing)
        return missing > 0

    def _scale_old(self, fewest: int) -> bool:
        """Deletes old pods: those that do not run, then spare ones (reconcileOldReplicaSets)."""
        before = self._total()
        new_waiting = len(self._new) - self._new.available
        may_go = before - new_waiting - fewest
        if not self._old or may_go <= 0:
            return False
        for version in self._old:
            may_go -= version.delete_waiting(may_go)
        spare = self._new.available + sum(version.available for version in self._old) - fewest
        for version in self._old:
            spare -= version.delete(spare)
        self._old = [version for version in self._old if len(version)]
        return self._total() < before

    def _cut(self, most: int) -> None:
        """After a step down in an update: what is over the bound does not run, and goes."""
        over = self._total() - most
        for version in (*self._old, self._new):
            over -= version.delete_waiting(over)
