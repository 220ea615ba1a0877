"""How often a trace file is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from worlds import scenario, trace

import sim.workload.traces
from sim import run
from sim.scenario.workload import Trace
from sim.workload.traces import read_trace

ROWS = "start,end,cpu,memory\n0,60,1,1\n"


class Reads:
    """Counts the files that are opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._open = sim.workload.traces.csv_lines
        monkeypatch.setattr(sim.workload.traces, "csv_lines", self)

    def __call__(self, path: Path) -> Any:
        self.count += 1
        return self._open(path)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """Counts from here on."""
    return Reads(monkeypatch)


def spec(**given: Any) -> Trace:
    """A trace workload of t.csv."""
    return Trace.model_validate({"kind": "trace", "name": "t", "file": "t.csv", **given})


def test_a_file_is_read_once(tmp_path: Path, reads: Reads) -> None:
    """Who asks again gets the same pods, whatever the window and the name of the folder."""
    (tmp_path / "t.csv").write_text(ROWS)
    pods = read_trace(spec(), tmp_path)
    window = {"from": "0s", "to": "9s"}
    assert read_trace(spec(window=window, at="5s"), tmp_path / "." / ".." / tmp_path.name) is pods
    assert reads.count == 1


def test_a_changed_file_is_read_again(tmp_path: Path, reads: Reads) -> None:
    """A file of another size or another time of its last change is read anew."""
    file = tmp_path / "t.csv"
    file.write_text(ROWS)
    first = read_trace(spec(), tmp_path)
    file.write_text(ROWS + "5,9,2,1\n")
    second = read_trace(spec(), tmp_path)
    assert (list(first.cpu), list(second.cpu)) == ([1_000], [1_000, 2_000])
    file.write_text(ROWS + "5,9,3,1\n")
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))
    assert list(read_trace(spec(), tmp_path).cpu) == [1_000, 3_000]
    assert reads.count == 3


@pytest.mark.parametrize(
    "given",
    [
        {"units": {"cpu": "millicores"}},
        {"columns": {"cpu": None}},
        {"columns": {"memory": None}, "requests": {"memory": "2Gi"}},
    ],
)
def test_another_reading_is_read_again(tmp_path: Path, reads: Reads, given: dict[str, Any]) -> None:
    """Where a workload says otherwise what the file means, it is read for that workload."""
    (tmp_path / "t.csv").write_text(ROWS)
    plain, other = read_trace(spec(), tmp_path), read_trace(spec(**given), tmp_path)
    assert (plain.cpu, plain.memory) != (other.cpu, other.memory)
    assert reads.count == 2


def test_nobody_holds_what_nobody_needs(tmp_path: Path, reads: Reads) -> None:
    """Pods are forgotten with the last who holds them, so that they take no memory."""
    (tmp_path / "t.csv").write_text(ROWS)
    for _ in range(2):
        read_trace(spec(), tmp_path)
    assert reads.count == 2


def test_a_run_reads_its_trace_once(tmp_path: Path, reads: Reads) -> None:
    """A scenario holds the pods it was checked with, for its runs and for its variants."""
    loaded = scenario(trace(tmp_path, [(0, 60), (5, 90)]))
    variant = loaded.with_values({"seed": 2})
    assert [len(run(one).pods) for one in (loaded, variant)] == [4, 4]
    assert reads.count == 1
