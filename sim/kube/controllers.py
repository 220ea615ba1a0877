"""Controllers that make pods while the run goes on: arrivals, Jobs, CronJobs.

Source: kubernetes pkg/controller/job, pkg/controller/cronjob. A controller acts at once; its own
work queue and API latencies are left out. Deployments: `sim.kube.deployments`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat

from sim.clock import Clock, Order
from sim.randomness import KeyedSampler
from sim.results.records import NEVER
from sim.workload.arrivals import Arrivals

from .api import Api
from .pods import Owner, Pod, Template


@dataclass(frozen=True, slots=True)
class PodSource:
    """What all controllers of pods need."""

    api: Api
    clock: Clock
    template: Template
    lifetime: KeyedSampler | None
    termination: KeyedSampler

    def lifetime_of(self, index: int) -> int:
        """Lifetime of the workload's pod of this index; always the same one."""
        return NEVER if self.lifetime is None else self.lifetime(self.template.key, index)

    def create_pod(self, index: int, owner: Owner, work: int = NEVER) -> Pod:
        """A pod of the workload; ``work``: how long its work takes."""
        termination = self.termination(self.template.key, index)
        return self.api.create_pod(
            self.template, index, owner=owner, work=work, termination=termination
        )

    def delete_pod(self, pod: Pod) -> None:
        """A delete request."""
        self.api.kubelets.delete(pod)


class ArrivalsController:
    """Creates the pods of a trace or a Poisson process as their times come."""

    def __init__(self, api: Api, clock: Clock, template: Template, arrivals: Arrivals) -> None:
        self._api = api
        self._clock = clock
        self._template = template
        self._is_age = arrivals.lifetime_from == "created"
        self._rows = _rows(arrivals)
        self._made = 0
        self._row = next(self._rows, None)  # the pod that comes next

    def start(self) -> None:
        """Puts the first arrival on the clock."""
        if self._row is not None:
            self._clock.call(self._row[0] - self._clock.now, Order.POD_ADD, self._arrive)

    def _arrive(self, _: None) -> None:
        """All pods of this instant come."""
        now, row = self._clock.now, self._row
        while row is not None and row[0] == now:
            _created, lifetime, termination, cpu, memory, node = row
            self._api.create_pod(
                self._template,
                self._made,
                node_name=node,
                requests=(cpu, memory),
                work=NEVER if self._is_age else lifetime,
                age=lifetime if self._is_age else NEVER,
                termination=termination,
            )
            self._made += 1
            row = next(self._rows, None)
        self._row = row
        if row is not None:
            self._clock.call(row[0] - now, Order.POD_ADD, self._arrive)


def _rows(arrivals: Arrivals) -> Iterator[tuple[int, int, int, int, int, str]]:
    """(created, lifetime, termination, millicores, MiB, node's name or "") of each pod."""
    for chunk in arrivals.chunks:
        *columns, nodes = chunk
        yield from zip(*columns, repeat("") if nodes is None else nodes, strict=False)


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
        on_over: called when it is complete, or its deadline has ended it.
    """

    def __init__(
        self,
        source: PodSource,
        spec: JobSpec,
        first_index: int = 0,
        on_over: Callable[[], None] | None = None,
    ) -> None:
        self._source = source
        self._spec = spec
        self._on_over = on_over
        self._active: dict[int, Pod] = {}
        self._finished = 0
        self._made = first_index
        self.is_over = False

    def start(self, _: None = None) -> None:
        """Starts the Job now."""
        deadline = self._spec.deadline_ms
        if deadline is not None:
            self._source.clock.call(deadline, Order.POD_DELETE, self._on_deadline)
        self._fill()

    def stop(self) -> None:
        """Deletes its pods; no more come."""
        self.is_over = True
        for pod in list(self._active.values()):
            self._source.delete_pod(pod)

    def pod_is_running(self, pod: Pod) -> None:
        """Nothing to do."""

    def pod_has_ended(self, pod: Pod) -> None:
        """A finished pod counts; any other one is made again."""
        del self._active[pod.number]
        self._finished += pod.finished
        if self._finished == self._spec.completions:
            self._end()
        elif not self.is_over:
            self._fill()

    def _end(self) -> None:
        self.is_over = True
        if self._on_over is not None:
            self._on_over()

    def _fill(self) -> None:
        spec = self._spec
        wanted = min(spec.parallelism, spec.completions - self._finished)
        while len(self._active) < wanted:
            work = self._source.lifetime_of(self._made)
            pod = self._source.create_pod(self._made, self, work)
            self._active[pod.number] = pod
            self._made += 1

    def _on_deadline(self, _: None) -> None:
        if not self.is_over:
            for pod in self._active.values():
                pod.deadline_missed = True
            self.stop()
            self._end()


class CronJobController:
    """Starts a Job at each time of its schedule.

    With Forbid, times that come while a Job goes on are made up for by one Job, right after it: a
    finished Job has its CronJob looked at again, and the latest missed time started (syncCronJob,
    without a startingDeadlineSeconds).

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
        self._times_so_far = 0
        self._is_late = False

    def start(self) -> None:
        """Puts the first time on the clock."""
        at = next(self._times, None)
        if at is not None:
            clock = self._source.clock
            clock.call(at - clock.now, Order.POD_ADD, self._on_time)

    def _on_time(self, _: None) -> None:
        self._times_so_far += 1
        self._jobs = [job for job in self._jobs if not job.is_over]
        if self._policy == "Replace":
            for job in self._jobs:
                job.stop()
        if self._policy == "Forbid" and self._jobs:
            self._is_late = True
        else:
            self._start_job()
        self.start()

    def _start_job(self) -> None:
        """The Job of the latest time."""
        first_index = (self._times_so_far - 1) * self.MAX_PODS_OF_A_JOB
        job = JobController(self._source, self._spec, first_index, self._on_job_over)
        self._jobs.append(job)
        job.start()

    def _on_job_over(self) -> None:
        if self._is_late:
            self._is_late = False
            self._start_job()
