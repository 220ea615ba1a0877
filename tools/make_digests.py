"""Runs ten shipped scenarios, and writes what they gave to tests/engine/digests.json.

Usage: python tools/make_digests.py            (writes the file: what they give now is right)
       python tools/make_digests.py --check    (exits with 1 if they give something else)
       python tools/make_digests.py --print    (all figures, as JSON)

Of each scenario the file has the number of events on the clock, and SHA-256 of its records and of
its summary. What changes without a change of the model is not in them: tables without rows,
versions, the digest of the scenario, warnings.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from sim import Scenario
from sim.engine.build import build
from sim.engine.run import simulate
from sim.results.blocks import InMemory
from sim.results.result import Result

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "tests" / "engine" / "digests.json"

TEN: dict[str, list[str]] = {
    "quickstart.yaml": [],
    "cron-batch.yaml": [],
    "alternatives.yaml": ["variants={}", "cluster.overlay={kind: calico-vxlan}", "duration=30m"],
    "subnets-run-out.yaml": [
        "cluster.subnets.private-a.cidr=10.0.0.0/25",
        "cluster.subnets.private-b.cidr=10.0.8.0/25",
        "cluster.subnets.private-c.cidr=10.0.16.0/28",
        "cluster.node_groups.general.nodes=[{at: 0s, nodes: 15}, {at: 11m, nodes: 60}]",
        "workload.services.replicas=[{at: 0s, replicas: 120}, {at: 11m, replicas: 190}]",
        "workload.tasks.arrivals_per_minute=5",
        "duration=18m",
    ],
    "changes/to-prefixes-in-a-tight-subnet.yaml": [],
    "learn/moving-to-prefixes.yaml": ["duration=30m"],
    "nodes/karpenter-or-cluster-autoscaler.yaml": ["duration=30m"],
    "questions/300-nodes-in-step.yaml": [],
    "questions/ec2-impaired.yaml": ["workload.tasks.arrivals_per_minute=20"],
    "questions/security-groups-for-pods.yaml": [],
}
"""Scenarios and what is set in them: between them each table has rows and each feature is used."""

Data = dict[str, Any]


def scenario(name: str) -> Scenario:
    """One of the ten."""
    return Scenario.load(ROOT / "scenarios" / name, TEN[name])


def played(one: Scenario) -> tuple[int, Result]:
    """(events on the clock, the result) of a run."""
    world = build(one, one.duration_ms)
    memory = InMemory(world.recorder.names)
    simulate(world, memory)
    events = next(world.clock._eid)
    return events, Result(one, memory.tables(), world.recorder.names, world.duration_ms)


def of_records(result: Result) -> str:
    """Of all rows, and of what their numbers stand for."""
    sha256 = hashlib.sha256()
    for name, records in result.tables.items():
        if len(records):
            sha256.update(name.encode() + records.matrix.astype("<i8").tobytes())
    sha256.update(json.dumps(vars(result.names), sort_keys=True).encode())
    return sha256.hexdigest()


def figures(result: Result) -> Data:
    """The summary, without what changes though the model does not."""
    changing = ("schema_version", "versions", "warnings")
    kept = {name: value for name, value in result.summary.items() if name not in changing}
    kept["scenario"] = {k: v for k, v in kept["scenario"].items() if k != "digest"}
    return kept


def described(name: str) -> Data:
    """All that a scenario gives: events, digest of the records, figures."""
    events, result = played(scenario(name))
    rows = {table: len(records) for table, records in result.tables.items() if len(records)}
    made = {"events": events, "rows": rows, "records": of_records(result)}
    return {**made, "figures": figures(result)}


def digests(made: Data) -> Data:
    """What is kept of `described`."""
    text = json.dumps(made["figures"], sort_keys=True)
    return {
        "events": made["events"],
        "records": made["records"],
        "summary": hashlib.sha256(text.encode()).hexdigest(),
    }


def known() -> dict[str, Data]:
    """What the file says."""
    found: dict[str, Data] = json.loads(TARGET.read_text(encoding="utf-8"))
    return found


def main(option: str = "") -> int:
    """Writes, compares or prints."""
    made = {name: described(name) for name in TEN}
    if option == "--print":
        print(json.dumps(made))
        return 0
    found = {name: digests(one) for name, one in made.items()}
    if option == "--check":
        other = [name for name in TEN if known().get(name) != found[name]]
        print("\n".join(f"{name}: other than expected" for name in other))
        return 1 if other else 0
    TARGET.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
