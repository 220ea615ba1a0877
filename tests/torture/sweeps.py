"""Sweeps in processes of their own, some of which are killed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest
from disks import files
from small_study import varying, written
from torture import LONG, Process, started, times

from sim.files import WRITING
from sim.study.sweep import sweep

KILLS = times("KILLS")
IN_A_ROW = 4
"""Kills of one sweep, before it may end."""
NODES = [1, 1.5, 2, 2.5, 3] if LONG else [1, 2]
MANY = varying(
    f"{{grid: {{WARM_IP_TARGET: [1, 2, 3, 4, 5], nodes: {NODES}}}}}",
    f"replications: {4 if LONG else 1}",
)

Landed = dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of many small runs, with its undisturbed tables beside it."""
    folder = tmp_path_factory.mktemp("study")
    path = written(folder, MANY)
    sweep(path, folder / "undisturbed")
    return path


def landed(folder: Path) -> Landed:
    """The runs in a sweep's folder; one that was written again would have another inode."""
    found = {one.name: one.stat() for one in folder.glob("runs/[!.]*")}
    return {name: (one.st_ino, one.st_mtime_ns) for name, one in found.items()}


def has_the_tables(folder: Path, study: Path) -> bool:
    """Whether a sweep has what the undisturbed one has, and nothing else.

    What a killed process was about to write is there for an hour more, under a hidden name.
    """
    there = {name: content for name, content in files(folder).items() if WRITING not in name}
    return there == files(study.parent / "undisturbed")


def wait_for(is_so: Callable[[], object], process: Process | None = None) -> None:
    """Waits until something is so, or a process has ended."""
    for _ in range(12_000):
        if is_so() or (process is not None and process.poll() is not None):
            return
        time.sleep(0.01)
    pytest.fail("nothing happens any more")


def more_landed(folder: Path, client: Process) -> None:
    """Waits until one more run has landed, or the client has ended."""
    before = len(landed(folder))
    wait_for(lambda: len(landed(folder)) > before, client)


@contextmanager
def tortured(study: Path, folder: Path, *where: str) -> Iterator[tuple[Process, Landed]]:
    """A sweep, when some more of its runs have landed; within, somebody may be killed.

    Afterwards what had landed before is still there, untouched.
    """
    before = landed(folder)
    some = random.Random(len(before)).randrange(1, 5)
    client = started("sweep", str(study), "--out", str(folder), "--no-progress", *where)
    try:
        wait_for(lambda: len(landed(folder)) >= len(before) + some, client)
        time.sleep(random.Random(len(before)).uniform(0, 0.05))
        now = landed(folder)
        yield client, now
        client.communicate(timeout=120)
    finally:
        client.kill()
    assert before.items() <= now.items() <= landed(folder).items()


def completed(study: Path, folder: Path) -> None:
    """Sweeps what is left: only that runs, and the tables are the undisturbed ones."""
    before = landed(folder)
    assert sweep(study, folder).taken_up == len(before)
    assert before.items() <= landed(folder).items()
    assert has_the_tables(folder, study)


def below(client: Process) -> list[psutil.Process]:
    """The worker processes of a client that runs."""
    try:
        children = psutil.Process(client.pid).children()
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    except psutil.NoSuchProcess:
        return []


@contextmanager
def dask(role: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask on loopback."""
    command = [sys.executable, "-m", "dask", role, "--no-dashboard", *arguments]
    with (folder / f"{role}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A scheduler and its address."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    named = ("--scheduler-file", str(file), "--host=tcp://127.0.0.1", "--port=0")
    with dask("scheduler", folder, *named) as process:
        wait_for(file.exists)
        wait_for(lambda: file.read_text().endswith("}"))
        yield process, json.loads(file.read_text())["address"]


def worker(folder: Path, address: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A worker of one thread."""
    return dask("worker", folder, address, "--nthreads=1", "--no-nanny", "--host=127.0.0.1")
