"""Runs a scenario from its first millisecond to its last."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.aws.ec2 import THROTTLED
from sim.garbage import fewer_looks
from sim.results.records import NEVER, POD_COLUMNS
from sim.scenario.load import Scenario

from .build import World, build
from .estimate import MAX_MEMORY, check
from .interrupts import Interrupted, deferred

if TYPE_CHECKING:
    from sim.results.blocks import Block, Sink
    from sim.results.result import Result

EVENTS_BETWEEN_LOOKS = 2_000
PROGRESS_INTERVAL_S = 0.1
LEAST_ROWS, ROWS_A_NODE = 1 << 13, 4
"""Of a block: few enough to keep memory small, enough to make little of a block's own cost."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    now_ms: int
    duration_ms: int
    pods_started: int
    ec2_calls: int
    throttled: int


def run(
    scenario: Scenario | str | os.PathLike[str],
    *,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    out: str | os.PathLike[str] | None = None,
    max_memory: int | None = MAX_MEMORY,
) -> Result:
    """Runs a scenario and returns its result.

    Args:
        scenario: what to run, or the file it is in.
        seed: takes the place of the scenario's seed.
        progress: called about ten times a second of real time.
        out: a folder to write the records to while the run goes on, so that memory does not grow
            with its length; the result reads them from there.
        max_memory: bytes that the run may need by the estimate; None: as many as it likes.

    Raises:
        InputError: the scenario or a trace cannot be read, the folder not be written, or the run
            is too large.
        Interrupted: by Ctrl-C, or another signal that raises; what was recorded by then is in a
            folder beside ``out``.
    """
    from sim.results.blocks import InMemory
    from sim.results.result import Result

    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(Path(scenario))
    if seed is not None:
        scenario = scenario.with_values({"seed": seed})
    check(scenario, streams_to_disk=out is not None, max_memory=max_memory)
    world = build(scenario, scenario.duration_ms)
    if out is not None:
        return _to_folder(world, scenario, out, progress)
    memory = InMemory(world.recorder.names)
    with deferred() as is_interrupted:
        if simulate(world, memory, progress, is_interrupted=is_interrupted) < world.duration_ms:
            raise Interrupted(world.clock.now, world.duration_ms, None)
    return Result(scenario, memory.tables(), world.recorder.names, world.duration_ms)


def _to_folder(
    world: World,
    scenario: Scenario,
    out: str | os.PathLike[str],
    progress: Callable[[Progress], None] | None,
) -> Result:
    from sim.results.writer import RunWriter

    names, end = world.recorder.names, world.duration_ms
    with deferred() as is_interrupted, RunWriter(out, scenario, names, end) as writer:
        if simulate(world, writer, progress, is_interrupted=is_interrupted) < end:
            raise Interrupted(world.clock.now, end, writer.partial())
        return writer.finish()


def simulate(
    world: World,
    sink: Sink | None = None,
    progress: Callable[[Progress], None] | None = None,
    after_event: Callable[[World], None] | None = None,
    is_interrupted: Callable[[], bool] = bool,
) -> int:
    """Lets everything happen up to and including the last instant, then closes the records.

    Args:
        world: a world that was just built.
        sink: gets the records, block by block; without one they stay in the world's recorder.
        progress: see `run`.
        after_event: called after every event; tests check invariants with it.
        is_interrupted: asked now and then; True ends the run at the end of the instant.

    Returns:
        The ms at which it ended: the world's ``duration_ms``, or earlier if it was interrupted.
    """
    clock, end = world.clock, world.duration_ms
    blocks = _Blocks(world, sink) if sink is not None else None
    looked = time.monotonic()
    events = EVENTS_BETWEEN_LOOKS if after_event is None else 1
    with fewer_looks():
        while clock.advance(end, events):
            if after_event is not None:
                after_event(world)
            world.recorder.pack()
            if is_interrupted():
                end = clock.now
            elif blocks is not None:
                blocks.write_if_large()
            if progress is not None and time.monotonic() - looked >= PROGRESS_INTERVAL_S:
                progress(_progress(world))
                looked = time.monotonic()
        if clock.now < end:
            clock.run(until=end)
        close_records(world)
        if blocks is not None:
            blocks.write_last()
    if progress is not None:
        progress(_progress(world))
    return end


def _progress(world: World) -> Progress:
    return Progress(
        world.clock.now,
        world.duration_ms,
        world.api.kubelets.pods_started,
        world.answers.total(),
        world.answers[THROTTLED],
    )


def close_records(world: World) -> None:
    """Writes what is only known at the end: pods that are alive, and the nodes."""
    _record_nodes(world)
    for node in world.nodes:
        node.aws_node.close_records(NEVER)
    world.api.record_rest()
    if world.tenants is not None:
        world.tenants.close()


def _record_nodes(world: World) -> None:
    """Brings the records of data stores up to now, and writes all nodes as they are now."""
    now = world.clock.now
    for node in world.nodes:
        node.aws_node.flush(now)
        world.recorder.nodes.append(
            (
                node.number,
                node.group,
                node.subnet,
                node.requested_ms,
                node.started_ms,
                node.ready_ms,
                node.cordoned_ms,
                node.terminated_ms,
                node.boot_failures,
            )
        )


class _Blocks:
    """Takes the records of a run out of its recorder, and passes them on."""

    def __init__(self, world: World, sink: Sink) -> None:
        self._world = world
        self._sink = sink
        self._until_ms = NEVER

    def write_if_large(self) -> None:
        """Everything up to now, if it is worth it, with what else happens in this instant."""
        clock = self._world.clock
        if len(self._world.recorder) < max(LEAST_ROWS, ROWS_A_NODE * len(self._world.nodes)):
            return
        while clock.advance(clock.now, EVENTS_BETWEEN_LOOKS):
            pass
        _record_nodes(self._world)
        self._sink.write(self._block(self._world.api.waiting(self._until_ms)))

    def write_last(self) -> None:
        """All that was recorded since, of a run whose records are closed."""
        self._sink.write(self._block([]))

    def _block(self, waiting: list[tuple[int, ...]]) -> Block:
        import numpy as np

        from sim.results.blocks import Block
        from sim.results.tables import sorted_records, sorted_table

        world, names = self._world, self._world.recorder.names
        tables = sorted_records(world.recorder.take(), names)
        rows = np.array(waiting, np.int64).reshape(-1, len(POD_COLUMNS))
        self._until_ms = world.clock.now
        settled = world.region.settled_ms()
        return Block(tables, self._until_ms, settled, sorted_table("pods", rows, names))
