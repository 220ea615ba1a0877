"""A disk that is full, or read-only: one clear message, nothing lost, nothing half-written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from disks import FULL, PAGE, ROOMY, Disk, files, pages, refused
from small_study import SCENARIO, written
from torture import LONG, times

from sim import Result, Scenario
from sim import run as simulate
from sim.study.sweep import sweep

ROUNDS = times("DISKS")
BUSY = SCENARIO.replace("arrivals_per_minute: 6", "arrivals_per_minute: 600")
"""Its records take some 100 KB."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study, outside of the small disk."""
    return written(tmp_path)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run, outside of the small disk, with their scenario beside them."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "busy.yaml").write_text(BUSY)
    simulate(Scenario.load(folder / "busy.yaml")).save(folder / "results")
    return folder / "results"


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_run_on_a_full_disk(disk: Disk, results: Path, seed: int) -> None:
    """Run --out says so, at whatever moment, and leaves an earlier run as it was."""
    out, used = disk.place / "out", pages(results) * PAGE
    size = random.Random(seed).randrange(PAGE, used * 4 // 5, PAGE)
    if seed % 2 == 0:
        Result.load(results).save(disk.before / "out")
        size += used
    call = ("run", str(results.parent / "busy.yaml"), "--no-progress", "--out", str(out))
    refused(disk.with_command(*call, size=size), FULL, "out: cannot be written")
    assert files(disk.left) == files(disk.before)


def test_a_sweep_on_a_full_disk(disk: Disk, study: Path) -> None:
    """What was done is kept whole; with more room only the rest runs, to the same tables."""
    call = ("sweep", str(study), "--out", str(disk.place / "s"), "--workers", "1", "--no-progress")
    sweep(study, study.parent / "undisturbed")
    undisturbed, kept = files(study.parent / "undisturbed"), dict[str, bytes]()
    for size in range(4, 12) if LONG else [8]:
        refused(disk.with_command(*call, size=size * PAGE), FULL, "make room or choose another")
        left = files(disk.left / "s")
        assert kept.items() <= left.items() <= undisturbed.items()
        kept = left
        disk.before = disk.left
    runs = [name for name in kept if name.startswith("runs/")]
    assert runs
    assert sweep(study, disk.left / "s").taken_up == len(runs)
    assert files(disk.left / "s") == undisturbed


WRITERS = {
    "export": ("export", "openmetrics", "RESULTS", "--step", "1s", "-o", "TARGET"),
    "new": ("new", "quickstart", "-o", "TARGET", "--force"),
    "profile": ("run", "SCENARIO", "--no-progress", "--profile", "TARGET"),
    "run": ("run", "SCENARIO", "--no-progress", "--out", "TARGET"),
    "html": ("run", "SCENARIO", "--no-progress", "--html", "TARGET"),
    "example": ("import", "--example", "TARGET"),
}
"""Commands that write a file or a folder."""
FILES = ["export", "new", "profile", "html"]
"""Those that write a file."""
VERBS = list(WRITERS) if LONG else ["new"]


def call_of(verb: str, disk: Disk, results: Path) -> list[str]:
    """A command that writes to the disk."""
    names = {
        "RESULTS": str(results),
        "SCENARIO": str(results.parent / "busy.yaml"),
        "TARGET": str(disk.place / "made"),
    }
    return [names.get(word, word) for word in WRITERS[verb]]


@pytest.mark.parametrize("verb", [verb for verb in FILES if LONG or verb in {"export", "new"}])
def test_a_file_on_a_full_disk(disk: Disk, results: Path, verb: str) -> None:
    """The file that was there is there as it was, and nothing is beside it."""
    (disk.before / "made").write_text("mine")
    ended = disk.with_command(*call_of(verb, disk, results), size=2 * PAGE)
    refused(ended, FULL, "cannot be written")
    assert files(disk.left) == {"made": b"mine"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_read_only_disk(disk: Disk, results: Path, verb: str) -> None:
    """It is said in one line, with another place as the remedy."""
    ended = disk.with_command(*call_of(verb, disk, results), size=ROOMY, mode="ro")
    refused(ended, "cannot be", "choose another")
    assert files(disk.left) == {}
