"""What fuzzing found, input by input: each is answered by a message that names its place."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim.importing.documents
from fuzz import samples
from sim.advice.source import change_of_scenario
from sim.cli import main
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.study.store import Store
from sim.workload.csv_file import csv_lines

Refused = Callable[..., str]
LOOP = "Too many levels of symbolic links; choose another file"


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Runs the command where the small scenario is; what it says as it refuses."""
    monkeypatch.chdir(tmp_path)
    samples.write_small(tmp_path)

    def run(*arguments: str) -> str:
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (2, "")
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    {
        ("new", "poisson", "-o", "loop"): f"loop: cannot be written: {LOOP}",
        ("run", "small.yaml", "--html", "loop"): f"loop: cannot be written: {LOOP}",
        ("run", "small.yaml", "--html", "socket"): "socket: is a socket; choose another file",
        ("run", "small.yaml", "--out", "loop/a"): "loop/a: cannot be made in",
        ("import", "loop", "-o", "a.yaml"): "loop: cannot be read: Too many levels of",
        ("import", "trace.csv", "-o", "loop"): "trace.csv:1:1: this is no JSON",
    }.items(),
)
def test_links_in_a_circle_and_sockets(
    refused: Refused, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """What cannot be written is refused before anything runs."""
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        assert refused(*arguments).startswith(said)


def test_text_is_not_turned_around(refused: Refused) -> None:
    """Characters that change a terminal's direction of writing are shown as their escapes."""
    assert refused("sweep", "\u202eabc").startswith("\\u202eabc: cannot be read")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("groups", 0, "capacity"), "a", "groups[0].capacity: Input should be a valid integer"),
        (("groups", 0, "held"), "5", "groups[0].held: Input should be a valid integer"),
        (("groups", 0), 5, "groups[0]: Input should be an object"),
        (("apart",), 1, "apart: Input should be an object"),
        (("before",), {"WARM_IP_TARGET": -7}, "before.WARM_IP_TARGET: "),
        (("reservations",), None, "reservations: Input should be a valid"),
    ],
)
def test_changes_of_other_types(
    refused: Refused, tmp_path: Path, path: tuple[Any, ...], value: Any, said: str
) -> None:
    """A saved recommendation with something else in it is refused, with the place in it."""
    change = change_of_scenario(Scenario.load(tmp_path / "small.yaml"), "roomy").to_dict()
    change = json.loads(json.dumps(change))
    here = change
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    text = json.dumps({"choice": "roomy", "change": change})
    (tmp_path / "recommendation.json").write_text(text)
    told = refused("settings", "recommendation.json")
    assert told.startswith(f"recommendation.json: its change cannot be read: {said}")


def test_nodes_that_never_come(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A group whose nodes all come after the end is valid, and is warned of."""
    text = samples.SMALL.replace("nodes: 2,", "nodes: [{at: 10m, nodes: 2}],")
    (tmp_path / "s.yaml").write_text(text)
    (tmp_path / "trace.csv").write_text(samples.TRACE)
    with pytest.raises(SystemExit) as ended:
        main(["validate", str(tmp_path / "s.yaml")])
    assert ended.value.code == 0
    assert "never comes: the run ends at 10m" in capsys.readouterr().err


def test_ids_that_are_none(refused: Refused, tmp_path: Path) -> None:
    """An ID that could not be a subnet's name is refused where it stands in the file."""
    subnet = {"SubnetId": "file:///x", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "a"}
    (tmp_path / "subnets.json").write_text(json.dumps({"Subnets": [subnet]}))
    told = refused("import", "subnets.json", "-o", "a.yaml")
    assert told.startswith("subnets.json: Subnets[0] (Subnet file:///x).SubnetId: 'file:///x' is")


def test_results_deeper_than_python_reads(tmp_path: Path) -> None:
    """A result that is no result, nested as deep as can be, is made again."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.json").write_text('{"a":' * 100_000)
    assert Store(tmp_path).get("a") is None


def test_endless_blank_lines(tmp_path: Path) -> None:
    """A CSV file is not read on through blank lines without end."""
    (tmp_path / "a.csv").write_text("start,end\n" + "\n" * 200_000)
    with pytest.raises(InputError, match=r"a\.csv:\d+: nothing but blanks for many lines; leave"):
        for _ in csv_lines(tmp_path / "a.csv"):
            pass


@pytest.mark.parametrize("verb", [("import",), ("import", "churn")])
@pytest.mark.parametrize(
    ("item", "said"),
    {
        '{"a": ' + "9" * 5_000: "this is no JSON: parse error: integer overflow; export it again",
        '{"a": "' + "x" * 9_000_000: "something in it is over 8,388,608 bytes long; export it",
        " " * 9_000_000: "something in it is over 8,388,608 bytes long; export it",
        '{"a": ' + "9" * 2_000_000 + "x": "this is no JSON: ",
    }.items(),
    ids=("number", "text", "blanks", "long number"),
)
def test_numbers_and_texts_without_end(
    refused: Refused, tmp_path: Path, verb: tuple[str, ...], item: str, said: str
) -> None:
    """A number that is too long is none, and what goes on and on is not read to its end."""
    (tmp_path / "a.json").write_text('{"items": [' + item)
    told = refused(*verb, "a.json", "-o", "a.out")
    assert told.startswith("a.json:")
    assert said in told


def test_too_many_documents(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of ever more documents is not read to its end."""
    monkeypatch.setattr(sim.importing.documents, "MOST_DOCUMENTS", 3)
    (tmp_path / "a.json").write_text("{} " * 4)
    assert refused("import", "a.json").startswith("a.json: it holds over 3 documents; export it")


def test_large_recommendations(refused: Refused, tmp_path: Path) -> None:
    """A file that would need a GiB of memory is not read as a recommendation."""
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(100 * 10**6)
    assert refused("settings", "a.json").startswith("a.json: this is too large for a recommend")
