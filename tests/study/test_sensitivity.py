"""Inputs in doubt: which they are, what changes with them, and whether a choice stays."""

from __future__ import annotations

from typing import Any

import pytest
from test_candidates import scenario
from test_limits import figures

from sim.results.headline import Figures
from sim.scenario.distributions import OneDistribution
from sim.study.assumed import doubtful_inputs, longer
from sim.study.limits import limits
from sim.study.sensitivity import judged

LATENCY = "aws.latency.AssignPrivateIpAddresses"
POISSON = {"kind": "poisson", "name": "p", "arrivals_per_minute": 4, "lifetime": "60s"}


@pytest.mark.parametrize(
    ("values", "lacking"),
    [
        ({}, {"churn"}),
        ({"workload": [POISSON]}, set()),
        ({"aws.metadata_delay": "1s"}, {"churn", "metadata delay"}),
        ({"aws.quota_multiplier": 2}, {"churn", "EC2 quotas"}),
        ({"aws.buckets": {"CreateTags": None}}, {"churn", "EC2 quotas"}),
        ({LATENCY: "1s"}, {"churn"}),
        ({"cluster.node_groups.g.launch_delay": "40s"}, {"churn", "node launch times"}),
        (
            {f"kube.{key}_time": "1s" for key in ("sandbox", "image_pull", "container_start")},
            {"churn", "pod start times"},
        ),
        ({"workload[0].termination_time": "1s"}, {"churn", "pod termination times"}),
    ],
)
def test_what_is_given_is_not_in_doubt(values: dict[str, Any], lacking: set[str]) -> None:
    """All that the scenario does not set is in doubt, and churn wherever there is any."""
    every = {
        "EC2 latencies",
        "metadata delay",
        "node launch times",
        "pod start times",
        "pod termination times",
        "EC2 quotas",
        "churn",
    }
    found = doubtful_inputs(scenario().with_values(values))
    assert {one.name for one in found} == every - lacking
    assert {one.name for one in found if one.is_given} <= {"churn"}


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_each_input_changes_by_the_factor(factor: float) -> None:
    """What is in doubt is changed, and nothing else; a given latency stays."""
    one = scenario().with_values({"workload": [POISSON], LATENCY: "1s"})
    inputs = {found.name: found for found in doubtful_inputs(one)}
    changed = {name: found.change(one, factor).model for name, found in inputs.items()}
    aws = {name: model.aws for name, model in changed.items()}
    assert aws["EC2 latencies"].latency["AssignPrivateIpAddresses"].constant == 1000
    created = aws["EC2 latencies"].latency["CreateNetworkInterface"].lognormal
    assert created is not None
    assert created.p50 % 50 == 0
    assert aws["EC2 quotas"].quota_multiplier == factor
    delay = aws["metadata delay"].metadata_delay.lognormal
    assert delay is not None
    assert (delay.p50, delay.p99) == (800 * factor, 8000 * factor)
    assert changed["pod start times"].kube.sandbox_time.constant == 500 * factor
    assert changed["churn"].workload[0].lifetime.constant == 60_000 / factor  # type: ignore[union-attr]
    assert changed["pod termination times"].workload[0].termination_time.constant == 2000 * factor
    assert all(model != one.model for model in changed.values())


@pytest.mark.parametrize(
    ("given", "doubled"),
    [
        ({"constant": "2s"}, {"constant": "4s"}),
        ({"uniform": {"min": "0s", "max": "1s500ms"}}, {"uniform": {"min": "0s", "max": "3s"}}),
        (
            {"empirical": {"values": ["1s", "1m"], "weights": [2.0, 1.0]}},
            {"empirical": {"values": ["2s", "2m"], "weights": [2.0, 1.0]}},
        ),
    ],
)
def test_longer(given: dict[str, Any], doubled: dict[str, Any]) -> None:
    """Every duration of a distribution is multiplied, and its weights are not."""
    made = OneDistribution.model_validate(longer(OneDistribution.model_validate(given), 2.0))
    assert made == OneDistribution.model_validate(doubled)


WELL = [figures(waste_mean=waste) for waste in (50.0, 52.0, 51.0)]
LESS = [figures(waste_mean=waste) for waste in (40.0, 42.5, 41.0)]
MIXED = [figures(waste_mean=waste) for waste in (40.0, 60.0, 45.0)]
LATE = [figures(waste_mean=30.0), figures(waste_mean=30.0, pod_ip_wait_p99=20.0), None]


@pytest.mark.parametrize(
    ("choice", "others", "fails", "better"),
    [
        (WELL, {}, (), ""),
        (LESS, {"a": WELL}, (), ""),
        (WELL, {"a": LESS}, (), "a"),
        (WELL, {"a": MIXED}, (), ""),
        (WELL, {"a": LATE, "b": LESS}, (), "b"),
        (LATE[:2], {"a": WELL[:2], "b": LESS[:2]}, ("pod_ip_wait_p99",), "b"),
        (LATE[:2], {"a": LATE[:2]}, ("pod_ip_wait_p99",), ""),
    ],
)
def test_judged(
    choice: list[Figures | None],
    others: dict[str, list[Figures | None]],
    fails: tuple[str, ...],
    better: str,
) -> None:
    """A choice gives way if it fails, or if one that keeps the limits is better beyond chance."""
    assert judged({"choice": choice} | others, limits(None), "waste") == (fails, better)
