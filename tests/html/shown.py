"""Small results of each kind, with names that would break a page that trusts them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from made_outcomes import comparison, setting

from sim import Scenario, run
from sim.results.result import Result
from sim.study.comparison import Comparison

EVIL = "</script><img src=x onerror=alert(1)>"
MATHS = "$$\\alert$$"

SMALL: dict[str, Any] = {
    "name": "small",
    "duration": "20m",
    "warm_up": "2m",
    "cluster": {
        "subnets": [
            {"name": "a", "cidr": "10.0.0.0/27", "others": {"count": 7}},  # two nodes take the rest
            {"name": "b", "cidr": "10.0.1.0/25"},
        ],
        "node_groups": [{"name": "batch", "instance_type": "m5.large", "nodes": 3}],
    },
    "workload": [
        {"kind": "poisson", "name": "jobs", "arrivals_per_minute": 20, "lifetime": "2m"},
    ],
}


@cache
def ordinary() -> Result:
    """A run of twenty minutes."""
    return run(Scenario.from_dict(SMALL))


def named_badly() -> Result:
    """The same run, with markup for the names of the scenario, its nodes and subnets."""
    result = run(Scenario.from_dict(SMALL))
    summary = dict(result.summary)
    subnets = summary["addresses"]["subnets"]
    summary["scenario"] = summary["scenario"] | {"name": EVIL}
    summary["addresses"] = summary["addresses"] | {
        "subnets": dict(zip((EVIL, MATHS), subnets.values(), strict=True))
    }
    summary["findings"] = [f"Pods of {EVIL} waited."]
    names = result.names
    names.subnets[:], names.nodes[0], names.nodes[1] = [EVIL, MATHS], EVIL, MATHS
    result.summary = summary
    return result


def settings() -> Comparison:
    """Three variants; one is better for certain, one by chance, one is named badly."""
    lean = {"held_mean": [39.0, 40.0, 41.0, 40.0], "ec2_calls": [1_390, 1_400, 1_410, 1_400]}
    maybe = {"held_mean": [99.0, 104.0, 98.0, 101.0]}
    bad = {"held_mean": [50.0, 51.0, 52.0, 53.0], "unserved_pods": [0, 1, 2, 1]}
    return comparison(setting("lean", lean), setting("maybe", maybe), setting(EVIL, bad))


def first_runs() -> Iterator[tuple[str, Result]]:
    """A run of two of these settings."""
    yield "current", ordinary()
    yield EVIL, ordinary()
