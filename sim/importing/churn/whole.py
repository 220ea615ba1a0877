"""Plain data from a JSON parser's events, without recursion and within limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.scenario.errors import InputError, Problem

MOST_VALUES = 5_000_000
"""Of one thing; a series of a year has two million samples."""

MOST_LEVELS = 1_000

MOST_BYTES = 8 * 2**20
"""Of one text or number; Kubernetes keeps no object of 2 MiB."""

_EMPTY: dict[str, type] = {"start_map": dict, "start_array": list}
_ENDS = ("end_map", "end_array")
Event = tuple[str, Any]


class TooMuchError(Exception):
    """One thing in a file is larger or deeper than any that a cluster has."""

    def of(self, path: Path) -> InputError:
        """The same as what is wrong with a file."""
        remedy = "export it again; this is no file of a cluster"
        return InputError([Problem(str(self), str(path), remedy=remedy)])


def whole(event: str, value: Any, events: Iterator[Event]) -> Any:
    """The whole value that begins with this event.

    Raises:
        TooMuchError: it is too large or too deep.
    """
    if event not in _EMPTY:
        return value
    top: Any = _EMPTY[event]()
    here, key = top, ""
    above: list[tuple[Any, str]] = []
    for number, (name, data) in enumerate(events):
        if name == "map_key":
            key = data
            continue
        if name in _ENDS:
            if not above:
                break
            here, key = above.pop()
            continue
        new = _EMPTY[name]() if name in _EMPTY else data
        if type(here) is dict:
            here[key] = new
        else:
            here.append(new)
        if name in _EMPTY:
            above.append((here, key))
            here = new
            _check(len(above), number)
        elif number > MOST_VALUES:
            _check(len(above), number)
    return top


def _check(levels: int, number: int) -> None:
    if levels > MOST_LEVELS:
        raise TooMuchError(f"something in it is over {MOST_LEVELS:,} levels deep")
    if number > MOST_VALUES:
        raise TooMuchError(f"something in it has over {MOST_VALUES:,} values")


def check_length(size: int) -> None:
    """Refuses a text or number of so many bytes.

    Raises:
        TooMuchError: these are too many.
    """
    if size > MOST_BYTES:
        raise TooMuchError(f"something in it is over {MOST_BYTES:,} bytes long")


def documents(events: Iterator[Event]) -> Iterator[Any]:
    """Every document.

    Raises:
        TooMuchError: one is too large or too deep.
    """
    for event, value in events:
        yield whole(event, value, events)


def items_under(way: tuple[str, ...], events: Iterator[Event]) -> Iterator[Any]:
    """The items of the list under these keys, in every document.

    Raises:
        TooMuchError: one is too large or too deep.
    """
    for event, _ in events:
        yield from _under(way, event, events)


def _under(way: tuple[str, ...], event: str, events: Iterator[Event]) -> Iterator[Any]:
    if way and event == "start_map":
        for mark, key in events:
            if mark == "end_map":
                return
            inner, _ = next(events)
            if key == way[0]:
                yield from _under(way[1:], inner, events)
            elif inner in _EMPTY:
                _pass_over(events)
    elif not way and event == "start_array":
        for inner, value in events:
            if inner == "end_array":
                return
            yield whole(inner, value, events)
    elif event in _EMPTY:
        _pass_over(events)


def _pass_over(events: Iterator[Event]) -> None:
    levels = 1
    for event, _ in events:
        levels += (event in _EMPTY) - (event in _ENDS)
        if not levels:
            return
