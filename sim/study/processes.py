"""Runs in processes of this machine.

Each is a fresh interpreter, which is safe on every system and whatever threads there are. It gets
a job when it has none, and the traces that the job needs and it does not know. A process that is
killed loses only the job that it ran, which runs again in a new one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Any

from sim.scenario.errors import InputError, Problem
from sim.workload.traces import TracePods

from .executors import Done
from .job_queue import MOST_LOSSES, JobQueue
from .jobs import Job, Outcome, run_job

READY = "ready"

Pipe = connection.Connection


@dataclass(eq=False)
class _Worker:
    """A process, the pipe to it, what it runs, and the traces that it knows."""

    process: SpawnProcess
    pipe: Pipe
    is_ready: bool = False
    job: Job | None = None
    known: set[str] = field(default_factory=set)

    @classmethod
    def hired(cls) -> _Worker:
        """A new one, which will say when it is ready."""
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=work, args=(theirs,), name="ipamd-sim worker", daemon=True)
        with _without_interrupts():
            process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, job: Job) -> None:
        """Lets it run a job."""
        self.job = job
        fresh = {digest: pods for digest, pods in job.pods.items() if digest not in self.known}
        self.known.update(fresh)
        with contextlib.suppress(OSError):  # it is no more, which shows when it is listened to
            self.pipe.send((job.alone(), fresh))

    def says(self) -> Any:
        """`READY`, an outcome, or None if it is no more."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def dismiss(self) -> int:
        """Ends it whatever it does; its exit code."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        self.pipe.close()
        return code


class Processes:
    """An `Executor` whose processes are started when there are jobs, and kept until it is closed.

    Args:
        workers: how many there are, at most.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._team: list[_Worker] = []
        self._failed_starts = 0

    def close(self) -> None:
        """Ends all processes."""
        while self._team:
            self._team.pop().dismiss()

    def run(self, jobs: Sequence[Job], done: Done) -> None:
        """See `Executor.run`."""
        try:
            self._run(JobQueue(jobs), done)
        except BaseException:
            self.close()  # what they still do is for nobody
            raise

    def _run(self, jobs: JobQueue, done: Done) -> None:
        came: list[Outcome] = []
        while jobs or came:
            self._assign(jobs)
            for outcome in came:
                done(outcome)
            came = self._listen(jobs) if jobs else []

    def _assign(self, jobs: JobQueue) -> None:
        wanted = min(self.workers, len(jobs.waiting) + jobs.under_way)
        while len(self._team) < wanted:
            self._team.append(_Worker.hired())
        for worker in self._team:
            if jobs.waiting and worker.is_ready and worker.job is None:
                worker.give(jobs.next())

    def _listen(self, jobs: JobQueue) -> list[Outcome]:
        """Waits until some of the team say something; the outcomes among it."""
        by_pipe = {worker.pipe: worker for worker in self._team}
        came: list[Outcome] = []
        for pipe in connection.wait(list(by_pipe)):
            worker = by_pipe[pipe]  # type: ignore[index]  # only pipes are waited for
            said = worker.says()
            if said is None:
                came += self._replace(worker, jobs)
            elif said == READY:
                worker.is_ready, self._failed_starts = True, 0
            else:
                worker.job = None
                jobs.done()
                came.append(said)
        return came

    def _replace(self, worker: _Worker, jobs: JobQueue) -> list[Outcome]:
        """Takes one that is no more out of the team, and lets its job run again."""
        self._team.remove(worker)
        code = worker.dismiss()
        self._failed_starts += not worker.is_ready
        if self._failed_starts == MOST_LOSSES:
            remedy = "in a script, call it below `if __name__ == '__main__':`; or run with 1 worker"
            raise InputError([Problem("worker processes end as they start", remedy=remedy)])
        if worker.job is None:
            return []
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        why = f"its process ended {MOST_LOSSES} times, {how}: is there enough memory?"
        return jobs.lost(worker.job, why)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started here do not see Ctrl-C: who started them ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would let them through when it starts by itself
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ----------------------------------------------------------------- the processes


def work(pipe: Pipe) -> None:
    """What a process does: it runs the jobs that come through the pipe, until it is ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    traces: dict[str, TracePods] = {}
    with contextlib.suppress(EOFError, OSError):  # nobody is there any more
        pipe.send(READY)
        while True:
            job, fresh = pipe.recv()
            traces.update(fresh)
            pipe.send(run_job(replace(job, pods=traces)))


def _end_with_parent() -> None:
    """Ends the process with the one that started it, even if that is killed in the midst."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
