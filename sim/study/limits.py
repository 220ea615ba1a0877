"""What a setting has to keep to be recommended, and what is better among those that do.

The limits are the scenario's ``expect``. Where it says nothing about waits, throttling or failed
launches, `ASSUMED` fills in, since the fewest addresses are held where pods starve. A limit has to
hold in every replication: good days do not make up for one on which it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.results.headline import HEADLINES, Figures
from sim.results.verdicts import Verdict, check
from sim.scenario.expect import Expect
from sim.scenario.rules import Rule

from .halving import Trial

OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "waste": ("waste_mean", "ec2_calls"),
    "calls": ("ec2_calls", "waste_mean"),
    "wait": ("pod_ip_wait_p99", "pod_ip_wait_mean", "waste_mean", "ec2_calls"),
}
"""What is to be small, by the name of the objective; each further figure settles ties."""

RESPECTS = ("waste_mean", "pod_ip_wait_mean", "ec2_calls")
"""What the front weighs against each other."""

ASSUMED: Mapping[str, str] = {
    "pod_ip_wait_p99": "<= 5s",
    "throttled_share": "<= 1%",
    "failed_launches": "<= 0",
}
"""Limits where the scenario has none of the kind; a failed CNI ADD costs a pod 10 s at least."""

_SAME_KIND = {
    "pod_ip_wait_p99": tuple(name for name, one in HEADLINES.items() if one.kind == "wait"),
    "throttled_share": ("throttled_share", "throttled_calls"),
    "failed_launches": ("failed_launches",),
}
_STARVED = "unserved_pods"
_ANY = 10**9
_BY_A_HAIR = 1e-9


@dataclass(frozen=True)
class Limits:
    """What has to hold.

    Attributes:
        expect: all limits, as rules on the headline figures.
        assumed: the figures whose limit is not the scenario's.
    """

    expect: Expect
    assumed: tuple[str, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order of `HEADLINES`."""
        return self.expect.rules

    def failing(self, runs: Iterable[Figures | None]) -> list[Rule]:
        """The rules that fail in any of these runs; all of them in one without figures."""
        failed = {rule.metric for one in runs for rule in self._failing(one)}
        return [rule for rule in self.rules if rule.metric in failed]

    def failing_by_itself(self, runs: Iterable[Figures | None]) -> list[Rule]:
        """The same, where a wait does not fail for pods without an address."""
        served = self.expect.model_copy(update={"allow_unserved": _ANY})
        return Limits(served, self.assumed).failing(runs)

    def _failing(self, figures: Figures | None) -> list[Rule]:
        if figures is None:
            return list(self.rules)
        return [verdict.rule for verdict in check(self.expect, figures) if not verdict.holds]

    def trial(self, figures: Figures | None, objective: str) -> Trial:
        """What a run says in the search; one without figures oversteps all limits."""
        metrics = OBJECTIVES[objective]
        if figures is None:
            return Trial(tuple(float("inf") for _ in metrics), float("inf"))
        score, respects = (
            tuple(float(figures.values[metric] or 0) for metric in names)
            for names in (metrics, RESPECTS)
        )
        return Trial(score, sum(map(_excess, check(self.expect, figures))), respects)


def limits(given: Expect | None) -> Limits:
    """The scenario's limits, with those that are assumed."""
    expect = given or Expect()
    has = {rule.metric for rule in expect.rules}
    assumed = {name: rule for name, rule in ASSUMED.items() if has.isdisjoint(_SAME_KIND[name])}
    starved = {} if _STARVED in has else {_STARVED: f"<= {expect.allow_unserved}"}
    written = expect.model_dump() | assumed | starved
    return Limits(Expect.model_validate(written), tuple(assumed))


def _excess(verdict: Verdict) -> float:
    """By how much a rule is overstepped, as a share of its limit; 0 if it holds."""
    if verdict.holds:
        return 0.0
    limit = verdict.rule.limit
    return max(abs((verdict.value or 0) - limit) / (abs(limit) or 1), _BY_A_HAIR)


class Nearness(NamedTuple):
    """How near a limit is.

    Attributes:
        rule: the limit.
        assumed: whether it is not the scenario's.
        worst: the worst value of any replication; None if there was none.
        at_least: whether that is only a lower bound.
        headroom: how much of the limit is left, as a share: of 5 s at 1 s 0.8; of at least 200 at
            800 0.75; None where that means nothing, such as for a limit of 0.
    """

    rule: Rule
    assumed: bool
    worst: float | None
    at_least: bool
    headroom: float | None


def nearness(limits: Limits, runs: Sequence[Figures]) -> list[Nearness]:
    """How near each limit is in these runs."""
    return [_nearness(rule, rule.metric in limits.assumed, runs) for rule in limits.rules]


def _nearness(rule: Rule, assumed: bool, runs: Sequence[Figures]) -> Nearness:
    metric = rule.metric
    worst = worst_of(rule, runs)
    at_least = any(metric in one.at_least for one in runs)
    return Nearness(rule, assumed, worst, at_least, _headroom(rule, worst))


def worst_of(rule: Rule, runs: Iterable[Figures | None]) -> float | None:
    """The value of these runs that is nearest to breaking a rule, or breaks it most.

    Runs that failed or have no such figure do not count; None if no other is left.
    """
    every = (one.values[rule.metric] for one in runs if one is not None)
    values = [value for value in every if value is not None]
    if rule.operator == "==":
        return max(values, key=lambda value: abs(value - rule.limit), default=None)
    return (min if rule.operator.startswith(">") else max)(values, default=None)


def _headroom(rule: Rule, worst: float | None) -> float | None:
    part, whole = (worst, rule.limit) if rule.operator.startswith("<") else (rule.limit, worst)
    if not whole or part is None or rule.operator == "==":
        return None
    return 1 - part / whole
