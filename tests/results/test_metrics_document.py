"""docs/metrics.md is what its generator makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_is_current() -> None:
    """Made anew from the definitions it is the same; else run tools/make_metrics_docs.py."""
    spec = importlib.util.spec_from_file_location("maker", ROOT / "tools/make_metrics_docs.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert (ROOT / "docs/metrics.md").read_text(encoding="utf-8") == maker.document()
