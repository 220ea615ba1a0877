"""What must not be about how a command ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sim.scenario.errors import one_line

from . import values
from .case import Case
from .oracle import LONGEST_S, Ended

MOST_KIB = 2**20
CODES = (0, 1, 2, 99)
"""Of the documented ones, those that an input may lead to."""

MOST_LINES = 130
LONGEST_LINE = 1_500
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PYTHON = re.compile(r"NoneType|\w+Error\b|object has no|unexpected keyword|invalid literal|<class")
_DATA = ("json", "csv", "yaml", "paste", "export", "import", "schema", "new")
_FRAME = re.compile(r'File "[^"]*/(sim/[^"]*)", line (\d+), in (\S+)')


@dataclass(frozen=True)
class Finding:
    """Something that must not be.

    Attributes:
        what: what it is, the same for all inputs that show it.
        detail: what was seen.
    """

    what: str
    detail: str


def findings(case: Case, ended: Ended, folder: Path) -> list[Finding]:
    """What must not be about a command that ended in this folder."""
    found = [*_about_end(case, ended), *_about_control(case, ended)]
    if ended.code == 2:
        found += _about_refusal(case, ended)
    elif ended.code in CODES:
        found += [*_about_data(case, ended), *_about_pages(folder, ended)]
    if ended.kib > MOST_KIB:
        found.append(Finding("over 1 GiB of memory", f"{ended.kib:,} KiB"))
    for did in dict.fromkeys(ended.trespasses):
        found.append(Finding(f"does what no reader may: {did.split()[0]}", did))
    for name in ended.left:
        if ".writing-" in name and ended.code is not None:
            found.append(Finding("leaves a file half written", name))
    return found


def _about_end(case: Case, ended: Ended) -> Iterator[Finding]:
    if ended.code is None:
        if not case.may_take_long or ended.seconds < LONGEST_S - 1:
            yield Finding(f"over 10 s: {case.arguments[:1]}", ended.err[-1_500:])
    elif ended.code not in CODES:
        yield Finding(f"a fault: {_signature(ended.err)}", ended.err)
    elif "Traceback (most recent call last)" in ended.err:
        yield Finding(f"a traceback: {_signature(ended.err)}", ended.err)


def _about_control(case: Case, ended: Ended) -> Iterator[Finding]:
    if ended.code not in CODES:
        return
    said = ended.err if any(one in _DATA for one in case.arguments) else ended.err + ended.out
    if control := _CONTROL.search(said):
        around = said[max(0, control.start() - 60) : control.end() + 60]
        yield Finding(f"{case.arguments[:1]} prints a control character", repr(around))


def _about_refusal(case: Case, ended: Ended) -> Iterator[Finding]:
    lines = ended.err.removesuffix("\n").split("\n")
    if not lines[0]:
        yield Finding("refuses without a word", "")
    elif inner := _PYTHON.search(ended.err):
        yield Finding(f"speaks of what is inside: {inner[0]}", ended.err)
    elif wrong := [line for line in lines if not _names_place(line, case)]:
        yield Finding("names no place", wrong[0])
    if len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        yield Finding("says too much", ended.err[-1_500:])
    if len(set(lines)) < len(lines):
        yield Finding("says a thing twice", ended.err[-1_500:])
    if ended.left:
        yield Finding("leaves files although it refused", ", ".join(ended.left))
    if ended.out:
        yield Finding("prints data although it refused", ended.out[-1_500:])


def _names_place(line: str, case: Case) -> bool:
    """Whether a file, a key or the command is named, and something is said of it."""
    files = [one_line(Path(one).name) for one in case.arguments if one]
    known = (
        *(
            "ipamd-sim",
            ".csv",
            ".yaml",
            ".json",
            ".parquet",
            "cluster.subnets[",
            "the imported scenario",
        ),
        *files,
    )
    return ": " in line and any(one in line for one in known)


def _about_data(case: Case, ended: Ended) -> Iterator[Finding]:
    if "json" in case.arguments and ended.out:
        try:
            json.loads(ended.out, parse_constant=_no_number)
        except ValueError as error:
            yield Finding(f"{case.arguments[:1]} prints no JSON", f"{error}: {ended.out[:500]}")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _about_pages(folder: Path, ended: Ended) -> Iterator[Finding]:
    for name in ended.left:
        if name.endswith(".html") and values.MARKUP in (folder / name).read_text("utf-8"):
            yield Finding("a name gets into a page as it is", name)


def _signature(err: str) -> str:
    """The error and the innermost lines of ours."""
    frames = _FRAME.findall(err)
    where = " < ".join(f"{file}:{function}" for file, _, function in reversed(frames[-2:]))
    last = next((one for one in reversed(err.strip().split("\n")) if one[:1].isalpha()), "")
    return f"{last.split(':')[0][:60]} in {where}"
