"""The screen of a recommendation: the choice first, then how far it can be trusted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.results.headline import HEADLINES
from sim.scenario.variants import CURRENT
from sim.study.comparison import Row
from sim.study.limits import Nearness
from sim.study.recommendation import Recommendation
from sim.study.statistics import Estimate

from .alternatives import closest, front, in_the_way
from .asked import settings
from .assumed_churn import assumed_churn, assumed_sentence
from .expectations import FAILS, HOLDS, encodable
from .figures import value
from .format import NOTHING, at_least, count, duration, modelled_by, number_of, others_made, percent
from .no_choice import why, without_a_choice
from .palette import BAD, GOOD
from .robustness import breaking, inputs, to_paste
from .tables import grid, section
from .terminal import print_screen

COMPARED = (
    "waste_mean",
    "held_mean",
    "held_peak",
    "subnet_free_min",
    "ec2_calls",
    "throttled_share",
    "pod_ip_wait_mean",
    "pod_ip_wait_p99",
    "pods_waited",
    "unserved_pods",
)
"""What is shown of the choice beside the current setting."""

CHANCE = "~"
CHANCE_NOTE = f"± half of the 95 % interval; {CHANCE} chance could explain the difference"
OBJECTIVES = {
    "waste": "the fewest wasted addresses",
    "calls": "the fewest EC2 calls",
    "wait": "the shortest wait for an address",
}


def print_recommendation(
    answer: Recommendation, *, records: str | None = None, console: Console | None = None
) -> None:
    """Print the screen of a recommendation.

    Args:
        answer: what is shown.
        records: the folder that its runs were kept in; None if they were not.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    print_screen(screen(answer, records, console.encoding), console)


def screen(answer: Recommendation, records: str | None, encoding: str = "utf-8") -> RenderableType:
    """Everything there is to say, for lines of 80 characters and more in an encoding."""
    parts = [
        _asked(answer),
        *(_chosen(answer, encoding) if answer.choice else _none(answer, encoding, records)),
        *assumed_churn(answer, encoding),
        *_failed(answer),
        footer(answer, records),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _chosen(answer: Recommendation, encoding: str) -> list[RenderableType]:
    return [
        _choice(answer),
        _limits(answer, encoding),
        breaking(answer),
        front(answer, encoding),
        *to_paste(answer),
        inputs(answer),
    ]


def _none(answer: Recommendation, encoding: str, records: str | None) -> list[RenderableType]:
    tried, all_there_are = answer.effort.tried, answer.effort.candidates
    said = f"none: of {count(all_there_are)} settings, {count(tried)} tried, none keeps the limits"
    return [
        section("Choice", Text(said, style=BAD)),
        *why(answer),
        in_the_way(answer, encoding),
        closest(answer, encoding),
        *without_a_choice(answer, encoding, records),
    ]


def _asked(answer: Recommendation) -> Text:
    one = answer.comparison
    after = f" (the first {duration(one.warm_up_s)} not counted)" if one.warm_up_s else ""
    return Text.assemble(
        (one.name, "bold"),
        f": the settings with {OBJECTIVES[answer.objective]} that keep the limits, by runs of "
        f"{duration(one.duration_s)}{after}. Now: {settings(answer.current)}"
        f"{assumed_sentence(answer)}",
    )


def _choice(answer: Recommendation) -> Group:
    assert answer.choice is not None
    if answer.choice == CURRENT:
        said = "the current settings: nothing is to be changed"
        return section("Choice", Text(said, style="bold"), _figures(answer))
    return section("Choice", Text(answer.choice, style="bold"), _figures(answer))


def _figures(answer: Recommendation) -> Group:
    """The choice's figures beside the current setting's."""
    comparison, choice = answer.comparison, answer.choice
    is_new = choice != CURRENT
    table = grid(("", "current", *(("choice", "difference") if is_new else ())))
    for metric in COMPARED:
        cells = [_mean(comparison.current.row, metric)]
        if choice is not None and is_new:
            cells += [
                _mean(comparison.setting(choice).row, metric),
                _difference(comparison.difference(metric, choice), metric),
            ]
        table.add_row(f"{HEADLINES[metric].title}{_unit(metric)}", *cells)
    for column in table.columns[1:]:  # long waits take two lines
        column.no_wrap = False
    return Group(table, Text(CHANCE_NOTE, style="dim"))


def _unit(metric: str) -> str:
    unit = HEADLINES[metric].unit
    return f" ({unit})" if unit == "IPs" else ""


def _mean(row: Row, metric: str) -> str:
    figure = row.figures[metric]
    if figure is None:
        return NOTHING
    text = at_least(value(metric, figure.mean), metric in row.at_least)
    return f"{text}{_half(figure, metric)}"


def _half(figure: Estimate, metric: str) -> str:
    if not figure.is_known:
        return " ± ?"
    return f" ± {value(metric, half)}" if (half := figure.high - figure.mean) else ""


def _difference(figure: Estimate | None, metric: str) -> str:
    if figure is None:
        return NOTHING
    if figure.mean == figure.low == figure.high == 0:
        return "0"
    sign = "-" if figure.mean < 0 else "+"
    before = f"{CHANCE} " if figure.could_be_zero else ""
    return f"{before}{sign}{value(metric, abs(figure.mean))}{_half(figure, metric)}"


def _limits(answer: Recommendation, encoding: str) -> Group:
    """Each limit with the worst value of all runs of the choice, and how much is left of it."""
    n = len(answer.comparison.seeds)
    said = (
        f"all kept in {number_of(n, 'run')} and in {n} more that took no part in the choice: "
        f"fewer than {percent(answer.most_failing)} of such runs fail one, at 95 % confidence"
    )
    table = grid(("", "limit", "", "worst run", "left", ""), names=3)
    table.columns[-1].justify = "left"
    for one in answer.nearness():
        table.add_row(Text(encodable(HOLDS, encoding), style=GOOD), *_limit(one))
    return section("Limits", said, table, *_now(answer, encoding))


def _limit(one: Nearness) -> tuple[str, ...]:
    worst = at_least(value(one.rule.metric, one.worst), one.at_least)
    left = NOTHING if one.headroom is None else percent(one.headroom)
    return one.rule.metric, one.rule.text, worst, left, "(assumed)" if one.assumed else ""


def _now(answer: Recommendation, encoding: str) -> Iterator[RenderableType]:
    """Which limits the current settings fail."""
    failing = answer.failing(CURRENT)
    if failing and answer.choice != CURRENT:
        mark = encodable(FAILS, encoding)
        yield Text(f"{mark} the current settings fail {', '.join(failing)}", style=BAD)


def _failed(answer: Recommendation) -> Iterator[RenderableType]:
    if answer.effort.failed:
        yield section("Runs that failed", "", _sentences(answer.effort.failed, BAD))


def _sentences(sentences: Iterable[str], style: str = "") -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences:
        table.add_row(Text("-", style=style), Text(sentence))
    return table


def footer(answer: Recommendation, records: str | None) -> Text:
    """What it takes to get the same answer again, what it took, and where its runs are."""
    seeds, effort = answer.comparison.seeds, answer.effort
    share = percent(effort.search / (effort.candidates * len(seeds)))
    around = "what surrounds the choice" if answer.choice else "the closest and what helps"
    return Text(
        f"seed {seeds[0]}{others_made(len(seeds) - 1)}; "
        f"{modelled_by(answer.comparison.versions)}\n"
        f"{number_of(effort.search, 'run')} to choose ({share} of all settings' runs), "
        f"{count(effort.runs - effort.search)} for {around}; "
        f"{f'kept in {records}' if records else 'not kept: --out DIR keeps them'}"
    )
