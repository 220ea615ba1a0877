"""Pods that wait for an address when the warm-up ends: on the screen, in rules and in causes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_command import Command

from sim import Scenario, run
from sim.results.result import Result
from sim.results.series import waits

SCENARIO = """\
duration: 15m
warm_up: 10m
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/26}]
  node_groups: [{name: n, instance_type: m5.large, nodes: 3, max_pods: 110}]
workload: [{kind: deployment, name: web, replicas: 80}]
expect: {pod_ip_wait_p99: <= 5s, unserved_pods: "== 0"}
"""
GIVEN = Scenario.from_dict(
    {
        "duration": "3m",
        "cluster": {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/26"}],
            "node_groups": [{"name": "n", "instance_type": "m5.large", "nodes": 3}],
        },
        "workload": [{"kind": "deployment", "name": "web", "replicas": 60}],
    }
)


def test_pods_that_starve_from_the_start(command: Command, tmp_path: Path) -> None:
    """They fail the rules, stand out, and are explained, however long the warm-up was."""
    path, out = tmp_path / "starved.yaml", str(tmp_path / "run")
    path.write_text(SCENARIO)
    ended = command("run", str(path), "--no-progress", "--out", out)
    assert ended.code == 99
    assert "expectations failed: pod_ip_wait_p99, unserved_pods" in ended.err
    assert ended.out.startswith("starved: 3 nodes, 35 pods after the warm-up, 15 min")
    assert "Pods  35, 35 had to wait for an address, 35 never got one" in ended.out
    assert "created after the warm-up, or still without an address when it ended" in ended.out
    assert "35 of 35 pods never got an address" in ended.out
    assert "35 pods waited over 10 s for an address" in ended.out
    assert "unserved" in command("explain", "pod", out).out


@pytest.fixture(scope="module")
def results() -> tuple[Result, Result]:
    """The same run with all pods counted, and with those that wait at 50 s."""
    whole, later = run(GIVEN), run(GIVEN.with_values({"warm_up": "50s"}))
    assert whole.pods.matrix.tolist() == later.pods.matrix.tolist()
    return whole, later


def test_pods_that_are_served_after_the_warm_up(results: tuple[Result, Result]) -> None:
    """They count with the whole of their wait, and those that were served in it do not."""
    whole, later = (one.summary["pods"] for one in results)
    assert 0 < later["started"] < whole["started"]
    assert later["waited"] == whole["waited"] > later["unserved"]
    assert later["ip_wait_s"]["max"] == whole["ip_wait_s"]["max"]
    assert later["start_latency_s"]["max"] == whole["start_latency_s"]["max"]
    late = [[text for text in one.summary["findings"] if "over 10 s" in text] for one in results]
    assert late[0] == late[1] != []


def test_charts_have_the_pods_of_the_summary(results: tuple[Result, Result]) -> None:
    """Waits that began in the warm-up stand where they began."""
    _, later = results
    counted = later.summary["pods"]["ip_wait_s"]["count"]
    assert waits.wait_curve(later).n == counted
    assert waits.waits_over_time(later).n.sum() == counted
    assert waits.waits_over_time(later).starts.min() < 50_000


def test_without_a_warm_up(results: tuple[Result, Result], capsys: Any) -> None:
    """Without one the screen says nothing of it."""
    from sim.report.terminal import print_summary

    print_summary(results[0].summary)
    assert "warm-up" not in capsys.readouterr().out
