"""The notebooks run, and say what they said when they were committed."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TAGS = re.compile(r"<[^>]+>")


def make_notebooks() -> Any:
    """The script that executes notebooks."""
    path = ROOT / "tools" / "make_notebooks.py"
    spec = importlib.util.spec_from_file_location("make_notebooks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(notebook: Any) -> list[str]:
    """What the code cells show, pictures left out."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" not in data:
                html = TAGS.sub(" ", data.get("text/html", ""))
                shown.append(f"{output.get('text', '')}{data.get('text/plain', '')}{html}")
    return shown


@pytest.mark.filterwarnings("ignore")  # Jupyter's own, about its sockets and event loop
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_say_what_they_said(path: Path) -> None:
    """Executed anew, every text output is the committed one."""
    committed = nbformat.read(path, as_version=4)
    assert len(committed.cells) < 25
    assert texts(committed)
    assert texts(make_notebooks().executed(path)) == texts(committed)


def test_there_are_notebooks() -> None:
    """The parametrised test has something to run."""
    assert NOTEBOOKS
