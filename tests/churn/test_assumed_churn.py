"""A snapshot's recommendation: refused without churn, and what an assumed level changes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim.cli import main
from sim.report.html.page import Figures
from sim.report.html.recommendation import recommendation_page
from sim.report.recommendation import print_recommendation
from sim.scenario.aws import DEFAULT_LATENCY
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.study.assumed import doubtful_inputs
from sim.study.assumed_churn import LEVELS, check_churn, with_assumed_churn
from sim.study.recommend import recommend
from sim.study.recommendation import Recommendation

TYPE = {"max_enis": 2, "ipv4_per_eni": 4, "vcpus": 2, "memory": "4Gi"}
LAUNCH = {"launch_delay": "5s"}
SNAPSHOT: dict[str, Any] = {
    "duration": "6m",
    "warm_up": "2m",
    "origin": {"kind": "snapshot", "churn": "unknown"},
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/25"}],
        "node_groups": [
            {"name": "g", "instance_type": "tiny.two", "limits": TYPE, "nodes": 2} | LAUNCH
        ],
    },
    "aws": {
        "latency": dict.fromkeys(DEFAULT_LATENCY, "200ms"),
        "metadata_delay": "1s",
        "quota_multiplier": 1,
    },
    "kube": {"sandbox_time": "500ms", "image_pull_time": "2s", "container_start_time": "1s"},
    "workload": [
        {"kind": "deployment", "name": "few", "replicas": 1, "termination_time": "2s"},
        {"kind": "deployment", "name": "many", "replicas": 4, "termination_time": "2s"},
        {"kind": "job", "name": "once", "lifetime": "1m", "termination_time": "2s"},
    ],
}


def test_a_snapshot_without_churn_is_refused() -> None:
    """The message names the place and both ways out."""
    with pytest.raises(InputError, match=r"import churn.*--assume-churn") as caught:
        recommend(Scenario.from_dict(SNAPSHOT), replications=2)
    assert caught.value.problems[0].path == "origin.churn"


@pytest.mark.parametrize("origin", [None, {"kind": "snapshot", "churn": "known"}])
def test_nothing_is_assumed_where_churn_is_known(origin: dict[str, str] | None) -> None:
    """An assumption on top of what is known would count churn twice."""
    scenario = Scenario.from_dict(SNAPSHOT | {"origin": origin})
    check_churn(scenario, None)
    with pytest.raises(InputError, match="nothing to assume"):
        check_churn(scenario, "low")


def test_an_unknown_level_is_refused() -> None:
    """From Python, too."""
    with pytest.raises(InputError, match="did you mean medium"):
        check_churn(Scenario.from_dict(SNAPSHOT), "meduim")


def updates(scenario: Scenario) -> dict[str, list[int]]:
    return {
        one.name: [update.at for update in one.updates]
        for one in scenario.model.workload
        if one.kind == "deployment"
    }


def test_levels_give_deployments_lives_and_updates() -> None:
    """Pods live the inverse of the share; the largest, all in turn, or all at once are updated."""
    given = Scenario.from_dict(SNAPSHOT)
    for name, level in LEVELS.items():
        for one in with_assumed_churn(given, name).model.workload[:2]:
            assert one.lifetime.exponential is not None  # type: ignore[union-attr]
            mean_h = one.lifetime.exponential.mean / 3_600_000  # type: ignore[union-attr]
            assert mean_h == pytest.approx(1 / level.replaced)
    middle, third = 240_000, 80_000
    assert updates(with_assumed_churn(given, "low")) == {"few": [], "many": [middle]}
    in_turn = {"few": [120_000 + third], "many": [120_000 + 2 * third]}
    assert updates(with_assumed_churn(given, "medium")) == in_turn
    assert updates(with_assumed_churn(given, "high")) == {"few": [middle], "many": [middle]}


def test_what_a_scenario_says_itself_stays() -> None:
    """A Deployment with a lifetime of its own keeps it."""
    own = SNAPSHOT["workload"][0] | {"lifetime": "5m"}
    given = Scenario.from_dict(SNAPSHOT | {"workload": [own, *SNAPSHOT["workload"][1:]]})
    first = with_assumed_churn(given, "high").model.workload[0]
    assert first == given.model.workload[0]


@pytest.fixture(scope="module")
def answer() -> Recommendation:
    """The snapshot's recommendation under the middle level."""
    return recommend(Scenario.from_dict(SNAPSHOT), replications=2, assume_churn="medium")


def test_the_answer_repeats_the_assumption_and_shows_all_levels(answer: Recommendation) -> None:
    """The current setting and the choice under each level, and churn among the assumed inputs."""
    scenario = Scenario.from_dict(SNAPSHOT)
    assert answer.assumption is not None
    data = answer.to_dict()["assumption"]
    assert (data["churn"], data["assumed"]) == ("medium", LEVELS["medium"].text)
    shown = [(one["level"], one["setting"]) for one in data["under_each"]]
    settings = dict.fromkeys(("current", answer.choice))
    assert shown == [(level, setting) for level in LEVELS for setting in settings]
    assert all(one["waste_mean"] is not None for one in data["under_each"])
    churn = next(one for one in answer.effects if one.input == "churn")
    assert not churn.is_given
    assert [one.is_given for one in doubtful_inputs(scenario) if one.name == "churn"] == [False]


def test_the_command_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and column of the origin, on one line."""
    path = tmp_path / "snapshot.yaml"
    path.write_text(json.dumps(SNAPSHOT))
    with pytest.raises(SystemExit) as ended:
        main(["recommend", str(path), "--no-progress"])
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert captured.err.startswith(f"{path}:1:")
    assert len(captured.err.splitlines()) == 1


def test_the_screen_and_the_page_repeat_the_assumption(answer: Recommendation) -> None:
    """Both say the level beside what was asked, and show all three."""
    assert answer.assumption is not None
    console = Console(file=io.StringIO(), width=100)
    print_recommendation(answer, console=console)
    screen = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    page = recommendation_page(answer)
    for level in LEVELS.values():
        assert level.text in screen
    assert "Churn is assumed, medium" in screen
    assert "Churn is assumed, medium" in page.asked
    (section,) = [
        one for one in page.sections if getattr(one, "heading", "") == "Churn: assumed medium"
    ]
    assert isinstance(section, Figures)
    assert [row[0] for row in section.tables[0].rows] == [
        row.level for row in answer.assumption.rows
    ]  # type: ignore[union-attr]
