"""The search on ten scenarios of which every candidate has been simulated."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from statistics import fmean

import exhaustive
import pytest
from exhaustive import FILE, Point
from generated_scenarios import REPLICATIONS, TEN

from sim.results.headline import Figures
from sim.scenario.headlines import HEADLINES
from sim.scenario.load import Scenario
from sim.study.candidates import Candidate, Space
from sim.study.halving import Trial, search
from sim.study.limits import OBJECTIVES, limits

SAMPLE = 12

Simulated = dict[Point, Figures]


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    """The figures of every point."""
    nothing = dict.fromkeys(HEADLINES)
    return {
        point: one._replace(values=nothing | one.values) for point, one in exhaustive.read().items()
    }


@pytest.fixture(scope="module")
def spaces() -> dict[int, tuple[Scenario, Space]]:
    """The scenarios with their candidates."""
    return exhaustive.spaces()


def trials(
    scenario: Scenario, number: int, objective: str, simulated: Simulated
) -> Callable[[Sequence[tuple[Candidate, int]]], list[Trial]]:
    """Runs candidates of a scenario by looking their figures up."""
    kept = limits(scenario.model.expect)
    return lambda wanted: [kept.trial(simulated[Point(number, *one)], objective) for one in wanted]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("number", TEN)
def test_choice_is_near_the_best_of_all(
    spaces: dict[int, tuple[Scenario, Space]], simulated: Simulated, number: int, objective: str
) -> None:
    """Within 5 % of the best setting that keeps the limits, at a quarter of all runs at most."""
    scenario, every = spaces[number]
    run = trials(scenario, number, objective, simulated)
    race = search(every, run, REPLICATIONS)
    best = min(score for one in every.candidates if (score := mean_score(run, one)) is not None)
    choice = race.leader()
    assert choice is not None
    found = mean_score(run, choice)
    assert found is not None
    assert found[0] <= 1.05 * best[0]
    assert race.runs <= len(every.candidates) * REPLICATIONS / 4
    assert len(every.candidates) > 300


def mean_score(
    run: Callable[[Sequence[tuple[Candidate, int]]], list[Trial]], one: Candidate
) -> tuple[float, ...] | None:
    """A candidate's mean figures; None if it fails a limit in any replication."""
    found = run([(one, replication) for replication in range(REPLICATIONS)])
    if any(trial.excess for trial in found):
        return None
    return tuple(map(fmean, zip(*(trial.score for trial in found), strict=True)))


def test_figures_are_what_the_model_gives(
    spaces: dict[int, tuple[Scenario, Space]], simulated: Simulated
) -> None:
    """A sample of points, another each day of a change, is simulated again to the last bit."""
    sample = random.Random(exhaustive.digest()).sample(list(simulated), SAMPLE)
    for number, candidate, replication in sample:
        again = exhaustive.figures_of(spaces[number][0], candidate, replication)
        kept = simulated[Point(number, candidate, replication)]
        assert again == kept._replace(values={name: kept.values[name] for name in again.values})


def test_stale_figures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of other scenarios or candidates are not taken for those asked for."""
    monkeypatch.setattr(exhaustive, "digest", lambda: "of something else")
    with pytest.raises(ValueError, match=f"{FILE.name} is stale: python tools/make_exhaustive.py"):
        exhaustive.read()
