"""Ctrl-C and SIGTERM during a run: noted at once, acted on between two instants.

Raised in the midst of an event they would leave records of half of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A run was interrupted.

    Attributes:
        now_ms: how far it had come.
        duration_ms: how far it was to go.
        kept: the folder with the records so far, None if they were not to be written.
    """

    def __init__(self, now_ms: int, duration_ms: int, kept: Path | None) -> None:
        super().__init__(f"interrupted at {now_ms} of {duration_ms} ms")
        self.now_ms, self.duration_ms, self.kept = now_ms, duration_ms, kept


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Holds back what would raise in the midst of things; yields whether there was any.

    Only signals that Python handles are held back, and only in the main thread, the one that gets
    them. Meanwhile they do nothing else.
    """
    seen: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    handlers = {one: signal.getsignal(one) for one in SIGNALS}
    held = {one: handler for one, handler in handlers.items() if callable(handler)}
    for one in held:
        signal.signal(one, note)
    try:
        yield lambda: bool(seen)
    finally:
        for one, handler in held.items():
            signal.signal(one, handler)
