"""Which settings to choose, what they cost, how near their limits are, and what breaks them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.results.summary import changed_settings
from sim.results.versions import modelled_versions
from sim.scenario.errors import InputError, Problem, did_you_mean
from sim.scenario.factors import with_factors
from sim.scenario.load import Scenario
from sim.scenario.variants import CURRENT, SETTINGS

from .assumed import CHANGES, doubtful_inputs, has_churn
from .assumed_churn import LEVELS, Assumption, UnderLevel, check_churn, with_assumed_churn
from .breaking import TO_BREAK, Bracket, bisect, most_steps
from .candidates import Candidate, Space, space, under
from .comparison import Comparison, Setting
from .front import thinned
from .halving import COARSE, LONGEST_FRONT, Race, Trial, most_runs, search
from .limits import OBJECTIVES, Limits, limits
from .lines import change, lines, notes
from .money import money
from .no_choice import NoChoice, Shortage, kept_limits, shortage
from .obstacles import obstacles
from .recommendation import Effort, Recommendation, scaled_factor
from .reliefs import MOST_RELIEFS, reliefs
from .replications import replication_seeds
from .runs import Runs, figures
from .sensitivity import REPLICATIONS as IN_DOUBT
from .sensitivity import Effect, sensitivity

if TYPE_CHECKING:
    from sim.results.headline import Figures

    from .executors import Executor, Progress
    from .jobs import Needed, Outcome
    from .store import Store

REPLICATIONS = 10
CLOSEST = 3
RUNNERS_UP = 2

BREAKING = ("churn", "nodes", "subnet")
"""What grows, or gets smaller, until a limit fails."""


def recommend(  # noqa: PLR0913 (what a caller may want to say)
    scenario: Scenario | str | os.PathLike[str],
    *,
    objective: str = "waste",
    replications: int = REPLICATIONS,
    where: Executor | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
    assume_churn: str | None = None,
) -> Recommendation:
    """Looks for the settings that keep the scenario's limits and have the least of something.

    Args:
        scenario: what to look at, or the file it is in.
        objective: what is to be least: waste, calls or wait.
        replications: runs of those in the final choice, each with another seed.
        where: what runs them; this process if not given.
        progress: called with the runs that are done, how many there may be at most, which falls as
            more is known, and those taken from the store.
        store: runs that are there are not run again.
        assume_churn: low, medium or high: how pods come and go, for a scenario that was made of a
            snapshot and does not know.

    Raises:
        InputError: the scenario cannot be read, its churn is not known and not assumed, there is
            no such objective, or too few replications for an interval.
    """
    _check(objective, replications)
    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(os.fspath(scenario))
    check_churn(scenario, assume_churn)
    given = scenario
    if assume_churn is not None:
        scenario = with_assumed_churn(given, assume_churn)
    seeds = replication_seeds(scenario.model.seed, 2 * replications)  # half of them to confirm
    runs, every = Runs(seeds, where, progress, store), space(scenario.model)
    kept = limits(scenario.model.expect)
    question = _Question(
        scenario, objective, kept, runs, every, replications, assume_churn is not None
    )
    answer = question.answer()
    return answer if assume_churn is None else question.under_all(answer, given, assume_churn)


def _check(objective: str, replications: int) -> None:
    if objective not in OBJECTIVES:
        remedy = did_you_mean(objective, list(OBJECTIVES))
        raise InputError([Problem(f"there is no objective {objective}", remedy=remedy)])
    if replications < 2:
        message = f"{replications} replications say nothing about how certain an answer is"
        raise InputError([Problem(message, remedy="give 2 or more, better 10")])


@dataclass(frozen=True)
class _Question:
    """What is asked, and what runs for the answer."""

    scenario: Scenario
    objective: str
    limits: Limits
    runs: Runs
    space: Space
    n: int  # replications of a finalist
    assumes_churn: bool
    needed: list[Needed | None] = field(default_factory=list)  # on the first replication

    def answer(self) -> Recommendation:
        """Searches, then looks at the choice from all sides."""
        self.runs.expect(self._most_runs() + self._most_around())
        race = search(self.space, self._trials, self.n, self.n, self._is_hopeless)
        choice, searched = race.leader(), len(self.runs)
        self.runs.expect(self._most_around() if choice else self._most_without())
        n = self.n if choice else min(TO_BREAK, self.n)
        race.replicate({self.space.current: n})
        front = race.front(least=self.n)
        closest = [] if choice else self._closest(race, n)
        shown = dict.fromkeys([self.space.current, *([choice] if choice else []), *front, *closest])
        comparison = self._comparison(list(shown), n)
        breaking = self._breaking(choice) if choice else {}
        effects = self._effects(race, choice, front) if choice else []
        changes = choice is not None and choice != self.space.current
        model = self.scenario.model
        return Recommendation(
            comparison=comparison,
            current={name: changed_settings(one) for name, one in model.group_settings()},
            objective=self.objective,
            limits=self.limits,
            choice=self._name(choice) if choice else None,
            confirmed=self._confirmed(choice) if choice else (),
            front=tuple(map(self._name, front)),
            closest=tuple(map(self._name, closest)),
            obstacles=() if choice else tuple(obstacles(self.limits, self._tried(race))),
            breaking=breaking,
            effects=tuple(effects),
            lines=lines(choice, model.ipamd) if choice and changes else None,
            money=money(model, model.prices),
            notes=tuple(notes(self.scenario, choice)) if choice and changes else (),
            without=None if choice else self._without(closest[0], n),
            effort=self._effort(race, searched),
            change=change(self.scenario, choice) if choice and changes else None,
        )

    def _most_runs(self) -> int:
        return most_runs(len(self.space.candidates), self.n, confirming=self.n)

    def _most_around(self) -> int:
        """Runs for what surrounds a choice, at most."""
        breaking = len(BREAKING) * most_steps() * min(TO_BREAK, self.n)
        changed = len(doubtful_inputs(self.scenario)) * len(CHANGES) * (1 + RUNNERS_UP)
        doubts = changed * min(IN_DOUBT, 2 * self.n)
        return (1 + LONGEST_FRONT) * self.n + breaking + doubts + self._most_levels()

    def _most_without(self) -> int:
        """The same where there is no choice."""
        n = min(TO_BREAK, self.n)
        return (1 + CLOSEST + 2 * MOST_RELIEFS) * n + self._most_levels()

    def _most_levels(self) -> int:
        return 2 * len(LEVELS) * min(TO_BREAK, self.n) if self.assumes_churn else 0

    def _is_hopeless(self, race: Race) -> bool:
        return race.leader() is None and self._shortage() is not None

    def _shortage(self) -> Shortage | None:
        return shortage(self.scenario.model, self.needed)

    def _without(self, closest: Candidate, n: int) -> NoChoice:
        """What there is to say and to do where no setting keeps the limits."""
        is_new = closest != self.space.current
        settings = {self._name(c): self._scenario(c) for c in (closest, self.space.current)}
        runs = figures(self.runs.on_first(n, [self._scenario(closest)])[0])
        return NoChoice(
            shortage=self._shortage(),
            gave_up=len(self.needed) < min(COARSE, len(self.space.candidates)),
            reliefs=tuple(reliefs(settings, self.limits, self.runs, n)),
            kept=kept_limits(self.limits, runs),
            lines=lines(closest, self.scenario.model.ipamd) if is_new else None,
            change=change(self.scenario, closest) if is_new else None,
        )

    def under_all(self, answer: Recommendation, given: Scenario, level: str) -> Recommendation:
        """The answer with what its settings come out with under each level of churn."""
        settings = {CURRENT: given}
        if answer.choice not in (None, CURRENT):
            by_name = {self._name(one): one for one in self.space.candidates}
            settings[answer.choice or ""] = under(given, by_name[answer.choice or ""])
        wanted = {
            (name, setting): with_assumed_churn(one, name)
            for name in LEVELS
            for setting, one in settings.items()
        }
        outcomes = self.runs.on_first(min(TO_BREAK, self.n), list(wanted.values()))
        rows = [
            UnderLevel(*key, tuple(one.figures for one in runs), self._failed(runs))
            for key, runs in zip(wanted, outcomes, strict=True)
        ]
        effort = replace(answer.effort, runs=len(self.runs))
        return replace(answer, assumption=Assumption(level, tuple(rows)), effort=effort)

    def _failed(self, runs: Sequence[Outcome]) -> tuple[str, ...]:
        return tuple(rule.metric for rule in self.limits.failing(figures(runs)))

    def _name(self, one: Candidate) -> str:
        return CURRENT if one == self.space.current else str(one)

    def _scenario(self, one: Candidate) -> Scenario:
        return self.scenario if one == self.space.current else under(self.scenario, one)

    def _trials(self, wanted: Sequence[tuple[Candidate, int]]) -> list[Trial]:
        made = {one: self._scenario(one) for one, _ in wanted}
        outcomes = self.runs.of((made[one], replication) for one, replication in wanted)
        self.needed.extend(
            outcome.needed
            for (_, place), outcome in zip(wanted, outcomes, strict=True)
            if not place
        )
        if wanted[0] == (self.space.current, 0):
            self._check_that_pods_come(outcomes[0].figures)
        return [self.limits.trial(outcome.figures, self.objective) for outcome in outcomes]

    def _check_that_pods_come(self, figures: Figures | None) -> None:
        """Refuses a scenario whose figures say nothing about waits, whatever the settings."""
        if figures is not None and not figures.values["pods_created"]:
            message = "no pod asks for an address after it, so that nothing is known about waits"
            remedy = "shorten warm_up, or let pods come later"
            raise InputError([self.scenario.source.problem(("warm_up",), message, remedy)])

    def _tried(self, race: Race) -> dict[Candidate, list[Figures | None]]:
        """What each candidate came out with, on the replications that it had."""
        wanted = [
            (self._scenario(one), place)
            for one, trials in race.trials.items()
            for place in range(len(trials))
        ]
        outcomes = iter(self.runs.of(wanted))
        return {
            one: [next(outcomes).figures for _ in trials] for one, trials in race.trials.items()
        }

    def _confirmed(self, choice: Candidate) -> tuple[Outcome, ...]:
        return self.runs.on_first(2 * self.n, [self._scenario(choice)])[0]

    def _closest(self, race: Race, n: int) -> list[Candidate]:
        closest = race.ranked()[:CLOSEST]
        race.replicate(dict.fromkeys(closest, n))
        return closest

    def _comparison(self, shown: Sequence[Candidate], n: int) -> Comparison:
        runs = self.runs.on_first(n, [self._scenario(one) for one in shown])
        settings = (
            Setting(self._name(one), {} if one == self.space.current else _by_path(one), outcomes)
            for one, outcomes in zip(shown, runs, strict=True)
        )
        return Comparison(
            self.scenario.name,
            self.runs.seeds[:n],
            self.scenario.duration_ms / 1000,
            self.scenario.model.warm_up / 1000,
            modelled_versions(),
            tuple(settings),
            self.limits.expect,
        )

    def _breaking(self, choice: Candidate) -> dict[str, Bracket | None]:
        chosen = self._scenario(choice)
        names = [name for name in BREAKING if name != "churn" or has_churn(chosen)]
        found = bisect(names, lambda factors: self._failing(chosen, factors))
        return {name: found.get(name) for name in BREAKING}

    def _failing(
        self, chosen: Scenario, factors: Mapping[str, float]
    ) -> dict[str, tuple[str, ...]]:
        """The limits that fail when the scenario grows by each of these factors alone."""
        changed: dict[str, Scenario] = {}
        failing: dict[str, tuple[str, ...]] = {}
        for name, growth in factors.items():
            try:
                changed[name] = with_factors(chosen, {name: scaled_factor(name, growth)})
            except InputError as error:
                failing[name] = (error.problems[0].message,)
        outcomes = self.runs.on_first(min(TO_BREAK, self.n), list(changed.values()))
        for name, runs in zip(changed, outcomes, strict=True):
            failing[name] = self._failed(runs)
        return failing

    def _effects(self, race: Race, choice: Candidate, front: Sequence[Candidate]) -> list[Effect]:
        ranked = [one for one in race.ranked() if race.fits(one) and one != choice]
        others = [one for one in ranked if one in front] or ranked
        contest = dict.fromkeys([choice, *thinned(others, RUNNERS_UP)])
        scenarios = {self._name(one): self._scenario(one) for one in contest}
        return sensitivity(scenarios, self.limits, self.objective, self.runs)

    def _effort(self, race: Race, searched: int) -> Effort:
        failed = tuple(f"{one.error} (run {one.key[:12]})" for one in self.runs.failed())
        count = len(self.space.candidates)
        return Effort(count, len(race.trials), searched, len(self.runs), failed)


def _by_path(one: Candidate) -> dict[str, Any]:
    return {f"{SETTINGS}{name}": value for name, value in one.settings.items()}
