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
Words = Callable[[int, int, int, float], str]
SECONDS_BETWEEN_LOOKS = 0.1


@contextmanager
def study_progress(
    *, hidden: bool = False, is_bound: bool = False, console: Console | None = None
) -> Iterator[Shower]:
    """Show how many runs are done, how fast they come, and how long the rest will take.

    Args:
        hidden: show nothing.
        is_bound: all there are is a number that may not be reached: no share is shown then.
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
            yield _OneLine(bar, words_of_search if is_bound else words)
    else:
        yield _FewLines(console, words_of_search if is_bound else _with_share)


def words(done: int, total: int, taken_up: int, seconds: float) -> str:
    """What the line says some seconds after the first of the runs began."""
    return ", ".join(
        [f"{count(done)} of {number_of(total, 'run')}", *_pace(done, total, taken_up, seconds, "")]
    )


def words_of_search(done: int, most: int, taken_up: int, seconds: float) -> str:
    """The same where more runs are planned as the first are done, so many at most."""
    left = f"up to {count(most - done)} more" if most > done else "none left"
    pace = _pace(done, most, taken_up, seconds, "at most ")
    return ", ".join([f"so far {number_of(done, 'run')}", left, *pace])


def _with_share(done: int, total: int, taken_up: int, seconds: float) -> str:
    share = percent(done / total) if total else percent(1)
    return f"{share}: {words(done, total, taken_up, seconds)}"


def _pace(done: int, total: int, taken_up: int, seconds: float, most: str) -> Iterator[str]:
    """Runs that were taken up, how fast others come, and how long the rest takes."""
    if taken_up:
        yield f"{count(taken_up)} taken up"
    made = done - taken_up
    if made and seconds > 0:
        yield _rate(made / seconds)
        if done < total:
            yield f"{most}{duration((total - done) * seconds / made)} left"


def _rate(a_second: float) -> str:
    """Runs a second, or a minute where that is the larger number."""
    return f"{a_second:.3g} a second" if a_second >= 1 else f"{60 * a_second:.3g} a minute"


class _Paced:
    """Shows a report if the last one that was shown is some time ago."""

    def __init__(self, seconds: float, say: Words) -> None:
        self._seconds, self._say = seconds, say
        self._began = self._next = time.monotonic()

    def __call__(self, done: int, total: int, taken_up: int) -> None:
        now = time.monotonic()
        if done == taken_up:  # the first of them begin
            self._began = now
        if now >= self._next:
            self._next = now + self._seconds
            self.show(done, total, self._say(done, total, taken_up, now - self._began))

    def show(self, done: int, total: int, said: str) -> None:
        """Shows a report."""
        raise NotImplementedError


class _OneLine(_Paced):
    """Rewrites one line of a terminal."""

    def __init__(self, bar: Bar, say: Words) -> None:
        super().__init__(SECONDS_BETWEEN_LOOKS, say)
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def show(self, done: int, total: int, said: str) -> None:
        """Shows a report."""
        self._bar.update(self._task, completed=done, total=total, description=said, refresh=True)


class _FewLines(_Paced):
    """Adds a line now and then."""

    def __init__(self, console: Console, say: Words) -> None:
        super().__init__(SECONDS_BETWEEN_LINES, say)
        self._console = console

    def show(self, done: int, total: int, said: str) -> None:  # noqa: ARG002 (words say them)
        """Shows a report."""
        self._console.print(said, highlight=False, soft_wrap=True)
