"""What else there is to choose: the front; and where nothing can be chosen, what is in the way."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from sim.results.headline import HEADLINES
from sim.scenario.variants import CURRENT
from sim.study.comparison import Row
from sim.study.money import Money
from sim.study.recommendation import Recommendation

from .expectations import FAILS, HOLDS, encodable
from .figures import value
from .format import at_least, count, number_of
from .palette import BAD, GOOD
from .tables import grid, section

SHOWN = ("waste_mean", "pod_ip_wait_mean", "pod_ip_wait_p99", "ec2_calls")
MOST_COLUMNS = 6
CHOSEN = "*"
SHORT = (("ENABLE_PREFIX_DELEGATION=true", "prefixes:"), ("_TARGET", ""))
"""How settings are written where they stand in a narrow column."""

FRONT_NOTE = (
    "those on the front keep the limits, and none is better in waste, mean wait and EC2 calls "
    f"together; {CHOSEN} the choice; names without _TARGET"
)


def front(answer: Recommendation, encoding: str) -> Group:
    """The choice, the current settings and the front, by rising waste."""
    names = dict.fromkeys([*answer.front, answer.choice or CURRENT, CURRENT])
    rows = sorted((answer.comparison.setting(name).row for name in names), key=_waste)
    money = answer.money
    has_price = money is not None and money.address is not None
    prices = [f"{money.currency}\na month"] if money and has_price else []
    table = grid(("", "setting", *map(_title, SHOWN), *prices), names=2)
    for row in rows:
        mark = CHOSEN if row.name == answer.choice else ""
        if answer.failing(row.name):
            mark = encodable(FAILS, encoding)
        cost = [_cost(money, row)] if money and has_price else []
        table.add_row(mark, short(row.name), *(_cell(row, metric) for metric in SHOWN), *cost)
    said = f"{number_of(len(answer.front), 'setting')} on the Pareto front"
    return section("Alternatives", said, table, Text(FRONT_NOTE, style="dim"), *_money(answer))


def _waste(row: Row) -> float:
    figure = row.figures["waste_mean"]
    return figure.mean if figure else 0.0


def short(name: str) -> str:
    """A setting's name for a narrow column."""
    for written, shorter in SHORT:
        name = name.replace(written, shorter)
    return name


def _title(metric: str) -> str:
    return HEADLINES[metric].title.replace(" ", "\n", 1)


def _cell(row: Row, metric: str) -> str:
    figure = row.figures[metric]
    return at_least(value(metric, figure.mean if figure else None), metric in row.at_least)


def _cost(money: Money, row: Row) -> str:
    held = row.figures["held_mean"]
    return f"{money.of_addresses(held.mean) or 0:,.2f}" if held else ""


def amount(money: Money, number: float | None) -> str:
    """An amount of money."""
    return f"{number or 0:,.2f} {money.currency}"


def _money(answer: Recommendation) -> Iterator[Text]:
    """What prices say beyond the column of costs."""
    money = answer.money
    if money is None:
        return
    if money.address is not None:
        yield Text(f"a month: held addresses x {amount(money, money.address)}")
    if (many := money.addresses_for_a_nat_gateway) is not None:
        each = amount(money, money.nat_gateway)
        yield Text(f"a NAT gateway ({each} a month) costs as much as {count(many)} addresses")
    if money.nodes is not None:
        yield Text(f"the nodes cost {amount(money, money.nodes)} a month, whatever the settings")


def in_the_way(answer: Recommendation, encoding: str) -> Group:
    """How many settings keep each limit, and what any of them has at best."""
    tried = answer.effort.tried
    table = grid(("", "limit", "", "kept by", "best", "alone in the way of", ""), names=3)
    table.columns[-1].justify = "left"
    for one in answer.obstacles:
        mark, style = (HOLDS, GOOD) if one.kept_by else (FAILS, BAD)
        table.add_row(
            Text(encodable(mark, encoding), style=style),
            one.rule.metric,
            one.rule.text,
            f"{count(one.kept_by)} of {count(tried)}",
            value(one.rule.metric, one.best),
            count(one.in_the_way_of),
            "(assumed)" if one.assumed else "",
        )
    return section("In the way", "", table, *(Text(said) for said in _said(answer)))


def _said(answer: Recommendation) -> Iterator[str]:
    """In words what stands in the way of every setting, or of those that come closest."""
    impossible = [one for one in answer.obstacles if not one.kept_by]
    for one in impossible:
        best = value(one.rule.metric, one.best)
        yield f"None that was tried keeps {one.rule.metric} {one.rule.text}; the best has {best}."
        if one.rule.metric == "unserved_pods":
            yield (
                "Pods stay without an address under every setting: more or larger nodes or "
                f"subnets are needed, or allow_unserved: {one.best or 0:.0f} in expect."
            )
    if not impossible and answer.obstacles:
        most = max(answer.obstacles, key=lambda one: one.in_the_way_of)
        if most.in_the_way_of:
            yield (
                f"Each limit is kept by some. Without {most.rule.metric} {most.rule.text} "
                f"{number_of(most.in_the_way_of, 'setting')} would do."
            )
        else:
            yield "Each limit is kept by some, but no setting keeps all but one of them."


def closest(answer: Recommendation, encoding: str) -> RenderableType:
    """The settings that overstep the limits least, and where."""
    failing = {name: answer.oversteps(name) for name in answer.closest}
    metrics = dict.fromkeys(("waste_mean", "ec2_calls"))
    metrics |= dict.fromkeys(m for m in HEADLINES if any(m in ones for ones in failing.values()))
    shown = list(metrics)[:MOST_COLUMNS]
    table = grid(("setting", *map(_title, shown)))
    for name, ones in failing.items():
        row = answer.comparison.setting(name).row
        mark = encodable(FAILS, encoding)
        cells = (
            Text(f"{mark} {_cell(row, m)}", style=BAD) if m in ones else Text(_cell(row, m))
            for m in shown
        )
        table.add_row(short(name), *cells)
    return section("Closest", f"{encodable(FAILS, encoding)} oversteps its limit", table)
