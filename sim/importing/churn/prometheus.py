"""Answers of Prometheus: series from JSON as its HTTP API and ``promtool query`` give them.

Format: Prometheus HTTP API, ``/api/v1/query_range`` (resultType matrix) and ``/api/v1/query``
(vector, and matrix for a range such as ``[1h]``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.scenario.errors import InputError, Problem, shown

from .stream import Item, json_items

NAME = "__name__"


class Series(NamedTuple):
    """One series of an answer.

    Attributes:
        name: of its metric; empty if a query's function or operator took it away.
        labels: the others.
        times_ms: of its samples, in milliseconds since 1970, rising.
        values: of its samples; samples that are no number (stale, infinite) are left out.
    """

    name: str
    labels: dict[str, str]
    times_ms: list[int]
    values: list[float]


def is_series(data: Any) -> bool:
    """Whether an item is a series of an answer."""
    return isinstance(data, Mapping) and "metric" in data


def read_series(path: Path) -> Iterator[Series]:
    """All series of a file.

    Raises:
        InputError: it cannot be read, is no JSON, or holds something else than answers; with the
            place of what is wrong.
    """
    for item in json_items(path):
        if not is_series(item.data):
            raise InputError([not_an_answer(item, path)])
        yield series_of(item, str(path))


def not_an_answer(item: Item, path: Path) -> Problem:
    """What an item is that is no series; an answer that is an error says so itself."""
    remedy = "save what /api/v1/query_range answers"
    if isinstance(item.data, Mapping) and item.data.get("status") == "error":
        said = f"{item.data.get('errorType', 'error')}: {item.data.get('error', '')}"
        message = f"this is an error of Prometheus: {said}"
        return Problem(message, str(path), path=item.place, remedy="query it again")
    if isinstance(item.data, Mapping) and "data" in item.data:
        return Problem("the answer holds no series", str(path), path=item.place, remedy=remedy)
    return Problem("this is no series of Prometheus", str(path), path=item.place, remedy=remedy)


def series_of(item: Item, file: str) -> Series:
    """A series from plain data.

    Raises:
        InputError: it is not written as Prometheus writes it.
    """
    metric = item.data["metric"]
    if not isinstance(metric, Mapping):
        raise _refused(item, file, "metric", "metric is no mapping of labels")
    labels = {str(key): str(value) for key, value in metric.items()}
    name = labels.pop(NAME, "")
    samples = item.data.get("values")
    if samples is None:
        samples = [item.data["value"]] if "value" in item.data else []
    if not isinstance(samples, list):
        raise _refused(item, file, "values", "values is no list of samples")
    series = Series(name, labels, [], [])
    for number, sample in enumerate(samples):
        _add(series, sample, item, file, number)
    return series


def _add(series: Series, sample: Any, item: Item, file: str, number: int) -> None:
    try:
        time, value = sample
        time_ms, value = round(float(time) * 1000), float(value)
    except (TypeError, ValueError, OverflowError):
        message = f"{shown(sample)} is no sample: a time and a value"
        raise _refused(item, file, f"values[{number}]", message) from None
    if series.times_ms and time_ms <= series.times_ms[-1]:
        raise _refused(item, file, f"values[{number}]", "its time is not after the one before")
    if math.isfinite(value):
        series.times_ms.append(time_ms)
        series.values.append(value)


def _refused(item: Item, file: str, where: str, message: str) -> InputError:
    remedy = "save what /api/v1/query_range answers, as it is"
    return InputError([Problem(message, file, path=f"{item.place}.{where}", remedy=remedy)])
