"""Same seed, same bytes; a changed setting leaves the pods as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario, run

DATA: dict[str, Any] = {
    "duration": "20m",
    "cluster": {
        "subnets": [
            {"name": "a", "cidr": "10.0.0.0/24", "zone": "a", "tags": {"x": "1", "y": "2"}},
            {"name": "b", "cidr": "10.0.1.0/24", "zone": "b"},
        ],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 8}],
    },
    "ipamd": {"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 6},
    "workload": [
        {
            "kind": "poisson",
            "name": "churn",
            "arrivals_per_minute": 40,
            "lifetime": {"lognormal": {"p50": "40s", "p99": "5m"}},
            "termination_time": {"uniform": {"min": "0s", "max": "30s"}},
        },
        {
            "kind": "cronjob",
            "name": "cron",
            "schedule": "*/2 * * * *",
            "parallelism": 5,
            "completions": 5,
            "lifetime": {"exponential": {"mean": "20s"}},
        },
        {"kind": "deployment", "name": "web", "replicas": 20, "updates": [{"at": "8m"}]},
    ],
}

CHILD = """
import json, sys
from sim import Scenario, run
run(Scenario.from_dict(json.loads(sys.argv[1]))).save(sys.argv[2])
"""


def backwards(data: Any) -> Any:
    """The same data with the keys of each mapping in the other order; lists stay."""
    if isinstance(data, dict):
        return {key: backwards(value) for key, value in reversed(data.items())}
    return [backwards(value) for value in data] if isinstance(data, list) else data


def bytes_of(folder: Path) -> dict[str, bytes]:
    """What a saved run consists of."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_seed_same_bytes_in_other_processes(tmp_path: Path) -> None:
    """Every file is equal under another hash seed and with the keys in another order."""
    import json

    saved = []
    for hash_seed, data in (("1", DATA), ("2", backwards(DATA))):
        target = tmp_path / hash_seed
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", CHILD, json.dumps(data), str(target)]
        subprocess.run(command, check=True, env=environment)
        saved.append(bytes_of(target))
    assert saved[0].keys() >= {"summary.json", "manifest.json", "pods.parquet", "pool.parquet"}
    assert saved[0] == saved[1]


def test_another_seed_gives_other_records() -> None:
    """The seed matters: equal bytes are not equal for want of randomness."""
    scenario = Scenario.from_dict(DATA)
    one, other = run(scenario), run(scenario, seed=2)
    assert one.pods["created_ms"].tolist() != other.pods["created_ms"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"ipamd.WARM_IP_TARGET": 0, "ipamd.MINIMUM_IP_TARGET": 0},
        {"ipamd.ENABLE_PREFIX_DELEGATION": True},
        {"cluster.node_groups.g.nodes": 12},
        {"aws.quota_multiplier": 0.02},
    ],
    ids=str,
)
def test_a_setting_leaves_arrivals_and_lives_as_they_were(change: dict[str, Any]) -> None:
    """Pods of a Poisson workload come at the same times and want to live as long."""
    scenario = Scenario.from_dict(DATA)
    before, after = run(scenario), run(scenario.with_values(change))
    assert arrivals(before) == arrivals(after)
    assert before.ec2_calls["request_ms"].tolist() != after.ec2_calls["request_ms"].tolist()


def arrivals(result: Any) -> list[int]:
    """Creation times of the first workload's pods."""
    pods = result.pods
    return sorted(pods["created_ms"][pods["workload"] == 0].tolist())


def test_another_workload_leaves_arrivals_as_they_were() -> None:
    """Streams are keyed by name: adding a workload moves no other."""
    scenario = Scenario.from_dict(DATA)
    fewer = Scenario.from_dict(DATA | {"workload": DATA["workload"][:1]})
    assert arrivals(run(scenario)) == arrivals(run(fewer))
