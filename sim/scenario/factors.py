"""The same scenario with more of something: churn, nodes, subnet, quota.

A factor of 1 leaves a scenario as it is. What each factor changes:

``churn``: pods come and go that much faster, as many of them at once as before.

- poisson: arrivals a minute times the factor, lifetimes divided by it.
- job, cronjob: completions times the factor, lifetimes divided by it; parallelism, schedule and
  deadlines stay. A Job of fewer pods than its parallelism has fewer at once.
- trace: its times are divided by the factor (``time_scale``). A run whose duration is given is
  shortened or lengthened from the first trace's ``at`` on, so that it covers the same part of it.
- pattern: its times from step to step, and lifetimes, divided by the factor.
- deployment: lifetimes divided by the factor. One without a lifetime, and the times of steps and
  rolling updates, stay as they are. If no workload has pods that come and go, there is nothing to
  change and the factor is refused.

``nodes``: the number of nodes of every group and step times the factor, to the nearest whole node
and at least one where there was one. Pods stay as they are. Of a group with an autoscaler the nodes
at first, ``min_nodes`` and ``max_nodes``; how many it makes is up to pods.

``subnet``: the addresses of every subnet without AWS's five, times a factor of at most 1. What is
cut off is held by others (``others.count``), from the low end up if nobody held any before, else
placed as those are.

``quota``: ``aws.quota_multiplier`` times the factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .checks import AWS_RESERVED
from .errors import InputError, Problem, did_you_mean, shown
from .units import format_duration, parse_duration
from .workload import BatchPods, Deployment, Pattern, Poisson, Trace, Workload

if TYPE_CHECKING:
    from .load import Scenario

Values = dict[str, Any]
"""Plain data by path, as `Scenario.with_values` takes it."""

LARGEST = 1000.0


def scaled(
    scenario: Scenario,
    *,
    churn: float = 1.0,
    nodes: float = 1.0,
    subnet: float = 1.0,
    quota: float = 1.0,
) -> Scenario:
    """The scenario with more, or less, of something; this one stays as it is.

    Raises:
        InputError: a factor is out of range or means nothing in this scenario, or the scenario it
            leads to is refused; the problems name the factor.
    """
    return with_factors(
        scenario, {"churn": churn, "nodes": nodes, "subnet": subnet, "quota": quota}
    )


def with_factors(
    scenario: Scenario, factors: Mapping[str, float], marks: Mapping[str, str] | None = None
) -> Scenario:
    """The scenario with each of these factors, named as in `FACTORS`.

    Args:
        scenario: stays as it is.
        factors: by name.
        marks: what problems name a factor by; ``churn=2`` if not given.

    Raises:
        InputError: as `scaled`, or there is no such factor.
    """
    source = scenario.source
    problems: list[Problem] = []
    for name, factor in factors.items():
        mark = (marks or {}).get(name) or f"{name}={factor}"
        try:
            for path, value in _changed(scenario, name, factor, mark).items():
                source = source.with_value(path, value, mark)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return scenario if source is scenario.source else scenario.with_source(source)


def _changed(scenario: Scenario, name: str, factor: float, mark: str) -> Values:
    """What a factor changes in a scenario, nothing if it is 1."""
    if name not in FACTORS:
        remedy = did_you_mean(name, list(FACTORS))
        raise InputError([Problem(f"there is no factor {name}", mark, remedy=remedy)])
    is_number = isinstance(factor, int | float) and not isinstance(factor, bool)
    most = _MOST.get(name, LARGEST)
    if not is_number or not 0 < factor <= most:
        message = f"{shown(factor)} is no factor above 0 and up to {most:g}"
        raise InputError([Problem(message, mark, remedy=_REMEDIES.get(name, ""))])
    if factor == 1:
        return {}
    try:
        return FACTORS[name](scenario, factor)
    except ValueError as error:
        raise InputError([Problem(str(error), mark)]) from None


def _churn(scenario: Scenario, factor: float) -> Values:
    model = scenario.model
    values: Values = {}
    for index, workload in enumerate(model.workload):
        for key, value in _faster(workload, factor).items():
            values[f"workload[{index}].{key}"] = value
    if not values:
        message = "no workload has pods that come and go: Deployments need a lifetime for that"
        raise ValueError(message)
    if starts := [one.at for one in model.workload if isinstance(one, Trace)]:
        values |= _covering(scenario, min(starts), factor)
    return values


def _faster(workload: Workload, factor: float) -> Values:
    """A workload's keys that change when its pods come and go faster."""
    if isinstance(workload, Trace):
        return {"time_scale": workload.time_scale / factor}
    if isinstance(workload, Deployment) and workload.lifetime is None:
        return {}
    given = workload.model_dump(mode="json", by_alias=True)
    if isinstance(workload, Pattern):
        times = {key: given[key] for key in ("every", "hold", "lifetime") if given[key]}
        return {key: shortened(value, factor) for key, value in times.items()}
    values = {"lifetime": shortened(given["lifetime"], factor)}
    if isinstance(workload, Poisson):
        steps = given["arrivals_per_minute"]
        key = "arrivals_per_minute"
        values[key] = [step | {key: step[key] * factor} for step in steps]
    if isinstance(workload, BatchPods):
        values["completions"] = _times(workload.completions, factor)
    return values


def shortened(value: Any, factor: float) -> Any:
    """Plain data, such as a distribution's, with its durations divided by the factor."""
    if isinstance(value, dict):
        return {key: shortened(inner, factor) for key, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner, factor) for inner in value]
    if isinstance(value, str):
        milliseconds = parse_duration(value)
        return format_duration(max(round(milliseconds / factor), min(milliseconds, 1)))
    return value  # a weight


def _covering(scenario: Scenario, start: int, factor: float) -> Values:
    """The duration that covers as much of the traces as before, if one is given."""
    if scenario.source.data.get("duration") is None:
        return {}  # it follows the traces by itself
    rest = scenario.duration_ms - start
    return {"duration": format_duration(start + round(rest / factor))} if rest > 0 else {}


def _nodes(scenario: Scenario, factor: float) -> Values:
    values: Values = {}
    for index, group in enumerate(scenario.model.cluster.node_groups):
        steps = [(format_duration(step.at), _times(step.nodes, factor)) for step in group.nodes]
        path = f"cluster.node_groups[{index}].nodes"
        values[path] = [{"at": at, "nodes": nodes} for at, nodes in steps]
        for key, limit in (("min_nodes", group.min_nodes), ("max_nodes", group.max_nodes)):
            if limit:
                values[f"cluster.node_groups[{index}].{key}"] = _times(limit, factor)
    return values


def _times(count: int, factor: float) -> int:
    """The nearest whole number, and at least one of what there was."""
    return max(math.floor(count * factor + 0.5), min(count, 1))


def _subnet(scenario: Scenario, factor: float) -> Values:
    values: Values = {}
    for index, subnet in enumerate(scenario.model.cluster.subnets):
        size = subnet.cidr.num_addresses - AWS_RESERVED
        held, placement = subnet.others.count, subnet.others.placement
        others = f"cluster.subnets[{index}].others"
        values[f"{others}.count"] = held + round(size * (1 - factor))
        values[f"{others}.placement"] = placement if subnet.others.total else "low-first"
    return values


def _quota(scenario: Scenario, factor: float) -> Values:
    return {"aws.quota_multiplier": scenario.model.aws.quota_multiplier * factor}


FACTORS: dict[str, Callable[[Scenario, float], Values]] = {
    "churn": _churn,
    "nodes": _nodes,
    "subnet": _subnet,
    "quota": _quota,
}
"""What each factor sets in a scenario."""

_MOST = {"subnet": 1.0}
_REMEDIES = {"subnet": "a larger subnet needs another cidr: give that"}
