"""JSON files of any size, item by item, and where one of them is broken."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sim.scenario.errors import InputError, Problem
from sim.scenario.opening import open_file

_HEAD = 2**16
_BLOCK = 2**18
_PIECE = 80  # characters of a long line after which it is known how far its good part goes
_KEY = re.compile(rb'"(items|data)"\s*:\s*[\[{]')
_PREFIXES = {"items": "items.item", "data": "data.result.item"}


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

    prefix = _prefix(path)
    name = prefix.removesuffix(".item")
    try:
        with opened(path) as file:
            found = ijson.items(file, prefix, multiple_values=True, use_float=True, buf_size=_BLOCK)
            for number, data in enumerate(found):
                yield Item(f"{name}[{number}]" if name != "item" else f"[{number}]", data)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise broken(path, error) from None


def _prefix(path: Path) -> str:
    """Where the items are, by the first keys of a file."""
    with opened(path) as file:
        head = _head(file).lstrip()
    if head.startswith(b"["):
        return "item"
    first = _KEY.search(head)
    return _PREFIXES[first[1].decode()] if first else ""


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
        while piece := self._file.readline(_PIECE):
            yield line, column, piece
            line, column = (line + 1, 1) if piece.endswith(b"\n") else (line, column + len(piece))


def broken(path: Path, error: Exception) -> InputError:
    """What is wrong, with the line and about the column; the file is read a second time."""
    import ijson

    line = column = 1
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, multiple_values=True)
    try:
        with opened(path) as file:
            for line, column, piece in file.pieces():  # noqa: B007 (the last is what is asked for)
                parser.send(piece)
                events.clear()
            parser.close()
    except (ijson.JSONError, UnicodeDecodeError) as found:
        error = found
    what = str(error).split("\n", maxsplit=1)[0].strip() or "it ends too early"
    remedy = "export it again; a file that was cut off, or edited, cannot be read"
    return InputError([Problem(f"this is no JSON: {what}", str(path), line, column, remedy=remedy)])
