"""``ipamd-sim sweep`` and ``ipamd-sim diff``: what they print, keep and refuse."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

STUDY = """\
name: targets
scenario: small.yaml
replications: 2
vary:
  grid:
    WARM_IP_TARGET: [1, 4]
"""


@pytest.fixture
def study(scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A study beside the small scenario, in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("targets.yaml").write_text(STUDY)
    assert Path(scenario).name == "small.yaml"
    return "targets.yaml"


def test_screen(command: Any, study: str) -> None:
    """A row a point with intervals, the best of each column marked, and where the tables are."""
    code, out, err = command("sweep", study, "--workers", "1")
    assert code == 0
    assert "targets: 2 points of small, 2 replications of 10 min each" in out
    lines = out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.split()[:1] == ["TARGET"])
    assert lines[first + 1].split()[0] == "1"
    assert "*" in lines[first + 1]
    assert "seed 1 and one more made from it" in out
    assert "tables: targets.sweep/runs.parquet and summary.parquet" in out
    assert "4 runs" in err
    assert max(map(len, lines)) <= 80


def test_taken_up(command: Any, study: str) -> None:
    """The same command again runs nothing, and says the same."""
    options = ("sweep", study, "--out", "kept", "--workers", "1", "--no-progress", "-o", "json")
    first = command(*options)
    again = command(*options)
    assert first == again
    assert first.err == ""
    more = command(*options, "--replications", "3")
    assert [point["replications"] for point in json.loads(more.out)["points"]] == [3, 3]
    assert len(list(Path("kept/runs").iterdir())) == 6


def test_data(command: Any, study: str) -> None:
    """JSON and CSV have a row a point, with means and intervals."""
    quiet = ("--workers", "1", "--no-progress")
    data = json.loads(command("sweep", study, *quiet, "-o", "json").out)
    assert data["study"] == "targets"
    assert data["failed"] == []
    assert [point["WARM_IP_TARGET"] for point in data["points"]] == [1, 4]
    rows = list(csv.DictReader(io.StringIO(command("sweep", study, *quiet, "-o", "csv").out)))
    assert [float(row["held_mean"]) for row in rows] == [one["held_mean"] for one in data["points"]]
    assert rows[0]["held_mean_low"] <= rows[0]["held_mean"] <= rows[0]["held_mean_high"]


TRACE = "  - {kind: trace, name: t, file: t.csv, window: {from: 0s, to: 1m}}\n"


def test_runs_that_raise(command: Any, study: str) -> None:
    """They are named with their inputs and key, and the code says that they did."""
    Path("small.yaml").write_text(Path("small.yaml").read_text() + TRACE)
    Path("t.csv").write_text("start,end,cpu,memory\n0,30,0,0\n")
    window = "workload.t.window: [{from: 0s, to: 1m}, {from: 1h, to: 2h}]"
    Path(study).write_text(STUDY.replace("WARM_IP_TARGET: [1, 4]", window))
    options = ("sweep", study, "--workers", "1", "--no-progress", "--replications", "1")
    code, out, err = command(*options)
    assert code == 1
    said = 'point 2 (workload.t.window={"from": "1h", "to": "2h"}), replication 1, seed 1, key '
    assert f"ipamd-sim sweep: {said}" in err
    assert "no pod of the trace is alive in the window" in err
    assert "runs raised: 1 of 2; the same command runs only these again" in err
    assert "Runs that failed, and are left out" in out
    data = json.loads(command(*options, "-o", "json").out)
    assert [run["point"] for run in data["failed"]] == [2]


@pytest.mark.parametrize(
    ("study_text", "arguments", "said"),
    [
        (STUDY, ("--out", "."), "holds something else than a sweep"),
        (STUDY.replace("grid", "gird"), (), "targets.yaml:5:3: vary.gird: unknown key; did you"),
        (STUDY, ("--replications", "0"), "'--replications': 0 is not in the range x>=1."),
        (STUDY.replace("[1, 4]", "[1, -4]"), (), "targets.yaml:6:25: vary.grid.WARM_IP_TARGET[1]:"),
    ],
)
def test_refused(
    command: Any, study: str, study_text: str, arguments: tuple[str, ...], said: str
) -> None:
    """Bad input is told in one line, before anything is written."""
    Path(study).write_text(study_text)
    code, out, err = command("sweep", study, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("targets.sweep").exists()


def test_diff_of_runs(command: Any, study: str) -> None:
    """Inputs come first, then results; the data has the same."""
    assert study
    for name, more in (
        ("a", ()),
        ("b", ("--set", "ipamd.WARM_IP_TARGET=2")),
        ("c", ("--seed", "2")),
    ):
        command("run", "small.yaml", "--out", name, "--no-progress", *more)
    code, out, _ = command("diff", "a", "b")
    assert code == 0
    assert out.index("Inputs  1 value differs") < out.index("ipamd.WARM_IP_TARGET  0       2")
    assert out.index("ipamd.WARM_IP_TARGET") < out.index("Results") < out.index("held mean, IPs")
    assert max(map(len, out.splitlines())) <= 80
    data = json.loads(command("diff", "a", "b", "-o", "json").out)
    change = {"name": "ipamd.WARM_IP_TARGET", "old": 0, "new": 2, "change": 2.0}
    assert (data["inputs"], data["identical"]) == ([change], False)
    rows = list(csv.reader(io.StringIO(command("diff", "a", "b", "-o", "csv").out)))
    assert rows[1] == ["inputs", "ipamd.WARM_IP_TARGET", "0", "2"]
    assert "Only the seed differs" in command("diff", "a", "c").out
    assert "identical, in what went in and in what came out" in command("diff", "a", "a").out


def test_diff_of_no_runs(command: Any, tmp_path: Path) -> None:
    """A folder that is no saved run is refused in one line."""
    code, out, err = command("diff", str(tmp_path), str(tmp_path))
    assert (code, out) == (2, "")
    assert "holds no results: there is no manifest.json" in err


def test_schema_of_studies(command: Any) -> None:
    """The schema of studies is printed beside that of scenarios."""
    assert json.loads(command("schema", "--study").out)["title"] == "ipamd-sim study"
    assert json.loads(command("schema").out)["title"] == "ipamd-sim scenario"
