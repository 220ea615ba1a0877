"""Pod traces: CSV files of start, end, cpu, memory and node, one pod a row."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..scenario.errors import InputError, Problem, shown
from ..scenario.units import MILLISECONDS, parse_cpu, parse_duration, parse_memory
from ..scenario.workload import Columns, Trace, Units
from .csv_file import csv_lines

FOREVER = 2**62
"""The end of a pod that stays."""

SHOWN_ROWS = 20
"""Bad rows that are shown; the others are counted."""

_UNSCHEDULED = FOREVER
_FEW = 4096  # the same few requests fill most traces
_MOST_MS, _MOST_MILLICORES, _MOST_MEBIBYTES = 10**15, 10**9, 2**40
_MILLICORES = {"cores": 1_000, "millicores": 1}
_MEBIBYTES = {"bytes": 2**-20, "KiB": 2**-10, "MiB": 1, "GiB": 2**10}
_OPENB_COLUMNS = Columns(
    start="scheduled_time", end="deletion_time", cpu="cpu_milli", memory="memory_mib"
)
_OPENB_UNITS = Units(time="s", cpu="millicores", memory="MiB")


def _numbers() -> array[int]:
    return array("q")


@dataclass(repr=False)
class TracePods:
    """The pods of a trace in the order of its rows; times are the trace's own."""

    start_ms: array[int] = field(default_factory=_numbers)
    end_ms: array[int] = field(default_factory=_numbers)  # FOREVER: stays
    cpu: array[int] = field(default_factory=_numbers)  # millicores
    memory: array[int] = field(default_factory=_numbers)  # MiB
    nodes: list[str] | None = None  # "": not pinned
    never_scheduled: int = 0  # openb pods without a scheduled_time, left out


def read_trace(spec: Trace, folder: Path) -> TracePods:
    """All pods of a trace's file, whatever its window.

    The file is a CSV in UTF-8, packed by gzip or not, whose first line names the columns. An
    empty end means that the pod stays; an empty cpu or memory, that it requests what the
    workload says. Pods of an openb list that were never scheduled are left out and counted.

    Raises:
        InputError: the file cannot be read, lacks a column or has no pods, or rows of it are
            wrong: the first 20 by file and line, and how many more.
    """
    path = folder / spec.file
    columns = _OPENB_COLUMNS if spec.format == "openb" else spec.columns
    pods = TracePods(nodes=[] if columns.node else None)
    found = _Problems(str(path))
    with closing(csv_lines(path)) as lines:
        rows = csv.reader(lines, strict=True)
        try:
            layout = _layout(spec, columns, next(rows, []), found)
            for row in rows:
                layout.add(row, rows.line_num, pods)
        except csv.Error as error:
            found.add(rows.line_num, str(error), remedy="write it as CSV")
    found.raise_if_any()
    if not pods.start_ms:
        problem = Problem("the trace has no pods", str(path), remedy="give one with a pod a row")
        raise InputError([problem])
    return pods


class _Problems:
    """What is wrong with one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._bad_rows = 0

    def add(self, line: int | None, message: str, column: str = "", remedy: str = "") -> None:
        self._problems.append(Problem(message, self._file, line, path=column, remedy=remedy))

    def add_row(self, line: int, message: str, column: str = "", remedy: str = "") -> None:
        self._bad_rows += 1
        if self._bad_rows <= SHOWN_ROWS:
            self.add(line, message, column, remedy)

    def raise_if_any(self) -> None:
        if more := max(0, self._bad_rows - SHOWN_ROWS):
            self._problems.append(Problem(f"{more} more rows are wrong", self._file))
        if self._problems:
            raise InputError(self._problems)


class _BadRowError(Exception):
    """Its arguments are a problem's message, column and remedy."""


@dataclass(frozen=True)
class _Column:
    """Where a number stands in a row, how it is read, and what an empty field means."""

    name: str
    index: int | None  # None: the file has no such column, all its fields are empty
    parse: Callable[[str], int]
    limits: tuple[int, int]
    empty: int | None  # None: an empty field is an error
    remedy: str

    def read(self, row: list[str]) -> int:
        cell = "" if self.index is None else row[self.index].strip()
        if not cell and self.empty is not None:
            return self.empty
        try:
            value = self.parse(cell)
        except (ValueError, OverflowError):
            message = f"{shown(cell)} cannot be read" if cell else "the field is empty"
            raise _BadRowError(message, self.name, self.remedy) from None
        if not self.limits[0] <= value <= self.limits[1]:
            what = "negative" if value < 0 == self.limits[0] else "out of range"
            raise _BadRowError(f"{shown(cell)} is {what}", self.name, self.remedy)
        return value


@dataclass(frozen=True)
class _Layout:
    """The columns of one file."""

    width: int
    start: _Column
    end: _Column
    cpu: _Column
    memory: _Column
    node: int | None
    found: _Problems

    def add(self, row: list[str], line: int, pods: TracePods) -> None:
        """Append the pod of a row, or what is wrong with it; empty lines are passed over."""
        if not row:
            return
        try:
            self._add(row, pods)
        except _BadRowError as bad:
            self.found.add_row(line, *bad.args)

    def _add(self, row: list[str], pods: TracePods) -> None:
        if len(row) != self.width:
            raise _BadRowError(f"{len(row)} fields where the first line names {self.width} columns")
        start, end = self.start.read(row), self.end.read(row)
        cpu, memory = self.cpu.read(row), self.memory.read(row)
        if start == _UNSCHEDULED:
            pods.never_scheduled += 1
            return
        if end < start:
            raise _BadRowError("the pod ends before its start", self.end.name, "swap or drop them")
        pods.start_ms.append(start)
        pods.end_ms.append(end)
        pods.cpu.append(cpu)
        pods.memory.append(memory)
        if self.node is not None and pods.nodes is not None:
            pods.nodes.append(row[self.node].strip())


def _layout(spec: Trace, columns: Columns, header: list[str], found: _Problems) -> _Layout:
    names = [name.strip() for name in header]
    if not names:
        found.add(1, "the first line names no columns", remedy="begin with start,end,cpu,memory")
        found.raise_if_any()
    at = {key: _index(key, name, names, found) for key, name in columns}
    found.raise_if_any()
    openb = spec.format == "openb"
    units = _OPENB_UNITS if openb else spec.units
    start = _time_column(columns.start, at["start"], units, _UNSCHEDULED if openb else None)
    end = _time_column(columns.end, at["end"], units, FOREVER)
    cpu = _cpu_column(columns.cpu or "", at["cpu"], units, spec.requests.cpu)
    memory = _memory_column(columns.memory or "", at["memory"], units, spec.requests.memory)
    return _Layout(len(names), start, end, cpu, memory, at["node"], found)


def _time_column(name: str, index: int | None, units: Units, empty: int | None) -> _Column:
    parse = _reader(MILLISECONDS[units.time], round, parse_duration)
    remedy = f"write a time in {units.time}, or a duration such as 90s"
    return _Column(name, index, parse, (-_MOST_MS, _MOST_MS), empty, remedy)


def _cpu_column(name: str, index: int | None, units: Units, empty: int) -> _Column:
    parse = lru_cache(_FEW)(_reader(_MILLICORES[units.cpu], round, parse_cpu))
    remedy = f"write {units.cpu}, or a quantity such as 500m"
    return _Column(name, index, parse, (0, _MOST_MILLICORES), empty, remedy)


def _memory_column(name: str, index: int | None, units: Units, empty: int) -> _Column:
    parse = lru_cache(_FEW)(_reader(_MEBIBYTES[units.memory], _away_from_0, parse_memory))
    remedy = f"write {units.memory}, or a quantity such as 512Mi"
    return _Column(name, index, parse, (0, _MOST_MEBIBYTES), empty, remedy)


def _reader(
    factor: float, whole: Callable[[float], int], parse_text: Callable[[str], int]
) -> Callable[[str], int]:
    """From a plain number in a unit of this factor, or a text that carries its own unit."""

    def parse(cell: str) -> int:
        try:
            number = float(cell)
        except ValueError:
            return parse_text(cell)
        return whole(number * factor)

    return parse


def _away_from_0(mebibytes: float) -> int:
    return math.ceil(mebibytes) if mebibytes > 0 else math.floor(mebibytes)


def _index(key: str, name: str | None, header: list[str], found: _Problems) -> int | None:
    if name is None:
        return None
    if header.count(name) != 1:
        is_there = f"{header.count(name)} columns are" if name in header else "no column is"
        message = f"{is_there} named {shown(name)} in the first line"
        found.add(1, message, key, _column_remedy(key, header))
        return None
    return header.index(name)


def _column_remedy(key: str, header: list[str]) -> str:
    if _OPENB_COLUMNS.start in header:
        return "for an openb pod list write format: openb"
    absent = f", or {key}: null if the trace has none" if key in ("cpu", "memory") else ""
    return f"map it to one of {shown(', '.join(header))} under columns{absent}"
