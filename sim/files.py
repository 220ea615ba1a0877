"""Files that are there whole, or as they were before; and what is said where the system refuses.

A file is written under a hidden name beside its place, flushed to disk and then renamed. The name
is nobody else's, in whatever container or on whatever machine that shares the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from sim.scenario.errors import InputError, Problem

WRITING = ".writing-"
LEFT_BEHIND_S = 3600.0
"""A file being written is there for a moment; one of this age was left by a killed process."""


@contextlib.contextmanager
def problems_of(path: Path, what: str, remedy: str = "choose another folder") -> Iterator[None]:
    """Turns the system's errors into one that names the file or folder.

    Raises:
        InputError: the system refused something.
    """
    try:
        yield
    except OSError as error:
        message = f"{what}: {error.strerror or error}"
        raise InputError([Problem(message, file=str(path), remedy=remedy)]) from error


def beside(path: Path) -> Path:
    """A hidden name in the folder of a path, which nothing has yet."""
    return path.with_name(f"{WRITING}{uuid.uuid4().hex}")


@contextlib.contextmanager
def replacing(path: Path, remedy: str = "choose another file") -> Iterator[BinaryIO]:
    """A file to write, which takes the place of ``path`` if nothing fails.

    A link stays: what it leads to is replaced. What is no plain file, such as a pipe or a terminal,
    is written to as it is.

    Args:
        path: made if it is not there; its folder must be.
        remedy: what to do if it cannot be written.

    Raises:
        InputError: it cannot be written.
    """
    with problems_of(path, "cannot be written", remedy):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = target_of(path)
        new = beside(target)
        try:
            with new.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, new)  # what only its owner may read stays so
            new.replace(target)
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def target_of(path: Path) -> Path:
    """What is written where a path, which may be a link, is to be written.

    Raises:
        OSError: links lead in a circle.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def write_whole(
    path: Path, content: bytes | Iterable[str], remedy: str = "choose another file"
) -> None:
    """Writes a file, whole or not at all; see `replacing`.

    Args:
        path: where to.
        content: bytes, or pieces of a text, which is written as UTF-8.
        remedy: what to do if it cannot be written.

    Raises:
        InputError: it cannot be written.
    """
    with replacing(path, remedy) as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            file.writelines(piece.encode() for piece in content)


def clean_up(folder: Path) -> None:
    """Removes what processes left in a folder that were killed while they wrote."""
    for left in folder.glob(f"{WRITING}*"):
        with contextlib.suppress(FileNotFoundError):  # another cleans up as well
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:
                left.unlink()
