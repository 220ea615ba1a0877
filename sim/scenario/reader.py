"""YAML in: plain data, and the line and column of every part of it.

What a scenario cannot need is refused before it can do harm: too large or too deep a file, aliases
that multiply, a second document. Scalars are those of YAML 1.2's core schema, so that ``no`` is a
text and a date stays a text; tags other than ``!!str`` have no meaning and are refused.
"""

from __future__ import annotations

import copy
import pathlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .errors import InputError, Path, Problem, dotted, shown
from .opening import open_file

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_VALUES = 50_000
MAX_ALIASED = 100_000
MAX_PROBLEMS = 100
_NEEDS = "a scenario needs at least cluster and workload"
_TRACE_ADVICE = "put the pods into a trace file, which has no such limit"

Place = tuple[int, int]
"""Line and column, from 1."""

_CORE = "tag:yaml.org,2002:"
_WORDS = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    spelling: value
    for word, value in (("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,9})?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_REMEDIES = {
    "character '\\t'": "indent with spaces, not with tabs",
    "mapping values are not allowed": "check the indentation, and put a text with ': ' in quotes",
    "alphabetic or numeric character": "put a text that begins with * or & in quotes",
    "while scanning a block scalar": "put a text that begins with > or | in quotes",
    "cannot start any token": "put a text that begins with @, %, ` or | in quotes",
    "while parsing a flow": "close each [ and { with its ] or }, and put commas in between",
    "while scanning a quoted": "close the quotation",
    "could not find expected ':'": "put ': ' behind each key",
    "but found": "check the indentation",
}


@dataclass
class Document:
    """What a file says.

    Attributes:
        data: Mappings, lists and scalars.
        places: Where each of them begins, by its path; a value's place is that of its key.
        problems: What is wrong in the file but did not keep it from being read.
    """

    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(path: pathlib.Path, needs: str = _NEEDS) -> Document:
    """The document in a file of UTF-8 text.

    Args:
        path: The file.
        needs: What has to be in it, for an empty one.

    Raises:
        InputError: the file cannot be read, is too large or is not YAML.
    """
    file = str(path)
    try:
        with open_file(path) as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem(f"cannot be read: {reason}", file)]) from None
    return parse(_text(content, file), file, needs)


def _text(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        too_long = f"is larger than {MAX_BYTES:,} bytes"
        raise InputError([Problem(too_long, file, remedy=_TRACE_ADVICE)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place_in(content[: error.start].decode("utf-8", "replace"))
        wrong = f"is not UTF-8 text (byte 0x{content[error.start]:02x})"
        remedy = "save it in UTF-8"
        raise InputError([Problem(wrong, file, line, column, remedy=remedy)]) from None
    if "\0" in text:
        line, column = _place_in(text[: text.index("\0")])
        remedy = "is this a text file in UTF-8?"
        raise InputError([Problem("has a NUL byte", file, line, column, remedy=remedy)])
    return text


def _place_in(before: str) -> Place:
    lines = before.splitlines() or [""]
    return (len(lines) + 1, 1) if before.endswith("\n") else (len(lines), len(lines[-1]) + 1)


def parse(text: str, file: str = "", needs: str = _NEEDS) -> Document:
    """The one document of a YAML text; ``file`` is what its problems name.

    Raises:
        InputError: it is not YAML, or is refused for its size, depth or aliases.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    builder = _Builder(file, needs)
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        builder.refuse_syntax(error)
    except ReaderError as error:
        line, column = _place_in(text[: error.position])
        wrong = f"not YAML: the character U+{error.character:04X} is not allowed"
        raise InputError([Problem(wrong, file, line, column)]) from None
    except (YAMLError, ArithmeticError, AttributeError, LookupError, ValueError):
        # The parser lets some of Python's own errors out, such as that of an escape \UFFFFFFFF.
        message, remedy = "not YAML: cannot be read here", "give odd characters as they are"
        raise InputError([builder.problem(message, builder.reached, remedy)]) from None


@dataclass
class _Open:
    """A mapping or list that has begun and not ended."""

    path: Path
    value: Any
    anchor: str | None
    key: str | int | None = None  # of the next value; in a mapping, None: a key comes next
    skip: bool = False  # the next value belongs to a key that was refused
    nodes: int = 1
    height: int = 1


class _Builder:
    """Makes a document of a parser's events, in one pass and without recursion."""

    def __init__(self, file: str, needs: str) -> None:
        self.document = Document()
        self._file, self._needs = file, needs
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._aliased = 0
        self._documents = 0
        self._values = 0
        self.reached: Any = None

    def build(self, events: Iterable[Any]) -> Document:
        handlers: dict[str, Callable[[Any], None]] = {
            "DocumentStartEvent": self._start_document,
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceStartEvent": lambda event: self._start(event, []),
            "MappingStartEvent": lambda event: self._start(event, {}),
            "SequenceEndEvent": self._end,
            "MappingEndEvent": self._end,
        }
        for event in events:
            self.reached = event.end_mark
            if handler := handlers.get(type(event).__name__):
                handler(event)
        if self.document.data is None:
            raise InputError([Problem("is empty", self._file, 1, 1, remedy=self._needs)])
        return self.document

    def refuse_syntax(self, error: Any) -> NoReturn:
        """Raises InputError for the parser's own error, with its place."""
        mark = error.problem_mark or error.context_mark
        context = f" {error.context}" if error.context else ""
        message = f"not YAML: {error.problem or 'cannot be read'}{context}"
        found = (remedy for text, remedy in _REMEDIES.items() if text in message)
        raise InputError([self.problem(message, mark, next(found, ""))]) from None

    def problem(self, message: str, mark: Any, remedy: str = "", path: Path = ()) -> Problem:
        """A problem at a mark of the parser's."""
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        return Problem(message, self._file, line, column, dotted(path), remedy)

    def _refuse(self, message: str, event: Any, remedy: str = "") -> NoReturn:
        last = self.problem(message, event.start_mark, remedy)
        raise InputError([*self.document.problems, last])

    def _note(self, message: str, event: Any, remedy: str, path: Path = ()) -> None:
        if len(self.document.problems) == MAX_PROBLEMS:
            self._refuse("too many problems: reading stopped here", event)
        self.document.problems.append(self.problem(message, event.start_mark, remedy, path))

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse("a second document starts here", event, "a file is one document")

    def _scalar(self, event: Any) -> None:
        self._count(event)
        value = self._value_of(event)
        if self._awaits_key():
            self._key(value, event)
            return
        self._add(value, event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1, 0)

    def _value_of(self, event: Any) -> Any:
        tag = str(event.tag or "")
        if tag and tag not in ("!", f"{_CORE}str"):
            self._note_tag(event)
        is_plain = not event.style and event.implicit[0] and not tag
        return _plain(event.value) if is_plain else event.value

    def _note_tag(self, event: Any) -> None:
        tag = str(event.tag).replace(_CORE, "!!")
        self._note(f"the tag {tag} has no meaning here", event, "leave it out")

    def _count(self, event: Any) -> None:
        """Refuses what would take long to read."""
        self._values += 1
        if self._values > MAX_VALUES:
            self._refuse(f"has over {MAX_VALUES:,} keys and values", event, _TRACE_ADVICE)

    def _start(self, event: Any, value: Any) -> None:
        self._count(event)
        if self._awaits_key():
            self._refuse("a key has to be a text", event, "put it in quotes")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"is more than {MAX_DEPTH} levels deep", event, _TRACE_ADVICE)
        if event.tag:
            self._note_tag(event)
        path = self._add(value, event)
        is_list = isinstance(value, list)
        self._open.append(_Open(path, value, event.anchor, key=0 if is_list else None))

    def _end(self, _event: Any) -> None:
        done = self._open.pop()
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.nodes, done.height)
        if self._open:
            self._grow(done.nodes, done.height)

    def _grow(self, nodes: int, height: int) -> None:
        parent = self._open[-1]
        parent.nodes += nodes
        parent.height = max(parent.height, height + 1)

    def _alias(self, event: Any) -> None:
        self._count(event)
        if self._awaits_key():
            self._refuse("a key has to be a text", event)
        if event.anchor not in self._anchors:
            message = f"the alias *{event.anchor} refers to nothing complete above"
            self._refuse(message, event, "put a text that begins with * in quotes")
        value, nodes, height = self._anchors[event.anchor]
        self._aliased += nodes
        if self._aliased > MAX_ALIASED:
            self._refuse(f"aliases stand for over {MAX_ALIASED:,} values", event, _TRACE_ADVICE)
        if len(self._open) + height > MAX_DEPTH:
            self._refuse(f"is more than {MAX_DEPTH} levels deep", event, _TRACE_ADVICE)
        self._add(copy.deepcopy(value), event)
        if self._open:
            self._grow(nodes, height)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].key is None

    def _key(self, value: Any, event: Any) -> None:
        here = self._open[-1]
        here.skip = not isinstance(value, str)
        here.key = value if isinstance(value, str) else ""
        if here.skip:
            self._note(f"the key {shown(value)} is no text", event, "put it in quotes")
            return
        path = (*here.path, value)
        if value in here.value:
            line, column = self.document.places[path]
            message = f"is given twice, first at line {line}, column {column}"
            self._note(message, event, "leave one out", path)
        self.document.places[path] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _add(self, value: Any, event: Any) -> Path:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if not self._open:
            self.document.data = value
            self.document.places[()] = place
            return ()
        here = self._open[-1]
        here.nodes += 1
        if isinstance(here.key, int):
            path = (*here.path, here.key)
            here.value.append(value)
            here.key += 1
            self.document.places[path] = place
            return path
        path = (*here.path, here.key or "")
        if not here.skip:
            here.value[here.key] = value
        here.key = None
        return path


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text
