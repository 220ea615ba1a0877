"""Records that stream to a folder while a run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_records import Made, scenario

from sim.results import writer
from sim.results.blocks import Block, cut_at
from sim.results.records import TABLES
from sim.results.result import Result
from sim.results.writer import RunWriter
from sim.scenario.errors import InputError

END = 100_000


def made(**top: Any) -> Made:
    """Pods that wait, requests that are under way when blocks part, changes at their ends."""
    one = Made(scenario(**top))
    for number in range(3):
        node = one.node(ready_ms=20_000 * number)
        one.space(1000 * number, node, held=5, free=246 - 5 * number)
    for time in range(0, END, 5_000):
        one.pool(time, time // 5_000 % 3, enis=1, assigned=time // 10_000, warm=1)
        one.served(time, wait_ms=12_000, node=time // 5_000 % 3, ended_ms=min(time + 30_000, END))
        one.call(time + 4_950, code="OK" if time % 10_000 else "RequestLimitExceeded")
    one.waiting(40_000, node=1)
    return one


def blocks(one: Made, *instants: int) -> Iterator[Block]:
    """The run in blocks up to these instants."""
    return cut_at(one.tables(), list(instants))


def streamed(one: Made, folder: Path, *instants: int) -> Result:
    """The run, written block by block."""
    with RunWriter(folder, one.scenario, one.names, END) as run:
        for block in blocks(one, *instants, END):
            run.write(block)
        return run.finish()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def same(one: Result, other: Result) -> bool:
    """Whether two results have the same records and summary."""
    tables = (np.array_equal(one.tables[name].matrix, other.tables[name].matrix) for name in TABLES)
    return all(tables) and one.summary == other.summary


def test_a_streamed_run_is_the_run(tmp_path: Path) -> None:
    """Read from the folder at once or later, it has the records and figures of the whole."""
    for number, instants in enumerate(([], [30_000], range(0, END, 700))):
        result = streamed(made(), tmp_path / f"{number}", *instants)
        assert same(result, made().result())
        assert same(Result.load(tmp_path / f"{number}"), made().result())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]


def test_a_run_of_one_block_is_as_it_is_saved(tmp_path: Path) -> None:
    """The same bytes, streamed or saved at the end; so are two equal streams."""
    streamed(made(), tmp_path / "one")
    made().result().save(tmp_path / "saved")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "saved")
    for name in ("many", "again"):
        streamed(made(), tmp_path / name, 10_000, 20_000)
    assert bytes_of(tmp_path / "many") == bytes_of(tmp_path / "again")


def test_a_copy_of_a_streamed_run(tmp_path: Path) -> None:
    """Saved elsewhere or over itself, it keeps its bytes, whatever their order."""
    result = streamed(made(), tmp_path / "out", 10_000, 20_000)
    before = bytes_of(tmp_path / "out")
    result.save(tmp_path / "copy")
    Result.load(tmp_path / "out").save(tmp_path / "out")
    assert bytes_of(tmp_path / "copy") == bytes_of(tmp_path / "out") == before


def test_rows_stand_as_they_were_recorded(tmp_path: Path) -> None:
    """A request made at 14.95 s is answered at 15.05 s: it comes after those of the block."""
    one = Made()
    one.node()
    one.call(14_950)
    for time in (14_960, 15_000):
        one.call(time, "DescribeSubnets")
    one.pod(1_000, reason="starting", ended_ms=90_000)
    one.pod(2_000, reason="starting", ended_ms=3_000)
    streamed(one, tmp_path / "out", 15_050)
    calls = pq.read_table(tmp_path / "out" / "ec2_calls.parquet")
    assert calls["request_ms"].to_pylist() == [14_950, 14_960, 15_000]
    pods = pq.read_table(tmp_path / "out" / "pods.parquet")
    assert pods["created_ms"].to_pylist() == [2_000, 1_000]
    assert Result.load(tmp_path / "out").pods["created_ms"].tolist() == [1_000, 2_000]


def test_row_groups_are_filled_before_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small blocks are collected, large ones divided; what is left is the last."""
    monkeypatch.setattr(writer, "GROUP_ROWS", 8)
    for name, instants in (("many", range(0, END, 700)), ("one", [])):
        result = streamed(made(), tmp_path / name, *instants)
        file = pq.ParquetFile(tmp_path / name / "pool.parquet")
        groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        assert groups == [8, 8, 4]
        assert same(result, made().result())


def test_names_that_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is known from the row group on in which it occurs; earlier ones lack it."""
    monkeypatch.setattr(writer, "GROUP_ROWS", 1)
    early, late = Made(), Made()
    late.names = early.names
    for one, time in ((early, 1_000), (late, 50_000)):
        node = one.node()
        one.call(time, f"Action{node}", node=node)
    with RunWriter(tmp_path / "out", early.scenario, early.names, END) as run:
        run.write(next(blocks(early, 20_000, END)))
        for block in blocks(late, END):
            run.write(block)
        result = run.finish()
    assert result.ec2_calls.to_pandas()["action"].tolist() == ["Action0", "Action1"]
    assert result.names.actions == ["Action0", "Action1"]
    assert pq.read_table(tmp_path / "out" / "ec2_calls.parquet")["node"].to_pylist() == [
        "g-0",
        "g-1",
    ]


def test_records_are_read_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A summary needs none, a look at one table only this one, and it is kept."""
    result = streamed(made(), tmp_path / "out")
    opened: list[str] = []
    real = pq.ParquetFile
    monkeypatch.setattr(pq, "ParquetFile", lambda path: opened.append(path.name) or real(path))
    assert result.summary["pods"]["created"]
    assert opened == []
    assert result.nodes is result.nodes
    assert opened == ["nodes.parquet"]


# ------------------------------------------------------------------ interrupted


@pytest.mark.parametrize("warm_up", ["0s", "10s", "60s"])
def test_an_interrupted_run(tmp_path: Path, warm_up: str) -> None:
    """It is what a run would be that ends there, in the warm-up too."""
    one = made(warm_up=warm_up)
    with RunWriter(tmp_path / "out", one.scenario, one.names, END) as run:
        for block in blocks(one, 20_000, 47_000):
            run.write(block)
        kept = run.partial()
    assert kept == tmp_path / "out.partial"
    assert [path.name for path in tmp_path.iterdir()] == ["out.partial"]
    result = Result.load(kept)
    assert result.manifest.partial
    assert result.end_ms == 47_000
    assert result.summary["scenario"]["duration_s"] == 47
    stored = result.summary
    del result.summary
    assert result.summary == stored


def test_a_run_that_was_interrupted_at_once(tmp_path: Path) -> None:
    """Nothing has happened in its first millisecond."""
    with RunWriter(tmp_path / "out", scenario(), Made().names, END) as run:
        run.write(next(blocks(Made(), 0)))
        kept = run.partial()
    assert Result.load(kept).end_ms == 1
    assert json.loads((kept / "manifest.json").read_text())["partial"] is True


def test_an_earlier_result_stays_when_a_run_is_interrupted(tmp_path: Path) -> None:
    """The folder is untouched; an earlier partial run is replaced."""
    streamed(made(), tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    for until in (10_000, 20_000):
        one = made()
        with RunWriter(tmp_path / "out", one.scenario, one.names, END) as run:
            run.write(next(blocks(one, until, END)))
            kept = run.partial()
    assert Result.load(kept).end_ms == 20_000
    assert bytes_of(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.partial"]


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither finished nor partial: no folder, and no hidden one."""
    one = made()

    def fail() -> None:
        with RunWriter(tmp_path / "out", one.scenario, one.names, END) as run:
            run.write(next(blocks(one, 20_000, END)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not any(tmp_path.iterdir())


# --------------------------------------------------------------------- problems


@pytest.mark.parametrize("name", ["out", "out.partial"])
def test_folders_are_checked_before_the_run(tmp_path: Path, name: str) -> None:
    """Both the result's and that of a partial one; a stranger's files stay."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=rf"{name}: holds something else than an earlier run"):
        streamed(made(), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message; the earlier result is untouched, nothing half-written stays."""
    streamed(made(), tmp_path / "out")
    before = bytes_of(tmp_path / "out")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "GROUP_ROWS", 4)
    monkeypatch.setattr(writer.TableFile, "_write", full)
    with pytest.raises(
        InputError, match=r"out: cannot be written: No space left on device; choose"
    ):
        streamed(made(), tmp_path / "out", 10_000)
    assert bytes_of(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


CHILD = """
import sys
from sim import Result, Scenario, run
from sim.scenario.errors import InputError
scenario = Scenario.load(sys.argv[1])
run(scenario).summary
assert "pyarrow" not in sys.modules
run(scenario, out=sys.argv[2])
Result.load(sys.argv[2]).pods
assert "pandas" not in sys.modules
"""


def test_pandas_is_for_those_who_ask_for_it(tmp_path: Path) -> None:
    """A run, its summary, writing and reading do without it, a summary without pyarrow too."""
    path = tmp_path / "small.json"
    path.write_text(json.dumps(scenario().resolved()))
    command = [sys.executable, "-c", CHILD, str(path), str(tmp_path / "out")]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.stderr == ""
