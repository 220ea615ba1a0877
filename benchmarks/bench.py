"""Speed of the model as a ratio to a bare SimPy loop over the same pod events.

Usage: python benchmarks/bench.py [--scale FACTOR] [--repeat N]

The floor is a process a pod, all made before the run, two timeouts each, nothing else. The model
runs the same pods with complete records: 200 m5.large, one hour, Poisson pods of 120 s mean life.
Each setting is run with pods pinned to their nodes, and once through the scheduler. Event counts
and a digest of the records are asserted to be the same in each repetition; no time is.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simpy

from sim import Scenario, __version__
from sim.engine.build import World, build
from sim.engine.run import simulate
from sim.randomness import Streams

NODES = 200
HOURS = 1
PODS_PER_HOUR = 70_000
MEAN_LIFE_MS = 120_000
HOUR_MS = 3_600_000

Pod = tuple[int, int, int]
"""(created ms, deleted ms, node)."""

SETTINGS = {
    "defaults": {"WARM_ENI_TARGET": 1},
    "prefixes": {"ENABLE_PREFIX_DELEGATION": True, "WARM_PREFIX_TARGET": 1},
}


@dataclass(frozen=True)
class Measured:
    """One run: seconds, events on the clock, and a digest of what it recorded."""

    seconds: float
    events: int
    digest: str


def make_pods(nodes: int, duration_ms: int, per_hour: int) -> list[Pod]:
    """Poisson arrivals with exponential lives, each on a node drawn uniformly."""
    stream = Streams(1).stream("benchmark")
    pods: list[Pod] = []
    now = 0.0
    while True:
        now += stream.expovariate(per_hour / HOUR_MS)
        if now >= duration_ms:
            return pods
        life = 1 + stream.expovariate(1 / MEAN_LIFE_MS)
        pods.append((int(now), int(now + life), stream.randrange(nodes)))


def floor(pods: list[Pod], duration_ms: int) -> Measured:
    """The bare loop."""
    started = time.perf_counter()
    clock = simpy.Environment()

    def pod(created: int, life: int) -> Generator[simpy.Event, Any, None]:
        yield clock.timeout(created)
        yield clock.timeout(life)

    for created, deleted, _ in pods:
        clock.process(pod(created, deleted - created))
    clock.run(until=duration_ms)
    seconds = time.perf_counter() - started
    return Measured(seconds, next(clock._eid), "")


def scenario_of(
    pods: list[Pod], nodes: int, duration_ms: int, ipamd: dict[str, Any], folder: Path, pin: bool
) -> Scenario:
    """The same pods as a trace, on nodes that start in the first seconds."""
    rows = [f"{created},{deleted},g-{node}\n" for created, deleted, node in pods]
    (folder / "pods.csv").write_text("start,end,node\n" + "".join(rows))
    columns = {"cpu": None, "memory": None} | ({"node": "node"} if pin else {})
    kube = dict.fromkeys(
        ("schedule_time", "sandbox_time", "image_pull_time", "container_start_time"), "0s"
    )
    trace = {
        "kind": "trace",
        "name": "pods",
        "file": "pods.csv",
        "units": {"time": "ms"},
        "columns": columns,
        "termination_time": "0s",
    }
    return Scenario.from_dict(
        {
            "duration": f"{duration_ms}ms",
            "cluster": {
                "subnets": [{"name": "a", "cidr": "10.0.0.0/16"}],
                "node_groups": [
                    {
                        "name": "g",
                        "instance_type": "m5.large",
                        "nodes": nodes,
                        "launch_delay": "0s",
                        "daemonsets": [],
                    }
                ],
            },
            "ipamd": ipamd,
            "kube": kube | {"teardown_time": "0s"},
            "workload": [trace],
        },
        folder,
    )


def model(scenario: Scenario) -> tuple[Measured, World]:
    """One run of the model, from building its world to its last record."""
    started = time.perf_counter()
    world = build(scenario, scenario.duration_ms)
    simulate(world)
    seconds = time.perf_counter() - started
    digest = hashlib.sha256()
    for table in world.recorder.tables().values():
        digest.update(table.values.tobytes())
    return Measured(seconds, next(world.clock._eid), digest.hexdigest()[:16]), world


def repeated(run: Callable[[], Measured], times: int) -> Measured:
    """The median run; all must have made the same events and records."""
    runs = [run() for _ in range(times)]
    assert len({(one.events, one.digest) for one in runs}) == 1, "runs differ"
    seconds = statistics.median(one.seconds for one in runs)
    return Measured(seconds, runs[0].events, runs[0].digest)


def main() -> None:
    """Prints one line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of nodes and pods")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each case")
    given = parser.parse_args()
    nodes, per_hour = max(1, int(NODES * given.scale)), int(PODS_PER_HOUR * given.scale)
    duration_ms = HOURS * HOUR_MS
    pods = make_pods(nodes, duration_ms, per_hour)
    print(f"ipamd-sim {__version__}, Python {platform.python_version()}, {platform.machine()}")
    print(f"{nodes} m5.large, {HOURS} h, {len(pods):,} pods; median of {given.repeat} runs\n")
    print(f"{'case':22}{'seconds':>9}{'events':>12}{'events/s':>12}{'ratio':>8}  records")
    base = repeated(lambda: floor(pods, duration_ms), given.repeat)
    show("floor", base, base)
    for name, ipamd in SETTINGS.items():
        for pin in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                scenario = scenario_of(pods, nodes, duration_ms, ipamd, Path(folder), pin)
                measured = repeated(lambda one=scenario: model(one)[0], given.repeat)
            show(f"{name}{'' if pin else ', scheduled'}", measured, base)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MiB")


def show(name: str, measured: Measured, base: Measured) -> None:
    """One line: what was measured, and its ratio to the floor."""
    rate, ratio = measured.events / measured.seconds, measured.seconds / base.seconds
    print(
        f"{name:22}{measured.seconds:9.2f}{measured.events:12,}{rate:12,.0f}{ratio:8.1f}"
        f"  {measured.digest}"
    )


if __name__ == "__main__":
    main()
