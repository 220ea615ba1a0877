"""CSV files of pods: columns by mapping or by name, times in several forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.importing.churn.csv_pods import parse_columns
from sim.importing.churn.read import Churn, read_churn
from sim.scenario.errors import InputError


def read(tmp_path: Path, text: str, *columns: str, unit: str = "s") -> Churn:
    path = tmp_path / "pods.csv"
    path.write_text(text)
    return read_churn([path], columns=parse_columns(columns), unit=unit)


def test_columns_are_mapped(tmp_path: Path) -> None:
    """What a column is called is the user's business."""
    text = "born;x,died,who,c\n2026-01-05T08:00:00Z,2026-01-05T08:01:30+00:00,web-1,250m\n"
    churn = read(tmp_path, text, "start=born;x,end=died", "pod=who,cpu=c")
    (life,) = churn.lives
    assert (life.age_ms, life.pod.name, life.pod.cpu) == (90_000, "web-1", 250)


def test_usual_names_are_recognised_and_said(tmp_path: Path) -> None:
    """A guess at the columns is told as one."""
    churn = read(
        tmp_path, "pod_name,Created_At,deleted_at\na,1767600000,1767600060.5\nb,1767600010,\n"
    )
    assert [one.age_ms for one in churn.lives] == [60_500, None]
    assert any("start from Created_At" in one for one in churn.notes.guessed)


def test_numbers_are_in_the_unit_that_was_given(tmp_path: Path) -> None:
    """Milliseconds since 1970 are read as such."""
    churn = read(tmp_path, "start,end\n1767600000000,1767600000500\n", unit="ms")
    assert churn.lives[0].age_ms == 500


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("start,end\n5,3\n", ":2: end", "ends before its start"),
        ("start,end\nnow,3\n", ":2: start", "'now' is no time"),
        ("start,end\n1,2\n,3\n", ":3: start", "the field is empty"),
        ("start,end\n1\n", ":2", "1 fields where the first line names 2"),
        ("start,cpu\n1,many\n", ":2: cpu", "no cpu quantity"),
        ("a,b\n1,2\n", ":1", "no column holds the start"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, text: str, place: str, message: str) -> None:
    """File, line and column of what is wrong."""
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, text)
    assert f"pods.csv{place}" in str(caught.value)


@pytest.mark.parametrize("columns", ["start", "begin=x", "start=born"])
def test_a_wrong_mapping_is_refused(tmp_path: Path, columns: str) -> None:
    """No WHAT=COLUMN, nothing that a column can hold, or a column that is not there."""
    with pytest.raises(InputError):
        read(tmp_path, "start,end\n1,2\n", columns)
