"""Puts the real output of its commands into README.md.

Usage: python tools/make_readme.py

A comment ``<!-- output: ARGUMENTS -->`` before a text block names what ``ipamd-sim`` is called
with.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- output: (.*?) -->\n```text\n).*?(```\n)", re.DOTALL)


def filled(text: str) -> str:
    """The text with every output made anew."""
    return BLOCK.sub(lambda match: match[1] + _output(match[2]) + match[3], text)


def _output(arguments: str) -> str:
    command = [sys.executable, "-m", "sim", *arguments.split(), *_quiet(arguments)]
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def _quiet(arguments: str) -> list[str]:
    return ["--no-progress"] if arguments.startswith("run ") else []


def main() -> None:
    """Writes README.md."""
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
