"""Controllers that make pods while the run goes on: Deployments, Jobs, CronJobs, arrivals.

Source: kubernetes pkg/controller/deployment (rolling.go, util maxSurge and maxUnavailable),
pkg/controller/job, pkg/controller/cronjob. A controller acts at once; its own work queue and API
latencies are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.clock import Clock, Order, Timer, call_after
from sim.randomness import KeyedSampler
from sim.results.records import NEVER
from sim.workload.arrivals import Arrivals

from .api import Api, Life
from .pods import Pod, Template


@dataclass(frozen=True, slots=True)
class PodSource:
    """What all controllers of pods need."""

    api: Api
    clock: Clock
    template: Template
    lifetime: KeyedSampler | None
    termination: KeyedSampler

    def life(self, index: int) -> Life:
        """The life of the workload's pod of this index; always the same one."""
        key = self.template.key
        work = NEVER if self.lifetime is None else self.lifetime(key, index)
        return Life(work=work, termination=self.termination(key, index))


class ArrivalsController:
    """Creates the pods of a trace or a Poisson process as their times come."""

    def __init__(self, api: Api, clock: Clock, template: Template, arrivals: Arrivals) -> None:
        self._api = api
        self._clock = clock
        self._template = template
        self._arrivals = arrivals
        self._next = 0

    def start(self) -> None:
        """Puts the first arrival on the clock."""
        self._schedule_next()

    def _schedule_next(self) -> None:
        if self._next < len(self._arrivals.created_ms):
            delay = self._arrivals.created_ms[self._next] - self._clock.now
            call_after(self._clock, delay, Order.POD_ADD, self._arrive)

    def _arrive(self, _event: Timer) -> None:
        created, now = self._arrivals.created_ms, self._clock.now
        while self._next < len(created) and created[self._next] == now:
            self._create(self._next)
            self._next += 1
        self._schedule_next()

    def _create(self, i: int) -> None:
        arrivals = self._arrivals
        lifetime, termination = arrivals.lifetime_ms[i], arrivals.termination_ms[i]
        if arrivals.lifetime_from == "created":
            life = Life(age=lifetime, termination=termination)
        else:
            life = Life(work=lifetime, termination=termination)
        node = arrivals.nodes[i] if arrivals.nodes else ""
        requests = (arrivals.cpu[i], arrivals.memory[i])
        self._api.create_pod(self._template, i, life, node_name=node, requests=requests)


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rolling update: how many pods may be too many, or missing, meanwhile."""

    at: int
    max_surge: int | str
    max_unavailable: int | str

    def bounds(self, replicas: int) -> tuple[int, int]:
        """(surge, unavailable) in pods: surge rounds up, unavailable down, not both 0."""
        surge = _resolve(self.max_surge, replicas, up=True)
        unavailable = _resolve(self.max_unavailable, replicas, up=False)
        return surge, unavailable if surge or unavailable else 1


def _resolve(value: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%")) * replicas
    return -(-percent // 100) if up else percent // 100


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
        self._old: dict[int, Pod] = {}
        self._new: dict[int, Pod] = {}
        self._running: set[int] = set()
        self._made = 0
        self._is_reconciling = False

    def start(self) -> None:
        """Puts the steps and updates on the clock."""
        clock = self._source.clock
        for at, replicas in self._steps:
            call_after(clock, at, Order.POD_ADD, self._on_step, replicas)
        for update in self._updates:
            call_after(clock, update.at, Order.POD_ADD, self._on_update, update)

    def _on_step(self, event: Timer) -> None:
        self._replicas = event.value
        self._reconcile()

    def _on_update(self, event: Timer) -> None:
        self._rollout = event.value
        self._old.update(self._new)
        self._new = {}
        self._reconcile()

    def pod_is_running(self, pod: Pod) -> None:
        """One more available pod."""
        self._running.add(pod.number)
        if self._old:
            self._reconcile()

    def pod_has_ended(self, pod: Pod) -> None:
        """One pod less; it is replaced at once."""
        self._running.discard(pod.number)
        self._old.pop(pod.number, None)
        self._new.pop(pod.number, None)
        self._reconcile()

    def _reconcile(self) -> None:
        """Creates and deletes pods until nothing more may be done now."""
        if self._is_reconciling:
            return
        self._is_reconciling = True
        surge, unavailable = 0, 0
        if self._old and self._rollout is not None:
            surge, unavailable = self._rollout.bounds(self._replicas)
        self._delete_new_over_replicas()
        self._delete_old(self._replicas - unavailable)
        self._create(self._replicas + surge)
        self._is_reconciling = False

    def _delete_new_over_replicas(self) -> None:
        over = len(self._new) - self._replicas
        if over > 0:
            self._delete(self._new, over)

    def _delete_old(self, min_available: int) -> None:
        """Old pods that do not run go first, then as many as stay above the minimum."""
        waiting = [number for number in self._old if number not in self._running]
        for number in waiting:
            self._source.api.kubelets.delete(self._old[number])
        spare = len(self._running) - max(min_available, 0)
        if self._old and spare > 0:
            self._delete(self._old, min(spare, len(self._old)))

    def _delete(self, pods: dict[int, Pod], count: int) -> None:
        """Pods that do not run first, then the youngest (ActivePods order)."""
        order = sorted(pods, key=lambda number: (number in self._running, -number))
        for pod in [pods[number] for number in order[:count]]:
            self._source.api.kubelets.delete(pod)

    def _create(self, most: int) -> None:
        missing = min(self._replicas - len(self._new), most - len(self._new) - len(self._old))
        for _ in range(missing):
            index = self._made
            self._made += 1
            source = self._source
            pod = source.api.create_pod(source.template, index, source.life(index), self)
            self._new[pod.number] = pod


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A Job: how many pods must finish, how many run at a time, and its deadline in ms."""

    completions: int
    parallelism: int
    deadline_ms: int | None


class JobController:
    """One Job; pods that were deleted before they finished are made again.

    Args:
        source: template and lives of its pods.
        spec: the Job.
        first_index: indices of its pods start here.
    """

    def __init__(self, source: PodSource, spec: JobSpec, first_index: int = 0) -> None:
        self._source = source
        self._spec = spec
        self._active: dict[int, Pod] = {}
        self._finished = 0
        self._made = first_index
        self.is_over = False

    def start(self, _event: Timer | None = None) -> None:
        """Starts the Job now."""
        deadline = self._spec.deadline_ms
        if deadline is not None:
            call_after(self._source.clock, deadline, Order.POD_DELETE, self._on_deadline)
        self._fill()

    def stop(self) -> None:
        """Deletes its pods; no more come."""
        self.is_over = True
        for pod in list(self._active.values()):
            self._source.api.kubelets.delete(pod)

    def pod_is_running(self, pod: Pod) -> None:
        """Nothing to do."""

    def pod_has_ended(self, pod: Pod) -> None:
        """A finished pod counts; any other one is made again."""
        del self._active[pod.number]
        self._finished += pod.finished
        if self._finished >= self._spec.completions:
            self.is_over = True
        self._fill()

    def _fill(self) -> None:
        spec = self._spec
        wanted = min(spec.parallelism, spec.completions - self._finished)
        while not self.is_over and len(self._active) < wanted:
            index = self._made
            self._made += 1
            source = self._source
            pod = source.api.create_pod(source.template, index, source.life(index), self)
            self._active[pod.number] = pod

    def _on_deadline(self, _event: Timer) -> None:
        if not self.is_over:
            for pod in self._active.values():
                pod.deadline_missed = True
            self.stop()


class CronJobController:
    """Starts a Job at each time of its schedule.

    Args:
        source: template and lives of its pods.
        spec: the Jobs.
        times: rising ms at which they start.
        policy: Allow, Forbid or Replace, while an earlier Job goes on.
    """

    MAX_PODS_OF_A_JOB = 2_000_000

    def __init__(self, source: PodSource, spec: JobSpec, times: Iterator[int], policy: str) -> None:
        self._source = source
        self._spec = spec
        self._times = times
        self._policy = policy
        self._jobs: list[JobController] = []
        self._runs = 0

    def start(self) -> None:
        """Puts the first time on the clock."""
        at = next(self._times, None)
        if at is not None:
            call_after(
                self._source.clock, at - self._source.clock.now, Order.POD_ADD, self._on_time
            )

    def _on_time(self, _event: Timer) -> None:
        self._jobs = [job for job in self._jobs if not job.is_over]
        if self._policy == "Replace":
            for job in self._jobs:
                job.stop()
        if not self._jobs or self._policy != "Forbid":
            first_index = self._runs * self.MAX_PODS_OF_A_JOB
            job = JobController(self._source, self._spec, first_index)
            self._jobs.append(job)
            job.start()
        self._runs += 1
        self.start()
