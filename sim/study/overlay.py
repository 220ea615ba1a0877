"""A run's series over measured ones: how far the model is from a real cluster.

Both are treated alike: put on the measured grid of times, summed over nodes, counters turned into
rates by the increases of each node. Of the latency's sums and numbers the mean of a call is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.importing.churn.prometheus import Series, read_series
from sim.results.exported import exported
from sim.results.result import Result
from sim.results.versions import modelled_versions
from sim.scenario.errors import InputError, Problem

from .overlay_series import Errors, Floats, Ints, errors, held, increases, on_grid, total

IPAMD = "awscni_"
LATENCY = "awscni_aws_api_latency_ms"
_SUM, _COUNT = f"{LATENCY}_sum", f"{LATENCY}_count"
_KEPT = {
    "awscni_ec2api_req_count": "fn",
    "awscni_ec2api_error_count": "fn",
    "awscni_aws_api_error_count": "api",
    _SUM: "api",
    _COUNT: "api",
}
"""Labels that stay apart; over all others the series are summed."""

_MINUTE_MS = 60_000
_FRESH = 1.5
"""Steps for which a sample stands if they are not at the same times; without a newer one there is
a gap."""

Key = tuple[str, str]
"""Metric, and the value of the label that stays apart, or nothing."""


class Line(NamedTuple):
    """One quantity, measured and simulated.

    Attributes:
        metric: its name.
        of: the value of the label that stays apart, such as AssignPrivateIpAddresses; or empty.
        unit: empty, per minute, or ms.
        times_ms: on the run's clock; shape (times,).
        measured, simulated: shape (times,).
        errors: how far they are from each other.
    """

    metric: str
    of: str
    unit: str
    times_ms: Ints
    measured: Floats
    simulated: Floats
    errors: Errors

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing of it on either side."""
        return not (self.measured.any() or self.simulated.any())

    @property
    def name(self) -> str:
        """Metric and label."""
        return f"{self.metric} {self.of}".strip()


@dataclass(frozen=True)
class Overlay:
    """What was compared.

    Attributes:
        result: the run.
        lines: every quantity that both have.
        at_ms: the measured time that is the run's time 0, in milliseconds since 1970.
        at_from: how that is known.
        step_ms: between measured samples.
        span_ms: (first, last) time compared, on the run's clock.
        gaps: times that were left out since nothing was measured.
        held: samples of single nodes that were missing and taken from the one before.
        only_measured, only_simulated: metrics that the other does not have.
        versions: of what simulated.
    """

    result: Result
    lines: tuple[Line, ...]
    at_ms: int
    at_from: str
    step_ms: int
    span_ms: tuple[int, int]
    gaps: int
    held: int
    only_measured: tuple[str, ...]
    only_simulated: tuple[str, ...]
    versions: dict[str, str] = field(default_factory=modelled_versions)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data, without the series."""
        return {
            "run": self.result.scenario.name,
            "seed": self.result.scenario.model.seed,
            "versions": self.versions,
            "at": datetime.fromtimestamp(self.at_ms / 1000, UTC).isoformat(),
            "at_from": self.at_from,
            "step_s": self.step_ms / 1000,
            "from_s": self.span_ms[0] / 1000,
            "to_s": self.span_ms[1] / 1000,
            "gaps": self.gaps,
            "held_samples": self.held,
            "only_measured": list(self.only_measured),
            "only_simulated": list(self.only_simulated),
            "metrics": [self.row(one) for one in self.lines],
        }

    def row(self, line: Line) -> dict[str, Any]:
        """One quantity as plain data; the lag in seconds."""
        found = line.errors
        lag = None if found.lag is None else found.lag * self.step_ms / 1000
        names = {"metric": line.metric, "of": line.of, "unit": line.unit}
        return {
            **names,
            "samples": found.samples,
            "measured_mean": found.measured,
            "simulated_mean": found.simulated,
            "mean_error": found.bias,
            "mean_absolute_error": found.absolute,
            "relative_error": found.relative,
            "lag_s": lag,
        }


def overlay(
    result: Result,
    files: Sequence[Path],
    *,
    at_ms: int | None = None,
    offset_ms: int = 0,
    unnamed: str = "",
) -> Overlay:
    """Lays a run over measured series.

    Args:
        result: the run.
        files: answers of Prometheus.
        at_ms: the measured time that is the run's time 0, in milliseconds since 1970; if not given
            the begin of the history that the run replays, or else the first sample.
        offset_ms: what is added to that.
        unnamed: the metric of series without a name, such as those of a query ``sum(...)``.

    Raises:
        InputError: a file cannot be read, it has no series of ipamd, or none of the run's time.
    """
    measured = _measured(files, unnamed)
    first = min(series.times_ms[0] for every in measured.values() for series in every)
    at, at_from = _begin(result, at_ms, first)
    at += offset_ms
    grid = _grid(measured, at, result.end_ms, files)
    simulated = _simulated(result, grid.times - at)
    tables = {key: grid.table(series) for key, series in measured.items()}
    lines = tuple(_lines(tables, simulated, grid.times - at))
    if not lines:
        raise _nothing(files, "no metric is both measured and simulated")
    names = {metric for metric, _ in measured}, {metric for metric, _ in simulated}
    return Overlay(
        result,
        lines,
        at,
        at_from,
        grid.step,
        (int(grid.times[0] - at), int(grid.times[-1] - at)),
        sum(table.gaps for table in tables.values()),
        sum(table.held for table in tables.values()),
        tuple(sorted(names[0] - names[1])),
        tuple(sorted(names[1] - names[0])),
    )


def _measured(files: Sequence[Path], unnamed: str) -> dict[Key, list[Series]]:
    found: dict[Key, list[Series]] = {}
    others: set[str] = set()
    for path in files:
        for series in read_series(path):
            name = series.name or unnamed
            if not name.startswith(IPAMD):
                others.add(name or "a query without a metric's name")
            elif series.times_ms:
                key = name, series.labels.get(_KEPT.get(name, ""), "")
                found.setdefault(key, []).append(series)
    if not found:
        held = ", ".join(sorted(others)[:5]) or "nothing"
        raise _nothing(files, f"there is no series of ipamd (awscni_...), but {held}")
    return found


def _nothing(files: Sequence[Path], message: str) -> InputError:
    said = ", ".join(map(str, files))
    remedy = "query awscni_total_ip_addresses and others with /api/v1/query_range"
    return InputError([Problem(message, said, remedy=remedy)])


def _begin(result: Result, at_ms: int | None, first: int) -> tuple[int, str]:
    if at_ms is not None:
        return at_ms, "given"
    origin = result.scenario.model.origin
    start = origin.history_start_ms if origin is not None else None
    if start is not None:
        return start, "the begin of the history that the run replays"
    return first, "the first measured sample (a guess: give --at)"


class _Table(NamedTuple):
    """The nodes' samples of one quantity on the grid, and the times at which there are any."""

    rows: list[Floats]
    is_there: npt.NDArray[np.bool_]
    gaps: int
    held: int


class _Grid(NamedTuple):
    """The measured times that lie in the run."""

    times: Ints
    step: int
    hold: int

    def table(self, series: Iterable[Series]) -> _Table:
        """Samples on the grid, gaps of single nodes filled, those of all left out."""
        rows = [self._row(one) for one in series]
        is_there = np.logical_not(np.all(np.isnan(np.array(rows)), axis=0))
        known = np.flatnonzero(is_there)
        inside = slice(known[0], known[-1] + 1) if len(known) else slice(0)
        filled = [held(row) for row in rows]
        gaps = int((~is_there[inside]).sum())
        missing = sum(
            int((np.isnan(a) & ~np.isnan(b)).sum()) for a, b in zip(rows, filled, strict=True)
        )
        return _Table(filled, is_there, gaps, missing - gaps * len(rows) if missing else 0)

    def _row(self, one: Series) -> Floats:
        times = np.array(one.times_ms, np.int64)
        return on_grid(times, np.array(one.values), self.times, self.hold)


def _grid(measured: dict[Key, list[Series]], at: int, end_ms: int, files: Sequence[Path]) -> _Grid:
    every = [np.array(one.times_ms, np.int64) for series in measured.values() for one in series]
    steps = np.concatenate([np.diff(times) for times in every])
    if not len(steps):
        raise _nothing(files, "every series has one sample")
    step = int(np.median(steps))
    first, last = min(int(one[0]) for one in every), max(int(one[-1]) for one in every)
    behind = max(at - first, 0)
    times = np.arange(first + -(-behind // step) * step, min(last, at + end_ms) + 1, step)
    if len(times) < 2:
        raise InputError([_apart(first, last, at, end_ms, files)])
    is_even = all(not ((one - first) % step).any() for one in every)
    return _Grid(times, step, step - 1 if is_even else round(_FRESH * step))


def _apart(first: int, last: int, at: int, end_ms: int, files: Sequence[Path]) -> Problem:
    spans = [
        " to ".join(datetime.fromtimestamp(one // 1000, UTC).isoformat() for one in span)
        for span in ((first, last), (at, at + end_ms))
    ]
    message = f"measured is {spans[0]}, and the run is laid at {spans[1]}"
    remedy = "say with --at when the run began"
    return Problem(message, ", ".join(map(str, files)), remedy=remedy)


class _Simulated(NamedTuple):
    rows: list[Floats]
    is_gauge: bool


def _simulated(result: Result, times: Ints) -> dict[Key, _Simulated]:
    found: dict[Key, _Simulated] = {}
    for one in exported(result):
        if not one.name.startswith(IPAMD):
            continue
        key = one.name, one.labels.get(_KEPT.get(one.name, ""), "")
        is_there = (times >= one.begin_ms) & (times < max(one.end_ms, one.begin_ms + 1))
        row = np.where(is_there, one.at(times).astype(float), np.nan)
        found.setdefault(key, _Simulated([], one.is_gauge)).rows.append(row)
    return found


def _lines(
    tables: dict[Key, _Table], simulated: dict[Key, _Simulated], times: Ints
) -> Iterator[Line]:
    for (metric, of), table in sorted(tables.items()):
        if metric == _COUNT or (metric, of) not in simulated:
            continue
        one = simulated[metric, of]
        if metric == _SUM:
            counts = tables.get((_COUNT, of)), simulated.get((_COUNT, of))
            line = _latency(of, (table, one), counts, times)
        else:
            line = _line((metric, of), table, one, times)
        if line is not None:
            yield line


def _line(key: Key, table: _Table, one: _Simulated, times: Ints) -> Line | None:
    at = times[table.is_there]
    sides = [[row[table.is_there] for row in rows] for rows in (table.rows, one.rows)]
    if one.is_gauge:
        measured, modelled = (total(rows) for rows in sides)
        unit = ""
    else:
        minutes = np.diff(at) / _MINUTE_MS
        measured, modelled = (increases(rows) / minutes for rows in sides)
        at, unit = at[1:], "/min"
    found = errors(measured, modelled, with_lag=one.is_gauge)
    return None if found is None else Line(*key, unit, at, measured, modelled, found)


def _latency(
    of: str,
    sums: tuple[_Table, _Simulated],
    counts: tuple[_Table | None, _Simulated | None],
    times: Ints,
) -> Line | None:
    """The mean latency of a call: of each interval, and for the means of all calls."""
    if counts[0] is None or counts[1] is None:
        return None
    there = sums[0].is_there
    means, overall = [], []
    sides = ((sums[0].rows, counts[0].rows), (sums[1].rows, counts[1].rows))
    for side in sides:
        a, b = (increases([row[there] for row in rows]) for rows in side)
        with np.errstate(divide="ignore", invalid="ignore"):
            means.append(np.where(b > 0, a / b, np.nan))
        overall.append(a.sum() / b.sum() if b.sum() else np.nan)
    found = errors(means[0], means[1], with_lag=False)
    if found is None or np.isnan(overall).any():
        return None
    bias = overall[1] - overall[0]
    found = found._replace(measured=overall[0], simulated=overall[1], bias=bias)
    found = found._replace(relative=found.absolute / overall[0] if overall[0] else None)
    return Line(LATENCY, of, "ms", times[there][1:], means[0], means[1], found)
