"""Executes the notebooks in place, and leaves nothing in them that changes from run to run.

Usage: python tools/make_notebooks.py [NOTEBOOK]...
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
TIMEOUT_S = 300


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs; it runs in its own folder."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=TIMEOUT_S, resources=resources).execute()
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def main(paths: list[Path]) -> None:
    """Executes what is named, or all of them."""
    for path in paths or sorted(NOTEBOOKS.glob("*.ipynb")):
        nbformat.write(executed(path), path)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
