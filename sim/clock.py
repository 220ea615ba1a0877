"""The order of things at one instant, and timers that keep it.

SimPy owns the clock and the event queue; time is integer milliseconds. Within one instant things
happen in the order of `Order`, first come first served within each (architecture: EC2's answers and
instance metadata first, then what pods give back, then what pods ask for, then ipamd's passes).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import IntEnum
from heapq import heappop
from typing import Any, cast

from simpy import Environment, Event, Interrupt

_PLACE = 1 << 32


class Order(IntEnum):
    """Places within one instant; SimPy's own 0 and 1 start and end processes.

    A node's number is added to IPAMD, so that passes of one instant run in the order of the
    nodes, whenever they were put on the clock. Looks for leaked ENIs come after them.
    """

    ANSWER = 2 * _PLACE
    POD_DELETE = 3 * _PLACE
    POD_ADD = 4 * _PLACE
    IPAMD = 5 * _PLACE
    LEAKED_ENIS = 6 * _PLACE


class Clock(Environment):
    """SimPy's environment with whole milliseconds as its time."""

    _now: int

    def __init__(self) -> None:
        super().__init__(initial_time=0)

    @property
    def now(self) -> int:
        """Milliseconds since the start of the run."""
        return self._now

    def advance(self, end: int, most: int) -> bool:
        """Lets up to ``most`` events happen, none after ``end``; False if none is left.

        It is SimPy's own step in a loop, without a call and a look ahead for each event.
        """
        queue = self._queue
        for _ in range(most):
            if not queue or queue[0][0] > end:
                return False
            self._now, _, _, event = heappop(queue)  # type: ignore[assignment]  # whole ms only
            callbacks = event.callbacks
            event.callbacks = None  # type: ignore[assignment]  # SimPy's mark of what has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not hasattr(event, "_defused"):
                raise cast("BaseException", event._value)
        return True


class Timer(Event):
    """Happens ``delay`` ms from now, at its place within that instant."""

    def __init__(self, env: Clock, delay: int, order: int, value: Any = None) -> None:
        self.env = env
        self.callbacks = []
        self._value = value
        self._ok = True
        env.schedule(self, order, delay)  # type: ignore[arg-type]  # SimPy types 0 and 1 only

    @property
    def value(self) -> Any:
        """What it was made with."""
        return self._value


def call_after(
    env: Clock, delay: int, order: int, callback: Callable[[Timer], None], value: Any = None
) -> Timer:
    """Calls ``callback(timer)`` in ``delay`` ms; the timer's ``value`` is ``value``.

    What needs no process of its own is a callback: it costs a third of a process's event.
    """
    timer = Timer(env, delay, order, value)
    timer.callbacks.append(callback)
    return timer


def until_interrupted(steps: Generator[Event, Any, Any]) -> Generator[Event, Any, None]:
    """A process that ends quietly when it is interrupted, as a killed daemon does."""
    try:
        yield from steps
    except Interrupt:
        return
