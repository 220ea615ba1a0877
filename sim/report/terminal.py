"""The screen after a run: what was asked, and its answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .account import account
from .asked import asked
from .changes import changes
from .expectations import expectations
from .format import modelled_by
from .palette import BAD
from .tables import addresses, ec2, pods

NARROWEST, WIDEST = 80, 100
"""Tables need so much; lines longer than that are hard to read, however wide the terminal."""

MOST_SENTENCES = 3

MANY_COLOURS = ("256", "truecolor")
"""Of 16 colours some states would share one, so that bars need their characters there."""

Summary = dict[str, Any]


def print_summary(
    summary: Summary, *, records: str | None = None, console: Console | None = None
) -> None:
    """Print the screen of a run.

    Args:
        summary: what `Result.summary` gives.
        records: the folder with the run's records; None if they were not kept.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    colour = console.color_system in MANY_COLOURS and not console.no_color
    width, encoding = width_of(console), console.encoding
    print_screen(screen(summary, records, width, colour=colour, encoding=encoding), console)


def width_of(console: Console) -> int:
    """How many characters a line of a screen has there."""
    return min(max(console.width, NARROWEST), WIDEST)


def print_screen(what: RenderableType, console: Console) -> None:
    """Print a screen, without blanks at the ends of lines."""
    with console.capture() as capture:
        console.print(what, width=width_of(console), highlight=False)
    console.file.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def screen(
    summary: Summary, records: str | None, width: int, *, colour: bool, encoding: str = "utf-8"
) -> RenderableType:
    """The screen, for lines of ``width`` characters in an encoding."""
    judged = summary.get("expectations", ())
    parts = [
        asked(summary),
        *([expectations(judged, encoding=encoding)] if judged else ()),
        addresses(summary["addresses"], width, colour=colour),
        ec2(summary["ec2"]),
        *([account(summary["account"])] if "account" in summary else ()),
        pods(summary["pods"], has_warm_up=summary["scenario"]["warm_up_s"] > 0),
        *changes(summary),
        *_sentences("What stands out", summary["findings"]),
        *_sentences("Warnings", summary["warnings"], BAD),
        *_what_next(summary, records),
        footer(summary, records),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _sentences(title: str, sentences: list[str], style: str = "") -> Iterator[RenderableType]:
    if not sentences:
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences[:MOST_SENTENCES]:
        table.add_row(Text("-", style=style), Text(sentence))
    more = len(sentences) - MOST_SENTENCES
    if more > 0:
        table.add_row("", f"+ {more} more")
    yield Group(Text(title, style="bold"), Padding(table, (0, 0, 0, 2)))


def _what_next(summary: Summary, records: str | None) -> Iterator[RenderableType]:
    """How to learn more about what is in the records."""
    if records and summary["pods"]["created"]:
        who = "waited longest" if summary["pods"]["waited"] else "took longest to start"
        yield Text(f"Which pod {who}, and why: ipamd-sim explain pod {records}")


def footer(summary: Summary, records: str | None) -> Text:
    """What it takes to get the same screen again, and where the records are."""
    return Text(
        f"seed {summary['scenario']['seed']}; {modelled_by(summary['versions'])}\n"
        f"records: {records or 'not kept; --out DIR writes them'}"
    )
