"""Runs a scenario from its first millisecond to its last."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.aws.ec2 import THROTTLED
from sim.scenario.load import Scenario

from .build import World, build

if TYPE_CHECKING:
    from sim.results.result import Result

EVENTS_BETWEEN_LOOKS = 2_000
PROGRESS_INTERVAL_S = 0.1


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
) -> Result:
    """Runs a scenario and returns its result.

    Args:
        scenario: what to run, or the file it is in.
        seed: takes the place of the scenario's seed.
        progress: called about ten times a second of real time.

    Raises:
        InputError: the scenario or a trace cannot be read.
    """
    from sim.results.result import Result

    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(Path(scenario))
    if seed is not None:
        scenario = scenario.with_values({"seed": seed})
    world = build(scenario, scenario.duration_ms)
    simulate(world, progress)
    return Result(scenario, world.recorder, world.duration_ms)


def simulate(
    world: World,
    progress: Callable[[Progress], None] | None = None,
    after_event: Callable[[World], None] | None = None,
) -> None:
    """Lets everything happen up to and including the last instant, then closes the records.

    Args:
        world: a world that was just built.
        progress: see `run`.
        after_event: called after every event; tests check invariants with it.
    """
    clock, end = world.clock, world.duration_ms
    looked = time.monotonic()
    events = EVENTS_BETWEEN_LOOKS if after_event is None else 1
    while clock.advance(end, events):
        if after_event is not None:
            after_event(world)
        if progress is not None and time.monotonic() - looked >= PROGRESS_INTERVAL_S:
            progress(_progress(world))
            looked = time.monotonic()
    if clock.now < end:
        clock.run(until=end)
    close_records(world)
    if progress is not None:
        progress(_progress(world))


def _progress(world: World) -> Progress:
    return Progress(
        world.clock.now,
        world.duration_ms,
        world.api.kubelets.pods_started,
        len(world.recorder.ec2_calls),
        world.answers[THROTTLED],
    )


def close_records(world: World) -> None:
    """Writes what is only known at the end: pods that are alive, and the nodes."""
    for node in world.nodes:
        node.flush(world.duration_ms)
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
    world.api.record_rest()
