"""A random scenario: a few small nodes, and trouble that ends before the run does.

All is drawn from one `random.Random`, so that a seed says it all; Hypothesis has one too, with
which it shrinks what it drew.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from . import troubles

Data = dict[str, Any]

CHURN_S = 480
"""Trouble, and all that changes the pods, is over by then."""

END_S = 1_200
"""Time enough for all to settle: an ENI may take five minutes to be deleted in vain."""

TYPES = ("t3.small", "t3.medium", "m5.large", "m5.large", "c5.xlarge", "m4.xlarge")


def settings(draw: Random) -> Data:
    """Some variables of aws-node, each given in a third of all cases."""
    choices: dict[str, Callable[[], Any]] = {
        "WARM_ENI_TARGET": lambda: draw.randint(0, 2),
        "WARM_PREFIX_TARGET": lambda: draw.randint(0, 2),
        "WARM_IP_TARGET": lambda: draw.randint(0, 6),
        "MINIMUM_IP_TARGET": lambda: draw.randint(0, 20),
        "MAX_ENI": lambda: draw.randint(0, 3),
        "ENABLE_PREFIX_DELEGATION": lambda: draw.random() < 0.7,
        "ENABLE_SUBNET_DISCOVERY": lambda: draw.random() < 0.5,
        "ENABLE_POD_ENI": lambda: draw.random() < 0.5,
        "IP_COOLDOWN_PERIOD": lambda: draw.choice([0, 5, 30]),
        "AWS_MANAGE_ENIS_NON_SCHEDULABLE": lambda: True,
        "DISABLE_LEAKED_ENI_CLEANUP": lambda: draw.random() < 0.3,
    }
    return {name: make() for name, make in choices.items() if draw.random() < 1 / 3}


def scenario(draw: Random) -> Data:
    """A scenario, as `sim.Scenario.from_dict` takes it."""
    data = {
        "duration": f"{END_S}s",
        "seed": draw.randint(0, 10_000),
        "cluster": _cluster(draw),
        "ipamd": settings(draw),
        "aws": {},
        "kube": {"aws_node_restart_max": "10s"},
        "workload": _workload(draw),
    }
    for trouble in troubles.ALL:
        if draw.random() < 0.3:
            trouble(draw, data)
    return data


def _cluster(draw: Random) -> Data:
    sizes = [draw.choice([24, 25, 26, 26, 27]), draw.choice([25, 26, 27])]
    zones = ["a", draw.choice("ab")]
    subnets = [
        {"name": name, "cidr": f"10.0.{place}.0/{size}", "zone": zone}
        for place, (name, size, zone) in enumerate(zip("ab", sizes, zones, strict=True))
    ]
    group: Data = {
        "name": "g",
        "instance_type": draw.choice(TYPES),
        "nodes": draw.randint(1, 3),
        "launch_delay": draw.choice(["0s", "5s", {"uniform": {"min": "2s", "max": "20s"}}]),
        "launch_retry": "20s",
    }
    if draw.random() < 0.5:
        group["subnets"] = ["a"]
    return {"subnets": subnets, "node_groups": [group]}


def _workload(draw: Random) -> list[Data]:
    """Pods that come and go until the trouble ends, and some that stay."""
    count = draw.randint(0, 14)
    steps = [{"at": "0s", "replicas": count}]
    times = sorted(draw.sample(range(30, CHURN_S, 5), draw.randint(0, 3)))
    steps += [{"at": f"{at}s", "replicas": draw.randint(0, 25)} for at in times]
    stays = {"kind": "deployment", "name": "web", "replicas": steps}
    if draw.random() < 0.3:
        stays["updates"] = [{"at": f"{draw.randrange(60, CHURN_S, 10)}s"}]
    if draw.random() < 0.3:
        return [stays]
    rate = draw.choice([2, 8, 20, 60])
    lifetime = f"{draw.choice([5, 20, 60])}s"
    rates = [
        {"at": "0s", "arrivals_per_minute": rate},
        {"at": f"{CHURN_S - 120}s", "arrivals_per_minute": 0},
    ]
    comes: Data = {"kind": "poisson", "name": "churn", "arrivals_per_minute": rates}
    is_constant = draw.random() < 0.5
    comes["lifetime"] = lifetime if is_constant else {"exponential": {"mean": lifetime}}
    return [stays, comes]
