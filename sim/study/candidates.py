"""The settings that a recommendation chooses from: those that differ in effect, in both modes.

A candidate is what one aws-node DaemonSet can say about its warm pool. Of the many ways to write
the same, each effect is here once (`sim.ipamd.decisions` has the rules):

- WARM_ENI_TARGET and WARM_PREFIX_TARGET rule only without IP targets.
- MINIMUM_IP_TARGET up to WARM_IP_TARGET changes nothing. In prefix mode it acts in whole prefixes.
  Where one or two of them hold all that max pods allow, a few candidates come to the same.

Left out: targets above what a node can hold or its max pods can use, MINIMUM_IP_TARGET without
WARM_IP_TARGET, since then it is a ceiling (one pod more than that on a node never starts), and
WARM_PREFIX_TARGET=0, which upstream does not support. Where a range is long, values stand at equal
ratios in it. What the scenario says is a candidate whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sim.aws.instance_types import of_group
from sim.ipamd.settings import IPS_PER_PREFIX
from sim.kube.max_pods import address_capacity, max_pods
from sim.scenario.ipamd import Ipamd
from sim.scenario.variants import variant_scenario

if TYPE_CHECKING:
    from sim.scenario.cluster import NodeGroup
    from sim.scenario.load import Scenario
    from sim.scenario.models import ScenarioModel

ENIS, IPS = "WARM_ENI_TARGET", "WARM_IP_TARGET"
PREFIXES, PREFIX_IPS = "WARM_PREFIX_TARGET", "WARM_IP_TARGET in prefix mode"
MIXED = "as it is"
"""Kinds of candidates; the last one is a scenario whose node groups have settings of their own."""

MOST_WARM, MOST_WARM_IN_PREFIXES, MOST_PREFIXES, MOST_ENIS = 24, 16, 12, 16
"""Values in a range, at most."""

_MINIMUM = "MINIMUM_IP_TARGET"
_MODE = "ENABLE_PREFIX_DELEGATION"

Settings = Mapping[str, int | bool]


class Candidate(NamedTuple):
    """Settings of the warm pool.

    Attributes:
        kind: which targets rule.
        warm: the warm target of that kind.
        minimum: MINIMUM_IP_TARGET; 0: not set.
    """

    kind: str
    warm: int = 0
    minimum: int = 0

    @property
    def holds_prefixes(self) -> bool:
        """Whether this is a setting of prefix mode."""
        return self.kind in (PREFIXES, PREFIX_IPS)

    @property
    def settings(self) -> dict[str, int | bool]:
        """Every variable that it decides, with its value; none if the groups' stay as they are."""
        if self.kind == MIXED:
            return {}
        mode = {_MODE: self.holds_prefixes}
        if self.kind in (ENIS, PREFIXES):
            return {**mode, self.kind: self.warm, IPS: 0, _MINIMUM: 0}
        return {**mode, IPS: self.warm, _MINIMUM: self.minimum}

    def __str__(self) -> str:
        shown = {name: value for name, value in self.settings.items() if value}
        if self.kind == ENIS:
            shown[ENIS] = self.warm
        return " ".join(f"{name}={str(v).lower()}" for name, v in shown.items()) or MIXED


class Limits(NamedTuple):
    """What matters at most, over all node groups.

    Attributes:
        ips: addresses of a node in secondary mode.
        enis: WARM_ENI_TARGET.
        prefix_ips: addresses of a node in prefix mode; 0 if no type can hold prefixes.
    """

    ips: int
    enis: int
    prefix_ips: int


@dataclass(frozen=True)
class Space:
    """All candidates, and which of them are next to each other.

    Attributes:
        ranks: of each candidate, its place among the values of each of its targets.
        current: what the scenario says; it need not be among those with a rank.
    """

    ranks: Mapping[Candidate, tuple[int, int]]
    current: Candidate

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All of them, the current one first."""
        return (self.current, *(one for one in self.ranks if one != self.current))

    @cached_property
    def _at(self) -> dict[tuple[str, int, int], Candidate]:
        return {(one.kind, *rank): one for one, rank in self.ranks.items()}

    def neighbours(self, of: Candidate) -> list[Candidate]:
        """The candidates of the same kind, one value off in either target or in both."""
        if of not in self.ranks:
            return []
        i, j = self.ranks[of]
        steps = ((di, dj) for di in (-1, 0, 1) for dj in (-1, 0, 1) if di or dj)
        near = (self._at.get((of.kind, i + di, j + dj)) for di, dj in steps)
        return [one for one in near if one is not None]

    def spread(self, n: int) -> list[Candidate]:
        """About ``n`` candidates that fill the space: always the farthest from those before it.

        Ranks are scaled by the longest range of their kind; kinds are as far apart as can be.
        """
        chosen = [self.current]
        rest = [one for one in self.candidates if one != self.current]
        far = {one: self._distance(one, self.current) for one in rest}
        while far and len(chosen) < n:
            farthest = max(far, key=far.__getitem__)
            chosen.append(farthest)
            del far[farthest]
            for one, distance in far.items():
                far[one] = min(distance, self._distance(one, farthest))
        return chosen

    def _distance(self, a: Candidate, b: Candidate) -> float:
        if a.kind != b.kind or a not in self.ranks or b not in self.ranks:
            return 1.0
        length = self._lengths[a.kind]
        return max(abs(x - y) for x, y in zip(self.ranks[a], self.ranks[b], strict=True)) / length

    @cached_property
    def _lengths(self) -> dict[str, int]:
        lengths: dict[str, int] = {}
        for one, rank in self.ranks.items():
            lengths[one.kind] = max(lengths.get(one.kind, 1), *rank)
        return lengths


def under(scenario: Scenario, candidate: Candidate) -> Scenario:
    """The scenario with a candidate's settings on the nodes of all groups."""
    return variant_scenario(scenario, str(candidate), candidate.settings)


def space(model: ScenarioModel) -> Space:
    """The settings to choose from for a scenario's node groups."""
    limits = limits_of(model)
    current = current_candidate(model, limits)
    return Space(dict(_ranked(limits, current)), current)


def limits_of(model: ScenarioModel) -> Limits:
    """Up to where targets matter on any of a scenario's nodes."""
    settings = [given for _, given in model.group_settings()]
    groups = list(zip(model.cluster.node_groups, settings, strict=True))
    used = [(group, one) for group, one in groups if any(step.nodes for step in group.nodes)]
    return Limits(
        ips=max(_most_ips(group, one, prefixes=False) for group, one in used or groups),
        enis=max(_most_enis(group, one) for group, one in used or groups),
        prefix_ips=max(
            _most_ips(group, one, prefixes=True) if of_group(group).prefix_delegation else 0
            for group, one in used or groups
        ),
    )


def _in_mode(settings: Ipamd, *, prefixes: bool) -> Ipamd:
    return settings.model_copy(update={_MODE: prefixes, IPS: 0, _MINIMUM: 0})


def _most_ips(group: NodeGroup, settings: Ipamd, *, prefixes: bool) -> int:
    given = _in_mode(settings, prefixes=prefixes)
    capacity = address_capacity(of_group(group), given, group.unmanaged_enis)
    return min(capacity, max_pods(group, given))


def _most_enis(group: NodeGroup, settings: Ipamd) -> int:
    return -(-_most_ips(group, settings, prefixes=False) // of_group(group).slots)


def current_candidate(model: ScenarioModel, limits: Limits) -> Candidate:
    """What a scenario's settings are, in the form of a candidate; MIXED if its groups differ."""
    found = {_as_candidate(given, limits): None for _, given in model.group_settings()}
    return next(iter(found)) if len(found) == 1 else Candidate(MIXED)


def _as_candidate(given: Ipamd, limits: Limits) -> Candidate:
    prefixes = given.ENABLE_PREFIX_DELEGATION and limits.prefix_ips > 0
    warm, minimum = given.WARM_IP_TARGET, given.MINIMUM_IP_TARGET
    if not (warm or minimum):
        if prefixes:
            return Candidate(PREFIXES, given.WARM_PREFIX_TARGET)
        return Candidate(ENIS, given.WARM_ENI_TARGET)
    unit = IPS_PER_PREFIX if prefixes else 1
    has_effect = _whole(minimum, unit) > _whole(warm, unit)
    return Candidate(PREFIX_IPS if prefixes else IPS, warm, minimum if has_effect else 0)


def _ranked(limits: Limits, current: Candidate) -> Iterator[tuple[Candidate, tuple[int, int]]]:
    for rank, warm in enumerate(_with(scale(limits.enis, MOST_ENIS), current, ENIS, low=0)):
        yield Candidate(ENIS, warm), (rank, 0)
    warms = _with(scale(limits.ips, MOST_WARM), current, IPS)
    yield from _pairs(IPS, warms, _with_minimum(warms, current, IPS), 1)
    if not limits.prefix_ips:
        return
    most = _whole(limits.prefix_ips, IPS_PER_PREFIX) // IPS_PER_PREFIX
    counts = scale(most, MOST_PREFIXES)
    for rank, warm in enumerate(_with(counts, current, PREFIXES)):
        yield Candidate(PREFIXES, warm), (rank, 0)
    warms = _with(scale(limits.prefix_ips, MOST_WARM_IN_PREFIXES), current, PREFIX_IPS)
    minima = {IPS_PER_PREFIX * count for count in counts}
    minima |= {_whole(warm, IPS_PER_PREFIX) for warm in warms}
    in_order = _with_minimum(sorted(minima), current, PREFIX_IPS)
    yield from _pairs(PREFIX_IPS, warms, in_order, IPS_PER_PREFIX)


def _pairs(
    kind: str, warms: list[int], minima: list[int], unit: int
) -> Iterator[tuple[Candidate, tuple[int, int]]]:
    """Warm targets with each minimum that has an effect; the least one stands for none."""
    for i, warm in enumerate(warms):
        for j, minimum in enumerate(minima):
            if minimum >= _whole(warm, unit):
                has_effect = minimum > _whole(warm, unit)
                yield Candidate(kind, warm, minimum if has_effect else 0), (i, j)


def _with(values: Iterable[int], current: Candidate, kind: str, low: int = 1) -> list[int]:
    """The values, with the current one of this kind if it lies among them, and the lowest."""
    values = {low, *values}
    if current.kind == kind and low <= current.warm <= max(values):
        values.add(current.warm)
    return sorted(values)


def _with_minimum(values: list[int], current: Candidate, kind: str) -> list[int]:
    unit = IPS_PER_PREFIX if kind == PREFIX_IPS else 1
    minimum = _whole(current.minimum, unit) if current.kind == kind else 0
    return sorted({*values, minimum}) if 0 < minimum <= values[-1] else values


def _whole(count: int, unit: int) -> int:
    return -(-count // unit) * unit


def scale(most: int, n: int) -> list[int]:
    """Up to ``n`` rising whole numbers from 1 to ``most``, at ratios as equal as can be."""
    values = [1] if most >= 1 else []
    while values and values[-1] < most:
        last, left = values[-1], n - len(values)
        ratio = (most / last) ** (1 / left)
        values.append(max(last + 1, round(last * ratio)))
    return values
