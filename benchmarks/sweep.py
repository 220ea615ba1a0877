"""Many runs in two processes, or on two workers of Dask: what is gained over one process.

It is held against what two bare loops gain over one, in two processes, before and after: that is
what the machine has to give at that time (where nothing is judged, before only). Starting processes
and connecting to the scheduler count.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from sim.scenario.errors import InputError
from sim.study.executors import Executor, executor, run_jobs
from sim.study.jobs import Job

from .children import ROOT, CommandFailedError
from .measuring import Ledger, Ratio
from .ratios import BUSY
from .sizes import Size
from .table import Part, Row

PROCESSES = 2
GOALS = {"sweep_processes": 0.9, "sweep_dask": 0.85}
WAIT_S = 30.0

Place = Callable[[], AbstractContextManager[Executor]]


def sweep(name: str, size: Size, ledger: Ledger) -> Part:
    """One of `GOALS`."""
    with _PLACES[name]() as place, tempfile.TemporaryDirectory() as folder:
        jobs = _jobs(size, Path(folder))
        loops = [_loops(size)]
        one, two = (_seconds(name, jobs, where, ledger) for where in (partial(executor, 1), place))
        if size.judges_sweeps:
            loops.append(_loops(size))
    floors = [sum(seconds) for seconds in zip(*loops, strict=True)]
    gain, most = one / two, floors[0] / floors[1]
    note = (
        f"{name}: {len(jobs)} runs take {one:.1f} s in one process, {two:.1f} s in {PROCESSES}:"
        f" {gain:.2f} x; the bare loop gains {most:.2f} x"
    )
    what = f"gain of {PROCESSES} processes over one, of the bare loop's"
    goal = GOALS[name] if size.judges_sweeps else None
    return Part([Row(name, what, Ratio.of([gain / most]), goal, is_least=True)], [note])


def _jobs(size: Size, folder: Path) -> list[Job]:
    load = BUSY.scaled(size.sweep_share)
    scenario = replace(load, pinned=False).scenario(load.pods(), folder)
    return [Job.of(scenario, seed) for seed in range(size.sweep_runs)]


def _seconds(name: str, jobs: list[Job], place: Place, ledger: Ledger) -> float:
    """Real time of all runs at a place; they have the same outcomes at each."""
    started = time.perf_counter()
    with place() as where:
        outcomes = run_jobs(jobs, where)
    seconds = time.perf_counter() - started
    text = repr(list(outcomes.values()))
    ledger.enter(name, len(jobs), hashlib.sha256(text.encode()).hexdigest()[:16])
    ledger.failures += [f"{name}: {one.key}: {one.error}" for one in outcomes.values() if one.error]
    return seconds


def _loops(size: Size) -> tuple[float, float]:
    """Real time of as many bare loops as half the runs, in one process and in several."""
    times = max(1, size.sweep_runs // 2 // PROCESSES)
    return _loop(1, PROCESSES * times, size), _loop(PROCESSES, times, size)


def _loop(processes: int, times: int, size: Size) -> float:
    command = [sys.executable, "-m", "benchmarks.loops", str(size.sweep_share), str(times)]
    pipe = subprocess.PIPE
    team = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        for _ in range(processes)
    ]
    for one in team:
        assert one.stdout is not None
        one.stdout.readline()
    started = time.perf_counter()
    for one in team:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in team:
        one.communicate()
    return time.perf_counter() - started


# ------------------------------------------------------------------------- places


@contextmanager
def _processes() -> Iterator[Place]:
    yield partial(executor, PROCESSES)


@contextmanager
def _dask() -> Iterator[Place]:
    """A scheduler and its workers, which are there before."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as team:
        file = Path(folder) / "scheduler.json"
        common = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
        worker = ["worker", "--nthreads", "1", "--no-nanny"]
        for role in (["scheduler", "--port", "0"], *[worker] * PROCESSES):
            command = [sys.executable, "-m", "dask", *role, *common]
            one = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
            team.callback(one.wait)
            team.callback(one.kill)
        yield partial(executor, scheduler=_address(file))


def _address(file: Path) -> str:
    """The scheduler's, once all workers are there.

    Raises:
        CommandFailedError: they did not come.
    """
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        time.sleep(0.2)
        with suppress(OSError, ValueError, InputError):  # not yet
            address: str = json.loads(file.read_text(encoding="utf-8"))["address"]
            with executor(scheduler=address) as where:
                if where.workers == PROCESSES:
                    return address
    raise CommandFailedError("dask did not start")


_PLACES = {"sweep_processes": _processes, "sweep_dask": _dask}
