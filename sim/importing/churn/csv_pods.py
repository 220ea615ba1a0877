"""Pods from a CSV file with a column for each thing, whatever the columns are called."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from sim.scenario.errors import InputError, Problem, did_you_mean, shown
from sim.scenario.units import MILLISECONDS, parse_cpu, parse_memory
from sim.workload.csv_file import csv_lines
from sim.workload.traces import SHOWN_ROWS

from .history import History

KNOWN: dict[str, tuple[str, ...]] = {
    "start": ("start", "created", "created_at", "creation_timestamp", "start_time", "started"),
    "end": ("end", "deleted", "deleted_at", "deletion_timestamp", "end_time", "finished", "ended"),
    "pod": ("pod", "pod_name", "name"),
    "namespace": ("namespace", "pod_namespace"),
    "owner_kind": ("owner_kind", "controller_kind", "created_by_kind", "kind"),
    "owner": ("owner", "owner_name", "controller", "created_by_name", "workload"),
    "node": ("node", "node_name"),
    "cpu": ("cpu", "cpu_request", "requests_cpu"),
    "memory": ("memory", "memory_request", "requests_memory"),
}
"""What a column may hold, and the names by which one is recognised."""

_NONE = ("", "null", "none", "nan", "nat", "<none>")


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """The mapping that ``start=created_at,end=deleted_at`` stands for.

    Raises:
        InputError: it is not written like that, or names something that no column can hold.
    """
    mapping: dict[str, str] = {}
    for text in (part.strip() for one in texts for part in one.split(",")):
        key, equals, column = (part.strip() for part in text.partition("="))
        said_by = f"--columns {text}"
        if not equals or not column:
            remedy = "write it like start=created_at,end=deleted_at"
            raise InputError([Problem("is no WHAT=COLUMN", said_by, remedy=remedy)])
        if key not in KNOWN:
            remedy = did_you_mean(key, list(KNOWN))
            raise InputError([Problem(f"no column holds {shown(key)}", said_by, remedy=remedy)])
        mapping[key] = column
    return mapping


def read_csv(path: Path, columns: Mapping[str, str], unit: str, history: History) -> dict[str, str]:
    """Adds the pods of a file to the history.

    Args:
        path: a CSV file in UTF-8 whose first line names the columns; packed by gzip or not.
        columns: names of columns by what they hold; others are recognised by their names.
        unit: of times that are plain numbers, which count from 1970.
        history: what they are added to.

    Returns:
        What was taken from which column.

    Raises:
        InputError: it cannot be read, or lines of it are wrong.
    """
    with closing(csv_lines(path)) as lines:
        rows = csv.reader(chain.from_iterable(lines), strict=True)
        try:
            header = [name.strip() for name in next(rows, [])]
            taken = _columns(header, columns, str(path))
            _rows(rows, header, taken, (str(path), unit), history)
        except csv.Error as error:
            problem = Problem(str(error), str(path), rows.line_num, remedy="write it as CSV")
            raise InputError([problem]) from None
    return taken


def _columns(header: list[str], given: Mapping[str, str], file: str) -> dict[str, str]:
    """The column of each thing that the file has.

    Raises:
        InputError: a named column is not there, or none holds the starts.
    """
    for key, column in given.items():
        if column not in header:
            remedy = did_you_mean(column, header)
            message = f"no column is named {shown(column)} in the first line"
            raise InputError([Problem(message, file, 1, path=key, remedy=remedy)])
    by_lower = {name.lower(): name for name in reversed(header)}
    taken = dict(given)
    for key, names in KNOWN.items():
        found = next((by_lower[name] for name in names if name in by_lower), None)
        if found is not None and key not in taken and found not in taken.values():
            taken[key] = found
    if "start" not in taken:
        message = f"no column holds the start of pods: there are {', '.join(header) or 'none'}"
        remedy = "name it: --columns start=COLUMN,end=COLUMN"
        raise InputError([Problem(message, file, 1, remedy=remedy)])
    return {key: taken[key] for key in KNOWN if key in taken}


def _rows(
    rows: Iterator[list[str]],
    header: list[str],
    taken: Mapping[str, str],
    said: tuple[str, str],
    history: History,
) -> None:
    file, unit = said
    problems: list[Problem] = []
    index = {key: header.index(column) for key, column in taken.items()}
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            _add(row, index, len(header), unit, history, line)
        except _BadCellError as bad:
            message, key, remedy = bad.args
            problems.append(Problem(message, file, line, path=taken.get(key, ""), remedy=remedy))
    if problems:
        more = len(problems) - SHOWN_ROWS
        rest = [Problem(f"{more} more rows are wrong", file)] if more > 0 else []
        raise InputError(problems[:SHOWN_ROWS] + rest)


class _BadCellError(ValueError):
    """Its arguments are a problem's message, what the column holds, and the remedy."""


def _add(
    row: list[str], index: Mapping[str, int], width: int, unit: str, history: History, line: int
) -> None:
    if len(row) != width:
        message = f"{len(row)} fields where the first line names {width} columns"
        raise _BadCellError(message, "", "")
    cells = {key: row[place].strip() for key, place in index.items()}
    start, end = _time(cells, "start", unit), _time(cells, "end", unit)
    if start is None:
        raise _BadCellError("the field is empty", "start", "give every pod a start")
    if end is not None and end < start:
        raise _BadCellError("the pod ends before its start", "end", "swap or drop them")
    name = cells.get("pod") or f"pod-{line}"
    pod = history.pod(f"{name}@{line}", cells.get("namespace") or "default", name)
    pod.owner_kind, pod.owner = cells.get("owner_kind", ""), cells.get("owner", "")
    pod.node = cells.get("node", "")
    pod.cpu = _quantity(cells, "cpu", parse_cpu, "500m")
    pod.memory = _quantity(cells, "memory", parse_memory, "512Mi")
    pod.add("created", start)
    if end is not None:
        pod.add("deleted", end)
    for time in (start, end):
        if time is not None:
            history.saw(time)
    history.counted["rows"] += 1


def _time(cells: Mapping[str, str], key: str, unit: str) -> int | None:
    cell = cells.get(key, "")
    if cell.lower() in _NONE:
        return None
    try:
        return round(float(cell) * MILLISECONDS[unit])
    except (ValueError, OverflowError):
        pass
    try:
        time = datetime.fromisoformat(cell)
    except ValueError:
        remedy = f"write it like 2026-01-05T08:00:00Z, or as {unit} since 1970"
        raise _BadCellError(f"{shown(cell)} is no time", key, remedy) from None
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def _quantity(
    cells: Mapping[str, str], key: str, parse: Callable[[str], int], such_as: str
) -> int | None:
    cell = cells.get(key, "")
    if cell.lower() in _NONE:
        return None
    try:
        return parse(cell)
    except ValueError as error:
        raise _BadCellError(str(error), key, f"write a quantity such as {such_as}") from None
