"""``ipamd-sim show`` and ``explain`` on folders of runs, and what they refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from small_command import Command

SCENARIO = """\
name: tight
duration: 20m
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/26}
    - {name: b, cidr: 10.0.1.0/26}
  node_groups:
    - {name: batch, instance_type: m5.large, nodes: 2}
ipamd: {WARM_IP_TARGET: 2}
workload:
  - kind: cronjob
    name: burst
    schedule: "*/5 * * * *"
    completions: 20
    parallelism: 20
    lifetime: 5s
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which bursts of pods wait."""
    from sim import Scenario, run

    folder = tmp_path_factory.mktemp("runs")
    path = folder / "tight.yaml"
    path.write_text(SCENARIO)
    return run(Scenario.load(path), out=folder / "run") and folder / "run"


@pytest.mark.parametrize(
    "arguments",
    [
        "show RUN",
        "show RUN --at 5m10s",
        "explain pod RUN",
        "explain pod burst-1-3 RUN",
        "explain node RUN",
        "explain node batch-1 RUN --aws --from 0s --to 2m",
        "explain subnet b RUN",
    ],
)
def test_screens_fit_eighty_columns(
    command: Command, saved: Path, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each prints one screen that ends with how to get it again, on standard output only."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(saved.parent)
    ended = command(*arguments.replace("RUN", saved.name).split())
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[-2].startswith("seed 1; ipamd-sim ")
    assert max(map(len, lines)) <= 80


def test_two_commands_find_the_worst_pod(command: Command, saved: Path) -> None:
    """It waited as long as the summary's longest wait, and the reason is told."""
    found = json.loads(command("explain", "pod", str(saved), "-o", "json").out)
    longest = json.loads((saved / "summary.json").read_text())["pods"]["ip_wait_s"]["max"]
    times = {line["text"][:7]: line["at_ms"] for line in reversed(found["lines"])}
    assert times["address"] - times["ADD ref"] == round(1000 * longest) > 0
    assert "refused ADD" in found["answer"]
    assert found["name"].startswith("burst-")


def test_show_as_data(command: Command, saved: Path) -> None:
    """The states of each subnet sum up to its size."""
    found = json.loads(command("show", str(saved), "--at", "90s", "-o", "json").out)
    assert (found["at_s"], found["end_s"]) == (90.0, 1_200.0)
    assert [sum(one["states"].values()) for one in found["subnets"]] == [59, 59]
    assert [one["status"] for one in found["nodes"]] == ["ready", "ready"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "RUN", "--at", "21m"), "--at: the run ended at 20m, before 21m; give an earlier"),
        (("show", "RUN", "--at", "5"), "'--at': '5' is no duration: write it like 90s"),
        (("show", "nowhere"), "nowhere: there is no such folder; give one that a run was saved to"),
        (
            ("explain", "pod", "burst-9-9", "RUN"),
            "no pod 'burst-9-9'; burst has 80 pods, burst-0-0",
        ),
        (("explain", "pod", "brust-0-1", "RUN"), "no pod 'brust-0-1'; burst has 80 pods"),
        (("explain", "node", "batch-7", "RUN"), "no node 'batch-7'; did you mean batch-"),
        (("explain", "subnet", "c", "RUN"), "no subnet 'c'; known here: a, b"),
        (("explain", "pod", "a", "b", "RUN"), "expected [NAME] RUN, got 3 arguments"),
        (("explain", "node", "RUN", "--from", "x"), "'--from': 'x' is no duration"),
    ],
)
def test_bad_input(command: Command, saved: Path, arguments: tuple[str, ...], said: str) -> None:
    """One clear line, exit code 2, nothing on standard output."""
    ended = command(*(str(saved) if one == "RUN" else one for one in arguments))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1


def test_damaged_folders(command: Command, saved: Path, tmp_path: Path) -> None:
    """A changed file, another version, and a table with other columns are named."""
    folder = tmp_path / "run"
    shutil.copytree(saved, folder)
    with (folder / "pool.parquet").open("ab") as file:
        file.write(b"x")
    assert "pool.parquet: differs from what was written" in command("show", str(folder)).err
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 7}))
    ended = command("explain", "pod", str(folder))
    assert ended.code == 2
    assert "has schema_version 7, this ipamd-sim reads 1; run the scenario again" in ended.err


def test_colours_tell_no_more_than_characters(saved: Path) -> None:
    """With colours each cell is a block; without, each state has its own character."""
    from rich.console import Console

    from sim import Result
    from sim.explain import snapshot
    from sim.report.cluster import screen

    result = Result.load(saved)
    texts = []
    for colour in (True, False):
        console = Console(width=80, color_system=None)
        with console.capture() as captured:
            drawn = screen(snapshot(result, 304_000), result.summary, "run", 80, colour=colour)
            console.print(drawn, highlight=False)
        texts.append(captured.get())
    assert "█" in texts[0]
    assert not set("#~+") & set(texts[0])
    assert {"#", "E"} <= set(texts[1])
    assert "█" not in texts[1]
