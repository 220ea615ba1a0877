"""The headline figures: each read from where its definition says."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sim import Scenario, run
from sim.results.headline import HEADLINES, headline_figures

SCENARIO = {
    "duration": "12m",
    "cluster": {
        "subnets": [
            {"name": "wide", "cidr": "10.0.0.0/24"},
            {"name": "narrow", "cidr": "10.0.1.0/26"},
        ],
        "node_groups": [
            {
                "name": "batch",
                "instance_type": "m5.large",
                "nodes": [{"at": "0s", "nodes": 2}, {"at": "4m", "nodes": 3}],
            }
        ],
    },
    "ipamd": {"WARM_IP_TARGET": 1},
    "warm_up": "3m",
    "workload": [
        {"kind": "deployment", "name": "web", "replicas": [{"at": "5m", "replicas": 30}]},
    ],
}


NOT_THERE = [
    *("others_requests", "others_throttled_share", "others_given_up"),
    *("overlay_held_mean", "overlay_waste_mean"),
]
"""Figures of what this scenario does not have: others in the account, an overlay."""


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    """The summary of a small run in which pods wait."""
    return run(Scenario.from_dict(SCENARIO)).summary


def test_every_name_has_a_figure(summary: dict[str, Any]) -> None:
    """Each path leads to a number, and names, values and definitions are in one order."""
    figures = headline_figures(summary)
    assert list(figures.values) == list(HEADLINES) == [one.name for one in HEADLINES.values()]
    assert [name for name, value in figures.values.items() if value is None] == NOT_THERE


def test_they_are_the_summary_s(summary: dict[str, Any]) -> None:
    """Figures of each kind are those of the summary."""
    values = headline_figures(summary).values
    pods, cluster = summary["pods"], summary["addresses"]["cluster"]
    assert values["waste_mean"] == cluster["waste"]["mean"]
    assert values["throttled_share"] == summary["ec2"]["throttled_share"]
    assert values["pod_ip_wait_p99"] == pods["ip_wait_s"]["p99"] > 0
    assert values["pod_start_latency_max"] == pods["start_latency_s"]["max"]
    assert values["nodes_ready_p99"] == summary["nodes"]["time_to_ready_s"]["p99"]


def test_the_narrowest_subnet_counts(summary: dict[str, Any]) -> None:
    """Of several subnets the one with the least headroom gives the figure."""
    subnets = summary["addresses"]["subnets"]
    free = headline_figures(summary).values["subnet_free_min"]
    assert free == subnets["narrow"]["smallest_free"] < subnets["wide"]["smallest_free"]


def test_pods_that_were_still_starting_are_not_unserved(summary: dict[str, Any]) -> None:
    """The end of a run starves nobody whose first CNI ADD was still to come."""
    changed = copy.deepcopy(summary)
    changed["pods"]["unserved"] = 5
    changed["pods"]["unserved_reasons"] = {"no free address": 3, "starting": 2}
    assert headline_figures(changed).values["unserved_pods"] == 3
    changed["pods"]["unserved_reasons"] = {"no free address": 5}
    assert headline_figures(changed).values["unserved_pods"] == 5


def test_lower_bounds_are_named(summary: dict[str, Any]) -> None:
    """Exactly the waits that the summary calls lower bounds are, in the order of definitions."""
    assert headline_figures(summary).at_least == ()
    changed = copy.deepcopy(summary)
    changed["pods"]["ip_wait_s"]["at_least"] = ["max", "p99"]
    changed["nodes"]["time_to_ready_s"]["at_least"] = ["p99"]
    expected = ("pod_ip_wait_p99", "pod_ip_wait_max", "nodes_ready_p99")
    assert headline_figures(changed).at_least == expected


def test_waits_of_no_pods_do_not_exist() -> None:
    """Without pods their waits are None, counts are 0."""
    idle = {**SCENARIO, "workload": [{"kind": "deployment", "name": "web", "replicas": 0}]}
    values = headline_figures(run(Scenario.from_dict(idle)).summary).values
    assert values["pod_ip_wait_p99"] is None
    assert values["calls_per_pod"] is None
    assert values["pods_created"] == 0
