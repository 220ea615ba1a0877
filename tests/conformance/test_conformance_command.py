"""``ipamd-sim conformance``: what it prints, and that it notices what differs."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.conformance.recorded import SHIPPED


def command(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int | str | None, str, str]:
    """(exit code, standard output, standard error) of the verb."""
    with pytest.raises(SystemExit) as ended:
        main(["conformance", *arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of recordings with two timelines, one of them changed."""
    (tmp_path / "timelines").mkdir()
    for name in ("cordon", "max-eni-2"):
        shutil.copy(SHIPPED / "timelines" / f"{name}.json.gz", tmp_path / "timelines")
    return tmp_path


def change(folder: Path, name: str) -> None:
    """Shifts the first call of a timeline by a millisecond."""
    path = folder / "timelines" / f"{name}.json.gz"
    story = json.loads(gzip.decompress(path.read_bytes()))
    story["calls"][0][0] += 1
    path.write_bytes(gzip.compress(json.dumps(story).encode()))


def test_one_line_a_case_and_counts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Exact timelines are said to be exact, and counted at the end."""
    code, out, _ = command(capsys, "--data", str(folder))
    assert out == ("timelines cordon: exact\ntimelines max-eni-2: exact\ntimelines: 2 of 2 exact\n")
    assert code == 0


def test_a_difference_is_named_and_exits_with_1(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """The first difference tells when, what the daemon did and what the model did."""
    change(folder, "cordon")
    code, out, _ = command(capsys, "--data", str(folder), "--case", "cor*")
    assert out.splitlines()[0] == (
        "timelines cordon: differs (0 of 20 seeds): calls at 0 ms: daemon "
        "(1, 'n1', 'DescribeNetworkInterfaces', 1, 1, 1, 'OK'), model "
        "(0, 'n1', 'DescribeNetworkInterfaces', 1, 1, 1, 'OK')"
    )
    assert code == 1


def test_json_has_counts_and_differences(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """One object: cases, exact ones, and a list of what differs."""
    change(folder, "max-eni-2")
    code, out, _ = command(capsys, "--data", str(folder), "-o", "json")
    data = json.loads(out)
    assert code == 1
    assert (data["timelines"]["cases"], data["timelines"]["exact"]) == (2, 1)
    assert [one["case"] for one in data["timelines"]["differs"]] == ["max-eni-2"]
    assert data["holds"] is False


def test_stories_of_the_world_are_named_by_their_feature(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pattern takes the stories of one feature; the last line counts them."""
    code, out, _ = command(capsys, "--only", "world", "--case", "tags/*14*", "--no-progress")
    names = ["141", "143", "144", "146", "147", "149"]
    stories = [f"world tags/world-edge-{name}: exact" for name in names]
    assert out.splitlines() == [*stories, "world: 6 of 6 exact"]
    assert code == 0


def test_stories_and_ensembles_of_the_world_are_counted_apart(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """One object has both: exact stories, and metrics of ensembles in their bands."""
    (folder / "world" / "ensembles").mkdir(parents=True)
    ensemble = "world/ensembles/world-ec2-500s-create.json.gz"
    shutil.copy(SHIPPED / ensemble, folder / ensemble)
    with gzip.open(SHIPPED / "world" / "stories.jsonl.gz", "rt") as lines:
        story = next(line for line in lines if '"world-edge-141"' in line)
    (folder / "world" / "stories.jsonl.gz").write_bytes(gzip.compress(story.encode()))
    arguments = ["--data", str(folder), "--only", "world", "--runs", "20"]
    code, out, _ = command(capsys, *arguments, "-o", "json")
    found = json.loads(out)["world"]
    assert found.items() >= {"cases": 2, "exact": 1, "samples": 1, "comparisons": 39}.items()
    assert (found["differs"], code) == ([], 0)
    code, out, _ = command(capsys, *arguments)
    assert out.splitlines()[-1].startswith("world: 1 of 1 exact, 39 of 39 inside, ")


def test_a_folder_without_recordings_is_bad_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line says what a folder of recordings needs."""
    code, out, err = command(capsys, "--data", str(tmp_path))
    assert (code, out) == (2, "")
    assert err.startswith(f"{tmp_path}: holds no recordings; it needs one of decisions.tsv.gz")


def test_a_damaged_file_is_bad_input(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A file that is not what its name says is named; there is no traceback."""
    (folder / "timelines" / "cordon.json.gz").write_bytes(b"no gzip")
    code, out, err = command(capsys, "--data", str(folder))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "cordon.json.gz: is damaged" in err


@pytest.mark.parametrize(
    ("kind", "case", "expected"),
    [
        ("ensembles", "churn-slow-pd1", {"cases": 1, "comparisons": 35}),
        ("ensembles", "leaked-cleanup-day", {"cases": 1, "comparisons": 38}),
        ("ensembles", "imds-late-3s", {"cases": 1, "comparisons": 40}),
        ("placement", "enis-3x9", {"cases": 1, "comparisons": 4}),
    ],
)
def test_a_thin_sample_of_distributions_holds(
    capsys: pytest.CaptureFixture[str], kind: str, case: str, expected: dict[str, Any]
) -> None:
    """A few ensembles and a placement lie in their bands, with all their runs."""
    code, out, _ = command(capsys, "--only", kind, "--case", case, "-o", "json")
    data = json.loads(out)
    assert data[kind].items() >= expected.items()
    assert data[kind]["differs"] == []
    assert code == 0
