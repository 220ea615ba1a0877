"""The list of mutants that no test notices: each has a reason, and is of the code as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mutants.report import reasons_in

ROOT = Path(__file__).parents[2]
LEFT = reasons_in((ROOT / "mutants" / "left.txt").read_text(encoding="utf-8"))
NAME = re.compile(r"(\S+) (\S+): `(.*)` becomes `(.*)`( \(\d+\))?")


def words(text: str) -> str:
    """Text as it is in the names of mutants: in one line."""
    return " ".join(text.split())


def test_there_is_a_reason_for_each() -> None:
    """A reason is a sentence, and stands above the mutants it is of."""
    assert LEFT
    assert all(reason.endswith(".") for reason in LEFT.values())


@pytest.mark.parametrize("path", sorted({name.split()[0] for name in LEFT}))
def test_they_are_of_the_code_as_it_stands(path: str) -> None:
    """What a mutant changes is there, in the function that its name says; else it is history."""
    source = (ROOT / path).read_text(encoding="utf-8")
    code = words(source)
    for name in LEFT:
        found = NAME.fullmatch(name)
        assert found is not None, name
        if found[1] == path:
            assert f"def {found[2].rpartition('.')[2]}(" in code, name
            assert found[3] in code, name
