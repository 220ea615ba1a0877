"""The report of a sweep: the best points, the Pareto front, and every point in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.report.figures import value
from sim.report.format import NOTHING, at_least, duration, number_of
from sim.report.sweep import SHOWN as TABLES
from sim.report.sweep import best_points, failure
from sim.results.headline import HEADLINES
from sim.results.versions import modelled_versions
from sim.study.designs import as_text
from sim.study.folder import ALL_RUNS, SUMMARY
from sim.study.sweep import summary_rows
from sim.study.sweep_tables import HIGH

from .page import Answer, Figures, Page, Section, Sentences, Table, footer
from .points import RESPECTS, SHOWN, Point, front_chart, front_of

if TYPE_CHECKING:
    from sim.study.sweep import SweepResult

ANSWERS = {
    "waste_mean": ("IP addresses", "wasted on average, the fewest"),
    "ec2_calls": ("EC2 requests", "a run, the fewest"),
    "pod_ip_wait_p99": ("Pods", "p99 of the wait for an address, the shortest"),
}
MOST_NAMED = 3

Row = Mapping[str, Any]


def sweep_page(result: SweepResult) -> Page:
    """The page of a sweep."""
    study, rows = result.study, summary_rows(result)
    names = [point_name(row, study.keys) for row in rows]
    seed, replications = study.scenario.model.seed, study.model.replications
    return Page(
        kind="Sweep",
        name=study.name,
        asked=_asked(result),
        answers=tuple(_answer(rows, names, metric) for metric in ANSWERS),
        sections=tuple(_sections(result, rows, names)),
        footer=footer(
            seed,
            modelled_versions(),
            f"tables: {result.folder / ALL_RUNS} and {SUMMARY}",
            replications - 1,
        ),
    )


def point_name(row: Row, keys: Sequence[str]) -> str:
    """What a point is called, or what it sets."""
    values = " ".join(f"{key}={as_text(row[key])}" for key in keys if row[key] is not None)
    return f"{row['name']}: {values}" if row["name"] else values or f"point {row['point']}"


def _asked(result: SweepResult) -> str:
    study = result.study
    replications = number_of(study.model.replications, "replication")
    warm_up = study.scenario.model.warm_up
    after = f" (the first {duration(warm_up / 1000)} not counted)" if warm_up else ""
    return (
        f"{number_of(len(study.points), 'point')} of {study.scenario.name}, {replications} of "
        f"{duration(study.scenario.duration_ms / 1000)} each{after}"
    )


def _answer(rows: Sequence[Row], names: Sequence[str], metric: str) -> Answer:
    """The best of all points in a figure, and which have it."""
    question, what = ANSWERS[metric]
    known = [row[metric] for row in rows if row[metric] is not None]
    certain = [row[metric] for row in rows if metric not in row["at_least"]]
    if not known or min(known) not in certain:
        return Answer(question, NOTHING, f"{what}: not known")
    figure = value(metric, min(known))
    named = [name for row, name in zip(rows, names, strict=True) if row[metric] == min(known)]
    if len(named) == len(rows):
        return Answer(question, figure, f"{what.rpartition(', ')[0]} at all points")
    more = [f"and {number_of(n, 'more point')}"] if (n := len(named) - MOST_NAMED) > 0 else []
    return Answer(question, figure, what, (*named[:MOST_NAMED], *more))


def _sections(result: SweepResult, rows: Sequence[Row], names: Sequence[str]) -> Iterator[Section]:
    points = [
        Point(name, {metric: row[metric] for metric in SHOWN}, tuple(row["at_least"]))
        for row, name in zip(rows, names, strict=True)
    ]
    if result.failed:
        said = tuple(failure(run) for run in result.failed)
        yield Sentences("Runs that failed, and are left out", said, "warnings")
    front = front_of(points)
    if front:
        least, most = (points[front[end]].said(RESPECTS[0]) for end in (0, -1))
        verb = "is" if len(front) == 1 else "are"
        title = f"{len(front)} of {number_of(len(points), 'point')} {verb} on the Pareto front"
        title += f", wasting {least} to {most} addresses" if least != most else ""
        yield front_chart(points, front, title, "point of the study")
    for heading, metrics in TABLES.items():
        yield Figures(heading, (_table(rows, names, metrics),), "±: half of the 95 % interval")


def _table(rows: Sequence[Row], names: Sequence[str], metrics: Sequence[str]) -> Table:
    best = {metric: best_points(rows, metric) for metric in metrics}
    cells = (
        (name, *(_cell(row, metric, row["point"] in best[metric]) for metric in metrics))
        for row, name in zip(rows, names, strict=True)
    )
    head = ("point", *(HEADLINES[metric].title for metric in metrics))
    return Table.of(head, cells, caption="Means over replications; * best of its column")


def _cell(row: Row, metric: str, is_best: bool) -> str:
    mean, high = row[metric], row[metric + HIGH]
    if mean is None:
        return NOTHING
    half = f" ±{value(metric, high - mean)}" if high is not None and high > mean else ""
    text = at_least(value(metric, mean), metric in row["at_least"])
    return f"{text}{half}{'*' if is_best else ''}"
