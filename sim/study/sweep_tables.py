"""The tables of a sweep: a row a run, and a row a point."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.scenario.headlines import HEADLINES

from .designs import as_text
from .statistics import estimate

if TYPE_CHECKING:
    from .sweep import Run

LOW, HIGH, COUNT = "_low", "_high", "_n"
"""What follows a figure's name in the columns of its interval and of its number of values."""

_TEXTS = pa.list_(pa.string())


def runs_table(keys: Sequence[str], runs: Sequence[Run]) -> pa.Table:
    """A row a run.

    Args:
        keys: those that vary, in order.
        runs: in the order of points, and of replications in them.
    """
    outcomes = [run.outcome for run in runs]
    figures = [outcome.figures for outcome in outcomes]
    columns = _of_points(keys, runs)
    columns["replication"] = pa.array([run.replication for run in runs], pa.int64())
    columns["seed"] = pa.array([run.seed for run in runs], pa.int64())
    columns["key"] = pa.array([outcome.key for outcome in outcomes], pa.string())
    for name in HEADLINES:
        columns[name] = _numbers([one.values[name] if one else None for one in figures])
    columns["at_least"] = pa.array([list(one.at_least) if one else [] for one in figures], _TEXTS)
    columns["error"] = pa.array([outcome.error for outcome in outcomes], pa.string())
    return pa.table(columns)


def summary_table(keys: Sequence[str], runs: Sequence[Run]) -> pa.Table:
    """A row a point, of the same runs."""
    of_points = [list(group) for _, group in itertools.groupby(runs, lambda run: run.point.number)]
    columns = _of_points(keys, [group[0] for group in of_points])
    columns["replications"] = pa.array([len(group) for group in of_points], pa.int64())
    failed = [sum(run.outcome.figures is None for run in group) for group in of_points]
    columns["failed"] = pa.array(failed, pa.int64())
    for name in HEADLINES:
        means, lows, highs, counts = zip(
            *(_estimate(name, group) for group in of_points), strict=True
        )
        columns[name] = _numbers(means)
        columns[name + LOW], columns[name + HIGH] = _numbers(lows), _numbers(highs)
        columns[name + COUNT] = pa.array(counts, pa.int64())
    columns["at_least"] = pa.array([_lower_bounds(group) for group in of_points], _TEXTS)
    return pa.table(columns)


def _of_points(keys: Sequence[str], runs: Sequence[Run]) -> dict[str, pa.Array]:
    points = [run.point for run in runs]
    columns = {
        "point": pa.array([point.number for point in points], pa.int64()),
        "name": pa.array([point.name for point in points], pa.string()),
    }
    for key in keys:
        columns[key] = _values([point.values.get(key) for point in points])
    return columns


def _values(values: Sequence[Any]) -> pa.Array:
    """What a key was set to: numbers, booleans or texts, or of anything else its JSON.

    Where a point of a list leaves a key as it is in the scenario, there is no value.
    """
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} and all(abs(value or 0) < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return _numbers(values)
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([as_text(value) for value in values], pa.string())


def _numbers(values: Sequence[float | None]) -> pa.Array:
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _estimate(
    name: str, group: Sequence[Run]
) -> tuple[float | None, float | None, float | None, int]:
    """Mean, both ends of its interval if there is one, and the number of values."""
    values = list(_existing(name, group))
    if not values:
        return None, None, None, 0
    mean, low, high, n = estimate(values)
    if math.isinf(low):
        return mean, None, None, n
    return mean, low, high, n


def _existing(name: str, group: Sequence[Run]) -> Iterator[float]:
    for run in group:
        value = run.outcome.figures and run.outcome.figures.values[name]
        if value is not None:
            yield value


def _lower_bounds(group: Sequence[Run]) -> list[str]:
    """The figures of which at least one run has only a lower bound."""
    found = {name for run in group if run.outcome.figures for name in run.outcome.figures.at_least}
    return [name for name in HEADLINES if name in found]


def parquet(table: pa.Table) -> bytes:
    """The table as the content of a Parquet file: equal tables give equal bytes."""
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    return content.getvalue()
