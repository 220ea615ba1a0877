"""Where runs run: the outcomes are the same, whatever happens to who makes them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from small_jobs import failing, jobs, replayed

import sim.study.processes
from sim import InputError
from sim.study.executors import Executor, cores, executor, run_jobs
from sim.study.job_queue import MOST_LOSSES, JobQueue
from sim.study.jobs import Job, Outcome
from sim.study.processes import Processes


@pytest.fixture(scope="module")
def two() -> Iterator[Executor]:
    """Two processes."""
    with executor(2) as where:
        yield where


def workers() -> list[multiprocessing.process.BaseProcess]:
    """The processes that this one has started."""
    return [one for one in multiprocessing.active_children() if one.name == "ipamd-sim worker"]


def test_the_same_bytes_wherever(two: Executor, tmp_path: Path) -> None:
    """One process and two give the same outcomes in the same order, failed ones included."""
    every = [*jobs(4), failing(tmp_path), Job.of(replayed(tmp_path), 3), *jobs(6)]
    here, there = run_jobs(every), run_jobs(every, two)
    assert repr(there) == repr(here)
    assert list(here) == list(dict.fromkeys(job.key for job in every))
    assert [bool(outcome.error) for outcome in here.values()] == [False] * 4 + [True] + [False] * 3


def test_equal_jobs_run_once() -> None:
    """Jobs of one key are one run."""
    said: list[tuple[int, int, int]] = []
    assert len(run_jobs(jobs(2) * 3, progress=lambda *report: said.append(report))) == 2
    assert said == [(0, 2, 0), (1, 2, 0), (2, 2, 0)]


def test_no_more_processes_than_jobs() -> None:
    """Processes are started when there is something to do for them, and end with their place."""
    before = len(workers())
    with executor(2) as where:
        assert len(workers()) == before
        assert run_jobs(jobs(1), where) == run_jobs(jobs(1))
        assert len(workers()) == before + 1
    assert len(workers()) == before


def test_killed_processes(two: Executor) -> None:
    """What killed processes ran is run again in new ones, and nothing is missing."""
    done: list[Outcome] = []

    def kill_once(outcome: Outcome) -> None:
        done.append(outcome)
        if len(done) == 2:
            for one in workers():
                assert one.pid is not None
                os.kill(one.pid, signal.SIGKILL)

    every = jobs(8)
    two.run(every, kill_once)
    assert {outcome.key: outcome for outcome in done} == run_jobs(every)
    assert len(done) == 8


def test_a_job_that_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose process ends again and again has failed; the others go on."""
    deadly, *others = jobs(3)
    give = sim.study.processes._Worker.give

    def give_or_kill(worker: sim.study.processes._Worker, job: Job) -> None:
        give(worker, job)
        if job.key == deadly.key:
            worker.process.kill()

    monkeypatch.setattr(sim.study.processes._Worker, "give", give_or_kill)
    with closing(Processes(1)) as where:
        outcomes = run_jobs([deadly, *others], where)
    assert outcomes[deadly.key].error == (
        f"its process ended {MOST_LOSSES} times, by signal 9: is there enough memory?"
    )
    assert all(outcomes[job.key].figures for job in others)


def test_a_lost_job_is_the_next() -> None:
    """A job is run again before the others, and fails when it was lost too often."""
    first, second = jobs(2)
    queue = JobQueue([first, second])
    for _ in range(MOST_LOSSES - 1):
        assert queue.next() == first
        assert queue.lost(first, "why") == []
    assert queue.next() == first
    (outcome,) = queue.lost(first, "why")
    assert (outcome.key, outcome.error) == (first.key, "why")
    assert queue.next() == second
    assert queue
    queue.done()
    assert not queue


def test_processes_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """If processes end as they start, it is said what to do about it, and none is left."""
    before = len(workers())
    monkeypatch.setattr(sim.study.processes, "work", id)
    with closing(Processes(2)) as where, pytest.raises(InputError, match="end as they start; "):
        run_jobs(jobs(4), where)
    assert len(workers()) == before


def test_a_fault_in_between_ends_what_is_under_way(two: Executor) -> None:
    """If outcomes cannot be kept, no late ones of this call come in the next."""

    def refuse(_outcome: Outcome) -> None:
        raise InputError([])

    with pytest.raises(InputError):
        two.run(jobs(4), refuse)
    assert run_jobs(jobs(2), two) == run_jobs(jobs(2))


def test_at_least_one_worker() -> None:
    """Without a number there is one worker a core; none is refused."""
    with executor() as where:
        assert where.workers == cores()
    with pytest.raises(InputError, match="0 workers cannot run anything"), executor(0):
        pass


# ------------------------------------------------------------------ interruptions

ENDLESS = textwrap.dedent(
    """
    import sys
    sys.path.insert(0, sys.argv[1])
    from small_jobs import jobs
    from sim.study.executors import executor, run_jobs
    try:
        with executor(2) as where:
            run_jobs(jobs(500), where, progress=lambda *report: print(*report, flush=True))
    except KeyboardInterrupt:
        sys.exit(130)
    """
)


@pytest.mark.usefixtures("signals_arrive")
@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda one: os.killpg(one.pid, signal.SIGINT), 130),  # as Ctrl-C does
        (lambda one: os.kill(one.pid, signal.SIGKILL), -signal.SIGKILL),
    ],
    ids=["Ctrl-C", "SIGKILL"],
)
def test_nothing_is_left(send: Callable[[subprocess.Popen[str]], None], code: int) -> None:
    """Whoever is interrupted or killed leaves no processes, and these say nothing."""
    command = [sys.executable, "-c", ENDLESS, str(Path(__file__).parent)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True
    ) as study:
        assert study.stdout is not None
        assert study.stderr is not None
        while not study.stdout.readline().startswith("1 "):
            pass
        send(study)
        assert study.wait(10) == code
        assert study.stderr.read() == ""  # which ends with the last process that holds it
    with suppress(ProcessLookupError):
        for _ in range(100):
            os.killpg(study.pid, 0)
            time.sleep(0.1)
        pytest.fail("some processes are still there")


def test_a_job_alone_has_no_pods(tmp_path: Path) -> None:
    """What is sent with each run is small, and the same job."""
    job = Job.of(replayed(tmp_path))
    assert job.alone() == job
    assert job.alone().pods == {}
    assert replace(job.alone(), pods=job.pods).scenario().duration_ms == 600_000
