"""Small runs, of a tenth of a second each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim import Scenario
from sim.study.jobs import Job

Data = dict[str, Any]

TRACE = "start,end,cpu,memory\n" + "".join(f"{s},{s + 90},1,1\n" for s in range(0, 400, 20))


def small(**changes: Any) -> Data:
    """Pods that come and go on two nodes for ten minutes."""
    group = {"name": "g", "instance_type": "m5.large", "nodes": 2, "daemonsets": []}
    pods = {
        "kind": "poisson",
        "name": "pods",
        "arrivals_per_minute": 12,
        "lifetime": {"exponential": {"mean": "1m"}},
        "requests": {"cpu": "10m", "memory": "16Mi"},
    }
    base = {
        "duration": "10m",
        "cluster": {"subnets": [{"name": "a", "cidr": "10.0.0.0/24"}], "node_groups": [group]},
        "ipamd": {"WARM_IP_TARGET": 2},
        "workload": [pods],
    }
    return base | changes


def replayed(folder: Path, rows: str = TRACE, **changes: Any) -> Scenario:
    """The same nodes with pods from a trace in the folder, t.csv."""
    (folder / "t.csv").write_text(rows)
    trace = {"kind": "trace", "name": "pods", "file": "t.csv"}
    return Scenario.from_dict(small(workload=[trace | changes]), folder)


def jobs(count: int, **changes: Any) -> list[Job]:
    """Jobs that differ in their seeds."""
    scenario = Scenario.from_dict(small(**changes))
    return [Job.of(scenario, seed) for seed in range(1, count + 1)]


def failing(folder: Path) -> Job:
    """A job that raises: its trace has no pod in its window."""
    return Job.of(replayed(folder, window={"from": "1h", "to": "2h"}))
