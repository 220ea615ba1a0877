"""Licences of dependencies: known, listed, and such that anybody may use what they cover."""

from __future__ import annotations

from email.message import Message

import pytest
from make_licences import TARGET, content, licence, purposes

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Zlib",
}
IN_DEVELOPMENT = ALLOWED | {"MPL-2.0"}
"""Of tools that nobody gets with ipamd-sim."""


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression lets one choose only licences that are allowed."""
    alternatives = expression.replace("(", "").replace(")", "").split(" OR ")
    return any(set(one.split(" AND ")) <= allowed for one in alternatives)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [("MIT", True), ("MIT AND GPL-3.0-only", False), ("GPL-3.0-only OR MIT", True), ("", False)],
)
def test_what_is_allowed(expression: str, allowed: bool) -> None:
    """All of what is joined by AND must be allowed, one of what is joined by OR."""
    assert is_allowed(expression, ALLOWED) == allowed


def written() -> dict[tuple[str, str], tuple[str, str]]:
    """The rows of the document: what a package is for, and its licence, by name and version."""
    lines = TARGET.read_text(encoding="utf-8").splitlines()
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in lines if "|" in line]
    return {(name, version): (what, terms) for name, version, what, terms in cells[2:]}


def test_no_other_licence() -> None:
    """Every package may be used and passed on; no copyleft comes with an installed ipamd-sim."""
    for (name, _), (what, terms) in written().items():
        allowed = IN_DEVELOPMENT if what == "development" else ALLOWED
        assert is_allowed(terms, allowed), name


def test_the_list_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew it is the same; else run make licences. Of what is not here the rows are kept."""
    kept = written()

    def as_written(one: object) -> Message:
        message = Message()
        _, message["License-Expression"] = kept[one.name, one.version]  # type: ignore[attr-defined]
        return message

    monkeypatch.setattr("make_licences._fetched", as_written)
    assert content() == TARGET.read_text(encoding="utf-8")


def test_purposes() -> None:
    """What runs a simulation, what an extra needs and what only tests need are told apart."""
    found = purposes()
    assert (found["simpy"], found["numpy"]) == ("run", "run")
    assert (found["bokeh"], found["distributed"], found["contourpy"]) == ("extra",) * 3
    assert (found["pytest"], found["hypothesis"]) == ("development",) * 2


def test_an_unknown_licence_is_an_error() -> None:
    """A package whose metadata says nothing that is known stops the script."""
    metadata = Message()
    metadata["Name"], metadata["License"] = "odd", "see the file"
    with pytest.raises(ValueError, match="odd: unknown licence"):
        licence(metadata)
