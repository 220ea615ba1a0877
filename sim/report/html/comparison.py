"""The report of a comparison: settings side by side, what each buys, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sim.report.comparison import BOUND_NOTE, OPTIMUM_NOTE, failure, shown
from sim.report.figures import value
from sim.report.format import at_least, duration, number_of
from sim.report.purchases import purchases
from sim.results.headline import HEADLINES
from sim.scenario.variants import CURRENT, OPTIMUM

from .differences import difference_chart
from .overlaid import overlaid_chart
from .page import Answer, Figures, Page, Section, Sentences, Table, footer

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.study.comparison import Comparison, Row

ANSWERS = {
    "held_mean": ("IP addresses", "held on average"),
    "ec2_calls": ("EC2 requests", "in a run"),
    "pod_ip_wait_p99": ("Pods", "p99 of the wait for an address"),
}


def comparison_page(
    comparison: Comparison,
    records: str | None = None,
    first_runs: Iterable[tuple[str, Result]] = (),
) -> Page:
    """The page of a comparison.

    Args:
        comparison: what is shown.
        records: the folder that its runs were kept in; None if they were not.
        first_runs: names of settings and, with its records, the run of each on the first
            replication; without them nothing is drawn over time.
    """
    one = comparison
    kept = f"runs: {records or 'not kept; --out DIR keeps them, and takes them up again'}"
    return Page(
        kind="Comparison",
        name=one.name,
        asked=_asked(one),
        answers=tuple(_answer(one, metric) for metric in ANSWERS),
        sections=tuple(_sections(one, first_runs)),
        footer=footer(one.seeds[0], one.versions, kept, len(one.seeds) - 1),
    )


def _asked(one: Comparison) -> str:
    after = f" (the first {duration(one.warm_up_s)} not counted)" if one.warm_up_s else ""
    return (
        f"{number_of(len(one.variants), 'variant')} and the current setting on the same pods and "
        f"the same luck, {number_of(len(one.seeds), 'replication')} of {duration(one.duration_s)}"
        f"{after}"
    )


def _answer(one: Comparison, metric: str) -> Answer:
    """The best setting in one figure, and the others behind it."""
    question, what = ANSWERS[metric]
    rows = [setting.row for setting in one.settings]
    best = one.best(metric)
    first = next((row for row in rows if row.name in best), rows[0])
    said = f"{what}: {', '.join(best)}" if best else f"{what} under all settings"
    if not best and len({cell(row, metric) for row in rows}) > 1:
        said = f"{what}: {first.name}; which is best is not known"
    others = tuple(f"{row.name}: {cell(row, metric)}" for row in rows if row.name not in best)
    return Answer(question, cell(first, metric), said, others if best else ())


def cell(row: Row, metric: str) -> str:
    """A figure of a setting, or its lower bound."""
    figure = row.figures[metric]
    return at_least(value(metric, figure.mean if figure else None), metric in row.at_least)


def _sections(one: Comparison, first_runs: Iterable[tuple[str, Result]]) -> Iterator[Section]:
    yield Sentences("What each buys", tuple(purchases(one)))
    if one.expect is not None:
        yield _expected(one)
    if failed := one.failed():
        said = tuple(failure(one, setting, i) for setting, i, _run in failed)
        yield Sentences("Runs that failed, and are left out", said, "warnings")
    yield _side_by_side(one)
    for chart in (overlaid_chart(one, first_runs), difference_chart(one)):
        if chart is not None:
            yield chart


def _expected(one: Comparison) -> Sentences:
    """How the scenario's rules fared, setting by setting."""
    said, marks = [], []
    for setting in one.settings:
        for kept in one.kept(setting.name):
            said.append(
                f"{setting.name}: {kept.metric} {kept.text} held in {kept.held} of "
                f"{number_of(kept.runs, 'run')}"
            )
            marks.append("holds" if kept.held == kept.runs > 0 else "fails")
    return Sentences("Expectations", tuple(said), marks=tuple(marks))


def _side_by_side(one: Comparison) -> Figures:
    metrics = [metric for names in shown(one).values() for metric in names]
    best = {metric: one.best(metric) for metric in metrics}
    rows = [[row.name, *(_signed(one, row, metric, best[metric]) for metric in metrics)]
            for row in one.rows()]  # fmt: skip
    notes = [OPTIMUM_NOTE, "* best of its column"]
    if any("~" in text for row in rows for text in row[1:]):
        notes.append("~ chance could explain the difference from current")
    if any("≥" in text for row in rows for text in row[1:]):
        notes.append(BOUND_NOTE)
    head = ("", *(_title(metric) for metric in metrics))
    return Figures("Side by side", (Table.of(head, rows),), f"Means. {'. '.join(notes)}.")


def _title(metric: str) -> str:
    headline = HEADLINES[metric]
    return f"{headline.title}{f', {headline.unit}' if headline.unit == 'IP h' else ''}"


def _signed(one: Comparison, row: Row, metric: str, best: Sequence[str]) -> str:
    chance = "~" if is_chance(one, row.name, metric) else ""
    return f"{chance}{cell(row, metric)}{'*' if row.name in best else ''}"


def is_chance(one: Comparison, name: str, metric: str) -> bool:
    """Whether a variant differs from the current setting, but no more than chance explains."""
    if name in (CURRENT, OPTIMUM):
        return False
    difference = one.difference(metric, name)
    has_one = difference is not None and not difference.is_zero
    return has_one and not one.differs(metric, name)
