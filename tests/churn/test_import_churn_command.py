"""``import churn`` and what it writes: the trace, and a scenario in which nothing counts twice."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from made_history import pod, write_events, write_series

from sim.cli import main
from sim.importing.churn.made.pods import MadePod
from sim.scenario.load import Scenario

SNAPSHOT = """\
# a cluster
name: my
duration: 1h
warm_up: 10m
origin: {kind: snapshot, churn: unknown}
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/22}]
  node_groups:
    - {name: g, instance_type: m5.large, nodes: 3}
    - {name: h, instance_type: m5.large, nodes: 3}
workload:
  - {kind: deployment, name: shop.web, replicas: 10, requests: {cpu: 250m}}  # the shop
  - {kind: deployment, name: shop.db, replicas: 4}
  - {kind: deployment, name: shop.batch, replicas: 2, node_groups: [h]}
  - {kind: cronjob, name: shop.tick, schedule: "*/5 * * * *", lifetime: 1m}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a snapshot's scenario."""
    (tmp_path / "my.yaml").write_text(SNAPSHOT)
    return tmp_path


def pods() -> list[MadePod]:
    """3 of web come and 2 of them go, all of batch come, tick runs twice."""
    return [
        pod(1, 60, 600),
        pod(2, 600, 1200),
        pod(3, 1200, None),
        pod(4, 90, None, name="batch"),
        pod(5, 95, None, name="batch"),
        pod(6, 300, 360, kind="CronJob", name="tick", finished=True, listed_s=600),
        pod(7, 600, 660, kind="CronJob", name="tick", finished=True, listed_s=600),
        pod(8, 10, None, name="unheard"),
    ]


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["import", "churn", *arguments])
    return int(ended.value.code or 0)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_trace_says_how_each_end_is_known(folder: Path) -> None:
    """Times count from the history's begin; estimates are marked, ends of those that stay empty."""
    series = write_series(folder / "pods.json", pods())
    assert call(str(series), "-o", str(folder / "trace.csv")) == 0
    by_pod = {row["pod"][-5:]: row for row in rows(folder / "trace.csv")}
    first = by_pod["00001"]
    assert (first["end_from"], first["estimated"]) == ("its last sample", "end")
    assert (by_pod["00003"]["end"], by_pod["00003"]["estimated"]) == ("", "")
    assert (by_pod["00006"]["end_from"], by_pod["00006"]["estimated"]) == ("completed", "")
    assert by_pod["00006"]["controller"] == "CronJob/tick"


def test_the_new_scenario_counts_no_pod_twice(folder: Path) -> None:
    """Replicas that the history knows at its end leave the Deployment; the others stay."""
    events = write_events(folder / "events.json", pods())
    new = folder / "new.yaml"
    done = call(
        *(str(events), "-o", str(folder / "trace.csv"), "--scenario", str(folder / "my.yaml")),
        *("--scenario-out", str(new)),
    )
    assert done == 0
    scenario = Scenario.load(new)
    replicas = {
        one.name: one.replicas[0].replicas
        for one in scenario.model.workload
        if one.kind == "deployment"
    }
    assert replicas == {"shop.web": 9, "shop.db": 4}
    traces = {one.name: one for one in scenario.model.workload if one.kind == "trace"}
    assert {name: one.node_groups for name, one in traces.items()} == {
        "history": None,
        "history-2": ["h"],
    }
    assert sum(len(one.start_ms) for one in scenario.traces.values()) == len(pods())
    assert scenario.traces["history"].cpu.tolist().count(250) == 3
    assert scenario.model.origin is not None
    assert scenario.model.origin.churn == "known"
    assert scenario.model.origin.history_start == "2026-01-05T08:00:10Z"
    text = new.read_text()
    assert "# a cluster" in text
    assert "# the shop" in text


def test_same_files_same_bytes(folder: Path) -> None:
    """Nothing hangs on the time, the folder or chance."""
    events = write_events(folder / "events.json", pods())
    for name in ("one", "two"):
        (folder / name).mkdir()
        files = (
            "-o",
            str(folder / name / "t.csv"),
            "--scenario-out",
            str(folder / name / "s.yaml"),
        )
        assert call(str(events), "--scenario", str(folder / "my.yaml"), *files) == 0
    for file in ("t.csv", "t-2.csv", "s.yaml"):
        assert (folder / "one" / file).read_bytes() == (folder / "two" / file).read_bytes()


def test_nothing_is_overwritten_without_being_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there is refused, and then no other is written; --force replaces it."""
    events = write_events(folder / "events.json", pods())
    files = ("-o", str(folder / "trace.csv"), "--scenario", str(folder / "my.yaml"))
    (folder / "my-with-churn.yaml").write_text("mine")
    assert call(str(events), *files) == 2
    assert "my-with-churn.yaml: is there already" in capsys.readouterr().err
    assert not (folder / "trace.csv").exists()
    assert call(str(events), *files, "--force") == 0
    assert call(str(events), *files, "--scenario-out", str(folder / "my.yaml"), "--force") == 2
    assert (folder / "my.yaml").read_text() == SNAPSHOT


def test_a_history_that_the_scenario_cannot_take_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A history shorter than the warm-up leaves nothing to measure; nothing is written."""
    events = write_events(folder / "events.json", [pod(1, 0, 50), pod(2, 60, None)])
    files = ("-o", str(folder / "trace.csv"), "--scenario", str(folder / "my.yaml"))
    assert call(str(events), *files) == 2
    assert "with the history it would be refused: warm_up" in capsys.readouterr().err
    assert sorted(one.name for one in folder.iterdir()) == ["events.json", "my.yaml"]


def test_it_says_what_it_understood_guessed_and_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The three lists are on standard error, the files' names last."""
    events = write_events(folder / "events.json", pods())
    assert call(str(events), "-o", str(folder / "trace.csv")) == 0
    captured = capsys.readouterr()
    assert not captured.out
    titles = [line for line in captured.err.splitlines() if line in ("understood", "guessed")]
    assert titles == ["understood", "guessed"]
    assert captured.err.rstrip().endswith("trace.csv")
