"""The order of things at one instant, and timers that keep it.

SimPy owns the clock and the event queue; time is integer milliseconds. Within one instant things
happen in the order of `Order`, first come first served within each: what others in the account
asked for in the ms before, then EC2's answers and instance metadata, then what pods give back, then
what pods ask for, then ipamd's passes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import IntEnum
from heapq import heappop, heappush
from typing import Any, cast

from simpy import Environment, Event

_PLACE = 1 << 32


class Order(IntEnum):
    """Places within one instant; SimPy's own 0 and 1 start and end processes.

    A node's number is added to IPAMD, so that passes of one instant run in the order of the
    nodes, whenever they were put on the clock. Looks for leaked ENIs come after them.
    """

    OTHERS = 1 * _PLACE
    ANSWER = 2 * _PLACE
    POD_DELETE = 3 * _PLACE
    POD_ADD = 4 * _PLACE
    IPAMD = 5 * _PLACE
    LEAKED_ENIS = 6 * _PLACE


class Clock(Environment):
    """SimPy's environment with whole milliseconds as its time.

    Attributes:
        now: milliseconds since the start of the run.
    """

    now: int = 0  # an attribute in place of SimPy's property: it is read many times an event
    _now: int

    def __init__(self) -> None:
        super().__init__(initial_time=0)

    def call(
        self, delay: int, order: int, callback: Callable[[Any], object], value: Any = None
    ) -> None:
        """Calls ``callback(value)`` in ``delay`` ms, at its place within that instant.

        What needs no process of its own is put on SimPy's queue as it is, without an event of
        SimPy's: that costs a fifth of a process's.
        """
        entry = (self.now + delay, order, next(self._eid), (callback, value))
        heappush(self._queue, entry)  # type: ignore[misc]  # SimPy types events only

    def step(self) -> None:
        """SimPy's step."""
        queue: list[Any] = self._queue
        if queue and type(queue[0][3]) is tuple:
            self.advance(queue[0][0], 1)
            return
        if queue:
            self.now = queue[0][0]
        super().step()

    def advance(self, end: int, most: int) -> bool:
        """Lets up to ``most`` events happen, none after ``end``; False if none is left.

        It is SimPy's own step in a loop, without a call and a look ahead for each event: a fifth
        of the time of a run whose events do little.
        """
        queue: list[Any] = self._queue
        for _ in range(most):
            if not queue or queue[0][0] > end:
                return False
            now, _, _, event = heappop(queue)
            self.now = self._now = now
            if type(event) is tuple:
                callback, value = event
                callback(value)
                continue
            callbacks = event.callbacks
            event.callbacks = None  # SimPy's mark of what has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not hasattr(event, "_defused"):
                raise cast("BaseException", event._value)
        return True


class Timer(Event):
    """Happens ``delay`` ms from now, at its place within that instant.

    It puts itself on SimPy's queue, as SimPy's `Environment.schedule` would.

    Args:
        env: the clock.
        delay: whole ms.
        order: its place.
    """

    _ok = True
    _value = None  # a process that waits for it gets nothing

    def __init__(self, env: Clock, delay: int, order: int) -> None:
        self.callbacks = []
        entry = (env.now + delay, order, next(env._eid), self)
        heappush(env._queue, entry)  # type: ignore[misc]  # SimPy types its priorities 0 and 1 only


class Task:
    """Steps that wait for timers, begun at once; the light form of a SimPy process.

    A SimPy process is an event itself, with one more event to begin and one to end it. The passes
    of daemons are begun a million times a run, nothing waits for their end, and they wait for
    timers only: this costs a third.
    """

    __slots__ = ("_steps",)

    def __init__(self, steps: Generator[Event, Any, Any]) -> None:
        self._steps = steps
        self._go_on()

    def _go_on(self, _timer: Event | None = None) -> None:
        try:
            event = next(self._steps)
        except StopIteration:
            return
        event.callbacks.append(self._go_on)

    def stop(self) -> None:
        """Ends it where it waits, as a daemon is killed; what EC2 does goes on."""
        self._steps.close()
