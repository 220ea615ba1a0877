"""Small disks, each there for one command at a time, in a namespace of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from torture import COMMAND, ENVIRONMENT

PAGE = 4096
ROOMY = 16 << 20
FULL = "No space left on device"
IN_A_NAMESPACE = ("unshare", "--map-root-user", "--mount", "sh", "-c")
ON_A_DISK = """
set -e
mount -t tmpfs -o "size=$1" none "$2"
cp -a "$3/." "$2"
mount -o "remount,$4" "$2"
disk="$2" left="$5"; shift 5
code=0; "$@" || code=$?
cp -a "$disk/." "$left"
exit $code
"""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    err: str


class Disk:
    """A small disk.

    Attributes:
        place: where a command finds it.
        before: what is on it before a command.
        left: what the last command left on it.
    """

    def __init__(self, folder: Path) -> None:
        self.place, self.before, self.left = folder / "disk", folder / "before", folder / "left"
        for one in (self.place, self.before):
            one.mkdir()

    def with_command(self, *arguments: str, size: int, mode: str = "rw") -> Ended:
        """Runs ``ipamd-sim`` with a disk of so many bytes, of which what is there takes some.

        Args:
            arguments: of the command.
            size: of the disk; a multiple of a page.
            mode: ro: nothing can be written to it.
        """
        self.left = self.left.with_name(f"{self.left.name}+")
        self.left.mkdir()
        disk = (str(size), str(self.place), str(self.before), mode, str(self.left))
        call = [*IN_A_NAMESPACE, ON_A_DISK, "sh", *disk, *COMMAND, *arguments]
        ended = subprocess.run(
            call, capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=120
        )
        return Ended(ended.returncode, ended.stderr)


def can_be_made() -> bool:
    """Whether this system lets whoever runs this mount a disk in a namespace."""
    try:
        call = [*IN_A_NAMESPACE, "mount -t tmpfs none /mnt"]
        return not subprocess.run(call, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """An empty small disk."""
    if not can_be_made():
        pytest.skip("this system lets nobody mount a disk in a namespace")
    return Disk(tmp_path)


def refused(ended: Ended, *words: str) -> None:
    """Makes sure that a command ended with one clear message about the disk."""
    assert ended.code == 2, ended.err
    assert "Traceback" not in ended.err
    message = ended.err.splitlines()[-1]
    for word in ("disk", "; ", *words):  # after the semicolon is what to do
        assert word in message


def files(folder: Path) -> dict[str, bytes]:
    """All files in a folder and below, hidden ones too."""
    found = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def pages(folder: Path) -> int:
    """How many pages the files in a folder take."""
    return sum(-(-len(content) // PAGE) for content in files(folder).values())
