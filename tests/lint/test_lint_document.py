"""docs/lint.md is what its generator makes."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_is_current() -> None:
    """Made anew from the rules it is the same; else run tools/make_lint_docs.py."""
    maker = runpy.run_path(str(ROOT / "tools" / "make_lint_docs.py"))
    assert (ROOT / "docs" / "lint.md").read_text(encoding="utf-8") == maker["document"]()
