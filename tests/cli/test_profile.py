"""``ipamd-sim run --profile``."""

from __future__ import annotations

import pstats
import re
from pathlib import Path
from typing import Any

import pytest

import sim.engine.run


def test_a_profile_can_be_read_and_given_away(command: Any, scenario: str, tmp_path: Path) -> None:
    """It holds the engine's functions under the names of their modules, and no folder of here."""
    file = tmp_path / "run.prof"
    ended = command("run", scenario, "--no-progress", "--profile", str(file))
    assert ended.code == 0
    assert ended.out.startswith("small: 2 nodes")
    functions = vars(pstats.Stats(str(file)))["stats"]
    files = {name for name, *_ in functions}
    assert {"sim/engine/run.py", "sim/clock.py"} <= files
    assert not [name for name in files if name.startswith("/")]
    called = {caller[0] for *_, callers in functions.values() for caller in callers}
    assert called <= files
    content = file.read_bytes()
    assert not [place for place in (Path.home(), Path(__file__).parent, tmp_path)
                if str(place).encode() in content]  # fmt: skip


def test_what_is_said_of_a_profile(command: Any, scenario: str, tmp_path: Path) -> None:
    """Standard error has where it is, how to read it, versions and the ten costliest functions."""
    file = tmp_path / "run.prof"
    where, versions, header, *lines = command(
        "run", scenario, "--no-progress", "-o", "json", "--profile", str(file)
    ).err.splitlines()
    assert where.startswith(f"profile: {file}, ")
    assert where.endswith(f"read it with: python -m pstats {file}")
    assert re.match(r"  ipamd_sim \S+, cni v1\.23\.1, .*python 3", versions)
    assert header.split() == ["own", "time", "share", "calls", "function"]
    assert len(lines) == 10
    shares = [float(re.fullmatch(r" +\S+ s +(\S+)% +[\d,]+  \S.*", line)[1]) for line in lines]
    assert shares == sorted(shares, reverse=True)


def test_an_interrupted_run_has_its_profile_too(
    command: Any, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits no longer learns where the time went so far."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.engine.run, "run", interrupted)
    file = tmp_path / "run.prof"
    assert command("run", scenario, "--profile", str(file)).code == 130
    assert pstats.Stats(str(file))


@pytest.mark.parametrize(
    ("name", "said"), [(".", "is a folder"), ("no/run.prof", "its folder does not exist")]
)
def test_a_file_that_cannot_be(
    command: Any,
    scenario: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    said: str,
) -> None:
    """A profile that could not be written is refused before the run."""
    monkeypatch.setattr(sim.engine.run, "run", None)
    file = tmp_path / name
    ended = command("run", scenario, "--profile", str(file))
    assert ended == (2, "", f"{file}: {said}; choose another file\n")


def test_a_full_disk(command: Any, scenario: str) -> None:
    """A profile that cannot be written in the end is one line, too."""
    ended = command("run", scenario, "--no-progress", "--profile", "/dev/full")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("/dev/full: cannot be written: No space left on device")
