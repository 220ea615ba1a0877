"""Ten small scenarios, made from their numbers, on which searches are compared with the whole."""

from __future__ import annotations

import random
from typing import Any

TEN = range(10)
REPLICATIONS = 5

_TYPES = ("m5.large", "m5.4xlarge", "m5.xlarge", "c3.xlarge", "c5.2xlarge")
_OBJECTIVES = ("waste", "waste", "calls", "waste", "wait")
_EXPECT: tuple[dict[str, str], ...] = (
    {},
    {"pod_ip_wait_mean": "<= 2s"},
    {"pod_ip_wait_p99": "<= 0", "subnet_free_min": ">= 20"},
    {"pod_ip_wait_p90": "<= 1s"},
)


def objective(number: int) -> str:
    """What a scenario's settings are chosen by."""
    return _OBJECTIVES[number % len(_OBJECTIVES)]


def generated(number: int) -> dict[str, Any]:
    """A scenario of two or three nodes and some minutes, with limits of its own."""
    draw = random.Random(number)
    data: dict[str, Any] = {
        "name": f"generated-{number}",
        "seed": 100 + number,
        "duration": f"{draw.randrange(12, 18)}m",
        "warm_up": "2m",
        "cluster": {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/24", "others": {"count": 10}}],
            "node_groups": [
                {
                    "name": "general",
                    "instance_type": _TYPES[number % len(_TYPES)],
                    "nodes": draw.choice((2, 3)),
                    "max_pods": draw.choice(("auto", "recommended")),
                }
            ],
        },
        "workload": [_steady(draw), _busy(draw, number)],
    }
    if limits := _EXPECT[number % len(_EXPECT)]:
        data["expect"] = limits
    return data


def _steady(draw: random.Random) -> dict[str, Any]:
    few, many = draw.randrange(4, 12), draw.randrange(16, 40)
    steps = [("0s", few), ("5m", many), ("9m", few)]
    replicas = [{"at": at, "replicas": count} for at, count in steps]
    return {"kind": "deployment", "name": "steady", "replicas": replicas}


def _busy(draw: random.Random, number: int) -> dict[str, Any]:
    lifetime = {"lognormal": {"p50": f"{draw.randrange(15, 60)}s", "p99": "4m"}}
    if number % 2:
        pods = draw.randrange(6, 20)
        return {
            "kind": "cronjob",
            "name": "busy",
            "schedule": f"*/{draw.choice((1, 2, 3))} * * * *",
            "completions": pods,
            "parallelism": pods,
            "lifetime": lifetime,
        }
    rate = draw.randrange(6, 20)
    return {"kind": "poisson", "name": "busy", "arrivals_per_minute": rate, "lifetime": lifetime}
