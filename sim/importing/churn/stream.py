"""JSON files of any size, item by item, and where one of them is broken."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sim.scenario.errors import InputError, Problem
from sim.scenario.opening import open_file

from .whole import Event, TooMuchError, check_length, documents, items_under

_HEAD = 2**16
_BLOCK = 2**18
_PIECE = 80  # characters of a long line after which it is known how far its good part goes
_KEY = re.compile(rb'"(items|data)"\s*:\s*[\[{]')
_WAYS = {"items": ("items",), "data": ("data", "result")}


class Item(NamedTuple):
    """One item of a file's list.

    Attributes:
        place: where it stands, such as ``items[3]``.
        data: plain data.
    """

    place: str
    data: Any


def is_empty(path: Path) -> bool:
    """Whether nothing but blanks is in a file.

    Raises:
        InputError: it cannot be read.
    """
    with opened(path) as file:
        return not _head(file).strip()


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does; a CSV file's first line names columns.

    Raises:
        InputError: it cannot be read.
    """
    with opened(path) as file:
        return _head(file).lstrip()[:1] in (b"{", b"[")


def json_items(path: Path) -> Iterator[Item]:
    """What a file lists: the items of a Kubernetes List, or the series of a query's answer.

    A list at the top, and several documents one after the other, are read too. Memory does not
    grow with the file.

    Raises:
        InputError: it cannot be read, or is no JSON: with the line where it breaks.
    """
    import ijson

    way = _way(path)
    try:
        with opened(path) as file:
            events = events_of(file)
            found = documents(events) if way is None else items_under(way, events)
            for number, data in enumerate(found):
                yield Item(f"{'.'.join(way or ())}[{number}]", data)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise broken(path, error) from None
    except TooMuchError as error:
        raise error.of(path) from None


def events_of(file: _WithoutMark) -> Iterator[Event]:
    """What ijson finds in a file, in its order.

    Raises:
        ijson.JSONError: it is no JSON.
        TooMuchError: a text or number goes on and on; the parser looks at all of it each time.
    """
    return chain.from_iterable(_events_of_blocks(file))


def _events_of_blocks(file: _WithoutMark) -> Iterator[list[Event]]:
    import ijson

    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, multiple_values=True, use_float=True)
    silent = 0
    while block := file.read(_BLOCK):
        try:
            parser.send(block)
        finally:  # what comes before an error may be wrong as well
            found = events[:]
            events.clear()
            yield found
        silent = 0 if found else silent + len(block)
        check_length(silent)
    parser.close()
    yield events


def _way(path: Path) -> tuple[str, ...] | None:
    """The keys that the items are under, by the first keys of a file; None: documents are items."""
    with opened(path) as file:
        head = _head(file).lstrip()
    if head.startswith(b"["):
        return ()
    first = _KEY.search(head)
    return _WAYS[first[1].decode()] if first else None


def _head(file: _WithoutMark) -> bytes:
    return file.read(_HEAD)


@contextmanager
def opened(path: Path) -> Iterator[_WithoutMark]:
    """The bytes of a file, unpacked if gzip packed it.

    Raises:
        InputError: it cannot be read or unpacked.
    """
    try:
        with open_file(path) as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            yield _WithoutMark(gzip.GzipFile(fileobj=raw) if packed else raw)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(f"cannot be read: {reason}", str(path), remedy="check the file")
        raise InputError([problem]) from None


class _WithoutMark:
    """A file without the byte order mark that some shells put before their output."""

    def __init__(self, file: gzip.GzipFile | io.BufferedReader) -> None:
        self._file, self._begun = file, False
        self.piece = _PIECE

    def read(self, size: int = -1) -> bytes:
        """Up to so many of the next bytes."""
        block = self._file.read(size)
        if not self._begun and size != 0:
            self._begun = True
            return block.removeprefix(b"\xef\xbb\xbf")
        return block

    def pieces(self) -> Iterator[tuple[int, int, bytes]]:
        """(line, column, bytes): lines, long ones in pieces."""
        line, column = 1, 1
        while piece := self._file.readline(self.piece):
            yield line, column, piece
            line, column = (line + 1, 1) if piece.endswith(b"\n") else (line, column + len(piece))


def broken(path: Path, error: Exception) -> InputError:
    """What is wrong, with the line and about the column; the file is read a second time."""
    import ijson

    line = column = 1
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, multiple_values=True, use_float=True)
    try:
        with opened(path) as file:
            for line, column, piece in file.pieces():  # noqa: B007 (the last is what is asked for)
                parser.send(piece)
                file.piece = _PIECE if events else min(2 * file.piece, _BLOCK)  # amid a long text
                events.clear()
            parser.close()
    except (ijson.JSONError, UnicodeDecodeError) as found:
        error = found
    what = str(error).split("\n", maxsplit=1)[0].strip() or "it ends too early"
    remedy = "export it again; a file that was cut off, or edited, cannot be read"
    return InputError([Problem(f"this is no JSON: {what}", str(path), line, column, remedy=remedy)])
