"""What changed between two saved runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from small_study import SCENARIO

from sim.engine.run import run
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.scenario.reader import parse
from sim.study.diff import Change, Diff, diff

TRACED = SCENARIO + "  - {kind: trace, name: t, file: t.csv}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs are saved; ``base`` is one."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "t.csv").write_text("start,end,cpu,memory\n0,300,0,0\n")
    saved(folder, "base")
    return folder


def saved(folder: Path, to: str, /, seed: int = 1, **values: Any) -> Path:
    """A run with some values, in a folder."""
    scenario = Scenario.from_dict(parse(TRACED).data | {"seed": seed}, folder)
    run(scenario.with_values(values), out=folder / to)
    return folder / to


def since_base(folder: Path, to: str, /, seed: int = 1, **values: Any) -> Diff:
    """What changed from the base to a run with some values."""
    return diff(folder / "base", saved(folder, to, seed, **values))


def test_identical(folder: Path) -> None:
    """Equal runs differ in nothing, wherever they are."""
    found = since_base(folder, "again")
    assert found.is_identical
    assert (found.inputs, found.headlines, found.figures) == ((), (), ())


def test_inputs_and_results(folder: Path) -> None:
    """Inputs are told by their paths as in --set, results by their figures."""
    nodes = "cluster.node_groups.batch.nodes"
    found = since_base(folder, "leaner", **{"ipamd.WARM_IP_TARGET": 2, nodes: 3})
    assert found.inputs == (
        Change(nodes, 2, 3),
        Change("ipamd.WARM_IP_TARGET", 0, 2),
    )
    by_name = {one.name: one for one in found.headlines}
    held = by_name["held_mean"]
    assert held.difference == held.new - held.old < 0
    assert "addresses.cluster.warm.mean" in [one.name for one in found.figures]
    assert "addresses.cluster.held.mean" not in [one.name for one in found.figures]
    assert not found.is_identical
    assert not found.is_chance
    assert all(one.old != one.new for one in (*found.headlines, *found.figures))


def test_a_path_can_be_set(folder: Path) -> None:
    """A path that is told to differ sets that value."""
    steps = [{"at": "0s", "nodes": 2}, {"at": "5m", "nodes": 3}]
    found = since_base(folder, "larger", **{"cluster.node_groups.batch.nodes": steps})
    (change,) = found.inputs
    again = since_base(folder, "larger-too", **{change.name: change.new})
    assert (change.old, change.new) == (2, steps)
    assert again.inputs == found.inputs


def test_only_the_seed(folder: Path) -> None:
    """What differs by the seed alone may be chance, whatever the run is called."""
    found = since_base(folder, "other-seed", seed=2, name="other", description="luck")
    assert [one.name for one in found.inputs] == ["name", "description", "seed"]
    assert found.is_chance
    assert found.seed == (1, 2)


def test_the_same_results(folder: Path) -> None:
    """Inputs may differ and change nothing."""
    found = since_base(folder, "long-retry", **{"aws.retry_attempts": 4})
    assert found.has_same_results
    assert not found.is_identical
    assert found.inputs == (Change("aws.retry_attempts", 3, 4),)


def test_a_trace(folder: Path) -> None:
    """Another file of the same name is another input."""
    (folder / "t.csv").write_text("start,end,cpu,memory\n0,301,0,0\n")
    try:
        (trace,) = since_base(folder, "longer").inputs
    finally:
        (folder / "t.csv").write_text("start,end,cpu,memory\n0,300,0,0\n")
    assert trace.name == "traces.t.csv"
    assert len(trace.old) == len(trace.new) == 64


def test_what_only_one_has(folder: Path) -> None:
    """What the second has and the first has not is told with no value before."""
    added = {"kind": "job", "name": "j", "lifetime": "5s"}
    workload = [*parse(TRACED).data["workload"], added]
    found = since_base(folder, "more", workload=workload)
    assert Change("workload.j.kind", None, "job") in found.inputs
    assert next(one for one in found.inputs if one.new == "job").difference is None


def test_folders_that_are_no_runs(folder: Path, tmp_path: Path) -> None:
    """A folder without a run, or with a damaged one, is refused as everywhere."""
    with pytest.raises(InputError, match="there is no such folder"):
        diff(folder / "base", tmp_path / "none")
    with pytest.raises(InputError, match="holds no results"):
        diff(tmp_path, folder / "base")
    shutil.copytree(folder / "base", tmp_path / "damaged")
    (tmp_path / "damaged" / "summary.json").write_text("{}")
    with pytest.raises(InputError, match="differs from what was written"):
        diff(folder / "base", tmp_path / "damaged")
