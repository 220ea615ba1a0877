"""``ipamd-sim export``: from a run's folder to a file or standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def folder(command: Any, scenario: str, tmp_path: Path) -> str:
    """A small run's folder."""
    folder = str(tmp_path / "run")
    assert command("run", scenario, "--out", folder, "--no-progress").code == 0
    return folder


def test_to_a_file_and_to_standard_output(command: Any, folder: str, tmp_path: Path) -> None:
    """Both get the same text; a file replaces an earlier one, and nothing is left beside it."""
    file = tmp_path / "om" / "run.om"
    file.parent.mkdir()
    file.write_text("old")
    ended = command("export", "openmetrics", folder, "-o", str(file))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert [one.name for one in file.parent.iterdir()] == ["run.om"]
    printed = command("export", "openmetrics", folder)
    assert printed.code == 0
    assert printed.out == file.read_text()
    assert printed.out.endswith("# EOF\n")


def test_step_start_and_job(command: Any, folder: str) -> None:
    """They say how often, from when on, and under which name."""
    options = ("--step", "4m", "--start", "2026-03-01T12:00:00+02:00", "--job", "plan-b")
    lines = command("export", "openmetrics", folder, *options).out.splitlines()
    name = 'awscni_assigned_ip_addresses{job="plan-b",instance="batch-0"}'
    begin = 1772359200
    times = [int(line.split()[-1]) for line in lines if line.startswith(name)]
    assert times == [begin + 240, begin + 480, begin + 600]


def test_a_damaged_run_is_not_printed_in_part(command: Any, folder: str) -> None:
    """What turns out to be damaged after half of the text is made prints nothing."""
    (Path(folder) / "pool.parquet").write_bytes(b"PAR1")
    ended = command("export", "openmetrics", folder)
    assert (ended.code, ended.out) == (2, "")
    assert "pool.parquet: differs from what was written" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("openmetrics", "nowhere"), "nowhere: there is no such folder"),
        (("influx", "RUN"), "'influx' is not one of 'openmetrics'"),
        (("openmetrics", "RUN", "--step", "5"), "'5' is no duration"),
        (("openmetrics", "RUN", "--step", "10ms"), "10ms is too short: give 1s or more"),
        (("openmetrics", "RUN", "--start", "noon"), "'noon' is no time such as 2026-01-01"),
        (("openmetrics", "RUN", "-o", "/nowhere/x.om"), "/nowhere/x.om: cannot be written"),
    ],
)
def test_bad_input(command: Any, folder: str, arguments: tuple[str, ...], said: str) -> None:
    """One message, code 2, and nothing written."""
    given = [folder if one == "RUN" else one for one in arguments]
    ended = command("export", *given)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_damaged_table_leaves_no_file(command: Any, folder: str, tmp_path: Path) -> None:
    """If the records turn out to be damaged, nothing half-written stays."""
    pods = Path(folder) / "pods.parquet"
    pods.write_bytes(pods.read_bytes()[:-10])
    ended = command("export", "openmetrics", folder, "-o", str(tmp_path / "run.om"))
    assert ended.code == 2
    assert "pods.parquet: differs from what was written" in ended.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["run", "small.yaml"]
