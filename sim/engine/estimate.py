"""What a run will take, reckoned before it starts, and the refusal of what is too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario.errors import InputError, Path, Problem
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel
from sim.workload.expected import Expected, expected, mean_ms

from .expected_nodes import ExpectedNodes, expected_nodes

MOST_POD_EVENTS = 50_000_000
"""Comings and goings of pods in one run."""

MIB, GIB = 2**20, 2**30

MAX_MEMORY = 8 * GIB
"""Bytes that a run may need if nothing else is said."""

# Peak memory, measured on CPython 3.11 and 64-bit Linux.
BASE_BYTES = 70 * MIB
"""The interpreter and its packages."""
ARROW_BYTES = 45 * MIB
"""What writes Parquet, where the records go to a folder."""
NODE_BYTES = 50_000
"""A node with its daemon, its data store, the addresses it holds and the requests of its start."""
POD_AT_ONCE_BYTES = 3_500
"""A pod that is there, with its events and its part of its node's requests."""
TRACE_ROW_BYTES = 150
"""A row of a trace."""
POD_RECORDED_BYTES = 700
"""A pod's records and its share of the others, until the summary is made."""
NODE_HOUR_RECORDED_BYTES = 150
"""What is recorded of a node in an hour without pods."""
BLOCK_BYTES = 60 * MIB
"""The most that is held of records while they are counted and written, block by block."""
BLOCK_COPIES = 4
"""How often a block is held then, while there are fewer records than that."""

_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes:
        workloads: the pods of each workload by its place in the scenario; those of the DaemonSets
            by the place of their groups.
        group_nodes: the most nodes of each group at one time.
        nodes_made: all nodes, those that take the place of others included.
        node_hours: nodes x hours.
        trace_rows: rows of traces that are held.
    """

    workloads: dict[Path, Expected]
    group_nodes: list[int]
    nodes_made: float
    node_hours: float
    trace_rows: int

    @property
    def nodes(self) -> int:
        """The most nodes at one time."""
        return sum(self.group_nodes)

    @property
    def pods(self) -> float:
        """Pods in all."""
        return sum(one.pods for one in self.workloads.values())

    @property
    def pod_events(self) -> float:
        """Two a pod: it comes, and it goes."""
        return 2 * self.pods

    def memory(self, *, streams_to_disk: bool) -> float:
        """Bytes at the peak, with the records in memory or on their way to a folder."""
        at_once = sum(one.at_once for one in self.workloads.values())
        lives = NODE_BYTES * self.nodes_made + POD_AT_ONCE_BYTES * at_once
        held = BASE_BYTES + lives + TRACE_ROW_BYTES * self.trace_rows
        records = POD_RECORDED_BYTES * self.pods + NODE_HOUR_RECORDED_BYTES * self.node_hours
        blocks = min(BLOCK_COPIES * records, BLOCK_BYTES)
        return held + blocks + (ARROW_BYTES if streams_to_disk else records)

    def __str__(self) -> str:
        needs = [_size(self.memory(streams_to_disk=streams)) for streams in (False, True)]
        return (
            f"about {_rounded(self.pods)} pods ({_rounded(self.pod_events)} pod events) on up to "
            f"{self.nodes:,} node{'s' * (self.nodes != 1)}, {needs[0]} of memory, {needs[1]} if "
            "the records go to a folder"
        )


def estimate(scenario: Scenario) -> Estimate:
    """What a run of the scenario will take."""
    model, duration = scenario.model, scenario.duration_ms
    start = _start_ms(model)
    workloads = {
        ("workload", index): expected(spec, scenario.traces, duration, start)
        for index, spec in enumerate(model.workload)
    }
    groups = expected_nodes(model, list(workloads.values()), duration)
    return Estimate(
        workloads=workloads | dict(_daemons(groups)),
        group_nodes=[one.most for one in groups],
        nodes_made=sum(one.made for one in groups),
        node_hours=sum(one.hours for one in groups),
        trace_rows=sum(len(trace.start_ms) for trace in scenario.traces.values()),
    )


def check(
    scenario: Scenario, *, streams_to_disk: bool, max_memory: int | None = MAX_MEMORY
) -> None:
    """Refuse a run that is too large, before anything of it is made.

    Args:
        scenario: what is to be run.
        streams_to_disk: whether its records are written to a folder while it runs.
        max_memory: bytes that it may need at most; None: any number.

    Raises:
        InputError: it would have over `MOST_POD_EVENTS`, or need over ``max_memory``.
    """
    problem = excess(scenario, streams_to_disk=streams_to_disk, max_memory=max_memory)
    if problem is not None:
        raise InputError([problem])


def excess(
    scenario: Scenario, *, streams_to_disk: bool, max_memory: int | None = MAX_MEMORY
) -> Problem | None:
    """What `check` would refuse a run for, if anything."""
    found = estimate(scenario)
    if found.pod_events > MOST_POD_EVENTS:
        largest = max(found.workloads, key=lambda path: found.workloads[path].pods)
        message = f"the run is too long: {found}; {MOST_POD_EVENTS:,} pod events are the most"
        pods = _rounded(found.workloads[largest].pods)
        remedy = f"shorten the duration, or bring fewer pods than the {pods} from here"
        return scenario.source.problem(largest, message, remedy)
    need = found.memory(streams_to_disk=streams_to_disk)
    if max_memory is None or need <= max_memory:
        return None
    message = f"the run needs more than {_size(max_memory)} of memory: {found}"
    return scenario.source.problem(("duration",), message, _memory_remedy(found, need, max_memory))


def _memory_remedy(found: Estimate, need: float, max_memory: int) -> str:
    lift = f"allow it with --max-memory {_size(1.05 * need).replace(' ', '')}"
    if need > found.memory(streams_to_disk=True) <= max_memory:
        return f"write the records to a folder with --out, or {lift}"
    return f"shorten the duration, bring fewer pods, or {lift}"


def _start_ms(model: ScenarioModel) -> float:
    kube = model.kube
    parts = (kube.schedule_time, kube.sandbox_time, kube.image_pull_time, kube.container_start_time)
    return sum(mean_ms(part, _HOUR_MS) for part in parts)


def _daemons(groups: list[ExpectedNodes]) -> Iterator[tuple[Path, Expected]]:
    for index, group in enumerate(groups):
        each = len(group.spec.daemonsets)
        path = ("cluster", "node_groups", index, "daemonsets")
        yield path, Expected(each * group.made, each * group.most)


def _rounded(number: float) -> str:
    """A number with three digits that count."""
    return f"{float(f'{number:.3g}'):,.0f}"


def _size(count: float) -> str:
    return f"{count / MIB:.0f} MiB" if count < GIB else f"{count / GIB:.1f} GiB"
