"""Which limits are in the way where no setting keeps them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.rules import Rule

from .candidates import Candidate
from .limits import Limits, worst_of

if TYPE_CHECKING:
    from sim.results.headline import Figures


class Obstacle(NamedTuple):
    """How settings fare with one limit; waits count without pods that never got an address.

    Attributes:
        rule: the limit.
        assumed: whether it is not the scenario's.
        kept_by: settings that keep it, as far as they ran.
        in_the_way_of: settings that keep all others.
        best: the best value that any setting has in its worst run; None if none has a value.
    """

    rule: Rule
    assumed: bool
    kept_by: int
    in_the_way_of: int
    best: float | None


def obstacles(
    limits: Limits, tried: Mapping[Candidate, Sequence[Figures | None]]
) -> list[Obstacle]:
    """The limits that some setting fails, those that most fail first.

    Args:
        limits: what has to hold.
        tried: the figures of each setting that ran.
    """
    broken = {one: limits.failing_by_itself(runs) for one, runs in tried.items()}
    found = []
    for rule in limits.rules:
        failing = [one for one, rules in broken.items() if rule in rules]
        alone = sum(broken[one] == [rule] for one in failing)
        worst = (worst_of(rule, runs) for runs in tried.values())
        values = [value for value in worst if value is not None]
        best = (max if rule.operator.startswith(">") else min)(values, default=None)
        kept = len(tried) - len(failing)
        found.append(Obstacle(rule, rule.metric in limits.assumed, kept, alone, best))
    return sorted((one for one in found if one.kept_by < len(tried)), key=lambda one: one.kept_by)
