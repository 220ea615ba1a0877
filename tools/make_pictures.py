"""Draws the pictures in the documents: the quickstart's screen as an SVG.

Usage: python tools/make_pictures.py
"""

from __future__ import annotations

import io
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from sim import Scenario, run
from sim.report.terminal import screen

ROOT = Path(__file__).parent.parent
COMMAND = "ipamd-sim run scenarios/quickstart.yaml"
WIDTH = 92


def picture() -> str:
    """The quickstart's screen in colour; it names no font that would have to be fetched."""
    summary = run(Scenario.load(ROOT / "scenarios" / "quickstart.yaml")).summary
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(screen(summary, None, WIDTH, colour=True), highlight=False)
    start, end = (
        CONSOLE_SVG_FORMAT.index("@font-face"),
        CONSOLE_SVG_FORMAT.index(".{unique_id}-matrix"),
    )
    code_format = CONSOLE_SVG_FORMAT[:start] + CONSOLE_SVG_FORMAT[end:]
    svg = console.export_svg(
        title=COMMAND, theme=DIMMED_MONOKAI, code_format=code_format, unique_id="screen"
    )
    return svg.replace("Fira Code, monospace", "monospace")


def main() -> None:
    """Writes the pictures."""
    (ROOT / "docs" / "images" / "quickstart.svg").write_text(picture() + "\n")


if __name__ == "__main__":
    main()
