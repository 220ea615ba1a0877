"""A sweep: every point of a study, run as often as it says, and the tables of what came out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .executors import Executor, Progress, run_jobs
from .folder import ALL_RUNS, SUMMARY, check_folder, write_in, write_study
from .jobs import Job, Outcome
from .replications import replication_seeds
from .store import Store
from .study import Study

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .designs import Point


class Run(NamedTuple):
    """One run of a sweep.

    Attributes:
        point: what it sets.
        replication: its number at the point, from 1.
        seed: its seed.
        outcome: what came out, or what it raised.
    """

    point: Point
    replication: int
    seed: int
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What came out of a sweep.

    Attributes:
        study: what was swept.
        folder: where its runs and tables are.
        runs: a row a run: the point and its values, replication, seed, key, every headline
            figure, the names of those that are only lower bounds, and the error if it raised.
        summary: a row a point: of every headline figure the mean over its replications, both ends
            of its 95 % interval and how many values it is of.
        failed: the runs that raised.
        taken_up: how many different runs were there before.
    """

    study: Study
    folder: Path
    runs: pa.Table
    summary: pa.Table
    failed: tuple[Run, ...]
    taken_up: int

    def to_pandas(self) -> pd.DataFrame:
        """The summary, a row a point."""
        frame: pd.DataFrame = self.summary.to_pandas()
        return frame


def sweep(
    study: Study | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    where: Executor | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    """Runs all of a study that is not in the folder yet, and writes its tables there.

    The tables are the same bytes wherever the runs ran, and in whichever order they ended. A run
    that raises does not keep the others from running; it is run again by the next sweep.

    Args:
        study: a study, or its file.
        folder: of this study alone; made if it is not there.
        where: where to run; in this process if not given.
        progress: called at first, and with each run that ends, as by `run_jobs`.

    Raises:
        InputError: the study is wrong, the folder is another study's or cannot be written, or the
            place where the runs run is gone.
    """
    study = study if isinstance(study, Study) else Study.load(Path(study))
    folder = Path(folder)
    check_folder(folder, study)
    write_study(folder, study)
    plan = list(_plan(study))
    at_first = _AtFirst(progress)
    outcomes = run_jobs([job for *_, job in plan], where, Store(folder), at_first)
    runs = [Run(point, number, seed, outcomes[job.key]) for point, number, seed, job in plan]
    return _kept(study, folder, runs, at_first.taken_up)


def _plan(study: Study) -> Iterator[tuple[Point, int, int, Job]]:
    """(point, replication, seed, job) of every run, in order."""
    seeds = replication_seeds(study.scenario.model.seed, study.model.replications)
    for point, scenario in zip(study.points, study.scenarios, strict=True):
        for number, seed in enumerate(seeds, 1):
            yield point, number, seed, Job.of(scenario, seed)


class _AtFirst:
    """Passes progress on, and keeps how many runs were there before."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.taken_up = 0

    def __call__(self, done: int, total: int, taken_up: int) -> None:
        self.taken_up = taken_up
        if self._progress is not None:
            self._progress(done, total, taken_up)


def _kept(study: Study, folder: Path, runs: list[Run], taken_up: int) -> SweepResult:
    from .sweep_tables import parquet, runs_table, summary_table

    all_runs, summary = runs_table(study.keys, runs), summary_table(study.keys, runs)
    write_in(folder, ALL_RUNS, parquet(all_runs))
    write_in(folder, SUMMARY, parquet(summary))
    failed = tuple(run for run in runs if run.outcome.figures is None)
    return SweepResult(study, folder, all_runs, summary, failed, taken_up)


def summary_rows(result: SweepResult) -> list[dict[str, Any]]:
    """The summary as plain data, a mapping of columns to values a point."""
    rows: list[dict[str, Any]] = result.summary.to_pylist()
    return rows
