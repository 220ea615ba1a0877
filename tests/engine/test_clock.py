"""The order of things at one instant, and the loop that keeps SimPy's."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import pytest
from simpy import Event

from sim.clock import Clock, Order, Task, Timer


@pytest.mark.parametrize("seed", range(5))
def test_one_instant_has_an_order(seed: int) -> None:
    """Answers, releases, asks, passes by node, looks: whenever they were asked for."""
    clock, seen = Clock(), []
    places = [*Order, Order.IPAMD + 1, Order.IPAMD + 7]
    random.Random(seed).shuffle(places)
    for place in places:
        clock.call(10, place, seen.append, int(place))
    assert clock.advance(10, 100) is False
    assert seen == sorted(seen)
    assert len(seen) == len(places)
    assert list(Order) == sorted(Order)


def test_first_come_first_served_within_a_place() -> None:
    """What is due at the same instant and place happens in the order of its making."""
    clock, seen = Clock(), []
    for number in range(20):
        clock.call(5, Order.POD_ADD, seen.append, number)
    clock.advance(5, 100)
    assert seen == list(range(20))


def test_nothing_happens_after_the_end() -> None:
    """The last instant is included; the clock stays at the last event."""
    clock, seen = Clock(), []
    for at in (3, 10, 11):
        clock.call(at, Order.ANSWER, seen.append, at)
    assert clock.advance(10, 1) is True
    assert clock.advance(10, 100) is False
    assert (seen, clock.now) == ([3, 10], 10)


def test_a_fault_in_a_process_ends_the_run() -> None:
    """An exception that nobody handles is not lost."""
    clock = Clock()

    def broken() -> Generator[Event, Any, None]:
        yield Timer(clock, 1, Order.IPAMD)
        raise ZeroDivisionError

    clock.process(broken())
    with pytest.raises(ZeroDivisionError):
        clock.advance(10, 100)


def test_an_interrupted_process_ends_quietly() -> None:
    """A killed daemon leaves no error, and does nothing more."""
    clock, seen = Clock(), []

    def steps() -> Generator[Event, Any, None]:
        yield Timer(clock, 5, Order.IPAMD)
        seen.append("late")

    task = Task(steps())
    clock.call(2, Order.ANSWER, lambda _: task.stop())
    assert clock.advance(10, 100) is False
    assert seen == []
