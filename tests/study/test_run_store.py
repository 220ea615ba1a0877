"""Outcomes on disk: taken up if they are whole, and never half written."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_jobs import failing, jobs

import sim.study.store
from sim import InputError
from sim.study.executors import run_jobs
from sim.study.jobs import Job, Outcome, failed, run_job
from sim.study.store import Store


@pytest.fixture(scope="module")
def job() -> Job:
    """A job."""
    (one,) = jobs(1)
    return one


@pytest.fixture(scope="module")
def outcome(job: Job) -> Outcome:
    """What comes of it."""
    return run_job(job)


def only_file(folder: Path) -> Path:
    """The one file of the runs in a folder."""
    (file,) = (folder / "runs").iterdir()
    return file


def test_what_was_put_is_there(tmp_path: Path, outcome: Outcome) -> None:
    """An outcome comes back as it was, bit by bit, and others are not there."""
    Store(tmp_path / "deep" / "er").put(outcome)
    again = Store(tmp_path / "deep" / "er")
    assert repr(again.get(outcome.key)) == repr(outcome)
    assert again.get("0" * 64) is None
    assert only_file(tmp_path / "deep" / "er").name == f"{outcome.key}.json"


def test_failed_runs_are_not_kept(tmp_path: Path) -> None:
    """A run that raised is run again the next time."""
    job, store = failing(tmp_path), Store(tmp_path)
    store.put(failed("0" * 64, "a fault"))
    assert store.get("0" * 64) is None
    assert run_jobs([job], store=store)[job.key].error
    assert store.get(job.key) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-3],
        lambda whole: whole.replace(b'"held_peak":', b'"held_peak":1'),
        lambda whole: whole.replace(b'"peak":', b'"peak":1'),
        lambda whole: b"\xff" + whole,
        lambda _: b"[]",
        lambda _: b'{"outcome": 3, "sha256": 4}',
        lambda _: b"\0" * 400,
    ],
)
def test_a_damaged_file_is_run_again(
    tmp_path: Path, job: Job, outcome: Outcome, damage: Callable[[bytes], bytes]
) -> None:
    """A file that is cut or changed is not believed, and replaced by what a run gives."""
    store = Store(tmp_path)
    store.put(outcome)
    whole = only_file(tmp_path).read_bytes()
    only_file(tmp_path).write_bytes(damage(whole))
    assert store.get(job.key) is None
    assert run_jobs([job], store=store) == {job.key: outcome}
    assert only_file(tmp_path).read_bytes() == whole


def test_a_file_of_another_run_is_not_believed(tmp_path: Path, outcome: Outcome) -> None:
    """A whole file under another run's name is not that run's outcome."""
    store = Store(tmp_path)
    store.put(outcome)
    only_file(tmp_path).rename(tmp_path / "runs" / f"{'0' * 64}.json")
    assert store.get("0" * 64) is None


def test_other_figures_are_not_taken_up(
    tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outcome that lacks a figure which there is now is made again."""
    store = Store(tmp_path)
    store.put(outcome)
    monkeypatch.setattr(sim.study.store, "HEADLINES", {**sim.study.store.HEADLINES, "new": None})
    assert store.get(outcome.key) is None


def test_what_is_there_does_not_run(tmp_path: Path, job: Job) -> None:
    """A repeated study runs only what is missing, and says how much it took up."""
    more, store = jobs(3), Store(tmp_path)
    first = run_jobs([job], store=store)
    said: list[tuple[int, int, int]] = []
    every = run_jobs(more, store=store, progress=lambda *report: said.append(report))
    assert said == [(1, 3, 1), (2, 3, 1), (3, 3, 1)]
    assert every[job.key] == first[job.key]
    said.clear()
    assert run_jobs(more, store=store, progress=lambda *report: said.append(report)) == every
    assert said == [(3, 3, 3)]


def test_several_write_at_once(tmp_path: Path, outcome: Outcome) -> None:
    """Clients that put and get one run at the same time never see half of it."""
    stores = [Store(tmp_path) for _ in range(4)]
    stores[0].put(outcome)

    def use(store: Store) -> set[Outcome | None]:
        seen = []
        for _ in range(20):
            store.put(outcome)
            seen.append(store.get(outcome.key) == outcome)
        return set(seen)

    with ThreadPoolExecutor(4) as threads:
        assert set.union(*threads.map(use, stores)) == {True}
    assert only_file(tmp_path)


def test_what_was_left_behind_is_removed(tmp_path: Path, job: Job) -> None:
    """Of half-written files those of killed processes go, and those being written stay."""
    store = Store(tmp_path)
    store.prepare()
    old, new = (tmp_path / "runs" / f".writing-{name}" for name in ("old", "new"))
    old.write_text("{")
    new.write_text("{")
    yesterday = time.time() - 86_400
    os.utime(old, (yesterday, yesterday))
    run_jobs([job], store=store)
    assert sorted(file.name for file in (tmp_path / "runs").iterdir()) == [
        new.name,
        f"{job.key}.json",
    ]


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused before anything is run."""

    def read_only(dir: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", read_only)
    done: list[int] = []
    with pytest.raises(InputError, match="runs: cannot be written: Read-only file system; "):
        run_jobs([job], store=Store(tmp_path), progress=lambda now, *_: done.append(now))
    assert done == [0]


def test_a_file_instead_of_a_folder(tmp_path: Path, job: Job) -> None:
    """What cannot be a folder of results is refused."""
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(InputError, match="Not a directory; choose another folder"):
        run_jobs([job], store=Store(tmp_path))


def test_a_full_disk(tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and nothing half written stays."""

    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device; make room or choose"):
        Store(tmp_path).put(outcome)
    assert list((tmp_path / "runs").iterdir()) == []


def test_files_are_json(tmp_path: Path, outcome: Outcome) -> None:
    """Other tools can read what is written."""
    Store(tmp_path).put(outcome)
    data = json.loads(only_file(tmp_path).read_text())
    assert outcome.figures is not None
    assert data["outcome"]["figures"]["values"] == outcome.figures.values
