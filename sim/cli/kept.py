"""What is said of the finished runs of a study that was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StudyInterrupted(KeyboardInterrupt):
    """A study was interrupted between or in the midst of runs; finished ones are kept or not.

    Attributes:
        out: the folder that they are kept in; None if they are not.
    """

    def __init__(self, out: str | None) -> None:
        super().__init__()
        self.out = out

    def __str__(self) -> str:
        """What follows ``interrupted``."""
        if self.out is None:
            return "; nothing was kept (--out DIR keeps finished runs)"
        from sim.report.format import number_of
        from sim.study.store import finished

        runs = number_of(finished(self.out), "finished run")
        return f"; {runs} kept in {self.out}: the same command goes on from there"


@contextmanager
def keeping(out: str | None) -> Iterator[None]:
    """Lets an interrupt say what is kept.

    Raises:
        StudyInterrupted: instead of any other `KeyboardInterrupt`.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise StudyInterrupted(out) from None
