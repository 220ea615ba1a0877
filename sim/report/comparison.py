"""The screen of a comparison: a row a setting, and in words what one buys with the other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.results.headline import HEADLINES
from sim.scenario.variants import OPTIMUM
from sim.study.comparison import Comparison, Kept, Row, Setting

from .expectations import FAILS, HOLDS, encodable
from .figures import value
from .format import at_least, duration, modelled_by, number_of, others_made
from .given_up import given_up
from .palette import BAD, GOOD
from .purchases import purchases
from .tables import INDENT, grid, section
from .terminal import print_screen

TABLES = {
    "IP addresses and EC2 requests": (
        "held_mean",
        "held_peak",
        "waste_ip_hours",
        "subnet_free_min",
        "ec2_calls",
        "throttled_share",
    ),
    "Pods and nodes": (
        "pod_ip_wait_p50",
        "pod_ip_wait_p99",
        "pods_waited",
        "unserved_pods",
        "failed_launches",
    ),
}
"""What is shown of each setting: first what it takes from others, then what its pods feel."""

OF_OTHERS = ("others_requests", "others_throttled_share", "others_given_up")
"""What is shown if there are others in the account."""

SHOULD_BE_NONE = ("unserved_pods", "failed_launches", "throttled_share", *OF_OTHERS[1:])

SHORTEST_FOLD = 8
"""Longer names are folded where the figures need the room."""

BEST, CHANCE = "*", "~"

OPTIMUM_NOTE = "optimum: addresses exactly when and while pods ask for them; unattainable"
BEST_NOTE = f"{BEST} best of its column"
CHANCE_NOTE = f"{CHANCE} chance could explain the difference from current"
ALONE_NOTE = f"{CHANCE} one replication does not tell what chance does"
BOUND_NOTE = "≥ only a lower bound: some waits had not ended when the pod or the run did"


def print_comparison(
    comparison: Comparison, *, records: str | None = None, console: Console | None = None
) -> None:
    """Print the screen of a comparison.

    Args:
        comparison: what is shown.
        records: the folder that its runs were kept in; None if they were not.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    print_screen(screen(comparison, records, console.encoding), console)


def shown(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """The tables by their titles, each a tuple of figures."""
    has_others = any(row.figures[metric] for row in comparison.rows() for metric in OF_OTHERS)
    return {**TABLES, "Others in the account": OF_OTHERS} if has_others else TABLES


def screen(comparison: Comparison, records: str | None, encoding: str = "utf-8") -> RenderableType:
    """Everything there is to say, for lines of 80 characters and more in an encoding."""
    parts = [
        _asked(comparison),
        *(section(title, "", _table(comparison, of)) for title, of in shown(comparison).items()),
        Group(*(Text(note, style="dim") for note in _notes(comparison))),
        _sentences("What each buys", purchases(comparison)),
        *_given_up(comparison),
        *_expected(comparison, encoding),
        *_failed(comparison),
        _footer(comparison, records),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _asked(comparison: Comparison) -> Text:
    """What was compared, and for how long."""
    after = comparison.warm_up_s
    parts = [
        f"{number_of(len(comparison.variants), 'variant')} and the current setting on the same "
        f"pods and the same luck, {number_of(len(comparison.seeds), 'replication')} of "
        f"{duration(comparison.duration_s)}",
        f" (the first {duration(after)} not counted)" if after else "",
    ]
    return Text.assemble((comparison.name, "bold"), ": ", *parts)


def _table(comparison: Comparison, metrics: Sequence[str]) -> Table:
    table = grid(("", *(_title(metric) for metric in metrics)))
    names = table.columns[0]
    names.no_wrap, names.overflow = False, "fold"
    names.min_width = min(max(len(row.name) for row in comparison.rows()), SHORTEST_FOLD)
    best = {metric: comparison.best(metric) for metric in metrics}
    for row in comparison.rows():
        style = "italic" if row.name == OPTIMUM else ""
        cells = (_cell(comparison, row, metric, best[metric]) for metric in metrics)
        table.add_row(Text(row.name, style=style), *cells)
    return table


def _title(metric: str) -> str:
    """The title of a column in two lines, with room for the sign behind its figures."""
    one = HEADLINES[metric]
    words = one.title.rsplit(" ", 1) + ([one.unit] if one.unit == "IP h" else [])
    return "\n".join(f"{word} " for word in ["", *words][-2:])


def _cell(comparison: Comparison, row: Row, metric: str, best: Sequence[str]) -> Text:
    """A figure with its signs: ``~`` before it, ``*`` behind it."""
    is_best, is_chance = row.name in best, _is_chance(comparison, row.name, metric)
    figure = row.figures[metric]
    text = at_least(value(metric, figure.mean if figure else None), metric in row.at_least)
    style = "dim" if is_chance or row.name == OPTIMUM else "bold" if is_best else ""
    if figure and figure.mean and metric in SHOULD_BE_NONE:
        style = f"{style} {BAD}".strip()
    before, behind = CHANCE if is_chance else "", BEST if is_best else " "
    return Text(f"{before}{text}{behind}", style=style)


def _is_chance(comparison: Comparison, name: str, metric: str) -> bool:
    """Whether it differs from the current setting, but no more than chance could explain."""
    if name not in (one.name for one in comparison.variants):
        return False
    difference = comparison.difference(metric, name)
    has_one = difference is not None and not difference.is_zero
    return has_one and not comparison.differs(metric, name)


def _notes(comparison: Comparison) -> Iterator[str]:
    metrics = [metric for names in shown(comparison).values() for metric in names]
    names = [one.name for one in comparison.settings]
    yield OPTIMUM_NOTE
    yield from _shortage(comparison)
    signs = []
    if any(comparison.best(metric) for metric in metrics):
        signs.append(BEST_NOTE)
    if any(_is_chance(comparison, name, metric) for metric in metrics for name in names):
        signs.append(CHANCE_NOTE if len(comparison.seeds) > 1 else ALONE_NOTE)
    if signs:
        yield "; ".join(signs)
    if any(metric in one.row.at_least for metric in metrics for one in comparison.settings):
        yield BOUND_NOTE


def _shortage(comparison: Comparison) -> Iterator[str]:
    """What a negative figure of the optimum means."""
    left = comparison.optimum.figures["subnet_free_min"]
    if left is None or left.mean >= 0:
        return
    worst = min(
        (run.needed for run in comparison.current.runs if run.needed is not None),
        key=lambda one: one.headroom,
    )
    where = f"subnet {worst.subnet}" if worst.subnet else "the tightest subnet"
    yield (
        "least free below 0: at the peak pods ask for up to "
        f"{number_of(-worst.headroom, 'address', 'addresses')} more than {where} has (under the "
        "current setting); recommend tells whether any setting can serve them"
    )


def _sentences(title: str, sentences: Iterable[str], style: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences:
        table.add_row(Text("-", style=style), Text(sentence))
    return Group(Text(title, style="bold"), Padding(table, (0, 0, 0, INDENT)))


def _given_up(comparison: Comparison) -> Iterator[RenderableType]:
    """What variants that change the pods' network cost that no figure shows."""
    said = list(given_up(comparison))
    if said:
        yield _sentences("What one gives up", said)


def _expected(comparison: Comparison, encoding: str) -> Iterator[RenderableType]:
    """Which settings kept each rule of the scenario in all their runs, and which did not."""
    kept = {one.name: comparison.kept(one.name) for one in comparison.settings}
    rules = kept[comparison.current.name]
    if not rules:
        return
    table = grid(("", "", ""), names=3)
    table.show_header, table.columns[2].no_wrap = False, False
    for place, rule in enumerate(rules):
        of_all = {name: of_one[place] for name, of_one in kept.items()}
        good = [name for name, one in of_all.items() if one.held == one.runs > 0]
        bad = [_broken(name, one) for name, one in of_all.items() if name not in good]
        lines = [(HOLDS, good, GOOD), (FAILS, bad, BAD)]
        title = iter((f"{rule.metric} {rule.text}", ""))
        for mark, names, style in (line for line in lines if line[1]):
            cell = Text(encodable(mark, encoding), style=style)
            table.add_row(next(title), cell, ", ".join(names))
    yield section("Expectations", "by the runs in which they held", table)


def _broken(name: str, kept: Kept) -> str:
    return f"{name} ({kept.held} of {kept.runs})"


def _failed(comparison: Comparison) -> Iterator[RenderableType]:
    failed = comparison.failed()
    if failed:
        said = (failure(comparison, one, i) for one, i, _run in failed)
        yield _sentences("Runs that failed, and are left out", said, BAD)


def failure(comparison: Comparison, setting: Setting, replication: int) -> str:
    """What went wrong in a run, and what it was."""
    run, seed = setting.runs[replication], comparison.seeds[replication]
    changed = "".join(f" --set {written}" for written in setting.written())
    return f"{setting.name}: {run.error} (run {run.key[:12]}: --seed {seed}{changed})"


def _footer(comparison: Comparison, records: str | None) -> Text:
    seed, *more = comparison.seeds
    return Text(
        f"seed {seed}{others_made(len(more))}; {modelled_by(comparison.versions)}\n"
        f"runs: {records or 'not kept; --out DIR keeps them, and takes them up again'}"
    )
