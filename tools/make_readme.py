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

import io
import os
import re
import runpy
import shlex
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from sim import cli

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
    said = _said(shlex.split(match["shown"] or match["hidden"]), folder)
    if match["hidden"]:
        return match[0]
    return match["head"] + said[match["what"]] + match["tail"]


def _said(arguments: list[str], folder: str) -> dict[str, str]:
    """What a command writes to standard output and to standard error, called in this process.

    Raises:
        SystemExit: it ended with another code than 0; what it said on standard error.
    """
    quiet = ["--no-progress"] if arguments[0] in LONG_VERBS else []
    out, err = io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        for context in (redirect_stdout(out), redirect_stderr(err), chdir(folder), _narrow()):
            stack.enter_context(context)
        try:
            _call([*arguments, *quiet])
        except SystemExit as ended:
            if ended.code:
                raise SystemExit(err.getvalue()) from ended
    return {"output": out.getvalue(), "messages": err.getvalue()}


def _call(arguments: list[str]) -> None:
    if not arguments[0].startswith("tools/"):
        cli.main(arguments)
    with patch.object(sys, "argv", arguments):
        runpy.run_path(str(ROOT / arguments[0]), run_name="__main__")


def _narrow() -> AbstractContextManager[object]:
    """As off a terminal of the usual width."""
    return patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"})


def main() -> None:
    """Writes the documents that are named, or all of them."""
    named = [Path(one) for one in sys.argv[1:] if one != "--slow"]
    for document in named or documents():
        text = filled(document.read_text(encoding="utf-8"), slow="--slow" in sys.argv)
        document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
