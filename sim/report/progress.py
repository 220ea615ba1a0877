"""The progress line of a run, on standard error.

On a terminal one line is written over and over, and is gone at the end. Elsewhere (a log, a pipe)
a line is added now and then, so that a long run is seen to move and the log is not flooded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column

from .format import count, duration, number_of, percent
from .palette import BAD, STATES

if TYPE_CHECKING:
    from sim.engine.run import Progress

BAR_WIDTH = 20
SECONDS_BETWEEN_LINES = 10.0

Shower = Callable[["Progress"], None]


class QuietlyBroken(Console):
    """A console that stops writing once nobody reads it, instead of ending the run."""

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True


@contextmanager
def progress_line(*, console: Console | None = None) -> Iterator[Shower]:
    """Show how far a run is.

    Args:
        console: where to; standard error if not given.

    Yields:
        What to call with each report of the engine.
    """
    console = console or QuietlyBroken(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        with bar_on(console) as bar:
            yield _OneLine(bar)
    else:
        yield _FewLines(console)


def bar_on(console: Console) -> Bar:
    """A bar of one line, with words behind it, that is gone at the end."""
    blue = STATES["assigned"].colour
    return Bar(
        BarColumn(BAR_WIDTH, complete_style=blue, finished_style=blue),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
    )


def words(progress: Progress) -> str:
    """What the line says behind its bar, in rich's markup."""
    text = (
        f"{duration(progress.now_ms / 1000)} of {duration(progress.duration_ms / 1000)}, "
        f"{number_of(progress.pods_started, 'pod')}, {number_of(progress.ec2_calls, 'EC2 call')}"
    )
    throttled = f"{count(progress.throttled)} throttled"
    return f"{text}, [{BAD}]{throttled}[/]" if progress.throttled else text


class _OneLine:
    """Rewrites one line of a terminal with each report."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def __call__(self, progress: Progress) -> None:
        self._bar.update(
            self._task,
            completed=progress.now_ms,
            total=progress.duration_ms,
            description=words(progress),
            refresh=True,
        )


class _FewLines:
    """Adds a line at the first report, and then one every 10 seconds at most."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + SECONDS_BETWEEN_LINES
        share = percent(progress.now_ms / progress.duration_ms)
        self._console.print(f"{share}: {words(progress)}", highlight=False, soft_wrap=True)


@contextmanager
def job_progress(what: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar for jobs that are done one by one, on a terminal only.

    Args:
        what: what is being done.
        hidden: show nothing.

    Yields:
        What to call with (jobs done, jobs known so far).
    """
    console = QuietlyBroken(stderr=True)
    if hidden or not console.is_terminal or console.is_dumb_terminal:
        yield lambda _done, _known: None
        return
    with bar_on(console) as bar:
        task = bar.add_task(what, total=None)

        def show(done: int, known: int) -> None:
            said = f"{what}: {count(done)} of {count(known)}"
            bar.update(task, completed=done, total=known, description=said, refresh=True)

        yield show
