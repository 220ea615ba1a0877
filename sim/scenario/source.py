"""What a scenario was written in: its data, values set on top of it, and the place of each part."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import InputError, Path, Problem, did_you_mean, dotted
from .reader import Place, parse

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Source:
    """Data as written, before any model has seen it.

    Attributes:
        data: Mappings, lists and scalars.
        file: The file's name, empty if the data came from elsewhere.
        places: Line and column of each path in the file.
        set_by: The argument that set a path, for the paths set on top of the file.
    """

    data: Any
    file: str = ""
    places: Mapping[Path, Place] = field(default_factory=dict)
    set_by: Mapping[Path, str] = field(default_factory=dict)

    def problem(self, path: Path, message: str, remedy: str = "") -> Problem:
        """A problem with what stands at the path, or with its absence."""
        starts = [path[:length] for length in range(len(path), -1, -1)]
        for start in starts:  # what was set on top of the file hides what the file has below it
            if start in self.set_by:
                return Problem(message, self.set_by[start], path=dotted(path), remedy=remedy)
        for start in starts:
            if start in self.places:
                return Problem(message, self.file, *self.places[start], dotted(path), remedy)
        return Problem(message, self.file, path=dotted(path), remedy=remedy)

    def is_written_at(self, path: Path) -> bool:
        """Whether a file says what stands here, and not the caller or an argument such as --set."""
        marks = [self.set_by.get(path[:length], "") for length in range(len(path) + 1)]
        return bool(self.file) and not any(mark.startswith("--") for mark in marks)

    def with_value(self, target: str, value: Any, set_by: str) -> Source:
        """The same with one value replaced or added; this source stays as it is.

        Args:
            target: Where, such as ``ipamd.WARM_IP_TARGET``. An item of a list is named by its
                index or its name: ``cluster.node_groups[0].nodes``,
                ``cluster.node_groups.batch.nodes``.
            value: Plain data.
            set_by: The argument that says so, for messages.

        Raises:
            InputError: the target leads through something that has no such part.
        """
        data = copy.deepcopy(self.data)
        path = _put(data, _steps(target, set_by), value, set_by)
        return replace(self, data=data, set_by={**self.set_by, path: set_by})

    def with_override(self, text: str) -> Source:
        """The same with a value as the command line gives it: ``ipamd.WARM_IP_TARGET=5``.

        Raises:
            InputError: it is not written like that, its value is not YAML, or there is no such
                item of a list.
        """
        set_by = f"--set {text}"
        target, equals, written = text.partition("=")
        if not equals or not target.strip():
            remedy = "write it like ipamd.WARM_IP_TARGET=5"
            raise InputError([Problem("is no KEY=VALUE", set_by, remedy=remedy)])
        return self.with_value(target.strip(), written_value(written, set_by), set_by)


def written_value(written: str, set_by: str) -> Any:
    """The value that a YAML text in an argument stands for.

    Raises:
        InputError: it is not YAML.
    """
    if not written.strip():
        return None
    if written.lstrip().startswith(">") and "\n" not in written:
        return written.strip()  # a rule: on one line, YAML's folded text has no place
    try:
        document = parse(written, set_by)
    except InputError as error:
        raise InputError(map(_without_place, error.problems)) from None
    if document.problems:
        raise InputError(map(_without_place, document.problems))
    return document.data


def _without_place(problem: Problem) -> Problem:
    return replace(problem, line=None, column=None)


def _steps(target: str, set_by: str) -> list[str]:
    steps, end = [], 0
    while end < len(target):
        match = _STEP.match(target, end)
        if match is None:
            remedy = "write it like cluster.node_groups[0].nodes"
            raise InputError([Problem(f"{target} is no path", set_by, remedy=remedy)])
        steps.append(match[1] or match[2])
        end = match.end()
    return steps


def _put(data: Any, steps: list[str], value: Any, set_by: str) -> Path:
    """Puts the value where the steps lead, in place, and returns where that first adds to data."""
    path: Path = ()
    added: Path = ()
    here = data
    for step in steps[:-1]:
        key = _key(here, step, path, set_by)
        path = (*path, key)
        if isinstance(here, dict) and here.get(key) is None:
            here[key] = {}
            added = added or path
        here = here[key]
    last = _key(here, steps[-1], path, set_by)
    here[last] = value
    return added or (*path, last)


def _key(here: Any, step: str, path: Path, set_by: str) -> str | int:
    if isinstance(here, dict):
        return step
    if not isinstance(here, list):
        message = "has no parts here"
        remedy = f"set {dotted(path)} as a whole" if path else ""
        raise InputError([Problem(message, set_by, path=dotted(path), remedy=remedy)])
    names = [item.get("name") if isinstance(item, dict) else None for item in here]
    if step in names:
        return names.index(step)
    if step.isascii() and step.isdigit() and len(step) < 10 and int(step) < len(here):
        return int(step)
    known = [name for name in names if isinstance(name, str)]
    remedy = did_you_mean(step, known)
    message = f"has no item called {step}"
    raise InputError([Problem(message, set_by, path=dotted(path), remedy=remedy)])
