"""Pod traces: CSV files of start, end, cpu, memory and node, one pod a row."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, islice, repeat
from operator import gt, mul
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from ..scenario.errors import InputError, Problem, shown
from ..scenario.units import MILLISECONDS, parse_cpu, parse_duration, parse_memory
from ..scenario.workload import Columns, Trace, Units
from .csv_file import csv_lines

FOREVER = 2**62
"""The end of a pod that stays."""

SHOWN_ROWS = 20
"""Bad rows that are shown; the others are counted."""

_UNSCHEDULED = FOREVER
_MOST_BAD_ROWS = 100_000
_BATCH = 500  # rows that are read together
_FEW = 4096  # the same few texts fill most columns
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

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pods, in hexadecimal, whatever file they came from."""
        sha256 = hashlib.sha256()
        for column in (self.start_ms, self.end_ms, self.cpu, self.memory):
            sha256.update(column.tobytes())
        sha256.update(json.dumps(self.nodes).encode())
        return sha256.hexdigest()


def read_trace(spec: Trace, folder: Path) -> TracePods:
    """All pods of a trace's file, whatever its window.

    The file is a CSV in UTF-8, packed by gzip or not, whose first line names the columns. An
    empty end means that the pod stays; an empty cpu or memory, that it requests what the
    workload says. Pods of an openb list that were never scheduled are left out and counted.

    A file is read once as long as it stays the same and somebody holds its pods, which are for
    all who asked and must not be changed.

    Raises:
        InputError: the file cannot be read, lacks a column or has no pods, or rows of it are
            wrong: the first 20 by file and line, and how many more.
    """
    path = folder / spec.file
    if (version := _version(path)) is None:
        return _read(spec, path)
    key = (*version, spec.format, spec.columns, spec.units, spec.requests)
    pods = _KNOWN.get(key)
    if pods is None:
        pods = _KNOWN[key] = _read(spec, path)
    return pods


_KNOWN: WeakValueDictionary[tuple[Any, ...], TracePods] = WeakValueDictionary()
"""What was read and is still in use, by the version of its file and by how it was read."""


def _version(path: Path) -> tuple[str, int, int] | None:
    try:
        state = path.stat()
        return str(path.resolve()), state.st_size, state.st_mtime_ns
    except (OSError, ValueError):
        return None  # reading it says why


def _read(spec: Trace, path: Path) -> TracePods:
    columns = _OPENB_COLUMNS if spec.format == "openb" else spec.columns
    pods = TracePods(nodes=[] if columns.node else None)
    found = _Problems(str(path))
    with closing(csv_lines(path)) as lines:
        rows = _rows(chain.from_iterable(lines), found)
        _, header = next(rows, (1, []))
        found.raise_if_any()
        layout = _layout(spec, columns, header, found)
        while (batch := list(islice(rows, _BATCH))) and not found.are_enough:
            layout.add(batch, pods)
    found.raise_if_any()
    if not pods.start_ms:
        problem = Problem("the trace has no pods", str(path), remedy="give one with a pod a row")
        raise InputError([problem])
    return pods


_Row = tuple[int, list[str]]
"""The line that a row ends in, and its fields."""


def _rows(lines: Iterator[str], found: _Problems) -> Iterator[_Row]:
    rows = csv.reader(lines, strict=True)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        found.add(rows.line_num, str(error), remedy="write it as CSV")


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

    @property
    def are_enough(self) -> bool:
        """Whether the file is not worth reading on."""
        return self._bad_rows >= _MOST_BAD_ROWS

    def raise_if_any(self) -> None:
        self._problems.sort(key=lambda one: one.line or 0)
        if more := max(0, self._bad_rows - SHOWN_ROWS):
            stopped = "; reading stopped here" if self.are_enough else ""
            self._problems.append(Problem(f"{more} more rows are wrong{stopped}", self._file))
        if self._problems:
            raise InputError(self._problems)


class _BadRowError(ValueError):
    """Its arguments are a problem's message, column and remedy."""


@dataclass(frozen=True)
class _Column:
    """Where a number stands in a row, how it is read, and what an empty field means."""

    name: str
    index: int | None  # None: the file has no such column, all its fields are empty
    factor: float  # of a plain number
    whole: Callable[[float], int]
    parse: Callable[[str], int]  # of a text that carries its own unit
    limits: tuple[int, int]
    empty: int | None  # None: an empty field is an error
    remedy: str

    def read_all(self, columns: Sequence[Sequence[str]]) -> array[int]:
        """The numbers of many rows, given as columns: plain ones by functions of C alone.

        Raises:
            ValueError: at least one of them is wrong.
        """
        if not columns:
            return array("q")
        if self.index is None:
            return array("q", [self.read("")]) * len(columns[0])
        cells = columns[self.index]
        try:
            values = array("q", map(self.whole, map(mul, map(float, cells), repeat(self.factor))))
            if self.limits[0] <= min(values) and max(values) <= self.limits[1]:
                return values
        except (ValueError, OverflowError):
            pass
        return array("q", map(lru_cache(_FEW)(self.read), cells))

    def read_one(self, row: Sequence[str]) -> int:
        """The number of one row."""
        return self.read("" if self.index is None else row[self.index])

    def read(self, field: str) -> int:
        """The number of one field."""
        cell = field.strip()
        if not cell and self.empty is not None:
            return self.empty
        try:
            value = self._value(cell)
        except (ValueError, OverflowError):
            message = f"{shown(cell)} cannot be read" if cell else "the field is empty"
            raise _BadRowError(message, self.name, self.remedy) from None
        if not self.limits[0] <= value <= self.limits[1]:
            what = "negative" if value < 0 == self.limits[0] else "out of range"
            raise _BadRowError(f"{shown(cell)} is {what}", self.name, self.remedy)
        return value

    def _value(self, cell: str) -> int:
        try:
            number = float(cell)
        except ValueError:
            return self.parse(cell)
        return self.whole(number * self.factor)


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

    def add(self, batch: list[_Row], pods: TracePods) -> None:
        """Append the pods of rows, or what is wrong with them; empty lines are passed over."""
        try:
            self._add_all([row for _, row in batch if row], pods)
        except ValueError:
            for line, row in batch:
                self._add_one(line, row, pods)

    def _add_all(self, rows: list[list[str]], pods: TracePods) -> None:
        """Append the pods of all rows, or none.

        Raises:
            ValueError: a row is wrong, or its pod was never scheduled.
        """
        columns = list(zip(*rows, strict=True))
        if columns and len(columns) != self.width:
            raise ValueError
        numbers = [column.read_all(columns) for column in self._numbers]
        start, end, *_ = numbers
        if any(map(gt, start, end)) or _UNSCHEDULED in start:
            raise ValueError
        self._append(numbers, columns, pods)

    def _add_one(self, line: int, row: list[str], pods: TracePods) -> None:
        if not row:
            return
        try:
            numbers = self._read(row)
        except _BadRowError as bad:
            self.found.add_row(line, *bad.args)
            return
        if numbers[0] == _UNSCHEDULED:
            pods.never_scheduled += 1
        else:
            self._append([[number] for number in numbers], [[cell] for cell in row], pods)

    @property
    def _numbers(self) -> tuple[_Column, _Column, _Column, _Column]:
        return self.start, self.end, self.cpu, self.memory

    def _read(self, row: list[str]) -> list[int]:
        if len(row) != self.width:
            raise _BadRowError(f"{len(row)} fields where the first line names {self.width} columns")
        numbers = [column.read_one(row) for column in self._numbers]
        if numbers[1] < numbers[0] != _UNSCHEDULED:
            raise _BadRowError("the pod ends before its start", self.end.name, "swap or drop them")
        return numbers

    def _append(
        self, numbers: Sequence[Iterable[int]], cells: Sequence[Sequence[str]], pods: TracePods
    ) -> None:
        into = (pods.start_ms, pods.end_ms, pods.cpu, pods.memory)
        for column, values in zip(into, numbers, strict=True):
            column.extend(values)
        if self.node is not None and pods.nodes is not None:
            pods.nodes.extend(map(sys.intern, map(str.strip, cells[self.node])))


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
    factor, limits = MILLISECONDS[units.time], (-_MOST_MS, _MOST_MS)
    remedy = f"write a time in {units.time}, or a duration such as 90s"
    return _Column(name, index, factor, round, parse_duration, limits, empty, remedy)


def _cpu_column(name: str, index: int | None, units: Units, empty: int) -> _Column:
    factor, limits = _MILLICORES[units.cpu], (0, _MOST_MILLICORES)
    remedy = f"write {units.cpu}, or a quantity such as 500m"
    return _Column(name, index, factor, round, parse_cpu, limits, empty, remedy)


def _memory_column(name: str, index: int | None, units: Units, empty: int) -> _Column:
    factor, limits = _MEBIBYTES[units.memory], (0, _MOST_MEBIBYTES)
    remedy = f"write {units.memory}, or a quantity such as 512Mi"
    return _Column(name, index, factor, _away_from_0, parse_memory, limits, empty, remedy)


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
