"""The audit never takes a missing answer for a good one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from audit import verdict

GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "odd", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("packages", "code"),
    [
        ([GOOD], 0),
        ([GOOD, BAD], 1),
        ([GOOD, SKIPPED], 3),
        ([SKIPPED], 3),
        ([BAD, SKIPPED], 1),
        ([], 3),
    ],
)
def test_the_exit_code(packages: list[dict[str, Any]], code: int) -> None:
    """What is known counts first, then what is not known; only a full answer is good news."""
    assert verdict(json.dumps({"dependencies": packages}))[0] == code


@pytest.mark.parametrize("said", ["", "Traceback", "{}"])
def test_no_answer(said: str) -> None:
    """Nothing, a traceback and another form are no answer."""
    assert verdict(said)[0] == 3


def test_what_is_told() -> None:
    """The holes with the versions that mend them, the count, and what could not be told."""
    _, lines = verdict(json.dumps({"dependencies": [GOOD, BAD, SKIPPED]}))
    assert lines == [
        "bad 2: CVE-1, mended in 3",
        "2 of 3 packages looked up, 1 known vulnerabilities",
        "not looked up, nothing is known of: odd",
    ]


def test_nobody_was_there() -> None:
    """If nothing could be looked up, there is no long list of it."""
    assert verdict(json.dumps({"dependencies": [SKIPPED, SKIPPED]}))[1] == [
        "0 of 2 packages looked up, 0 known vulnerabilities",
        "not looked up, nothing is known of: any",
    ]
