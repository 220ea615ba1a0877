"""What would help where no setting keeps the limits: a few changes of what surrounds the pool.

Each is tried by itself, on a few replications: under the setting that oversteps the limits least,
and under the current one, which may do where there is more room.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.errors import InputError, Problem
from sim.scenario.factors import with_factors
from sim.scenario.ranges import Range
from sim.scenario.variants import variant_scenario
from sim.scenario.workload import Deployment

from .limits import Limits, worst_of
from .runs import Runs, figures

if TYPE_CHECKING:
    from sim.results.headline import Figures
    from sim.scenario.cluster import Subnet
    from sim.scenario.load import Scenario

TWICE, FOUR_TIMES = "subnets of twice the size", "subnets of four times the size"
COOLDOWN = "IP_COOLDOWN_PERIOD"
SHORT_COOLDOWN_S = 10
MOST_RELIEFS = 5
_LARGEST = 16
_FIRST = int(ipaddress.IPv4Address("10.0.0.0"))


class Relief(NamedTuple):
    """What a change of what surrounds the pool does.

    Attributes:
        name: the change, in words.
        setting: the name of the setting under which it does, or comes nearest: the first if none.
        fails: the limits that still fail there, each with its worst value of any run.
        refused: why it cannot be; empty if it can.
    """

    name: str
    setting: str
    fails: tuple[tuple[str, float | None], ...] = ()
    refused: str = ""

    @property
    def suffices(self) -> bool:
        """Whether all limits hold."""
        return not (self.fails or self.refused)


def reliefs(settings: Mapping[str, Scenario], limits: Limits, runs: Runs, n: int) -> list[Relief]:
    """Tries each of a fixed list of changes; the largest only if the one before does not do.

    Args:
        settings: the scenario under each setting, the one that oversteps the limits least first.
        limits: what has to hold.
        runs: runs them.
        n: replications of each.
    """
    found = _tried(dict(_changes(next(iter(settings.values())))), settings, limits, runs, n)
    if not found[0].suffices:
        found[1:1] = _tried({FOUR_TIMES: _larger(4)}, settings, limits, runs, n)
    return found


Change = Callable[["Scenario"], "Scenario"]


def _changes(given: Scenario) -> Iterator[tuple[str, Change]]:
    """The changes that mean something to a scenario, by name."""
    yield TWICE, _larger(2)
    yield "half the churn", lambda one: with_factors(one, {"churn": 0.5})
    if without := _without_surge(given):
        yield "rolling updates without surge", lambda one: one.with_values(without)
    if any(one.IP_COOLDOWN_PERIOD > SHORT_COOLDOWN_S for _, one in given.model.group_settings()):
        shorter = {COOLDOWN: SHORT_COOLDOWN_S}
        yield f"{COOLDOWN}={SHORT_COOLDOWN_S}", lambda one: variant_scenario(one, COOLDOWN, shorter)


def _larger(factor: int) -> Change:
    return lambda one: larger_subnets(one, factor)


def _tried(
    changes: Mapping[str, Change],
    settings: Mapping[str, Scenario],
    limits: Limits,
    runs: Runs,
    n: int,
) -> list[Relief]:
    """Each change under each setting, the runs of all of them at once."""
    refused: dict[str, str] = {}
    changed: dict[tuple[str, str], Scenario] = {}
    for name, change in changes.items():
        try:
            changed |= {(name, setting): change(one) for setting, one in settings.items()}
        except InputError as error:
            refused[name] = error.problems[0].message
    outcomes = runs.on_first(n, list(changed.values()))
    came = [
        Relief(name, setting, _failing(limits, figures(of_one)))
        for (name, setting), of_one in zip(changed, outcomes, strict=True)
    ]
    first = next(iter(settings))
    return [
        min((one for one in came if one.name == name), key=lambda one: len(one.fails))
        if name not in refused
        else Relief(name, first, refused=refused[name])
        for name in changes
    ]


def _failing(
    limits: Limits, runs: Sequence[Figures | None]
) -> tuple[tuple[str, float | None], ...]:
    return tuple((rule.metric, worst_of(rule, runs)) for rule in limits.failing(runs))


def _without_surge(one: Scenario) -> dict[str, Any]:
    """Values under which updates take pods away before new ones come; none if all do."""
    values: dict[str, Any] = {}
    for index, workload in enumerate(one.model.workload):
        if not isinstance(workload, Deployment):
            continue
        for place, update in enumerate(workload.updates):
            path = f"workload[{index}].updates[{place}]"
            if str(update.maxSurge).rstrip("%") != "0":
                values[f"{path}.maxSurge"] = 0
                if str(update.maxUnavailable).rstrip("%") == "0":
                    values[f"{path}.maxUnavailable"] = "25%"
    return values


def larger_subnets(scenario: Scenario, factor: int) -> Scenario:
    """The scenario with subnets of so many times the size; what others hold moves with them.

    They are laid side by side from 10.0.0.0 on, so that none meets another.

    Args:
        scenario: stays as it is.
        factor: a power of 2.

    Raises:
        InputError: a subnet would be larger than the /16 that a VPC allows.
    """
    values: dict[str, Any] = {}
    free = _FIRST
    for index, subnet in enumerate(scenario.model.cluster.subnets):
        length = subnet.cidr.prefixlen - (factor.bit_length() - 1)
        if length < _LARGEST:
            message = f"{subnet.name} would be a /{length}, and a VPC subnet is a /16 at most"
            raise InputError([Problem(message)])
        size = 1 << (32 - length)
        start = -(-free // size) * size
        free = start + size
        path = f"cluster.subnets[{index}]"
        values[f"{path}.cidr"] = str(ipaddress.IPv4Network((start, length)))
        values |= _moved(path, subnet, start - int(subnet.cidr[0]))
    return scenario.with_values(values)


def _moved(path: str, subnet: Subnet, by: int) -> dict[str, Any]:
    """What lies at fixed places of a subnet, so many addresses further."""
    values: dict[str, Any] = {}
    if subnet.others.addresses:
        held = [str(Range(one.first + by, one.last + by)) for one in subnet.others.addresses]
        values[f"{path}.others.addresses"] = held
    for place, one in enumerate(subnet.reservations):
        moved = ipaddress.IPv4Network((int(one.cidr[0]) + by, one.cidr.prefixlen))
        values[f"{path}.reservations[{place}].cidr"] = str(moved)
    return values
