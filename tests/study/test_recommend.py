"""Recommendations from a scenario to the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_scenario import TINY

from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.scenario.variants import CURRENT
from sim.study.candidates import space
from sim.study.executors import InThisProcess, executor
from sim.study.jobs import Job, Outcome, failed
from sim.study.limits import OBJECTIVES, RESPECTS
from sim.study.recommend import recommend
from sim.study.recommendation import Recommendation
from sim.study.store import Store

SCENARIO = Scenario.from_dict(TINY)


class Counting(InThisProcess):
    """Runs jobs here, some not as they should, and counts them."""

    def __init__(self, is_broken: Callable[[Job], bool] = lambda _: False) -> None:
        self.runs = 0
        self.is_broken = is_broken

    def run(self, jobs: Sequence[Job], done: Callable[[Outcome], None]) -> None:
        self.runs += len(jobs)
        super().run([job for job in jobs if not self.is_broken(job)], done)
        for job in jobs:
            if self.is_broken(job):
                done(failed(job.key, "RuntimeError: broken"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of the answer are kept."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def answer(folder: Path) -> Recommendation:
    """The answer for the tiny scenario, with two replications."""
    return recommend(SCENARIO, replications=2, store=Store(folder))


def test_choice_keeps_all_limits(answer: Recommendation) -> None:
    """The choice fails no limit in the runs it was chosen by, nor in as many others."""
    assert answer.choice is not None
    assert len(answer.confirmed) == 2 * len(answer.comparison.seeds) == 4
    runs = [one.figures for one in answer.confirmed]
    assert answer.limits.failing(runs) == []
    assert all(near.headroom is None or near.headroom >= 0 for near in answer.nearness())


def test_nothing_shown_is_better(answer: Recommendation) -> None:
    """Of all that is shown and keeps the limits the choice has the least waste."""
    assert answer.choice is not None
    waste = {one.name: mean(answer, one.name, "waste_mean") for one in answer.comparison.settings}
    able = {name: value for name, value in waste.items() if not answer.failing(name)}
    assert waste[answer.choice] == min(able.values()) < waste[CURRENT]


def mean(answer: Recommendation, name: str, metric: str) -> float:
    """The mean of a figure under a setting."""
    figure = answer.comparison.setting(name).row.figures[metric]
    assert figure is not None
    return figure.mean


def test_front_has_no_dominated_member(answer: Recommendation) -> None:
    """Members of the front keep the limits, and none is better than another in all respects."""
    points = [tuple(mean(answer, name, metric) for metric in RESPECTS) for name in answer.front]
    assert answer.choice in answer.front
    assert not any(answer.failing(name) for name in answer.front)
    pairs = [(a, b) for a in points for b in points if a is not b]
    assert not any(all(x <= y for x, y in zip(a, b, strict=True)) for a, b in pairs)


def test_what_breaks_it_is_a_limit(answer: Recommendation) -> None:
    """Each factor holds up to some point; what fails beyond it is one of the limits."""
    assert list(answer.breaking) == ["churn", "nodes", "subnet"]
    limits = {rule.metric for rule in answer.limits.rules}
    for bracket in answer.breaking.values():
        assert bracket is not None
        assert bracket.holds >= 1
        assert bracket.fails is None or bracket.fails > bracket.holds
        assert set(bracket.why) <= limits


def test_every_input_is_halved_and_doubled(answer: Recommendation) -> None:
    """Each input in doubt has two verdicts."""
    inputs = [one.input for one in answer.effects]
    assert {name: inputs.count(name) for name in inputs} == dict.fromkeys(inputs, 2)
    assert {"EC2 latencies", "EC2 quotas", "churn"} <= set(inputs)


def test_answer_is_plain_data(answer: Recommendation) -> None:
    """The answer is JSON, without infinities, with choice, limits and effort."""
    data = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert data["choice"] == answer.choice
    assert [one["metric"] for one in data["limits"]] == [r.metric for r in answer.limits.rules]
    assert data["effort"]["candidates"] == len(space(SCENARIO.model).candidates)
    assert data["effort"]["tried"] <= data["effort"]["candidates"]
    assert data["breaking"]["subnet"]["holds"] <= 1
    assert data["most_failing"] == pytest.approx(1 - 0.05**0.5)


def test_kept_runs_are_taken_up(answer: Recommendation, folder: Path) -> None:
    """The same question asked again runs nothing, and has the same answer."""
    counting = Counting()
    again = recommend(SCENARIO, replications=2, store=Store(folder), where=counting)
    assert counting.runs == 0
    assert again.to_dict() == answer.to_dict()


def test_answer_does_not_hang_on_workers(answer: Recommendation) -> None:
    """Two processes give the same bytes as one."""
    with executor(workers=2) as where:
        other = recommend(SCENARIO, replications=2, where=where)
    assert json.dumps(other.to_dict()) == json.dumps(answer.to_dict())


@pytest.mark.parametrize("objective", ["calls", "wait"])
def test_objectives(answer: Recommendation, folder: Path, objective: str) -> None:
    """Each objective's choice is no worse in it than that of least waste."""
    other = recommend(SCENARIO, objective=objective, replications=2, store=Store(folder))
    metric = OBJECTIVES[objective][0]
    assert other.choice is not None
    assert answer.choice is not None
    assert mean(other, other.choice, metric) <= mean(answer, answer.choice, metric)


def test_best_settings_stay(answer: Recommendation, folder: Path) -> None:
    """Where the choice is what the scenario has, nothing is to be pasted."""
    assert answer.chosen is not None
    settled = SCENARIO.with_values(answer.chosen.values)
    again = recommend(settled, replications=2, store=Store(folder))
    assert again.choice == CURRENT
    assert again.lines is None
    assert again.notes == ()


def test_starving_input_has_no_answer() -> None:
    """Where standing pods cannot all have addresses no setting is recommended, and it says why."""
    full = SCENARIO.with_values({"workload": [TINY["workload"][0] | {"replicas": 30}]})
    answer = recommend(full, replications=2)
    assert answer.choice is None
    assert answer.lines is None
    first = answer.obstacles[0]
    assert (first.rule.metric, first.kept_by) == ("unserved_pods", 0)
    assert first.best is not None
    assert first.best >= 30 - 2 * 6
    assert answer.closest
    assert all("unserved_pods" in answer.failing(name) for name in answer.closest)
    assert answer.confirmed == ()
    assert json.dumps(answer.to_dict(), allow_nan=False)


def test_limit_that_nothing_keeps() -> None:
    """It is said which limit is in the way, and of how many settings it is the only one."""
    strict = SCENARIO.with_values({"expect": {"held_mean": "<= 3"}})
    answer = recommend(strict, replications=2)
    (first, *_) = answer.obstacles
    assert answer.choice is None
    assert (first.rule.metric, first.kept_by) == ("held_mean", 0)
    assert 0 < first.in_the_way_of <= answer.effort.tried


class Forgetful(Store):
    """Has all kept outcomes but some."""

    def __init__(self, folder: Path, forgotten: set[str]) -> None:
        super().__init__(folder)
        self.forgotten = forgotten

    def get(self, key: str) -> Outcome | None:
        return None if key in self.forgotten else super().get(key)


def test_runs_that_raise_are_left_out(answer: Recommendation, folder: Path) -> None:
    """A setting whose run raised is not recommended; the others go on, and it is reported."""
    assert answer.chosen is not None
    keys = {run.key for run in answer.chosen.runs}
    broken = Counting(lambda job: job.key in keys)
    other = recommend(SCENARIO, replications=2, where=broken, store=Forgetful(folder, keys))
    assert other.choice not in (None, answer.choice)
    assert other.effort.failed
    assert all(line.startswith("RuntimeError: broken (run ") for line in other.effort.failed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"objective": "wast"}, "there is no objective wast; did you mean waste?"),
        ({"replications": 1}, "1 replications say nothing about how certain an answer is"),
    ],
)
def test_refused(arguments: dict[str, Any], said: str) -> None:
    """An unknown objective, and too few replications for an interval, are refused."""
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        recommend(SCENARIO, **arguments)


def test_nothing_to_judge() -> None:
    """A scenario in which no pod comes after the warm-up is refused, not answered."""
    still = SCENARIO.with_values({"workload": TINY["workload"][:1]})
    with pytest.raises(InputError, match="warm_up: no pod asks for an address after it"):
        recommend(still, replications=2)
