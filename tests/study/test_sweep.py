"""Sweeps: the same tables wherever they run, taken up where they ended, never of other inputs."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_study import SCENARIO, STUDY, varying, written

from sim.results.headline import HEADLINES
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.study.executors import executor
from sim.study.jobs import Job, run_job
from sim.study.replications import replication_seeds
from sim.study.statistics import estimate
from sim.study.sweep import SweepResult, sweep

TABLES = ("runs.parquet", "summary.parquet")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> SweepResult:
    """The small study, swept in this process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return sweep(written(folder), folder / "out")


def tables(folder: Path) -> list[bytes]:
    """The content of a sweep's tables."""
    return [(folder / name).read_bytes() for name in TABLES]


class Counted:
    """Counts the runs that a sweep does."""

    def __init__(self) -> None:
        self.done = self.taken_up = 0

    def __call__(self, done: int, _total: int, taken_up: int) -> None:
        self.done, self.taken_up = done, taken_up

    @property
    def made(self) -> int:
        """The runs that were not there before."""
        return self.done - self.taken_up


def made(study: Path, folder: Path) -> int:
    """How many runs a sweep does."""
    counted = Counted()
    assert sweep(study, folder, progress=counted).taken_up == counted.taken_up
    return counted.made


def test_a_row_a_run(undisturbed: SweepResult) -> None:
    """The table has every run's point, seed, key and figures, in the order of the design."""
    rows = pq.read_table(undisturbed.folder / "runs.parquet").to_pylist()
    where = [(row["WARM_IP_TARGET"], row["churn"], row["replication"]) for row in rows]
    assert where == [(w, c, r) for w in (1, 4) for c in (1, 2) for r in (1, 2)]
    assert [row["seed"] for row in rows] == replication_seeds(1, 2) * 4
    scenario = Scenario.from_dict(undisturbed.study.scenarios[2].source.data)
    outcome = run_job(Job.of(scenario, rows[5]["seed"]))
    assert rows[5]["key"] == outcome.key
    assert outcome.figures is not None
    assert {name: rows[5][name] for name in HEADLINES} == outcome.figures.values
    assert tuple(rows[5]["at_least"]) == outcome.figures.at_least


def test_a_row_a_point(undisturbed: SweepResult) -> None:
    """The summary has the mean and the interval of each figure over a point's replications."""
    runs, points = undisturbed.runs.to_pandas(), undisturbed.to_pandas()
    assert points.point.tolist() == [1, 2, 3, 4]
    held = runs[runs.point == 3].held_mean.tolist()
    row = points.iloc[2]
    of_row = (row.held_mean, row.held_mean_low, row.held_mean_high, row.held_mean_n)
    assert of_row == pytest.approx(estimate(held))
    assert points.nodes_ready_p99.isna().all()
    assert (points.nodes_ready_p99_n == 0).all()


def test_one_replication_has_no_interval(tmp_path: Path) -> None:
    """The mean of one run is that run, and nothing is known about its error."""
    result = sweep(
        written(tmp_path, varying("{list: [{name: lean, churn: 1}, {}]}")), tmp_path / "o"
    )
    first, second = result.summary.to_pylist()
    assert first["held_mean"] == second["held_mean"]
    assert (first["held_mean_low"], first["held_mean_high"], first["held_mean_n"]) == (
        None,
        None,
        1,
    )
    assert (first["name"], first["churn"]) == ("lean", 1)
    assert (second["name"], second["churn"]) == ("", None)


def test_workers_do_not_matter(undisturbed: SweepResult, tmp_path: Path) -> None:
    """Two processes give the same bytes as one."""
    with executor(workers=2) as where:
        sweep(written(tmp_path), tmp_path / "out", where=where)
    assert tables(tmp_path / "out") == tables(undisturbed.folder)


def test_extended(tmp_path: Path) -> None:
    """More values and replications take up what is there; the folder stays the study's."""
    few = STUDY.replace("[1, 4]", "[1]")
    assert made(written(tmp_path, few), tmp_path / "out") == 4
    assert made(tmp_path / "study.yaml", tmp_path / "out") == 0
    assert (
        made(
            written(tmp_path, STUDY.replace("replications: 2", "replications: 3")), tmp_path / "out"
        )
        == 8
    )


def test_a_changed_scenario_runs_again(tmp_path: Path) -> None:
    """What ran under another scenario is not taken up; what changes nothing does not matter."""
    study = written(tmp_path, varying("{grid: {churn: [1, 2]}}"))
    assert made(study, tmp_path / "out") == 2
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("name: tiny", "name: other"))
    assert made(study, tmp_path / "out") == 0
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("nodes: 2", "nodes: 3"))
    assert made(study, tmp_path / "out") == 2


TRACE = "  - {kind: trace, name: t, file: t.csv}\n"


def test_a_changed_trace_runs_again(tmp_path: Path) -> None:
    """A trace's pods are an input, whatever its file is called."""
    (tmp_path / "t.csv").write_text("start,end,cpu,memory\n0,100,0,0\n")
    study = written(tmp_path, varying("{grid: {WARM_IP_TARGET: [1]}}"), SCENARIO + TRACE)
    assert made(study, tmp_path / "out") == 1
    (tmp_path / "t.csv").write_text("start,end,cpu,memory\n0,101,0,0\n")
    assert made(study, tmp_path / "out") == 1


@pytest.mark.parametrize("content", [b"", b"{}", b'{"sha256":', b"\xff"])
def test_a_damaged_run_runs_again(content: bytes, tmp_path: Path) -> None:
    """A file that is not what was written is not taken up, and the table is as it was."""
    study = written(tmp_path, varying("{grid: {churn: [1, 2]}}"))
    sweep(study, tmp_path / "out")
    before = tables(tmp_path / "out")
    first = min((tmp_path / "out" / "runs").iterdir())
    first.write_bytes(content)
    assert made(study, tmp_path / "out") == 1
    assert tables(tmp_path / "out") == before


def refusal(study: Path, folder: Path) -> str:
    """What is said of a folder."""
    with pytest.raises(InputError) as refused:
        sweep(study, folder)
    return str(refused.value)


def test_folders_of_others(undisturbed: SweepResult, tmp_path: Path) -> None:
    """Another study's folder, any other folder and a file are refused, and stay as they are."""
    other = written(tmp_path, STUDY.replace("name: small", "name: other"))
    elsewhere = "choose another folder with --out"
    assert refusal(other, undisturbed.folder) == (
        f"{undisturbed.folder}: holds the sweep of another study: small of tiny.yaml, not other of "
        f"tiny.yaml; {elsewhere}"
    )
    assert refusal(other, tmp_path) == (
        f"{tmp_path}: holds something else than a sweep: study.yaml, tiny.yaml; {elsewhere}"
    )
    assert refusal(other, other) == f"{other}: is a file; {elsewhere}"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["study.yaml", "tiny.yaml"]


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "ipamd-sim run", "study": {}}'])
def test_a_study_that_cannot_be_read(content: str, tmp_path: Path) -> None:
    """A folder whose study.json says nothing is refused."""
    study = written(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "study.json").write_text(content)
    assert "study.json is not one of ipamd-sim" in refusal(study, tmp_path / "out")


FAILING = SCENARIO + TRACE.replace("}", ", window: {from: 0s, to: 1m}}")
"""Under a window without a pod a run raises."""


def test_runs_that_raise(tmp_path: Path) -> None:
    """The others go on, the tables tell what was raised, and only those run again."""
    (tmp_path / "t.csv").write_text("start,end,cpu,memory\n0,30,0,0\n")
    vary = "{grid: {workload.t.window: [{from: 0s, to: 1m}, {from: 1h, to: 2h}]}}"
    study = written(tmp_path, varying(vary), FAILING)
    result = sweep(study, tmp_path / "out")
    (failed,) = result.failed
    assert failed.point.number == 2
    assert (
        failed.outcome.error
        == "InputError: t: no pod of the trace is alive in the window; move or widen it"
    )
    good, bad = result.runs.to_pylist()
    assert (good["error"], bad["error"]) == ("", failed.outcome.error)
    assert good["held_mean"] > 0
    assert bad["held_mean"] is None
    assert bad["workload.t.window"] == '{"from": "1h", "to": "2h"}'
    assert [row["failed"] for row in result.summary.to_pylist()] == [0, 1]
    assert made(study, tmp_path / "out") == 1


def test_the_study_is_kept(undisturbed: SweepResult) -> None:
    """study.json says what was swept, in full."""
    kept = json.loads((undisturbed.folder / "study.json").read_text())
    assert kept["study"]["vary"]["grid"] == {"WARM_IP_TARGET": [1, 4], "churn": [1, 2]}
    assert kept["scenario"] == undisturbed.study.scenario.resolved()
