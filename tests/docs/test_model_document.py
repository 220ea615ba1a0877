"""The table of what is modelled says so of each part, with a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROWS = re.findall(
    r"^\| (.+?) \| (\w+) \| (.*) \| \[.*\]\(\.\./(tests/\S+)\) \|$",
    (ROOT / "docs" / "model.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_part_is_modelled_or_refused() -> None:
    """There is no third state, and no part is named twice."""
    assert len(ROWS) > 40
    assert {state for _part, state, _how, _test in ROWS} == {"modelled", "refused"}
    parts = [part for part, *_ in ROWS]
    assert len(set(parts)) == len(parts)


def test_every_test_is_there() -> None:
    """The files that rows lead to have tests."""
    for _part, _state, _how, test in ROWS:
        path = ROOT / test
        files = path.glob("test_*.py") if path.is_dir() else [path]
        assert any("def test_" in one.read_text(encoding="utf-8") for one in files), test
