"""Studies on a disk that is full, or read-only: what is kept is whole, and the remedy is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from disks import FULL, PAGE, ROOMY, Disk, files, refused
from small_study import written

from sim.study.store import Store


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study, outside of the small disk."""
    return written(tmp_path)


@pytest.mark.parametrize("verb", ["compare", "recommend"])
def test_a_study_on_a_full_disk(disk: Disk, study: Path, verb: str) -> None:
    """Compare and recommend keep whole runs, or none."""
    more = ("--variant", "lean: WARM_IP_TARGET=1") if verb == "compare" else ()
    out = ("--out", str(disk.place / "c"), "--replications", "5", "--workers", "1")
    call = (verb, str(study.parent / "tiny.yaml"), *more, *out, "--no-progress")
    refused(disk.with_command(*call, size=3 * PAGE), FULL, "make room or choose another folder")
    names = [Path(name) for name in files(disk.left)]
    assert names
    assert all(Store(disk.left / "c").get(name.stem) for name in names)


def test_a_read_only_study(disk: Disk, study: Path) -> None:
    """A folder that cannot be written is refused before anything runs."""
    out = ("--out", str(disk.place / "s"), "--no-progress")
    refused(disk.with_command("sweep", str(study), *out, size=ROOMY, mode="ro"), "cannot be")
    assert files(disk.left) == {}
