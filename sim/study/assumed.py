"""Inputs of a scenario that are assumed rather than given, and the scenario with one changed.

Assumed is what the scenario's file does not set and no document states for every account: EC2's
latencies, the delay of the instance metadata, the quotas of this account, how long nodes take to
launch and pods to start and to stop. Churn is given by the workload (unless a snapshot has none),
and yet a guess about tomorrow: it is among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.aws import DEFAULT_LATENCY
from sim.scenario.distributions import OneDistribution
from sim.scenario.errors import InputError
from sim.scenario.factors import shortened, with_factors
from sim.scenario.messages import at

from .assumed_churn import churn_is_unknown

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

CHANGES = (0.5, 2.0)

Values = dict[str, Any]


class Input(NamedTuple):
    """An input that may be other than the scenario says.

    Attributes:
        name: in words.
        is_given: whether the scenario sets it.
        change: the scenario with it times a factor.
    """

    name: str
    is_given: bool
    change: Callable[[Scenario, float], Scenario]


def doubtful_inputs(scenario: Scenario) -> list[Input]:
    """Inputs that a recommendation may hang on, without those that mean nothing here."""
    found = [
        Input(name, False, _setter(values))
        for name, values in _DISTRIBUTIONS.items()
        if next(values(scenario), None) is not None
    ]
    if not any(_is_given(scenario, "aws", key) for key in ("quota_multiplier", "buckets")):
        found.append(Input("EC2 quotas", False, _factor("quota")))
    if has_churn(scenario):
        found.append(Input("churn", not churn_is_unknown(scenario.model), _factor("churn")))
    return found


def has_churn(scenario: Scenario) -> bool:
    """Whether any pods come and go, so that they can do so faster."""
    try:
        with_factors(scenario, {"churn": 2.0})
    except InputError:
        return False
    return True


def _factor(name: str) -> Callable[[Scenario, float], Scenario]:
    return lambda scenario, factor: with_factors(scenario, {name: factor})


_Found = Iterator[tuple[str, OneDistribution]]


def _setter(values: Callable[[Scenario], _Found]) -> Callable[[Scenario, float], Scenario]:
    def change(scenario: Scenario, factor: float) -> Scenario:
        return scenario.with_values({path: longer(one, factor) for path, one in values(scenario)})

    return change


def longer(distribution: OneDistribution, factor: float) -> Mapping[str, Any]:
    """A distribution as plain data, with its durations times a factor."""
    data: Mapping[str, Any] = shortened(distribution.model_dump(mode="json"), 1 / factor)
    return data


def _is_given(scenario: Scenario, *path: str | int) -> bool:
    return at(scenario.source.data, path) is not None


def _latencies(scenario: Scenario) -> _Found:
    given = scenario.model.aws.latency
    yield from ((f"aws.latency.{k}", one) for k, one in DEFAULT_LATENCY.items() if k not in given)


def _metadata(scenario: Scenario) -> _Found:
    if not _is_given(scenario, "aws", "metadata_delay"):
        yield "aws.metadata_delay", scenario.model.aws.metadata_delay


def _launches(scenario: Scenario) -> _Found:
    for index, group in enumerate(scenario.model.cluster.node_groups):
        if not _is_given(scenario, "cluster", "node_groups", index, "launch_delay"):
            yield f"cluster.node_groups[{index}].launch_delay", group.launch_delay


def _starts(scenario: Scenario) -> _Found:
    kube = scenario.model.kube
    for key in ("sandbox_time", "image_pull_time", "container_start_time"):
        if not _is_given(scenario, "kube", key):
            yield f"kube.{key}", getattr(kube, key)


def _ends(scenario: Scenario) -> _Found:
    for index, workload in enumerate(scenario.model.workload):
        if not _is_given(scenario, "workload", index, "termination_time"):
            yield f"workload[{index}].termination_time", workload.termination_time


_DISTRIBUTIONS: dict[str, Callable[[Scenario], _Found]] = {
    "EC2 latencies": _latencies,
    "metadata delay": _metadata,
    "node launch times": _launches,
    "pod start times": _starts,
    "pod termination times": _ends,
}
"""Distributions that the scenario does not give, by what they are together."""
