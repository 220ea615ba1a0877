"""Where runs run: in this process, in processes of this machine, or on a Dask cluster.

The outcomes are the same bytes wherever they come from. Only the order in which they come differs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple, Protocol

from sim.scenario.errors import InputError, Problem

from .jobs import Job, Outcome, run_job
from .store import Store

Done = Callable[[Outcome], None]
Progress = Callable[[int, int, int], None]
"""Called with the runs that are done, all there are, and those of the done that were taken up."""


class Executor(Protocol):
    """Runs jobs somewhere.

    Attributes:
        workers: how many runs go on at the same time.
    """

    workers: int

    def run(self, jobs: Sequence[Job], done: Done) -> None:
        """Runs jobs of different keys, and calls ``done`` here with each outcome as it comes.

        Raises:
            InputError: the place where they run is gone, or no use.
        """


class Tls(NamedTuple):
    """Files in PEM that a client shows and checks certificates with."""

    ca_file: str | None = None
    cert: str | None = None
    key: str | None = None


class InThisProcess:
    """Runs one job after the other."""

    workers = 1

    def run(self, jobs: Sequence[Job], done: Done) -> None:
        """See `Executor.run`."""
        for job in jobs:
            done(run_job(job))


@contextmanager
def executor(
    workers: int | None = None, scheduler: str | None = None, tls: Tls | None = None
) -> Iterator[Executor]:
    """Opens a place where runs run, and closes it.

    Args:
        workers: processes of this machine; 1: this process alone; None: one a core.
        scheduler: address of a Dask scheduler, tcp:// or tls://, instead of processes.
        tls: certificates for a scheduler with tls://.

    Raises:
        InputError: there is no such number of workers, or the scheduler cannot be used.
    """
    if workers is not None and workers < 1:
        raise InputError(
            [Problem(f"{workers} workers cannot run anything", remedy="give 1 or more")]
        )
    if scheduler is not None:
        from .cluster import cluster

        with cluster(scheduler, tls or Tls()) as there:
            yield there
    elif (count := workers or cores()) == 1:
        yield InThisProcess()
    else:
        from .processes import Processes

        with closing(Processes(count)) as here:
            yield here


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_jobs(
    jobs: Sequence[Job],
    where: Executor | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
) -> dict[str, Outcome]:
    """The outcomes of jobs by their keys, in the order of the jobs.

    Jobs of equal keys run once. A run that raises has an outcome that says so; the others go on.

    Args:
        jobs: what to run.
        where: where to; in this process if not given.
        store: outcomes that are there are taken up, and others put there as they come, each at
            once; those of runs that raise are not kept.
        progress: called at first, and with each outcome.

    Raises:
        InputError: the store cannot be written, or the place where they run is gone or no use.
    """
    by_key = {job.key: job for job in jobs}
    outcomes = _taken_up(by_key, store)
    missing = [job for key, job in by_key.items() if key not in outcomes]
    taken_up = len(outcomes)

    def done(outcome: Outcome) -> None:
        outcomes[outcome.key] = outcome
        if store is not None:
            store.put(outcome)
        if progress is not None:
            progress(len(outcomes), len(by_key), taken_up)

    if progress is not None:
        progress(taken_up, len(by_key), taken_up)
    if missing:
        if store is not None:
            store.prepare()
        (where or InThisProcess()).run(missing, done)
    return {key: outcomes[key] for key in by_key}


def _taken_up(keys: Iterable[str], store: Store | None) -> dict[str, Outcome]:
    found = {key: store.get(key) for key in keys} if store is not None else {}
    return {key: outcome for key, outcome in found.items() if outcome is not None}
