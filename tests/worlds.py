"""Small worlds in which everything takes a constant time, for tests that reckon to the ms.

A node asked for at T is Ready at T + 1 s, and has more addresses than pods. A pod created at T
where a node has room is bound at T + 10 ms, has its address at T + 510 ms and runs at T + 3,010 ms;
an address is released 300 ms after the end of the containers, 2 s after a delete request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sim import Scenario
from sim.engine.build import World, build
from sim.engine.run import simulate
from sim.results.records import (
    POD_COLUMNS,
    POD_OUTCOMES,
    POOL_COLUMNS,
    SUBNET_COLUMNS,
    UNSERVED_REASONS,
    PoolTable,
    Table,
)
from sim.scenario.aws import DEFAULT_LATENCY

Data = dict[str, Any]

READY_MS = 1_000
ADDRESS_MS = 510
RUNNING_MS = 3_010
TEARDOWN_MS = 300
STOP_MS = 2_300

NO_LATENCY: Data = {"latency": dict.fromkeys(DEFAULT_LATENCY, "0s"), "metadata_delay": "0s"}
PLENTY: Data = {"ENABLE_PREFIX_DELEGATION": True, "WARM_PREFIX_TARGET": 9}
CLUSTER_KEYS = ("autoscalers", "zone_outages")
CALM: Data = {"add_retry": "10s", "not_initialised_retry": "1s", "sync_tick": "0s"}


def group(**changes: Any) -> Data:
    """One node with room for 27 pods besides aws-node and kube-proxy: 1,930m, 7,218 MiB."""
    spec = {"name": "g", "instance_type": "m5.large", "nodes": 1, "launch_delay": "1s"}
    return spec | changes


def scenario(*workload: Data, **changes: Any) -> Scenario:
    """A scenario; ``changes`` are of its top, but those of the cluster and of kube."""
    subnets = changes.pop("subnets", [{"name": "a", "cidr": "10.0.0.0/20"}])
    cluster = {"subnets": subnets, "node_groups": changes.pop("groups", [group()])}
    cluster |= {name: changes.pop(name) for name in CLUSTER_KEYS if name in changes}
    top = {
        "duration": "10m",
        "cluster": cluster,
        "aws": NO_LATENCY,
        "ipamd": PLENTY,
        "kube": CALM | changes.pop("kube", {}),
        "workload": list(workload) or [{"kind": "deployment", "name": "none", "replicas": 0}],
    }
    return Scenario.from_dict(top | changes)


def play(*workload: Data, watch: Callable[[World], None] | None = None, **changes: Any) -> World:
    """The world at the end of `scenario`, with all records; ``watch`` saw it after every event."""
    loaded = scenario(*workload, **changes)
    world = build(loaded, loaded.duration_ms)
    simulate(world, after_event=watch)
    return world


def job(**changes: Any) -> Data:
    """A Job of one pod, created at 2 s, that works for 10 s."""
    return {"kind": "job", "name": "job", "at": "2s", "lifetime": "10s"} | changes


def deployment(replicas: Any, **changes: Any) -> Data:
    """A Deployment."""
    return {"kind": "deployment", "name": "web", "replicas": replicas} | changes


def trace(folder: Path, rows: Iterable[tuple[Any, ...]], **changes: Any) -> Data:
    """A trace of pods with (start, end, node); no end: the pod stays, no node: it is not pinned."""
    path = folder / "pods.csv"
    padded = [(*row, "", "")[:3] for row in rows]
    lines = ["start,end,node", *(",".join(map(str, row)) for row in padded)]
    path.write_text("\n".join(lines) + "\n")
    columns = {"cpu": None, "memory": None, "node": "node"}
    return {"kind": "trace", "name": "trace", "file": str(path), "columns": columns} | changes


class PodRow(NamedTuple):
    """A pod's record; names instead of numbers."""

    pod: int
    workload: str
    node: str
    host_network: int
    created_ms: int
    bound_ms: int
    first_add_ms: int
    address_ms: int
    running_ms: int
    ended_ms: int
    released_ms: int
    adds: int
    outcome: str
    reason: str
    deadline_missed: int
    index: int


def rows(table: Table | PoolTable) -> list[dict[str, int]]:
    """The rows of a table of records."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.matrix().tolist()]


def pods(world: World, workload: str = "") -> list[PodRow]:
    """Records of a workload's pods, of all but DaemonSets' if not given, as they were created."""
    assert PodRow._fields == POD_COLUMNS
    names = world.recorder.names
    found = []
    for row in rows(world.recorder.pods):
        named = row | {
            "workload": names.workloads[row["workload"]],
            "node": names.nodes[row["node"]] if row["node"] >= 0 else "",
            "outcome": POD_OUTCOMES[row["outcome"]],
            "reason": UNSERVED_REASONS[row["reason"]],
        }
        found.append(PodRow(**named))
    wanted = [p for p in found if p.workload == workload or not (workload or "/" in p.workload)]
    return sorted(wanted)


def column(world: World, name: str, workload: str = "") -> list[Any]:
    """One column of `pods`."""
    return [getattr(pod, name) for pod in pods(world, workload)]


def nodes(world: World) -> dict[str, dict[str, int]]:
    """Records of nodes by their names."""
    names = world.recorder.names.nodes
    return {names[row["node"]]: row for row in rows(world.recorder.nodes)}


def launch_failures(world: World) -> list[int]:
    """Times of failed launches."""
    return [row["time_ms"] for row in rows(world.recorder.launch_failures)]


def held_at_end(world: World, node: str) -> dict[str, int]:
    """What EC2 and the data store last say that a node holds, by column."""
    number = world.recorder.names.nodes.index(node)
    last: dict[str, int] = {}
    for table, columns in (
        (world.recorder.pool, POOL_COLUMNS[3:]),
        (world.recorder.subnets, SUBNET_COLUMNS[3:4]),
    ):
        for row in rows(table):
            if row["node"] == number:
                last |= {name: row[name] for name in columns}
    return last
