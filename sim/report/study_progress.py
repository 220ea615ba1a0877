"""The progress line of a study's runs, on standard error; see `sim.report.progress`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar

from .format import count, duration, number_of, percent
from .progress import SECONDS_BETWEEN_LINES, QuietlyBroken, bar_on

Shower = Callable[[int, int, int], None]
SECONDS_BETWEEN_LOOKS = 0.1


@contextmanager
def study_progress(*, hidden: bool = False, console: Console | None = None) -> Iterator[Shower]:
    """Show how many runs are done, how fast they come, and how long the rest will take.

    Args:
        hidden: show nothing.
        console: where to; standard error if not given.

    Yields:
        What to call with the runs that are done, all there are, and those of the done that were
        there before; at first with none done but these.
    """
    console = console or QuietlyBroken(stderr=True)
    if hidden:
        yield lambda _done, _total, _taken_up: None
    elif console.is_terminal and not console.is_dumb_terminal:
        with bar_on(console) as bar:
            yield _OneLine(bar)
    else:
        yield _FewLines(console)


def words(done: int, total: int, taken_up: int, seconds: float) -> str:
    """What the line says some seconds after the first of the runs began."""
    parts = [f"{count(done)} of {number_of(total, 'run')}"]
    if taken_up:
        parts.append(f"{count(taken_up)} taken up")
    made = done - taken_up
    if made and seconds > 0:
        parts.append(_rate(made / seconds))
        if done < total:
            parts.append(f"{duration((total - done) * seconds / made)} left")
    return ", ".join(parts)


def _rate(a_second: float) -> str:
    """Runs a second, or a minute where that is the larger number."""
    return f"{a_second:.3g} a second" if a_second >= 1 else f"{60 * a_second:.3g} a minute"


class _Paced:
    """Shows a report if the last one that was shown is some time ago."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = self._next = time.monotonic()

    def __call__(self, done: int, total: int, taken_up: int) -> None:
        now = time.monotonic()
        if done == taken_up:  # the first of them begin
            self._began = now
        if now >= self._next:
            self._next = now + self._seconds
            self.show(done, total, words(done, total, taken_up, now - self._began))

    def show(self, done: int, total: int, said: str) -> None:
        """Shows a report."""
        raise NotImplementedError


class _OneLine(_Paced):
    """Rewrites one line of a terminal."""

    def __init__(self, bar: Bar) -> None:
        super().__init__(SECONDS_BETWEEN_LOOKS)
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def show(self, done: int, total: int, said: str) -> None:
        """Shows a report."""
        self._bar.update(self._task, completed=done, total=total, description=said, refresh=True)


class _FewLines(_Paced):
    """Adds a line now and then."""

    def __init__(self, console: Console) -> None:
        super().__init__(SECONDS_BETWEEN_LINES)
        self._console = console

    def show(self, done: int, total: int, said: str) -> None:
        """Shows a report."""
        share = percent(done / total) if total else percent(1)
        self._console.print(f"{share}: {said}", highlight=False, soft_wrap=True)
