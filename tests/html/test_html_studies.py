"""Pages of sweeps and recommendations: the best first, the front with what each point sets."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from sim.report.html import page_of
from sim.report.html.page import Chart, Code, Page
from sim.report.html.points import Point, front_of
from sim.scenario.load import Scenario
from sim.study.recommend import recommend
from sim.study.sweep import sweep

STUDY = Path(__file__).parent.parent / "study"
TINY: dict[str, Any] = runpy.run_path(str(STUDY / "tiny_scenario.py"))["TINY"]
SMALL = runpy.run_path(str(STUDY / "small_study.py"))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of four points with two runs each."""
    folder = tmp_path_factory.mktemp("sweep")
    return page_of(sweep(SMALL["written"](folder), folder / "runs"))


@pytest.fixture(scope="module")
def answered() -> Page:
    """The page of an answer with a choice."""
    return page_of(recommend(Scenario.from_dict(TINY), replications=2))


@pytest.fixture(scope="module")
def unanswered() -> Page:
    """The page of an answer without one."""
    strict = TINY | {"expect": {"held_mean": "<= 1", "ec2_calls": "<= 2"}}
    return page_of(recommend(Scenario.from_dict(strict), replications=2))


def charts(page: Page) -> list[Chart]:
    """The charts of a page."""
    return [one for one in page.sections if isinstance(one, Chart)]


def test_a_sweep_shows_all_points_by_what_they_set(swept: Page) -> None:
    """The chart of the front has a row a point in its table, named by the values of the point."""
    (front,) = charts(swept)
    assert "of 4 points" in front.title
    names = [row[0] for row in front.tables[0].rows]
    assert names[0] == "WARM_IP_TARGET=1 churn=1"
    assert len(names) == 4
    assert all(name in swept.html() for name in names)


def test_a_sweep_names_its_best_points(swept: Page) -> None:
    """The first answer is the least waste of any point, with the point that has it."""
    least = swept.answers[0]
    column = charts(swept)[0].tables[0].head.index("waste mean")
    by_name = {row[0]: row[column] for row in charts(swept)[0].tables[0].rows}
    assert by_name[least.more[0]] == least.figure


def test_a_recommendation_begins_with_the_choice_and_its_lines(answered: Page) -> None:
    """What to choose is the headline, and the lines to paste set that."""
    assert answered.headline.startswith("Choose ")
    (code,) = (one for one in answered.sections if isinstance(one, Code))
    for value in answered.headline.removeprefix("Choose ").split():
        assert value in code.lines[0][1] or value.startswith("ENABLE_PREFIX_DELEGATION")
    assert "kubectl set env daemonset aws-node" in answered.html()


def test_the_front_marks_choice_and_current_settings(answered: Page) -> None:
    """Among the points of the front are the choice and what there is now."""
    (front,) = charts(answered)
    names = " ".join(row[0] for row in front.tables[0].rows)
    assert "(choice)" in names
    assert "(current)" in names
    assert {"the choice", "current settings"} <= {key.label for key in front.legend}


def test_without_a_choice_the_page_says_what_is_in_the_way(unanswered: Page) -> None:
    """The headline says that nothing keeps the limits; the limits stand below."""
    assert unanswered.headline == "No setting keeps the limits"
    text = unanswered.html()
    assert "In the way" in text
    assert "held_mean" in text
    assert "What helps" in text
    assert "subnets of twice the size" in text
    assert "Limits that the closest setting keeps" in text


def test_equal_points_are_on_the_front_together() -> None:
    """A point that another betters is not on the front; one that equals it is."""

    def point(name: str, waste: float, wait: float, calls: float) -> Point:
        figures = {"waste_mean": waste, "pod_ip_wait_mean": wait, "ec2_calls": calls}
        return Point(name, figures)

    points = [point("a", 1, 1, 9), point("b", 2, 1, 9), point("c", 1, 1, 9), point("d", 3, 0, 9)]
    assert [points[place].name for place in front_of(points)] == ["a", "c", "d"]
