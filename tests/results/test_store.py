"""Results on disk: whole, equal for equal records, and refused if they are not what was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_records import Made, scenario

from sim.results import store, writer
from sim.results.records import TABLES
from sim.results.result import Result
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario


def made() -> Made:
    """A bit of everything, with times and nodes that are not there."""
    one = Made()
    node = one.node()
    one.node(ready_ms=-1, started_ms=-1)
    one.space(0, -1, held=9, free=242)
    one.space(5, node, held=3, free=239)
    one.pool(6, node, enis=1, assigned=1, warm=1)
    one.served(20)
    one.waiting(10, ended_ms=50)
    one.pod(5, workload="other", reason="no node fits")
    one.call(3, tokens=7)
    one.call(1, "DescribeSubnets", "RequestLimitExceeded")
    one.failed_launch(99)
    return one


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def problem(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    made().result().save(folder)
    return folder


def test_the_files_of_a_folder(saved: Path) -> None:
    """Summary, manifest and a Parquet file a table, and nothing is left beside them."""
    names = {"summary.json", "manifest.json", *(f"{name}.parquet" for name in TABLES)}
    assert set(bytes_of(saved)) == names
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


def test_round_trip(saved: Path) -> None:
    """A loaded result has the same records, names, summary, scenario and end."""
    before, after = made().result(), Result.load(saved)
    assert after.summary == before.summary
    assert after.names == before.names
    assert after.scenario.model == before.scenario.model
    assert after.end_ms == before.end_ms
    for name, records in before.tables.items():
        assert np.array_equal(after.tables[name].matrix, records.matrix), name


def test_a_loaded_result_measures_the_same(saved: Path) -> None:
    """The summary computed anew from loaded records is the stored one."""
    result = Result.load(saved)
    stored = result.summary
    del result.summary
    assert result.summary == stored


def test_equal_records_give_equal_bytes(saved: Path, tmp_path: Path) -> None:
    """Two runs with equal records, and a result that was loaded, are saved as the same bytes."""
    made().result().save(tmp_path / "again")
    Result.load(saved).save(tmp_path / "loaded")
    assert bytes_of(tmp_path / "again") == bytes_of(saved)
    assert bytes_of(tmp_path / "loaded") == bytes_of(saved)


def test_columns_in_parquet(saved: Path) -> None:
    """Times are int64, names dictionaries of texts, flags booleans; what is not there is null."""
    table = pq.read_table(saved / "pods.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types["created_ms"] == "int64"
    assert types["adds"] == "int32"
    assert types["host_network"] == "bool"
    assert types["node"] == "dictionary<values=string, indices=int32, ordered=0>"
    assert table["created_ms"].to_pylist() == [5, 10, 20]
    assert table["node"].to_pylist() == [None, "g-0", "g-0"]
    assert table["bound_ms"].to_pylist() == [None, 10, 20]
    assert table["reason"].to_pylist() == ["no node fits", "no free address", ""]


def test_an_empty_run(tmp_path: Path) -> None:
    """Tables without rows keep their columns."""
    Made().result().save(tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "pods.parquet").num_columns == len(TABLES["pods"])
    assert len(Result.load(tmp_path / "out").pods) == 0


def test_json_files_are_plain(saved: Path) -> None:
    """Both parse as strict JSON, sorted by key."""
    for name in ("summary.json", "manifest.json"):
        text = (saved / name).read_text(encoding="utf-8")
        data = json.loads(text, parse_constant=pytest.fail)
        assert list(data) == sorted(data)


def test_the_manifest_says_what_was_run(tmp_path: Path) -> None:
    """Resolved scenario, seed, versions, digests of the scenario and of its trace."""
    (tmp_path / "pods.csv").write_text("start,end\n0,10\n")
    data = {**made().scenario.resolved(), "seed": 7}
    data["workload"] = [{"name": "w", "kind": "trace", "file": "pods.csv"}]
    data["workload"][0]["columns"] = {"cpu": None, "memory": None}
    one = Made(Scenario.from_dict(data, tmp_path))
    one.result().save(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["scenario"] == one.scenario.resolved()
    assert manifest["seed"] == 7
    assert manifest["inputs"] == {"pods.csv": hashlib.sha256(b"start,end\n0,10\n").hexdigest()}
    assert {"ipamd_sim", "cni", "python", "numpy"} <= set(manifest["versions"])
    assert manifest["scenario_sha256"] == one.result().summary["scenario"]["digest"]
    (tmp_path / "pods.csv").unlink()
    assert Result.load(tmp_path / "out").scenario.model == one.scenario.model


def test_a_trace_that_is_gone_before_the_save(tmp_path: Path) -> None:
    """It is named, and nothing is written."""
    (tmp_path / "pods.csv").write_text("start,end,cpu,memory\n0,10,1,1\n")
    workload = {"name": "w", "kind": "trace", "file": "pods.csv"}
    data = {**made().scenario.resolved(), "workload": [workload]}
    result = Made(Scenario.from_dict(data, tmp_path)).result()
    (tmp_path / "pods.csv").unlink()
    with pytest.raises(InputError, match=r"pods\.csv: cannot be read: No such file"):
        result.save(tmp_path / "out")
    assert not any(tmp_path.iterdir())


def test_the_digest_depends_on_what_is_run() -> None:
    """Another seed is another digest; the order of keys is not."""
    first = scenario().resolved()
    digests = [
        Made(Scenario.from_dict(data)).result().summary["scenario"]["digest"]
        for data in (first, dict(reversed(first.items())), {**first, "seed": 9})
    ]
    assert digests[0] == digests[1] != digests[2]


# ---------------------------------------------------------------------- writing


def test_an_earlier_run_is_replaced(saved: Path) -> None:
    """Saving again gives the new run's files only."""
    Made().result().save(saved)
    assert len(Result.load(saved).pods) == 0
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    """A folder made beforehand is fine."""
    (tmp_path / "out").mkdir()
    made().result().save(tmp_path / "out")
    assert len(Result.load(tmp_path / "out").pods) == 3


def test_parents_are_made(tmp_path: Path) -> None:
    """The folder may lie in others that do not exist yet."""
    made().result().save(tmp_path / "a" / "b")
    assert len(Result.load(tmp_path / "a" / "b").pods) == 3


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", "summary.json"])
def test_a_folder_with_something_else_is_refused(tmp_path: Path, name: str) -> None:
    """A stranger's files are never deleted, not even ones of the same name."""
    (tmp_path / name).write_text("{}")
    with pytest.raises(InputError, match=r"choose another folder|ipamd-sim run --out"):
        made().result().save(tmp_path)
    assert (tmp_path / name).read_text() == "{}"


def test_a_run_with_a_file_added_is_refused(saved: Path) -> None:
    """Somebody's notes beside the records are kept, and named."""
    (saved / "notes.txt").write_text("mine")
    with pytest.raises(InputError) as error:
        made().result().save(saved)
    assert problem(error) == (
        f"{saved}: holds something else than an earlier run: notes.txt; choose another folder"
    )


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Neither the folder nor one of its parents may be a file."""
    (tmp_path / "out").write_text("mine")
    for target in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(InputError):
            store.check_target(target)


def test_a_failed_save_leaves_everything_as_it_was(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk in the middle: the earlier run is untouched, nothing half-written stays."""
    before = bytes_of(saved)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer.TableFile, "append", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        Made().result().save(saved)
    assert bytes_of(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


def test_a_failed_swap_brings_the_earlier_run_back(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new folder cannot be renamed, the old one is put back."""
    before, rename = bytes_of(saved), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(16, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="Device or resource busy"):
        Made().result().save(saved)
    assert bytes_of(saved) == before


# ---------------------------------------------------------------------- reading


def test_no_such_folder(tmp_path: Path) -> None:
    """The message names the folder and what to give instead."""
    with pytest.raises(InputError) as error:
        Result.load(tmp_path / "gone")
    assert problem(error) == (
        f"{tmp_path / 'gone'}: there is no such folder; give one that a run was saved to"
    )


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"kind": "web app"}', "\x00\xff"])
def test_a_folder_of_something_else(tmp_path: Path, content: str | None) -> None:
    """Without a manifest of ours a folder is no result, whatever it holds."""
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match="give a folder that ipamd-sim run --out wrote"):
        Result.load(tmp_path)


def test_missing_files_are_all_named(saved: Path) -> None:
    """At once, one message a file."""
    (saved / "pool.parquet").unlink()
    (saved / "summary.json").unlink()
    with pytest.raises(InputError) as error:
        Result.load(saved)
    assert problem(error).splitlines() == [
        f"{saved / name}: is missing; run the scenario again"
        for name in ("summary.json", "pool.parquet")
    ]


def test_a_damaged_summary(saved: Path) -> None:
    """It is not what was written."""
    (saved / "summary.json").write_text("{}")
    with pytest.raises(InputError, match=r"summary\.json: differs from what was written \(its SHA"):
        Result.load(saved)


def test_damaged_records_are_found_when_they_are_read(saved: Path, tmp_path: Path) -> None:
    """Read or copied, they are refused; the other tables can be had."""
    (saved / "pods.parquet").write_bytes(b"PAR1")
    result = Result.load(saved)
    assert len(result.nodes) == 2
    with pytest.raises(InputError, match=r"pods\.parquet: differs from what was written"):
        _ = result.pods
    with pytest.raises(InputError, match=r"pods\.parquet: differs from what was written"):
        result.save(tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_records_that_are_gone_when_they_are_read(saved: Path) -> None:
    """Deleted after the load, before the first look."""
    result = Result.load(saved)
    (saved / "pods.parquet").unlink()
    with pytest.raises(InputError, match=r"pods\.parquet: cannot be read: No such file"):
        _ = result.pods


def test_a_loaded_result_in_words(saved: Path) -> None:
    """It is called as before it was saved."""
    assert repr(Result.load(saved)) == repr(made().result())


def edit_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_another_schema_version(saved: Path) -> None:
    """A result of a later version is refused with both versions, yet can be replaced."""
    edit_manifest(saved, schema_version=2, more="later")
    with pytest.raises(InputError, match="has schema_version 2, this ipamd-sim reads 1"):
        Result.load(saved)
    made().result().save(saved)
    assert len(Result.load(saved).pods) == 3


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"end_ms": "x"}, "end_ms"), ({"scenario": {}}, "scenario.cluster"), ({"extra": 1}, "extra")],
)
def test_a_damaged_manifest(saved: Path, changes: dict[str, Any], place: str) -> None:
    """The message says where."""
    edit_manifest(saved, **changes)
    with pytest.raises(InputError, match=f"manifest.json is damaged: .*{place}"):
        Result.load(saved)
