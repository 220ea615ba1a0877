"""Whether a choice stays the choice if what is assumed is otherwise.

Each doubtful input is halved and doubled by itself, and the choice runs against the runners-up on
the first replications. It changes if it fails a limit, or if a runner-up that fails none is better
in the objective beyond the paired 95 % interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.errors import InputError

from .assumed import CHANGES, Input, doubtful_inputs
from .limits import OBJECTIVES, Limits
from .runs import Runs, figures
from .statistics import paired

if TYPE_CHECKING:
    from sim.results.headline import Figures
    from sim.scenario.load import Scenario

REPLICATIONS = 3


class Effect(NamedTuple):
    """What a changed input does to a choice.

    Attributes:
        input: in words.
        is_given: whether the scenario sets it.
        factor: what it is multiplied by.
        fails: the metrics of the limits that the choice fails then.
        better: the name of the runner-up that would be chosen instead; empty: none is known.
        refused: why the changed scenario cannot be; empty if it can.
    """

    input: str
    is_given: bool
    factor: float
    fails: tuple[str, ...] = ()
    better: str = ""
    refused: str = ""

    @property
    def stays(self) -> bool:
        """Whether the choice stays the choice."""
        return not (self.fails or self.better or self.refused)


def sensitivity(
    scenarios: Mapping[str, Scenario], limits: Limits, objective: str, runs: Runs
) -> list[Effect]:
    """Halves and doubles each doubtful input.

    Args:
        scenarios: under the choice first, then under the runners-up, by the settings' names.
        limits: what has to hold.
        objective: what is to be small, a key of `OBJECTIVES`.
        runs: runs them.
    """
    inputs = doubtful_inputs(next(iter(scenarios.values())))
    asked = [(one, factor) for one in inputs for factor in CHANGES]
    changed = [_changed(scenarios, one, factor) for one, factor in asked]
    n = min(REPLICATIONS, len(runs.seeds))
    flat = [one for scenario in changed if isinstance(scenario, list) for one in scenario]
    outcomes = iter(runs.on_first(n, flat))
    effects = []
    for (one, factor), found in zip(asked, changed, strict=True):
        effect = Effect(one.name, one.is_given, factor)
        if isinstance(found, str):
            effects.append(effect._replace(refused=found))
            continue
        by_name = {name: figures(next(outcomes)) for name in scenarios}
        fails, better = judged(by_name, limits, objective)
        effects.append(effect._replace(fails=fails, better=better))
    return effects


def _changed(scenarios: Mapping[str, Scenario], one: Input, factor: float) -> list[Scenario] | str:
    try:
        return [one.change(scenario, factor) for scenario in scenarios.values()]
    except InputError as error:
        return error.problems[0].message


def judged(
    contest: Mapping[str, Sequence[Figures | None]], limits: Limits, objective: str
) -> tuple[tuple[str, ...], str]:
    """What the first of a contest fails, and which of the others would be chosen over it.

    Args:
        contest: the figures of each on the same replications, by name.
        limits: what has to hold.
        objective: a key of `OBJECTIVES`.
    """
    choice, *others = contest
    fails = tuple(rule.metric for rule in limits.failing(contest[choice]))
    able = [name for name in others if not limits.failing(contest[name])]
    if not fails:
        able = [name for name in able if _is_better(contest[name], contest[choice], objective)]
    metric = OBJECTIVES[objective][0]
    return fails, min(able, key=lambda name: sum(_values(contest[name], metric)), default="")


def _is_better(
    one: Sequence[Figures | None], choice: Sequence[Figures | None], objective: str
) -> bool:
    metric = OBJECTIVES[objective][0]
    return paired(_values(choice, metric), _values(one, metric)).high < 0


def _values(runs: Sequence[Figures | None], metric: str) -> list[float]:
    return [one.values[metric] or 0.0 for one in runs if one is not None]
