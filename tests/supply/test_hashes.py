"""What is installed is what was locked, bit by bit."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lock_file import locked

ROOT = Path(__file__).parents[2]
LOCKS = sorted([*ROOT.glob("*.lock"), *ROOT.glob("tools/*.lock")])
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.name)
def test_every_line_has_hashes(file: Path) -> None:
    """Each requirement is one version with at least one SHA-256, and comes from the index."""
    lines = locked(file)
    assert len(lines) > 20
    for one in lines:
        assert one.requirement.url is None
        assert one.hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", given) for given in one.hashes)


def test_installations_check_them() -> None:
    """Every installation from a lock file, wherever it is written, demands hashes."""
    files = [ROOT / "Makefile", *ROOT.glob("tools/*.py"), *ROOT.glob(".ci/*")]
    lines = [line for one in files for line in one.read_text(encoding="utf-8").splitlines()]
    from_locks = [
        line for line in lines if re.search(r"install.* -r \S*\.lock", line, re.IGNORECASE)
    ]
    assert len(from_locks) == len(LOCKS)
    assert all("--require-hashes" in line for line in from_locks)


def wheel(folder: Path) -> Path:
    """A package of nothing."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", METADATA)
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return path


def test_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    """Pip, called as make env does, refuses a file that is not the locked one in a single bit."""
    digest = hashlib.sha256(wheel(tmp_path).read_bytes()).hexdigest()
    wrong = f"{int(digest, 16) ^ 1:064x}"
    (tmp_path / "a.lock").write_text(f"tiny==1.0 --hash=sha256:{wrong}\n")
    call = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--dry-run"]
    options = ["--no-index", "--find-links", str(tmp_path), "--require-hashes"]
    ended = subprocess.run(
        [*call, *options, "-r", str(tmp_path / "a.lock")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "DO NOT MATCH THE HASHES" in ended.stderr
    assert f"Got        {digest}" in ended.stderr
