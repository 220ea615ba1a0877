"""The screen of a recommendation."""

from __future__ import annotations

import io
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from sim.report.recommendation import print_recommendation
from sim.scenario.load import Scenario
from sim.study.breaking import Bracket
from sim.study.no_choice import Shortage
from sim.study.recommend import recommend
from sim.study.recommendation import Recommendation
from sim.study.sensitivity import Effect

TINY = runpy.run_path(str(Path(__file__).parent.parent / "study" / "tiny_scenario.py"))["TINY"]
PRICES = {"currency": "EUR", "address_per_month": 3.5, "nat_gateway_per_hour": 0.1}


@pytest.fixture(scope="module")
def answer() -> Recommendation:
    """An answer with a choice."""
    return recommend(Scenario.from_dict(TINY | {"prices": PRICES}), replications=2)


@pytest.fixture(scope="module")
def no_answer() -> Recommendation:
    """An answer without one."""
    strict = TINY | {"expect": {"held_mean": "<= 1", "ec2_calls": "<= 2"}}
    return recommend(Scenario.from_dict(strict), replications=2)


def printed(answer: Recommendation, width: int = 80, encoding: str = "utf-8") -> str:
    """What is printed off a terminal."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding, errors="replace")
    print_recommendation(answer, console=Console(file=file, width=width, no_color=True))
    file.flush()
    return raw.getvalue().decode(encoding)


def words(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def test_order_of_the_answer(answer: Recommendation) -> None:
    """The choice comes first, then limits, breaking point, front, lines, inputs, and the footer."""
    titles = ("Choice", "Limits", "Breaks with", "Alternatives", "To set it", "Inputs in doubt")
    text = printed(answer)
    places = [text.index(f"\n{title}") for title in (*titles, "seed 1")]
    assert places == sorted(places)
    assert f"Choice  {answer.choice}\n" in text


def test_long_figures_are_whole(answer: Recommendation, monkeypatch: pytest.MonkeyPatch) -> None:
    """They take two lines where they do not fit into one."""
    long = "13 min 51 s"
    monkeypatch.setattr("sim.report.recommendation.value", lambda *_: long)
    monkeypatch.setattr("sim.report.recommendation._half", lambda *_: f" ± {long}")
    text = printed(answer)
    assert "…" not in text
    assert text.count("± 13") + text.count("±\n") >= 3


@pytest.mark.parametrize("width", [80, 100, 200])
def test_lines_fit(answer: Recommendation, no_answer: Recommendation, width: int) -> None:
    """No line is longer than 80 to 100 characters, and no figure is cut off."""
    for one in (answer, no_answer):
        text = printed(one, width)
        assert max(map(len, text.splitlines())) <= min(max(width, 80), 100)
        assert "…" not in text


def test_what_is_assumed_is_said(answer: Recommendation) -> None:
    """Limits that the scenario does not give are marked, and those it gives are not."""
    text = printed(answer)
    assert re.search(r"pod_ip_wait_p99 +<= 5s .*\(assumed\)", text)
    assert not re.search(r"unserved_pods .*\(assumed\)", text)
    assert "fewer than 78 % of such runs fail one, at 95 % confidence" in words(text)


def test_money(answer: Recommendation) -> None:
    """With prices the front has a column of money, and a NAT gateway is put in addresses."""
    text = printed(answer)
    assert "EUR" in text
    assert "a NAT gateway (73.00 EUR a month) costs as much as 20.9 addresses" in words(text)


def test_lines_to_paste_are_whole(answer: Recommendation) -> None:
    """What is to be pasted stands on the screen as it is, but for breaks that shells allow."""
    text = printed(answer)
    assert answer.lines is not None
    assert words(answer.lines.kubectl) in words(text.replace(" \\\n", " "))
    assert words(answer.lines.addon) in words(text)
    assert all(line in text for line in answer.lines.helm.splitlines())


def test_without_an_answer(no_answer: Recommendation) -> None:
    """It is said how many were tried, which limit is in the way, and who is closest."""
    text = printed(no_answer)
    assert "none keeps the limits" in words(text)
    assert "None that was tried keeps held_mean <= 1; the best has" in words(text)
    assert "\nClosest" in text
    assert "To set it" not in text
    assert "what surrounds the choice" not in words(text)


def test_what_to_do_without_an_answer(no_answer: Recommendation) -> None:
    """It is said what helps, which limits are kept, and how to set the closest all the same."""
    text = printed(no_answer)
    titles = ("In the way", "Closest", "What helps", "Limits it keeps", "To set the closest")
    places = [text.index(f"\n{title}") for title in titles]
    assert places == sorted(places)
    assert "\nWhy" not in text
    assert re.search(r"--set expect.held_mean='<= [0-9.]+'", text)
    assert "does NOT keep held_mean" in text or "it is what is set now" in text


def test_why_no_setting_can(no_answer: Recommendation) -> None:
    """Addresses that are lacking are said in words, with the subnet, and that it gave up."""
    assert no_answer.without is not None
    without = replace(no_answer.without, shortage=Shortage(57, "a"), gave_up=True)
    text = words(printed(replace(no_answer, without=without)))
    assert "No setting can: at its peak the cluster needs 57 addresses more than subnet a" in text
    assert f"only {no_answer.effort.tried} of" in text


def test_plain_encodings(answer: Recommendation, no_answer: Recommendation) -> None:
    """Marks that an encoding lacks are replaced."""
    assert re.search(r"^ +ok +pod_ip_wait_p99", printed(answer, encoding="latin-1"), re.MULTILINE)
    assert "FAILED  held_mean" in printed(no_answer, encoding="latin-1")


@pytest.mark.parametrize(
    ("brackets", "said"),
    [
        ({"churn": None}, "more churn means nothing here: no pods come and go"),
        ({"churn": Bracket(8.0)}, "more churn holds at 8 x no limit fails up to 8 x"),
        (
            {"subnet": Bracket(2.0, 2.2, ("failed_launches",))},
            "smaller subnets holds at 0.5 x fails at 0.455 x failed_launches",
        ),
    ],
)
def test_breaking_point(
    answer: Recommendation, brackets: dict[str, Bracket | None], said: str
) -> None:
    """Each factor says where it holds, where it fails, and which limit that is."""
    changed = Recommendation(**{**vars(answer), "breaking": brackets})
    assert said in words(printed(changed))


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (Effect("x", False, 2.0), "x assumed stays stays"),
        (Effect("x", True, 2.0), "x given stays stays"),
        (Effect("x", False, 2.0, better="WARM_IP_TARGET=3"), "x assumed stays WARM_IP=3 is better"),
        (
            Effect("x", False, 2.0, fails=("held_mean",), better="current"),
            "x assumed stays fails held_mean; current does not",
        ),
        (Effect("x", False, 2.0, refused="too many"), "x assumed stays cannot be: too many"),
    ],
)
def test_inputs_in_doubt(answer: Recommendation, effect: Effect, said: str) -> None:
    """Each input says what becomes of the choice when it is halved and doubled."""
    effects = (Effect("x", effect.is_given, 0.5), effect)
    changed = Recommendation(**{**vars(answer), "effects": effects})
    assert said in words(printed(changed))
