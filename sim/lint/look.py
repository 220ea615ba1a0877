"""Looks for all traps, and says what was found, what was not looked for, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.errors import Problem, dotted

from .case import NEEDS, WORKLOAD, Case
from .rule import ORDER, Rule, Severity, Trap
from .rules import RULES


@dataclass(frozen=True)
class Finding:
    """A trap, its rule, and where it is.

    Attributes:
        rule: the rule that found it.
        trap: what it found.
        problem: the same with file and line, as other messages have it.
    """

    rule: Rule
    trap: Trap
    problem: Problem

    @property
    def remedy(self) -> str:
        """What to do about it here."""
        return self.trap.remedy or self.rule.remedy

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return {
            "id": self.rule.id,
            "severity": self.rule.severity.value,
            "title": self.rule.title,
            "file": self.problem.file,
            "line": self.problem.line,
            "path": dotted(self.trap.path),
            "message": self.trap.message,
            "remedy": self.remedy,
            "source": self.rule.source,
            "shown_by": self.rule.shown_by,
        }


@dataclass(frozen=True)
class Findings:
    """All that was found.

    Attributes:
        found: the worst first, rules in order.
        ignored: ids of rules that were silenced.
        not_looked_for: what rules lack that could not look, by id.
    """

    found: list[Finding]
    ignored: tuple[str, ...] = ()
    not_looked_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Severity, int]:
        """How many of each severity."""
        counts = Counter(one.rule.severity for one in self.found)
        return {severity: counts[severity] for severity in ORDER}

    def fails(self, least: Severity) -> bool:
        """Whether anything is at least so bad."""
        bad = ORDER[: ORDER.index(least) + 1]
        return any(one.rule.severity in bad for one in self.found)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return {
            "findings": [one.to_dict() for one in self.found],
            "counts": {severity.value: count for severity, count in self.counts.items()},
            "ignored": list(self.ignored),
            "not_looked_for": {key: list(lacks) for key, lacks in self.not_looked_for.items()},
        }


def look(case: Case, ignored: Collection[str] = ()) -> Findings:
    """Looks for every trap that can be known of this case.

    Args:
        case: the cluster, and how much of it is known.
        ignored: ids of rules to leave out.
    """
    wanted = [rule for rule in RULES if rule.id not in ignored]
    able = [rule for rule in wanted if rule.needs <= case.known]
    found = [_finding(case, rule, trap) for rule in able for trap in rule.look(case)]
    return Findings(
        sorted(found, key=lambda one: ORDER.index(one.rule.severity)),
        tuple(rule.id for rule in RULES if rule.id in ignored),
        {rule.id: _lacking(case, rule) for rule in wanted if rule not in able},
    )


def _finding(case: Case, rule: Rule, trap: Trap) -> Finding:
    remedy = trap.remedy or rule.remedy
    return Finding(rule, trap, case.scenario.source.problem(trap.path, trap.message, remedy))


def _lacking(case: Case, rule: Rule) -> tuple[str, ...]:
    lacks = rule.needs - case.known
    needed = [WORKLOAD] if WORKLOAD in lacks else [need for need in NEEDS if need in lacks]
    return tuple(NEEDS[need] for need in needed)
