"""Puts the real output of their commands into README.md and the documents in docs.

Usage: python tools/make_readme.py [DOCUMENT...]

A comment ``<!-- output: ARGUMENTS -->`` before a text block names what ``ipamd-sim`` is called
with, as a shell would read it; ``<!-- output: tools/NAME.py -->`` names a script, and
``<!-- before: ARGUMENTS -->`` what is called without being shown. The commands of a document run in
an empty folder that has the scenarios of the checkout.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"(<!-- output: (.*?) -->\n```text\n).*?(```\n)|<!-- before: (.*?) -->", re.DOTALL
)
LONG_VERBS = ("run", "compare", "sweep", "recommend")
"""They show how far they are, unless told not to."""


def documents() -> list[Path]:
    """Those with outputs of commands."""
    every = (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
    return [one for one in every if BLOCK.search(one.read_text(encoding="utf-8"))]


def filled(text: str) -> str:
    """The text with every output made anew."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scenarios").symlink_to(ROOT / "scenarios")
        return BLOCK.sub(lambda match: _filled(match, folder), text)


def _filled(match: re.Match[str], folder: str) -> str:
    output = _output(shlex.split(match[2] or match[4]), folder)
    return match[0] if match[4] else match[1] + output + match[3]


def _output(arguments: list[str], folder: str) -> str:
    script = arguments[0].startswith("tools/")
    quiet = ["--no-progress"] if arguments[0] in LONG_VERBS else []
    called = [str(ROOT / arguments[0])] if script else ["-m", "sim", arguments[0]]
    command = [sys.executable, *called, *arguments[1:], *quiet]
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def main() -> None:
    """Writes the documents that are named, or all of them."""
    for document in [Path(one) for one in sys.argv[1:]] or documents():
        text = filled(document.read_text(encoding="utf-8"))
        document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
