"""How pods come and go where nobody has measured it: three levels of assumed churn.

A snapshot of a cluster says which pods there are, not how long they live. What these levels assume,
and where the figures come from, is told in docs/import.md; none of them is a measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sim.scenario.errors import InputError, Problem, did_you_mean
from sim.scenario.units import format_duration
from sim.scenario.workload import Deployment

if TYPE_CHECKING:
    from sim.results.headline import Figures
    from sim.scenario.load import Scenario
    from sim.scenario.models import ScenarioModel

HOUR_MS = 3_600_000
OPTION = "--assume-churn"


class Level(NamedTuple):
    """One assumption.

    Attributes:
        replaced: share of each Deployment's pods that are deleted and replaced in an hour.
        updates: which Deployments have a rolling update in a run, and when.
        text: both in words.
    """

    replaced: float
    updates: Literal["largest", "in turn", "at once"]
    text: str


LEVELS = {
    "low": Level(
        0.02,
        "largest",
        "2 % of pods replaced an hour, and a rolling update of the largest Deployment",
    ),
    "medium": Level(
        0.08,
        "in turn",
        "8 % of pods replaced an hour, and a rolling update of every Deployment, one after the "
        "other",
    ),
    "high": Level(
        0.5,
        "at once",
        "50 % of pods replaced an hour, and a rolling update of all Deployments at once",
    ),
}


class UnderLevel(NamedTuple):
    """What a setting comes out with under one level.

    Attributes:
        level: its name.
        setting: the setting's name.
        figures: of its runs; None for one that failed.
        failing: the limits that some run fails.
    """

    level: str
    setting: str
    figures: tuple[Figures | None, ...]
    failing: tuple[str, ...]

    def mean(self, metric: str) -> float | None:
        """The mean of a headline over the runs that have it."""
        found = [one.values[metric] for one in self.figures if one is not None]
        known = [one for one in found if one is not None]
        return sum(known) / len(known) if known else None


METRICS = ("waste_mean", "held_peak", "ec2_calls", "throttled_share", "pod_ip_wait_p99")
"""What is shown of each."""


@dataclass(frozen=True)
class Assumption:
    """An assumed level, and how settings do under all three.

    Attributes:
        level: the one that was asked for.
        rows: the current setting and the choice under each level.
    """

    level: str
    rows: tuple[UnderLevel, ...]

    @property
    def text(self) -> str:
        """What is assumed, in words."""
        return LEVELS[self.level].text

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return {
            "churn": self.level,
            "assumed": self.text,
            "levels": {name: level.text for name, level in LEVELS.items()},
            "under_each": [
                {"level": one.level, "setting": one.setting, "failing": list(one.failing)}
                | {metric: one.mean(metric) for metric in METRICS}
                for one in self.rows
            ],
        }


def churn_is_unknown(model: ScenarioModel) -> bool:
    """Whether a scenario was made of a snapshot, and nobody has said how its pods come and go."""
    return model.origin is not None and model.origin.churn == "unknown"


def check_churn(scenario: Scenario, level: str | None) -> None:
    """Refuses a scenario without churn, and an assumption where there is nothing to assume.

    Raises:
        InputError: one of them.
    """
    unknown = churn_is_unknown(scenario.model)
    if level is None and unknown:
        message = "a snapshot says which pods there are, not how they come and go"
        remedy = (
            "make a trace of the cluster's history with `ipamd-sim import churn`, or give "
            f"{OPTION} low, medium or high"
        )
        raise InputError([scenario.source.problem(("origin", "churn"), message, remedy)])
    if level is not None and level not in LEVELS:
        remedy = did_you_mean(level, list(LEVELS))
        raise InputError([Problem(f"there is no level {level}", OPTION, remedy=remedy)])
    if level is not None and not unknown:
        message = "the scenario says how its pods come and go: there is nothing to assume"
        raise InputError([Problem(message, f"{OPTION} {level}", remedy="leave it out")])


def with_assumed_churn(scenario: Scenario, level: str) -> Scenario:
    """The scenario with a level's churn in its Deployments that have no lifetime; others stay.

    Raises:
        InputError: the scenario that it leads to is refused.
    """
    assumed, model = LEVELS[level], scenario.model
    static = [
        (index, one)
        for index, one in enumerate(model.workload)
        if isinstance(one, Deployment) and one.lifetime is None
    ]
    mean = format_duration(round(HOUR_MS / assumed.replaced))
    values: dict[str, Any] = {
        f"workload[{index}].lifetime": {"exponential": {"mean": mean}} for index, _ in static
    }
    span = scenario.duration_ms - model.warm_up
    for index, share in _updates(static, assumed.updates):
        at = format_duration(model.warm_up + round(span * share))
        values[f"workload[{index}].updates"] = [{"at": at}]
    return scenario.with_values(values)


def _updates(
    static: Sequence[tuple[int, Deployment]], which: Literal["largest", "in turn", "at once"]
) -> list[tuple[int, float]]:
    """(index, when as a share of the run) of the Deployments that have a rolling update."""
    if which == "at once":
        return [(index, 0.5) for index, _ in static]
    if which == "in turn":
        return [(index, (i + 1) / (len(static) + 1)) for i, (index, _) in enumerate(static)]
    sizes = {index: max(step.replicas for step in one.replicas) for index, one in static}
    return [(max(sizes, key=sizes.__getitem__), 0.5)] if sizes else []
