"""The notebooks run, and say what they said when they were committed."""

from __future__ import annotations

import ast
import re
import runpy
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib import pyplot

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
IN_JUPYTER = "03"
"""One is enough to see that they run there: a kernel takes seconds to start."""
TAGS = re.compile(r"<[^>]+>")


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


def execute(cell: Any, names: dict[str, Any]) -> None:
    """Runs a cell in this process; its outputs are those that Jupyter would show."""
    *statements, last = ast.parse(cell.source).body
    printed, value = StringIO(), None
    with redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(statements, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        else:
            exec(compile(cell.source, "cell", "exec"), names)
    cell.outputs = [{"text": printed.getvalue()}] if printed.getvalue() else []
    if value is not None and not cell.source.endswith(";"):
        cell.outputs.append({"data": DisplayFormatter().format(value)[0]})


@pytest.mark.parametrize(
    "path",
    [one for one in NOTEBOOKS if not one.stem.startswith(IN_JUPYTER)],
    ids=lambda path: path.stem,
)
def test_notebooks_say_what_they_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed anew, every text output is the committed one."""
    committed, again = (nbformat.read(path, as_version=4) for _ in range(2))
    assert len(committed.cells) < 25
    assert texts(committed)
    monkeypatch.chdir(path.parent)
    names: dict[str, Any] = {}
    for cell in again.cells:
        if cell.cell_type == "code":
            execute(cell, names)
    pyplot.close("all")
    assert texts(again) == texts(committed)


@pytest.mark.filterwarnings("ignore")  # Jupyter's own, about its sockets and event loop
def test_they_run_in_jupyter() -> None:
    """What makes them makes the same outputs in a kernel."""
    executed = runpy.run_path(str(ROOT / "tools" / "make_notebooks.py"))["executed"]
    (path,) = (one for one in NOTEBOOKS if one.stem.startswith(IN_JUPYTER))
    assert texts(executed(path)) == texts(nbformat.read(path, as_version=4))


def test_there_are_notebooks() -> None:
    """The parametrised test has something to run."""
    assert len(NOTEBOOKS) > 1
