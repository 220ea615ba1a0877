"""The progress line of a run, on standard error.

On a terminal one line is written over and over and is gone at the end. Elsewhere (a log, a pipe)
a line is added now and then, so that a long run is seen to move and the log is not flooded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from .format import count, duration
from .palette import BAD, STATES

if TYPE_CHECKING:
    from sim.engine.run import Progress

SECONDS_BETWEEN_LINES = 10.0

Shower = Callable[["Progress"], None]


@contextmanager
def progress_line(*, hidden: bool = False, console: Console | None = None) -> Iterator[Shower]:
    """Show how far a run is; to be called with each `Progress` it reports.

    Args:
        hidden: show nothing.
        console: where to; standard error if not given.

    Yields:
        what takes the reports; it never raises because nobody reads them.
    """
    console = console or Console(stderr=True)
    if hidden:
        yield lambda _: None
    elif console.is_terminal and not console.is_dumb_terminal:
        with _bar(console) as bar:
            yield _OneLine(bar)
    else:
        yield _FewLines(console)


def words(progress: Progress) -> str:
    """What the line says behind its bar."""
    return (
        f"{duration(progress.now_ms / 1000)} of {duration(progress.duration_ms / 1000)}, "
        f"{count(progress.pods_started)} pods started, {count(progress.ec2_calls)} EC2 requests"
    )


def _bar(console: Console) -> Bar:
    return Bar(
        BarColumn(20, complete_style=STATES["assigned"].colour),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        auto_refresh=False,
    )
