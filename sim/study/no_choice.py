"""What there is to say and to do where no setting keeps the limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.advice.change import Change
from sim.results.headline import HEADLINES, Figures
from sim.scenario.expect import Expect

from .limits import Limits, worst_of
from .lines import Lines
from .reliefs import Relief

if TYPE_CHECKING:
    from sim.results.needed import Needed
    from sim.scenario.models import ScenarioModel
    from sim.scenario.rules import Rule

STARVED = "unserved_pods"
MARGIN = 0.05
"""By how much of it a limit that could be kept is wider than what was seen."""


class Shortage(NamedTuple):
    """Addresses that pods ask for and no setting can give them.

    Attributes:
        addresses: how many more the pods of the tightest subnet's nodes ask for at their peak than
            it has, under the setting with which they are fewest; the nodes' own come on top.
        subnet: its name; empty if it is not known.
    """

    addresses: int
    subnet: str


def shortage(model: ScenarioModel, needed: Iterable[Needed | None]) -> Shortage | None:
    """The shortage that is there under every setting; None if there is none or nobody knows.

    It is known where pods get their addresses from the subnet of their node, and nowhere else.

    Args:
        model: what ran.
        needed: what pods asked for under each setting on the same replication.
    """
    known = [one for one in needed if one is not None]
    if not known or not _in_their_nodes_subnets(model):
        return None
    best = max(known, key=lambda one: one.headroom)
    return Shortage(-best.headroom, best.subnet) if best.headroom < 0 else None


def _in_their_nodes_subnets(model: ScenarioModel) -> bool:
    """Whether all pods' addresses are of the subnet of their node."""
    cluster = model.cluster
    elsewhere = cluster.eni_configs or any(one.tags or one.tag_changes for one in cluster.subnets)
    settings = [given for _, given in model.group_settings()]
    return not elsewhere and all(map(model.pods_take_vpc_addresses, settings))


class Kept(NamedTuple):
    """Limits that a setting keeps, in place of those that it oversteps.

    Attributes:
        values: arguments of ``--set``, such as ``expect.pod_ip_wait_p99=<= 45s``.
        never: metrics of limits that no number would make it keep: some waits never ended.
    """

    values: tuple[str, ...]
    never: tuple[str, ...] = ()


def kept_limits(limits: Limits, runs: Sequence[Figures | None]) -> Kept:
    """The limits that these runs keep, a little wider than what was seen in the worst of them."""
    failing = limits.failing_by_itself(runs) if any(one is not None for one in runs) else []
    wider: dict[str, Any] = {}
    for rule in failing:
        wider |= _wider(rule, worst_of(rule, runs) or 0.0)
    relaxed = Expect.model_validate(limits.expect.model_dump() | wider)
    still = [rule.metric for rule in Limits(relaxed, limits.assumed).failing(runs)]
    values = [f"expect.{name}={text}" for name, text in wider.items() if name not in still]
    return Kept(tuple(values), tuple(still))


def _wider(rule: Rule, worst: float) -> dict[str, Any]:
    if rule.metric == STARVED:
        return {"allow_unserved": math.ceil(worst), STARVED: f"<= {math.ceil(worst)}"}
    unit = HEADLINES[rule.metric].unit
    if rule.operator == "==":
        return {rule.metric: f"== {_written(worst, unit)}"}
    is_most = rule.operator.startswith("<")
    bound = _rounded(worst * (1 + MARGIN if is_most else 1 - MARGIN), up=is_most)
    if unit == "share":
        bound = min(bound, 1.0)
    return {rule.metric: f"{'<=' if is_most else '>='} {_written(bound, unit)}"}


def _rounded(value: float, *, up: bool) -> float:
    """To two digits, up or down."""
    if value <= 0:
        return 0.0
    places = 1 - math.floor(math.log10(value))
    shifted = value * 10.0**places
    return round((math.ceil if up else math.floor)(round(shifted, 6)) / 10.0**places, 12)


def _written(value: float, unit: str) -> str:
    """A limit as a rule has it."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    if unit == "share":
        return f"{100 * value:.10f}".rstrip("0").rstrip(".") + "%"
    return f"{text}s" if unit == "s" else text


@dataclass(frozen=True)
class NoChoice:
    """Where no setting keeps the limits: why, and what could be done.

    Attributes:
        shortage: addresses that no setting can give; None if that is not why.
        gave_up: whether few settings were tried because of it.
        reliefs: what changes of what surrounds the pool do to the closest setting.
        kept: limits that the closest setting keeps.
        lines: those of the closest setting; None if it is the current one.
        change: from the current settings to it; None if it is the current one.
    """

    shortage: Shortage | None
    gave_up: bool
    reliefs: tuple[Relief, ...]
    kept: Kept
    lines: Lines | None
    change: Change | None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return {
            "shortage": self.shortage and self.shortage._asdict(),
            "gave_up": self.gave_up,
            "reliefs": [_relief(one) for one in self.reliefs],
            "keeps": self.kept._asdict() | {"values": list(self.kept.values)},
            "lines": self.lines and self.lines._asdict(),
            "change": self.change and self.change.to_dict(),
        }


def _relief(one: Relief) -> dict[str, Any]:
    said = {"change": one.name, "suffices": one.suffices, "setting": one.setting}
    return said | {"fails": dict(one.fails), "refused": one.refused}
