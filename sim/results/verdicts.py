"""Whether a run came out as its scenario expects."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.report.format import number_of
from sim.scenario.expect import Expect
from sim.scenario.headlines import HEADLINES
from sim.scenario.rules import Rule

from .headline import Figures

NOTHING_MEASURED = "there was nothing to measure"
LOWER_BOUND = "only a lower bound: some waits never ended"


class Verdict(NamedTuple):
    """What became of a rule.

    Attributes:
        rule: what was expected.
        value: what was measured, in the figure's unit; None: the figure does not exist.
        at_least: whether the value is only a lower bound.
        holds: whether it is as expected.
        why: what the value alone does not tell; empty if there is nothing more.
    """

    rule: Rule
    value: float | None
    at_least: bool
    holds: bool
    why: str = ""

    def data(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        rest = self._asdict()
        rule = rest.pop("rule")
        return {"metric": rule.metric, "rule": rule.text, "limit": rule.limit, **rest}


def check(expect: Expect | None, figures: Figures) -> list[Verdict]:
    """Judges the figures of a run.

    A figure that does not exist breaks no rule. A pod without an address, beyond those allowed,
    fails every rule on a wait of pods; and a lower bound is never low enough.

    Args:
        expect: what is expected; None: nothing.
        figures: what was measured.

    Returns:
        One verdict a rule, in the order of `HEADLINES`.
    """
    if expect is None:
        return []
    starved = _starved(expect, figures)
    return [_verdict(rule, figures, starved) for rule in expect.rules]


def _starved(expect: Expect, figures: Figures) -> str:
    """What to say if more pods than are allowed never got an address; else empty."""
    unserved, allowed = figures.values["unserved_pods"] or 0, expect.allow_unserved
    if unserved <= allowed:
        return ""
    but = f" ({allowed:,} may: allow_unserved)" if allowed else ""
    return f"{number_of(unserved, 'pod')} never got an address{but}"


def _verdict(rule: Rule, figures: Figures, starved: str) -> Verdict:
    value, at_least = figures.values[rule.metric], rule.metric in figures.at_least
    if starved and HEADLINES[rule.metric].kind == "wait":
        return Verdict(rule, value, at_least, False, starved)
    if value is None:
        return Verdict(rule, value, at_least, True, NOTHING_MEASURED)
    holds = rule.allows(value) and not (at_least and rule.operator not in (">=", ">"))
    return Verdict(rule, value, at_least, holds, LOWER_BOUND if at_least and not holds else "")
