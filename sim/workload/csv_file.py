"""CSV files as they come: with or without byte order mark or gzip, with any line ends."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

from ..scenario.errors import InputError, Problem
from ..scenario.opening import open_file

MAX_LINE = 1_000_000
"""Characters; a longer line is no CSV, and would be read into memory whole."""

_BLOCK = 2**16

MOST_BLANKS = _BLOCK
"""Characters that may be blank one after the other; who writes more means something else."""


def csv_lines(path: Path) -> Generator[list[str], None, None]:
    """The lines of a CSV file in UTF-8, for `csv.reader`, many of them at a time.

    Raises:
        InputError: the file cannot be opened, unpacked or decoded, a line is too long, or a long
            stretch is blank.
    """
    try:
        with open_file(path) as raw, _text(raw) as file:
            yield from _lines(file, path)
    except UnicodeDecodeError:
        problem = Problem("this is not UTF-8 text", str(path), remedy="save it as CSV in UTF-8")
        raise InputError([problem]) from None
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(f"cannot be read: {reason}", str(path), remedy="check the file")
        raise InputError([problem]) from None


def _lines(file: IO[str], path: Path) -> Iterator[list[str]]:
    rest, before = "", 0
    while text := file.read(_BLOCK):
        lines = list(io.StringIO(rest + text, newline=""))
        if len(lines[0]) >= MAX_LINE:
            message = "a line of over a million characters"
            raise InputError([Problem(message, str(path), before + 1)])
        if len(text) >= MOST_BLANKS and text.isspace():
            message = "nothing but blanks for many lines"
            raise InputError([Problem(message, str(path), before + 1, remedy="leave them out")])
        rest = lines.pop()  # it may go on, and so may the end of a line
        before += len(lines)
        yield lines
    if rest:
        yield [rest]


def _text(raw: io.BufferedReader) -> IO[str]:
    packed = raw.peek(2)[:2] == b"\x1f\x8b"
    content = gzip.GzipFile(fileobj=raw) if packed else raw
    return io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
