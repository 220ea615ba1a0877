"""What is wrong with an input, and where: the only error that bad input raises."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""A place in nested data: keys of mappings and indices of lists, from the top."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"  # and what turns text around
)
_LONGEST_TEXT = 500
_LONGEST_VALUE = 60
_FEW = 12


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (or worth a warning), where it stands and what would be right.

    Attributes:
        message: What is wrong.
        file: The file, or the argument, that says so; empty if there is none.
        line: Line, from 1.
        column: Column, from 1.
        path: The key, such as ``cluster.node_groups[0].nodes``.
        remedy: What to do about it.
    """

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    path: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = "; ".join(part for part in (self.message, self.remedy) if part)
        return ": ".join(one_line(part) for part in (place, self.path, text) if part)


class InputError(Exception):
    """Input was refused; `problems` says why, all of it at once.

    Attributes:
        problems: What is wrong, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def dotted(path: Path) -> str:
    """The path as text: ``cluster.subnets[0].tags["kubernetes.io/role/cni"]``."""
    text = "".join(_step(step) for step in path)
    return text.removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
        return f".{step}"
    return f"[{json.dumps(step, ensure_ascii=False)}]"


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line, as YAML would write it."""
    if isinstance(value, dict):
        return "a mapping of keys to values"
    if isinstance(value, list | tuple):
        return "a list"
    words = {None: "an empty value", True: "true", False: "false"}
    is_word = value is None or isinstance(value, bool)
    text = words[value] if is_word else repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def nearest(word: str, known: Sequence[str], n: int = 1) -> list[str]:
    """Up to ``n`` of the known words that the given one may have been meant to be, best first."""
    by_lower: dict[str, str] = {}
    for one in known:
        by_lower.setdefault(one.lower(), one)
    found = difflib.get_close_matches(word.lower()[:_LONGEST_VALUE], by_lower, n=n)
    return [by_lower[one] for one in found]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A remedy that names the nearest known word, or all of them if they are few; else empty."""
    if near := nearest(word, known):
        return f"did you mean {near[0]}?"
    return known_here(known)


def known_here(known: Sequence[str]) -> str:
    """A remedy that names all known words if they are few; else empty."""
    return f"known here: {', '.join(known)}" if 0 < len(known) <= _FEW else ""


def one_line(text: str) -> str:
    """A text as a line of a terminal: not too long, control characters as their escapes."""
    plain = _UNPRINTABLE.sub(lambda match: repr(match[0])[1:-1], text)
    return plain if len(plain) <= _LONGEST_TEXT else plain[: _LONGEST_TEXT - 3] + "..."
