"""``ipamd-sim run``: what it hands on, what it prints, what it refuses before it runs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import sim.engine.run
from sim.cli.output import DATA_FORMS, flatten
from sim.engine.estimate import MAX_MEMORY
from sim.engine.run import Progress

SUMMARY = {
    "schema_version": 1,
    "scenario": {"name": "small", "seed": 2**63 - 1, "duration_s": 600.0},
    "settings": {"batch": {}, "web.eu": {"WARM_IP_TARGET": 5, "ENABLE_PREFIX_DELEGATION": True}},
    "ec2": {"total": 12, "throttled_share": 1 / 3, "calls_per_pod_started": None},
    "pods": {"ip_wait_s": {"p99": 14.25, "at_least": ["p99", "max"]}},
    "findings": ["no: really, “all” went well, " + "and " * 40 + "so on"],
    "warnings": [],
}


class Simulation:
    """Stands for the engine and for the result it gives; remembers what it was asked."""

    def __init__(self) -> None:
        self.summary = SUMMARY
        self.expectations: list[Any] = []
        self.scenarios: list[Any] = []
        self.out: str | None = None
        self.max_memory: int | None = None

    def __call__(
        self,
        scenario: Any,
        *,
        progress: Callable[[Progress], None] | None,
        out: str | None,
        max_memory: int | None,
    ) -> Simulation:
        self.scenarios.append(scenario)
        self.out, self.max_memory = out, max_memory
        if progress is not None:
            progress(Progress(300_000, 600_000, 5, 7, 0))
        return self


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Simulation:
    """Takes the engine's place."""
    stand_in = Simulation()
    monkeypatch.setattr(sim.engine.run, "run", stand_in)
    return stand_in


def test_settings_and_seed_reach_the_engine(
    command: Any, scenario: str, simulation: Simulation
) -> None:
    """--set and --seed change what is simulated."""
    nodes = "cluster.node_groups.batch.nodes=3"
    options = ("--set", "ipamd.WARM_IP_TARGET=5", "--set", nodes, "--seed", "9")
    assert command("run", scenario, *options, "-o", "json").code == 0
    model = simulation.scenarios[0].model
    assert (model.ipamd.WARM_IP_TARGET, model.seed) == (5, 9)
    assert model.cluster.node_groups[0].nodes[0].nodes == 3


def test_json_reads_back(command: Any, scenario: str, simulation: Simulation) -> None:
    """-o json prints the summary, and nothing else, on standard output."""
    assert json.loads(command("run", scenario, "-o", "json").out) == simulation.summary


def test_yaml_reads_back(command: Any, scenario: str, simulation: Simulation) -> None:
    """-o yaml prints the same, in the same order."""
    read = YAML(typ="safe", pure=True).load(command("run", scenario, "-o", "yaml").out)
    assert json.dumps(read) == json.dumps(simulation.summary)


def test_csv_reads_back(command: Any, scenario: str, simulation: Simulation) -> None:
    """-o csv prints a line for each figure, under its dotted name; what is not known is empty."""
    rows = list(csv.reader(io.StringIO(command("run", scenario, "-o", "csv").out)))
    assert rows[0] == ["metric", "value"]
    figures = dict(flatten(simulation.summary))
    assert dict(rows[1:]) == {k: "" if v is None else str(v) for k, v in figures.items()}
    assert figures["pods.ip_wait_s.at_least.1"] == "max"
    assert figures["ec2.calls_per_pod_started"] is None


def test_unknown_form(command: Any, scenario: str, simulation: Simulation) -> None:
    """An unknown form is refused, naming those there are, before anything runs."""
    ended = command("run", scenario, "-o", "xml")
    assert ended.code == 2
    assert all(repr(form) in ended.err for form in DATA_FORMS)
    assert simulation.scenarios == []


@pytest.mark.usefixtures("simulation")
def test_progress_goes_to_standard_error(command: Any, scenario: str) -> None:
    """Progress does not mix with data, and --no-progress is silent."""
    ended = command("run", scenario, "-o", "json")
    assert ended.err == "50 %: 5 min of 10 min, 5 pods, 7 EC2 calls\n"
    assert command("run", scenario, "-o", "json", "--no-progress") == ended._replace(err="")


def test_records_are_saved_where_asked(
    command: Any, scenario: str, simulation: Simulation, tmp_path: Path
) -> None:
    """--out names the folder of the records; without it none are written."""
    command("run", scenario, "-o", "json")
    assert simulation.out is None
    out = str(tmp_path / "results")
    command("run", scenario, "-o", "json", "--out", out)
    assert simulation.out == out


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ([], MAX_MEMORY),
        (["--max-memory", "500MiB"], 500 * 2**20),
        (["--max-memory", "1.5gib"], 1.5 * 2**30),
        (["--max-memory", "2 Ti"], 2 * 2**40),
        (["--max-memory", "3G"], 3 * 10**9),
        (["--max-memory", "4kB"], 4_000),
        (["--max-memory", "none"], None),
    ],
)
def test_limit_of_memory(
    command: Any, scenario: str, simulation: Simulation, given: list[str], limit: int | None
) -> None:
    """--max-memory reaches the engine in bytes, and is the engine's own if not given."""
    assert command("run", scenario, *given, "-o", "json").code == 0
    assert simulation.max_memory == limit


@pytest.mark.parametrize("size", ["8", "8x", "GiB", "-1GiB", "1e9G", ""])
def test_no_size(command: Any, scenario: str, simulation: Simulation, size: str) -> None:
    """A size without a unit, or what is none, is refused in one line."""
    ended = command("run", scenario, "--max-memory", size)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert f"{size!r} is no size such as 500MiB or 16GiB, nor none" in ended.err
    assert simulation.scenarios == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-memory", "1MiB"], "the run needs more than 1 MiB of memory: about"),
        (
            ["--set", "workload.web.lifetime=1ms", "--set", "duration=36500d"],
            "run is too long: about",
        ),
    ],
)
def test_too_large_a_run(
    command: Any, scenario: str, tmp_path: Path, options: list[str], said: str
) -> None:
    """A run that is too large is refused in one line with its estimate; nothing is written."""
    ended = command("run", scenario, "--out", str(tmp_path / "out"), *options)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert said in ended.err
    assert [one.name for one in tmp_path.iterdir()] == ["small.yaml"]


def test_a_foreign_folder_is_refused_before_the_run(
    command: Any, scenario: str, simulation: Simulation, tmp_path: Path
) -> None:
    """--out never mixes with other files, and the simulation does not run in vain."""
    ended = command("run", scenario, "--out", str(tmp_path))
    assert ended.code == 2
    assert ended.err.startswith(f"{tmp_path}: holds something else")
    assert simulation.scenarios == []


def test_a_file_is_no_folder(command: Any, scenario: str, simulation: Simulation) -> None:
    """--out on a file, or below one, is refused before the run."""
    for out in (scenario, f"{scenario}/results"):
        ended = command("run", scenario, "--out", out)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
        assert ended.err.startswith(f"{out}: ")
    assert simulation.scenarios == []


@pytest.mark.usefixtures("simulation")
def test_warnings_go_to_standard_error(command: Any, scenario: str) -> None:
    """With data on standard output a scenario's warnings are said on standard error."""
    replicas = "workload.web.replicas=500"
    ended = command("run", scenario, "--set", replicas, "-o", "json", "--no-progress")
    assert ended.code == 0
    assert re.match("warning: .*500", ended.err)
    assert json.loads(ended.out) == SUMMARY


def test_a_real_run(command: Any, scenario: str, tmp_path: Path) -> None:
    """A run shows its screen, writes what -o json prints, and says where."""
    out = tmp_path / "results"
    screen = command("run", scenario, "--out", str(out))
    assert screen.code == 0
    assert screen.out.startswith("small: 2 nodes, 10 pods, 10 min, default settings\n")
    assert screen.out.endswith(f"\nrecords: {out}\n")
    assert "\x1b" not in screen.out + screen.err
    data = command("run", scenario, "-o", "json")
    assert json.loads(data.out) == json.loads((out / "summary.json").read_text())
