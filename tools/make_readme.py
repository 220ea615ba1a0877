"""Puts the real output of their commands into README.md and the documents in docs.

Usage: python tools/make_readme.py [--slow] [DOCUMENT...]

A comment ``<!-- output: ARGUMENTS -->`` before a text block names what ``ipamd-sim`` is called
with, as a shell would read it; ``<!-- messages: ARGUMENTS -->`` shows what it says on standard
error; ``<!-- output: tools/NAME.py -->`` names a script, and ``<!-- before: ARGUMENTS -->`` what is
called without being shown. The commands of a document run in an empty folder that has the scenarios
of the checkout. What ``<!-- slow output: ARGUMENTS -->`` names takes minutes: it is called with
``--slow`` only.
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
    r"(?P<head><!-- (?P<slow>slow )?(?P<what>output|messages): (?P<shown>.*?) -->\n```text\n)"
    r".*?(?P<tail>```\n)|<!-- before: (?P<hidden>.*?) -->",
    re.DOTALL,
)
LONG_VERBS = ("run", "compare", "sweep", "recommend")
"""They show how far they are, unless told not to."""


def documents() -> list[Path]:
    """Those with outputs of commands."""
    every = (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
    return [one for one in every if BLOCK.search(one.read_text(encoding="utf-8"))]


def filled(text: str, slow: bool = False) -> str:
    """The text with every output made anew; those that take minutes only if asked for."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scenarios").symlink_to(ROOT / "scenarios")
        return BLOCK.sub(lambda match: _filled(match, folder, slow), text)


def _filled(match: re.Match[str], folder: str, slow: bool) -> str:
    if match["slow"] and not slow:
        return match[0]
    done = _done(shlex.split(match["shown"] or match["hidden"]), folder)
    if match["hidden"]:
        return match[0]
    printed = done.stdout if match["what"] == "output" else done.stderr
    return match["head"] + printed + match["tail"]


def _done(arguments: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    script = arguments[0].startswith("tools/")
    quiet = ["--no-progress"] if arguments[0] in LONG_VERBS else []
    called = [str(ROOT / arguments[0])] if script else ["-m", "sim", arguments[0]]
    command = [sys.executable, *called, *arguments[1:], *quiet]
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )


def main() -> None:
    """Writes the documents that are named, or all of them."""
    named = [Path(one) for one in sys.argv[1:] if one != "--slow"]
    for document in named or documents():
        text = filled(document.read_text(encoding="utf-8"), slow="--slow" in sys.argv)
        document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
