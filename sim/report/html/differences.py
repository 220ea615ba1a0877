"""The chart of paired differences: each variant against the current setting, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.report.figures import value
from sim.report.format import NOTHING, number_of
from sim.report.palette import SERIES
from sim.results.headline import HEADLINES

from .draw import (
    GREY,
    INK,
    Drawing,
    axis_range,
    drawing,
    hover,
    short,
    source_of,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.study.comparison import Comparison
    from sim.study.statistics import Estimate

METRICS = (
    "held_mean",
    "ec2_calls",
    "throttled_share",
    "pod_ip_wait_p99",
    "pods_waited",
    "unserved_pods",
    "subnet_free_min",
)
UNITS = {"share": "share of 1", "s": "seconds", "IPs": "IP addresses", "IP h": "IP-hours"}
MOST_PANELS = 6
ROW_PX, FRAME_PX = 34, 70
ROOM = 0.07


def difference_chart(one: Comparison) -> Chart | None:
    """What differs from the current setting, with its intervals; None if nothing does."""
    found = {metric: _differences(one, metric) for metric in METRICS}
    drawn = [metric for metric, by in found.items() if any(not d.is_zero for d in by.values())]
    if not drawn:
        return None
    shown = drawn[:MOST_PANELS]
    return Chart(
        title=_title(one, shown),
        reading="Differences from the current setting, taken run by run on the same seed: the mean "
        "with its 95 % interval, and each pair of runs. What reaches across 0 could be chance.",
        panels=tuple(Panel(_caption(one, metric), (_drawing(one, metric),)) for metric in shown),
        tables=(_table(one, found),),
        legend=(
            Key("mean, and 95 % interval", SERIES[0], "dot"),
            Key("one pair of runs", GREY, "ring"),
        ),
        zooms=False,
    )


def _differences(one: Comparison, metric: str) -> dict[str, Estimate]:
    every = {variant.name: one.difference(metric, variant.name) for variant in one.variants}
    return {name: difference for name, difference in every.items() if difference}


def _title(one: Comparison, metrics: list[str]) -> str:
    if len(one.seeds) == 1:
        return "One replication does not tell which of these differences are chance"
    sure = [m for m in metrics if any(one.differs(m, variant.name) for variant in one.variants)]
    if not sure:
        return "Chance could explain every difference from the current setting"
    unsure = [metric for metric in metrics if metric not in sure]
    names = ", ".join(HEADLINES[metric].title for metric in sure)
    said = f"More than chance: {names}"
    if unsure:
        said += f"; perhaps chance: {', '.join(HEADLINES[metric].title for metric in unsure)}"
    return said


def _caption(one: Comparison, metric: str) -> str:
    current = one.current.row.figures[metric]
    headline = HEADLINES[metric]
    now = value(metric, current.mean if current else None)
    return f"{headline.title}, now {now} ({headline.better} is good)"


def _drawing(one: Comparison, metric: str) -> Drawing:
    from bokeh.models import NumeralTickFormatter
    from bokeh.models.annotations import Span

    found = _differences(one, metric)
    drawn = drawing(FRAME_PX + ROW_PX * len(found))
    drawn.y_range = axis_range(len(found) - 0.4, -0.6)
    drawn.yaxis.ticker = list(range(len(found)))
    drawn.yaxis.major_label_overrides = {place: short(name) for place, name in enumerate(found)}
    drawn.ygrid.grid_line_color = None
    drawn.x_range = axis_range(*_ends(one, metric, found))
    drawn.xaxis.formatter = NumeralTickFormatter(format="+0,0.[00]")
    drawn.xaxis.axis_label = (
        f"difference, {UNITS.get(HEADLINES[metric].unit, HEADLINES[metric].unit)}"
    )
    drawn.add_layout(Span(location=0, dimension="height", line_width=1, tags=[INK]))
    _pairs(drawn, one, metric, list(found))
    _means(drawn, metric, found)
    return drawn


def _ends(one: Comparison, metric: str, found: dict[str, Estimate]) -> tuple[float, float]:
    """Both ends of an axis on which all differences are, and 0."""
    pairs = [difference for name in found for difference in _of_pairs(one, metric, name)]
    bounds = [end for one in found.values() if one.is_known for end in (one.low, one.high)]
    low, high = min(0, *pairs, *bounds), max(0, *pairs, *bounds)
    room = ROOM * ((high - low) or 1)
    return low - room, high + room


def _of_pairs(one: Comparison, metric: str, name: str) -> list[float]:
    """The difference of each pair of runs that both have the figure."""
    both = zip(
        one.current.values_of(metric), one.setting(name).values_of(metric), strict=True
    )  # fmt: skip
    return [there - here for here, there in both if here is not None is not there]


def _pairs(drawn: Drawing, one: Comparison, metric: str, names: list[str]) -> None:
    places = [
        (difference, place)
        for place, name in enumerate(names)
        for difference in _of_pairs(one, metric, name)
    ]
    x, y = ([pair[side] for pair in places] for side in (0, 1))
    drawn.scatter(x, y, size=7, line_color=GREY, fill_color=None, line_alpha=0.8)


def _means(drawn: Drawing, metric: str, found: dict[str, Estimate]) -> None:
    columns: dict[str, list[Any]] = {
        "y": list(range(len(found))),
        "name": list(found),
        "mean": [one.mean for one in found.values()],
        "low": [one.low if one.is_known else one.mean for one in found.values()],
        "high": [one.high if one.is_known else one.mean for one in found.values()],
        "said": [signed(metric, one.mean) for one in found.values()],
        "within": [_interval(metric, one) for one in found.values()],
    }
    source = source_of(columns)
    drawn.segment("low", "y", "high", "y", source=source, line_width=4, color=SERIES[0])
    means = drawn.scatter("mean", "y", source=source, size=11, color=SERIES[0])
    hover(drawn, means, {"": "@name", "difference": "@said", "95 %": "@within"}, "mouse")


def signed(metric: str, difference: float) -> str:
    """A difference with its sign."""
    sign = "-" if difference < 0 else "+" if difference > 0 else ""
    return f"{sign}{value(metric, abs(difference))}"


def _interval(metric: str, one: Estimate) -> str:
    if not one.is_known:
        return NOTHING
    return f"{signed(metric, one.low)} to {signed(metric, one.high)}"


def _table(one: Comparison, found: dict[str, dict[str, Estimate]]) -> Table:
    rows = [
        (
            HEADLINES[metric].title,
            name,
            signed(metric, difference.mean),
            _interval(metric, difference),
            "" if difference.is_zero or one.differs(metric, name) else "could be",
        )
        for metric, by_name in found.items()
        for name, difference in by_name.items()
    ]
    head = ("figure", "setting", "difference", "95 % interval", "chance")
    runs = number_of(len(one.seeds), "pair of runs", "pairs of runs")
    return Table.of(head, rows, names=2, caption=f"Differences from the current setting, {runs}")
