"""The screen of a sweep: a row a point, with how well each figure is known."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.results.versions import modelled_versions
from sim.scenario.headlines import HEADLINES
from sim.study.designs import as_text
from sim.study.folder import ALL_RUNS, SUMMARY
from sim.study.sweep import Run, SweepResult, summary_rows
from sim.study.sweep_tables import HIGH

from .figures import value
from .format import NOTHING, at_least, count, duration, modelled_by, number_of, others_made
from .palette import BAD
from .tables import INDENT, grid, section, shortened
from .terminal import print_screen, width_of

SHOWN = {
    "IP addresses and EC2 requests": (
        "held_mean",
        "waste_mean",
        "subnet_free_min",
        "ec2_calls",
        "throttled_share",
    ),
    "Pods and nodes": (
        "pod_ip_wait_p99",
        "pods_waited",
        "unserved_pods",
        "failed_launches",
        "nodes_ready_p99",
    ),
}
"""What is shown of each point: first what it takes from others, then what its pods feel."""

SHOULD_BE_NONE = ("unserved_pods", "failed_launches", "throttled_share")

MOST_ROWS, FIRST_ROWS = 20, 10
"""Of more points than that so many are shown: all are in the table beside."""

MOST_FAILED = 5
LONGEST_WORD = 12
GAP = 2

BEST = "*"
INTERVAL_NOTE = "±: half of the 95 % interval of the mean"
BEST_NOTE = f"{BEST} best of its column"
BOUND_NOTE = "≥ only a lower bound: some waits had not ended when the pod or the run did"

Row = Mapping[str, Any]


def print_sweep(result: SweepResult, *, console: Console | None = None) -> None:
    """Print the screen of a sweep.

    Args:
        result: what is shown.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    print_screen(screen(result, width_of(console)), console)


def screen(result: SweepResult, width: int) -> RenderableType:
    """Everything there is to say, for lines of ``width`` characters."""
    rows = summary_rows(result)
    parts = [
        _asked(result),
        *(
            section(title, "", *_tables(result, rows, names, width))
            for title, names in SHOWN.items()
        ),
        Group(*(Text(note, style="dim") for note in _notes(rows))),
        *_failed(result),
        _footer(result),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _asked(result: SweepResult) -> Text:
    study, scenario = result.study, result.study.scenario
    replications = number_of(study.model.replications, "replication")
    points = number_of(len(study.points), "point")
    said = f": {points} of {scenario.name}, {replications} of {duration(_length_s(result))} each"
    if warm_up := scenario.model.warm_up:
        said += f" (the first {duration(warm_up / 1000)} not counted)"
    if result.taken_up:
        said += f"; {number_of(result.taken_up, 'run')} there before"
    return Text.assemble((study.name, "bold"), said)


def _length_s(result: SweepResult) -> float:
    return result.study.scenario.duration_ms / 1000


class Column(NamedTuple):
    """A column of a table: its head, of one line or more, and its cells."""

    head: str
    cells: list[Text]

    @property
    def width(self) -> int:
        """Characters of its longest line, and the gap behind it."""
        lines = [*self.head.split("\n"), *(cell.plain for cell in self.cells)]
        return max(map(len, lines)) + GAP


def _tables(
    result: SweepResult, rows: Sequence[Row], metrics: Sequence[str], width: int
) -> Iterator[RenderableType]:
    """The figures in as many tables as it takes for the width, each with the points' values."""
    keys = [*(["name"] if any(row["name"] for row in rows) else []), *result.study.keys]
    shown = rows if len(rows) <= MOST_ROWS else rows[:FIRST_ROWS]
    values = [Column(broken(key), [_shown(row[key]) for row in shown]) for key in keys]
    room = width - INDENT - sum(column.width for column in values)
    varying = [one for one in metrics if _exists(rows, one) and not is_constant(rows, one)]
    groups = packed([_figures(rows, shown, metric) for metric in varying], room)
    for number, group in enumerate(groups):
        yield Padding(_table([*values, *group]), (min(number, 1), 0, 0, 0))
    if same := [metric for metric in metrics if is_constant(rows, metric)]:
        said = (f"{HEADLINES[metric].title} {value(metric, rows[0][metric])}" for metric in same)
        yield Text(f"the same in all runs: {', '.join(said)}")
    if (more := len(rows) - len(shown)) > 0:
        yield Text(f"+ {number_of(more, 'more point')}")


def _exists(rows: Sequence[Row], metric: str) -> bool:
    return any(row[metric] is not None for row in rows)


def is_constant(rows: Sequence[Row], metric: str) -> bool:
    """Whether every run has the same value."""
    means = {row[metric] for row in rows}
    ends = {row[metric + HIGH] for row in rows}
    return len(means) == 1 and ends <= {None, *means} and _exists(rows, metric)


def packed(columns: Sequence[Column], room: int) -> list[list[Column]]:
    """The columns in groups that each fit into the room, at least one in each."""
    groups: list[list[Column]] = []
    left = 0
    for column in columns:
        if not groups or column.width > left:
            groups.append([])
            left = room
        groups[-1].append(column)
        left -= column.width
    return groups


def _table(columns: Sequence[Column]) -> Table:
    table = grid((column.head for column in columns), names=0)
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*cells)
    return table


def _figures(rows: Sequence[Row], shown: Sequence[Row], metric: str) -> Column:
    best = best_points(rows, metric)
    cells = [cell(row, metric, is_best=row["point"] in best) for row in shown]
    return Column(HEADLINES[metric].title + " ", cells)


def broken(key: str) -> str:
    """A key as the head of a column: in lines, broken where its words end."""
    lines = [""]
    for word in re.findall(r"[^_.]+[_.]?|[_.]", key):
        if lines[-1] and len(lines[-1]) + len(word) > LONGEST_WORD:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)


def _shown(value: Any) -> Text:
    text = f"{value:g}" if isinstance(value, float) else as_text(value)
    return Text(NOTHING if text is None else shortened(text))


def best_points(rows: Sequence[Row], metric: str) -> list[int]:
    """The points with the best mean, unless all have it; lower bounds are not among them."""
    known = {
        row["point"]: row[metric]
        for row in rows
        if row[metric] is not None and metric not in row["at_least"]
    }
    if len(set(known.values())) < 2:
        return []
    best = (min if HEADLINES[metric].better == "low" else max)(known.values())
    return [point for point, mean in known.items() if mean == best]


def cell(row: Row, metric: str, *, is_best: bool) -> Text:
    """A point's mean of a figure, half of its interval, and its signs."""
    mean, high = row[metric], row[metric + HIGH]
    text = at_least(value(metric, mean), metric in row["at_least"])
    if high is not None and high > mean:
        text += f" ±{value(metric, high - mean)}".replace("< ", "<")
    style = "bold" if is_best else ""
    if mean and metric in SHOULD_BE_NONE:
        style = f"{style} {BAD}".strip()
    return Text(f"{text}{BEST if is_best else ' '}", style=style)


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    metrics = [metric for names in SHOWN.values() for metric in names]
    signs = []
    if any(best_points(rows, metric) for metric in metrics):
        signs.append(BEST_NOTE)
    if any(row[metric + HIGH] is not None for row in rows for metric in metrics):
        signs.append(INTERVAL_NOTE)
    if signs:
        yield "; ".join(signs)
    if any(metric in row["at_least"] for row in rows for metric in metrics):
        yield BOUND_NOTE


def _failed(result: SweepResult) -> Iterator[RenderableType]:
    if not result.failed:
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    for run in result.failed[:MOST_FAILED]:
        table.add_row(Text("-", style=BAD), Text(failure(run)))
    if (more := len(result.failed) - MOST_FAILED) > 0:
        table.add_row("", f"+ {count(more)} more, in {ALL_RUNS}")
    title = Text("Runs that failed, and are left out", style="bold")
    yield Group(title, Padding(table, (0, 0, 0, INDENT)))


def failure(run: Run) -> str:
    """Which run failed, by its inputs and its key, and what it raised."""
    values = " ".join(f"{key}={as_text(one)}" for key, one in run.point.values.items())
    what = f"point {run.point.number} ({values})" if values else f"point {run.point.number}"
    return (
        f"{what}, replication {run.replication}, seed {run.seed}, key {run.outcome.key[:12]}: "
        f"{run.outcome.error}"
    )


def _footer(result: SweepResult) -> Text:
    study = result.study
    others = others_made(study.model.replications - 1)
    return Text(
        f"seed {study.scenario.model.seed}{others}; {modelled_by(modelled_versions())}\n"
        f"tables: {result.folder / ALL_RUNS} and {SUMMARY}"
    )
