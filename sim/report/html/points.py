"""Settings as points: what they waste against how long pods wait and how many requests it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.report.figures import value
from sim.report.format import at_least
from sim.report.palette import BAD, SERIES
from sim.study.front import pareto_front

from .draw import (
    GREY,
    Drawing,
    axis_range,
    drawing,
    hover,
    source_of,
    zooming,
)
from .page import Chart, Key, Panel, Table

WASTE, WAIT, CALLS = "waste_mean", "pod_ip_wait_mean", "ec2_calls"
RESPECTS = (WASTE, WAIT, CALLS)
SHOWN = (*RESPECTS, "held_mean", "pod_ip_wait_p99", "subnet_free_min", "throttled_share")
ROOM = 0.04
LABELS = {
    WAIT: "mean wait, seconds",
    CALLS: "EC2 requests a run",
}


class Point(NamedTuple):
    """A setting.

    Attributes:
        name: what it sets.
        figures: of `SHOWN`; None where there is none.
        bounds: names of those that are only lower bounds.
        mark: ``choice``, ``current``, or empty.
    """

    name: str
    figures: dict[str, float | None]
    bounds: tuple[str, ...] = ()
    mark: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it can be drawn."""
        return all(self.figures[metric] is not None for metric in RESPECTS)

    def said(self, metric: str) -> str:
        """A figure as people read it."""
        return at_least(value(metric, self.figures[metric]), metric in self.bounds)


def front_of(points: Sequence[Point]) -> list[int]:
    """The points that no other betters in all three respects, and their equals, by rising waste."""
    respects = {
        place: tuple(float(point.figures[metric] or 0) for metric in RESPECTS)
        for place, point in enumerate(points)
        if point.is_complete
    }
    front = pareto_front(respects)
    return [place for one in front for place in respects if respects[place] == respects[one]]


def front_chart(points: Sequence[Point], front: Sequence[int], title: str, what: str) -> Chart:
    """The chart of some settings.

    Args:
        points: the settings.
        front: places of those on the Pareto front.
        title: what it shows.
        what: what a point is, such as ``setting``.
    """
    marks = {point.mark for point in points if point.is_complete}
    legend = [
        Key("Pareto front: none is better in waste, mean wait and requests", SERIES[0], "dot"),
        Key("others", GREY, "ring"),
    ]
    if "choice" in marks:
        legend.append(Key("the choice", BAD, "star"))
    if "current" in marks:
        legend.append(Key("current settings", GREY, "square"))
    panels = tuple(
        Panel(f"Wasted addresses against {LABELS[y]}", (_drawing(points, front, y),))
        for y in (WAIT, CALLS)
    )
    reading = (
        f"Each mark is a {what}, by the means over its runs; down and to the left is better. What "
        "it sets shows under the mouse, and stands in the table."
    )
    return Chart(title, reading, panels, (_table(points, front, what),), tuple(legend))


def _drawing(points: Sequence[Point], front: Sequence[int], y: str) -> Drawing:
    one = drawing(340, LABELS[y])
    one.xaxis.axis_label = "addresses wasted on average"
    one.xaxis.formatter = one.yaxis[0].formatter
    zooming(one, "both")
    places = [place for place, point in enumerate(points) if point.is_complete]
    one.x_range, one.y_range = (_from_zero(points, places, metric) for metric in (WASTE, y))
    on_front = [place for place in places if place in front]
    others = [place for place in places if place not in front]
    marked = [place for place in places if points[place].mark]
    grey = {"line_color": GREY, "fill_color": None, "line_width": 1.5}
    _scatter(one, [points[place] for place in others], y, "circle", 9, **grey)
    _scatter(one, [points[place] for place in on_front], y, "circle", 11, color=SERIES[0])
    for place in marked:
        is_choice = points[place].mark == "choice"
        shape, size = ("star", 20) if is_choice else ("square", 11)
        _scatter(one, [points[place]], y, shape, size, color=BAD if is_choice else GREY)
    return one


def _from_zero(points: Sequence[Point], places: Sequence[int], metric: str) -> Any:
    """An axis from 0 with room for the marks at both ends."""
    top = max(float(points[place].figures[metric] or 0) for place in places) or 1.0
    return axis_range(-ROOM * top, (1 + 2 * ROOM) * top)


def _scatter(
    one: Drawing, points: Sequence[Point], y: str, marker: str, size: int, **look: Any
) -> Any:
    columns: dict[str, list[Any]] = {
        "x": [point.figures[WASTE] for point in points],
        "y": [point.figures[y] for point in points],
        "name": [point.name for point in points],
    }
    columns |= {metric: [point.said(metric) for point in points] for metric in RESPECTS}
    drawn = one.scatter("x", "y", source=source_of(columns), marker=marker, size=size, **look)
    tooltips = {"": "@name", "wasted": f"@{WASTE}", "mean wait": f"@{WAIT}", "calls": f"@{CALLS}"}
    hover(one, drawn, tooltips, "mouse")
    return drawn


def _table(points: Sequence[Point], front: Sequence[int], what: str) -> Table:
    from sim.results.headline import HEADLINES

    head = (what, "front", *(HEADLINES[metric].title for metric in SHOWN))
    rows = (
        (
            f"{point.name} ({point.mark})" if point.mark else point.name,
            "yes" if place in front else "",
            *(point.said(metric) for metric in SHOWN),
        )
        for place, point in enumerate(points)
    )
    return Table.of(head, rows, names=2, caption="Means over runs")
