"""The answer: a choice of settings with all that is known of it, or what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.advice.change import Change
from sim.results.headline import Figures
from sim.scenario.variants import CURRENT

from .assumed_churn import Assumption
from .breaking import FARTHEST, RESOLUTION, Bracket
from .comparison import Comparison, Setting
from .jobs import Outcome
from .limits import Limits, Nearness, nearness
from .lines import Lines
from .money import Money
from .no_choice import NoChoice
from .obstacles import Obstacle
from .sensitivity import Effect

SCHEMA_VERSION = 1
LEVEL = 0.95


@dataclass(frozen=True)
class Effort:
    """What the answer took.

    Attributes:
        candidates: settings there are to choose from.
        tried: those that ran.
        search: runs until the choice was known.
        runs: all of them, with the front, the breaking point and the assumed inputs.
        failed: runs that raised, one line each.
    """

    candidates: int
    tried: int
    search: int
    runs: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """Which settings to choose, and how far that holds.

    Attributes:
        comparison: the current setting first, then the choice and the others that are shown.
        current: what the current setting is: for each node group, what differs from the shipped
            manifest.
        objective: what was to be least: waste, calls or wait.
        limits: what had to hold.
        choice: the name of the chosen setting, `CURRENT` if nothing is to be changed; None if no
            setting keeps the limits.
        confirmed: all runs of the choice: those it was chosen by, and as many that took no part.
        front: names of those that no other is better than in waste, wait and calls together.
        closest: where there is no choice, names of those that overstep the limits least.
        obstacles: where there is no choice, the limits in its way.
        breaking: how far churn, nodes and subnets may go until a limit fails; None: the factor
            means nothing here.
        effects: what halving and doubling each doubtful input does to the choice.
        lines: what to paste; None if there is nothing to change.
        money: monthly amounts, if the scenario gives prices.
        notes: what else to know before the lines are pasted.
        effort: what the answer took.
        change: from the current settings to the choice; None if there is nothing to change.
        assumption: what was assumed of churn; None if the scenario knows it.
        without: where there is no choice, why, and what could be done; else None.
    """

    comparison: Comparison
    current: dict[str, dict[str, Any]]
    objective: str
    limits: Limits
    choice: str | None
    confirmed: tuple[Outcome, ...]
    front: tuple[str, ...]
    closest: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    breaking: Mapping[str, Bracket | None]
    effects: tuple[Effect, ...]
    lines: Lines | None
    money: Money | None
    notes: tuple[str, ...]
    effort: Effort
    change: Change | None = None
    assumption: Assumption | None = None
    without: NoChoice | None = None

    @property
    def chosen(self) -> Setting | None:
        """The choice with its runs."""
        return self.comparison.setting(self.choice) if self.choice else None

    def nearness(self) -> list[Nearness]:
        """How near each limit is to failing under the choice, by the worst of all its runs."""
        return nearness(self.limits, [one.figures for one in self.confirmed if one.figures])

    def failing(self, name: str) -> list[str]:
        """The metrics of the limits that a setting fails in some run."""
        return [rule.metric for rule in self.limits.failing(self._figures(name))]

    def oversteps(self, name: str) -> list[str]:
        """The same, where a wait does not fail for pods without an address."""
        return [rule.metric for rule in self.limits.failing_by_itself(self._figures(name))]

    def _figures(self, name: str) -> list[Figures | None]:
        return [one.figures for one in self.comparison.setting(name).runs]

    @property
    def most_failing(self) -> float:
        """The share of such runs that may fail a limit although none did, at 95 % confidence.

        If it were larger, so many runs without a failure would come less than once in 20 times.
        Only the runs that took no part in the choice say so.
        """
        return float(1 - (1 - LEVEL) ** (1 / len(self.comparison.seeds)))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return {
            **self.comparison.to_dict(),
            "schema_version": SCHEMA_VERSION,
            "current": self.current,
            "objective": self.objective,
            "limits": self._limits(),
            "choice": self.choice,
            "confirmed_by": len(self.comparison.seeds) if self.choice else 0,
            "most_failing": self.most_failing if self.choice else None,
            "front": list(self.front),
            "closest": {name: self.failing(name) for name in self.closest},
            "obstacles": [
                {**_rule(one), "kept_by": one.kept_by, "in_the_way_of": one.in_the_way_of}
                | {"best": one.best}
                for one in self.obstacles
            ],
            "breaking": {name: one and _bracket(name, one) for name, one in self.breaking.items()},
            "inputs": [one._asdict() | {"stays": one.stays} for one in self.effects],
            "lines": self.lines and self.lines._asdict(),
            "money": self.money and self.money._asdict(),
            "notes": list(self.notes),
            "change": self.change and self.change.to_dict(),
            "no_choice": self.without and self.without.to_dict(),
            "assumption": self.assumption and self.assumption.to_dict(),
            "effort": vars(self.effort) | {"failed": list(self.effort.failed)},
        }

    def _limits(self) -> list[dict[str, Any]]:
        return [
            _rule(one) | {"worst": one.worst, "at_least": one.at_least, "headroom": one.headroom}
            for one in self.nearness()
        ]

    def __repr__(self) -> str:
        what = self.choice or "no setting keeps the limits"
        return f"<Recommendation for {self.comparison.name}: {what}>"


def _rule(one: Nearness | Obstacle) -> dict[str, Any]:
    return {"metric": one.rule.metric, "rule": one.rule.text, "assumed": one.assumed}


def _bracket(name: str, one: Bracket) -> dict[str, Any]:
    """A bracket with its factors as the scenario would have them: a subnet gets smaller."""
    holds, fails = scaled_factor(name, one.holds), one.fails and scaled_factor(name, one.fails)
    bounds = {"resolution": RESOLUTION, "farthest": scaled_factor(name, FARTHEST)}
    return {"holds": holds, "fails": fails, "limits": list(one.why), **bounds}


def scaled_factor(name: str, growth: float) -> float:
    """The factor that a growth stands for: subnets get that much smaller."""
    return 1 / growth if name == "subnet" else growth


__all__ = ["CURRENT", "Effort", "Recommendation", "scaled_factor"]
