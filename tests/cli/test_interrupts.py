"""Ctrl-C and SIGTERM, sent to the command in a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim import Result

pytestmark = pytest.mark.usefixtures("signals_arrive")

LONG = ("--set", "duration=200d", "--set", "workload.web.lifetime=10s")
"""Some ten million pods."""

SLOW_LOAD = """
import sys, time, sim.scenario.load
from sim.cli import main
def load(*_):
    print("loading", file=sys.stderr, flush=True)
    time.sleep(60)
sim.scenario.load.Scenario.load = load
main()
"""

IGNORING = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from sim.cli import main
main()
"""


@contextmanager
def running(*arguments: str, code: str = "") -> Iterator[subprocess.Popen[str]]:
    """``ipamd-sim run``, once it has said something on standard error."""
    start = ["-c", code] if code else ["-m", "sim"]
    call = [sys.executable, *start, "run", *arguments]
    with subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        try:
            assert one.stderr is not None
            assert one.stderr.readline()
            yield one
        finally:
            one.kill()


def names(folder: Path) -> list[str]:
    """All that is in a folder, hidden things too."""
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_records_so_far_are_kept(scenario: str, tmp_path: Path, number: int) -> None:
    """With --out an interrupted run says how far it came, and keeps that beside the folder."""
    with running(scenario, *LONG, "--out", str(tmp_path / "out")) as one:
        one.send_signal(number)
        out, err = one.communicate(timeout=60)
    assert (one.returncode, out) == (130, "")
    said = re.fullmatch(
        r"ipamd-sim: interrupted at (.+) of 200 d; (.+)\n", err.splitlines(True)[-1]
    )
    assert said
    kept = tmp_path / "out.partial"
    assert said[2] == f"the records so far are in {kept}"
    assert names(tmp_path) == ["out.partial", "small.yaml"]
    result = Result.load(kept)
    assert 0 < result.end_ms < 200 * 86_400_000
    assert 0 < result.summary["pods"]["created"] <= len(result.pods)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_kept_without_a_folder(scenario: str, tmp_path: Path, number: int) -> None:
    """Without --out the message says how records are kept."""
    with running(scenario, *LONG, "--max-memory", "none") as one:
        one.send_signal(number)
        out, err = one.communicate(timeout=60)
    assert (one.returncode, out, names(tmp_path)) == (130, "", ["small.yaml"])
    assert re.fullmatch(
        r"ipamd-sim: interrupted at .+ of 200 d; nothing was kept \(--out keeps the records\)\n",
        err.splitlines(True)[-1],
    )


def test_interrupted_again_while_it_finishes(scenario: str, tmp_path: Path) -> None:
    """However often a run is interrupted, what is there in the end is whole or nothing."""
    with running(scenario, *LONG, "--out", str(tmp_path / "out")) as one:
        for _ in range(200):
            if one.poll() is None:
                one.send_signal(signal.SIGINT)
            try:
                one.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
        one.communicate(timeout=60)
    assert one.returncode != 0
    assert names(tmp_path) in (["small.yaml"], ["out.partial", "small.yaml"])
    if (tmp_path / "out.partial").exists():
        assert len(Result.load(tmp_path / "out.partial").pods)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_the_run(scenario: str, number: int) -> None:
    """Before there is anything to tell the message says just that."""
    with running(scenario, code=SLOW_LOAD) as one:
        one.send_signal(number)
        _, err = one.communicate(timeout=60)
    assert (one.returncode, err) == (130, "ipamd-sim: interrupted\n")


def test_an_ignored_signal_stays_ignored(scenario: str) -> None:
    """Who starts the command with SIGTERM ignored, as some supervisors do, has it ignored."""
    with running(scenario, "--set", "duration=6h", *LONG[2:], code=IGNORING) as one:
        one.send_signal(signal.SIGTERM)
        one.communicate(timeout=100)
    assert one.returncode == 0
