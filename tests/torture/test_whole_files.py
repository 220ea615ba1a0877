"""Files are there whole, or as they were before; pipes and links stay what they are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from small_study import SCENARIO

from sim import InputError, Scenario
from sim.engine.run import run
from sim.files import replacing, write_whole


def test_interrupted(tmp_path: Path) -> None:
    """What is interrupted leaves the earlier file, and nothing beside it."""
    file = tmp_path / "file"
    file.write_text("mine")

    def pieces() -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(file, pieces())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "mine")]


def test_two_at_once(tmp_path: Path) -> None:
    """Two writers of one file, even of the same process number, do not write into each other."""
    with replacing(tmp_path / "file") as one, replacing(tmp_path / "file") as other:
        one.write(b"one")
        other.write(b"other")
    assert (tmp_path / "file").read_bytes() == b"one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """What is no plain file, such as a pipe or /dev/null, is written to and not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, ["a", "b"])
    reader.join(10)
    assert read == ["ab"]
    assert pipe.is_fifo()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is replaced, and keeps who may read it."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["gone/file", "folder", "file/below"])
def test_refused(tmp_path: Path, name: str) -> None:
    """A folder that is not there, a folder and a file in its way are told."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written: .*; choose another file"):
        write_whole(tmp_path / name, ["text"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


def test_what_a_killed_run_left(tmp_path: Path) -> None:
    """It is in nobody's way, is gone a day later, and what another run writes to now stays."""
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    left, now = (tmp_path / f".out.{name}.new" for name in (os.getpid(), "now"))
    for folder in (left, now):
        folder.mkdir()
        (folder / "pods.parquet").touch()
    long_ago = time.time() - 2 * 86_400
    for one in (left, left / "pods.parquet", now):
        os.utime(one, (long_ago, long_ago))
    run(Scenario.load(tmp_path / "tiny.yaml"), out=tmp_path / "out")
    assert sorted(one.name for one in tmp_path.iterdir()) == [now.name, "out", "tiny.yaml"]
