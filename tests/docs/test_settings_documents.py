"""The pages of settings and of versions are what their tool makes of the code."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OUTPUT = re.compile(r"```text\n.*?```", re.DOTALL)


@pytest.mark.parametrize(
    ("page", "lines"), [("settings-honoured", "honoured"), ("cni-versions", "versions")]
)
def test_pages_are_current(page: str, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is its tool's text; outputs of commands, which other tests look at, aside."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "make_settings_docs.py"))
    written = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert OUTPUT.sub("", written) == OUTPUT.sub("", "\n".join(tool[lines]()) + "\n")
