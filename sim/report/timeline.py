"""The screen of what happened to a pod, a node or a subnet, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .palette import BAD
from .terminal import footer, print_screen

if TYPE_CHECKING:
    from sim.explain.story import Line, Story

AFTER = "after"
"""Head of the column that counts from a pod's creation."""


def print_story(
    story: Story, summary: dict[str, Any], run: str, *, console: Console | None = None
) -> None:
    """Print a story.

    Args:
        story: what is told.
        summary: the summary of the run it is from.
        run: the folder of the run.
        console: where to; standard output if not given.
    """
    print_screen(screen(story, summary, run), console or Console(file=sys.stdout))


def screen(story: Story, summary: dict[str, Any], run: str) -> RenderableType:
    """Everything there is to say, for lines of 80 characters and more."""
    title = Text.assemble((f"{story.kind} {story.name}", "bold"), f": {story.about}")
    notes = [Text(note) for note in story.notes]
    parts: list[RenderableType] = [title, Text(story.answer), _lines(story), *notes]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts), footer(summary, run))


def _lines(story: Story) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("at", justify="right", no_wrap=True)
    if story.since_ms is not None:
        table.add_column(AFTER, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    if not story.lines:
        table.add_row(*[""] * (len(table.columns) - 1), "nothing in this stretch of time")
    for line in story.lines:
        table.add_row(*_times(line, story.since_ms), _told(line))
    return table


def _times(line: Line, since_ms: int | None) -> Iterator[str]:
    yield _instant(line.at_ms)
    if since_ms is not None:
        yield f"{(line.at_ms - since_ms) / 1000:,.1f} s"


def _instant(ms: int) -> str:
    """Seconds to the millisecond, as they stand in the records."""
    return f"{ms / 1000:,.3f} s"


def _told(line: Line) -> Text:
    text = Text.assemble((line.text, BAD if line.is_bad else ""))
    for detail in line.details:
        text.append(f"\n{detail}", style="dim")
    return text
