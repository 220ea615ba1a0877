"""The pods of a case: run by a bare SimPy loop, which is the floor, and by the model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simpy

from sim.randomness import Streams

from .measuring import Measured, stopwatch

if TYPE_CHECKING:  # the floor, in processes of its own, needs none of the model
    from sim import Scenario
    from sim.engine.build import World

HOUR_MS = 3_600_000

Data = dict[str, Any]
Pod = tuple[int, int, int]
"""(created ms, deleted ms, node)."""


@dataclass(frozen=True)
class Load:
    """Poisson pods on m5.large nodes that all start at time 0.

    Attributes:
        nodes: how many there are.
        duration_ms: how long the run is.
        per_node_hour: pods that arrive, on nodes drawn uniformly.
        life_ms: how long they live: the mean of an exponential, or always the same.
        ipamd: settings of the daemon.
        fixed_life: they live equally long.
        pinned: they go to the nodes that were drawn, past the scheduler.
        quota: multiplies EC2's request quotas.
    """

    nodes: int
    duration_ms: int
    per_node_hour: float
    life_ms: int
    ipamd: Data
    fixed_life: bool = False
    pinned: bool = True
    quota: float = 1.0

    def scaled(self, share: float) -> Load:
        """The same pods a node on a share of the nodes."""
        return replace(self, nodes=max(1, round(self.nodes * share)))

    def pods(self) -> list[Pod]:
        """The same each time."""
        stream = Streams(1).stream("benchmark")
        pods: list[Pod] = []
        now, rate = 0.0, self.nodes * self.per_node_hour / HOUR_MS
        while True:
            now += stream.expovariate(rate)
            if now >= self.duration_ms:
                return pods
            life = self.life_ms if self.fixed_life else 1 + stream.expovariate(1 / self.life_ms)
            pods.append((int(now), int(now + life), stream.randrange(self.nodes)))

    def scenario(self, pods: list[Pod], folder: Path) -> Scenario:
        """The pods as a trace in the folder, and the scenario that replays it."""
        from sim import Scenario

        rows = [f"{created},{deleted},g-{node}\n" for created, deleted, node in pods]
        trace = replayed(folder, rows, self.pinned)
        group = {"name": "g", "instance_type": "m5.large", "nodes": self.nodes, "daemonsets": []}
        aws = {"quota_multiplier": self.quota}
        scenario = world(self.duration_ms, group | {"launch_delay": "0s"}, self.ipamd, trace)
        return Scenario.from_dict(scenario | {"aws": aws}, folder)


def replayed(folder: Path, rows: list[str], pinned: bool) -> Data:
    """A workload from rows of start, end and node, which are written to the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "pods.csv").write_text("start,end,node\n" + "".join(rows))
    return {
        "kind": "trace",
        "name": "pods",
        "file": "pods.csv",
        "units": {"time": "ms"},
        "columns": {"cpu": None, "memory": None} | ({"node": "node"} if pinned else {}),
        "termination_time": "0s",
    }


def world(duration_ms: int, group: Data, ipamd: Data, workload: Data) -> Data:
    """A scenario of one group in one subnet, in which kubelets take no time."""
    steps = ("schedule", "sandbox", "image_pull", "container_start", "teardown")
    return {
        "duration": f"{duration_ms}ms",
        "cluster": {"subnets": [{"name": "a", "cidr": "10.0.0.0/16"}], "node_groups": [group]},
        "ipamd": ipamd,
        "kube": {f"{step}_time": "0s" for step in steps},
        "workload": [workload],
    }


def floor(pods: list[Pod], duration_ms: int) -> Measured:
    """The bare loop: a process a pod, all made before the run, two timeouts each, nothing else."""
    with stopwatch() as watch:
        clock = simpy.Environment()

        def pod(created: int, life: int) -> Generator[simpy.Event, Any, None]:
            yield clock.timeout(created)
            yield clock.timeout(life)

        for created, deleted, _ in pods:
            clock.process(pod(created, deleted - created))
        clock.run(until=duration_ms)
    return Measured(watch.seconds, next(clock._eid))


def model(scenario: Scenario) -> Measured:
    """A run of the model, from building its world to its last record."""
    build, simulate = _model()
    with stopwatch() as watch:
        made = build(scenario, scenario.duration_ms)
        simulate(made)
        records = made.recorder.take()
    return Measured(watch.seconds, next(made.clock._eid), digest(records))


def model_alone(scenario: Scenario) -> tuple[Measured, int]:
    """A run of the model on a world that was built before, and how many EC2 calls it made."""
    build, simulate = _model()
    made = build(scenario, scenario.duration_ms)
    with stopwatch() as watch:
        simulate(made)
    records = made.recorder.take()
    events = next(made.clock._eid)
    return Measured(watch.seconds, events, digest(records)), len(records["ec2_calls"])


def _model() -> tuple[Callable[[Scenario, int], World], Callable[[World], object]]:
    from sim.engine.build import build
    from sim.engine.run import simulate

    return build, simulate


def digest(records: dict[str, Any]) -> str:
    """Of all records, in the order in which they were made; tables without rows count nothing."""
    sha256 = hashlib.sha256()
    for name, table in records.items():
        if len(table):
            sha256.update(name.encode() + table.tobytes())
    return sha256.hexdigest()[:16]
