"""What JSON files hold, one thing at a time: items of lists, and what stands beside the lists.

A file may hold several documents one after the other, as pages of an answer that were appended to
each other. Memory grows with the largest thing, not with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sim.scenario.errors import InputError, Problem

from .churn.stream import broken, events_of, opened
from .churn.whole import Event, TooMuchError, whole

MOST_DOCUMENTS = 1_000_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Found(NamedTuple):
    """One thing in a file.

    Attributes:
        document: which of the file's documents, from 0.
        key: at the top of the document; empty if there is a list at its top.
        number: its place in a list; None if this is the key's whole value, such as an empty list.
        data: plain data.
    """

    document: int
    key: str
    number: int | None
    data: Any

    @property
    def place(self) -> str:
        """Where it stands, such as ``items[3]``."""
        document = f"document {self.document + 1}, " if self.document else ""
        return document + self.key + ("" if self.number is None else f"[{self.number}]")


def contents(path: Path) -> Iterator[Found]:
    """Everything that a file holds, in its order.

    Raises:
        InputError: it cannot be read, or is no JSON: with the line where it breaks.
    """
    import ijson

    _check_beginning(path)
    try:
        with opened(path) as file:
            yield from _things(events_of(file))
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise broken(path, error) from None
    except TooMuchError as error:
        raise error.of(path) from None


def _check_beginning(path: Path) -> None:
    with opened(path) as file:
        beginning = file.read(2)
        if not beginning:
            raise InputError([Problem("is empty", str(path), remedy="export it again")])
        if beginning in _UTF_16:
            remedy = "write it as UTF-8: in PowerShell, | Out-File -Encoding utf8 FILE"
            raise InputError([Problem("is UTF-16, not JSON", str(path), remedy=remedy)])


def _things(events: Iterator[Event]) -> Iterator[Found]:
    for document, (event, value) in enumerate(events):  # what is in a document is taken below
        if document >= MOST_DOCUMENTS:
            raise TooMuchError(f"it holds over {MOST_DOCUMENTS:,} documents")
        if event == "start_map":
            yield from _of_map(document, events)
        elif event == "start_array":
            yield from _of_list(document, "", events)
        else:
            yield Found(document, "", None, value)


def _of_map(document: int, events: Iterator[Event]) -> Iterator[Found]:
    for mark, key in events:
        if mark == "end_map":
            return
        event, value = next(events)
        if event == "start_array":
            yield from _of_list(document, key, events)
        else:
            yield Found(document, key, None, whole(event, value, events))


def _of_list(document: int, key: str, events: Iterator[Event]) -> Iterator[Found]:
    for number, (event, value) in enumerate(events):
        if event == "end_array":
            if not number:
                yield Found(document, key, None, [])
            return
        yield Found(document, key, number, whole(event, value, events))
