"""One scenario, tried: what must hold after every event, at rest, and of daemons that sleep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from sim import Scenario
from sim.aws.subnets import PREFIX_SIZE
from sim.engine.build import World, build
from sim.engine.invariants import BrokenInvariantError
from sim.engine.run import simulate
from sim.results.records import NEVER

from . import draw
from .steady import at_rest, late_requests, may_ask_on, unsettled, without_daemon
from .watch import Watch

LOOKED_FOR = ("DescribeNetworkInterfaces", "DeleteNetworkInterface")
"""What the look for leaked ENIs asks for, at rest too."""

MOST_EVENTS = 200_000
"""Many times those of the busiest scenario; more come of a loop in which no time passes."""


class Tried(NamedTuple):
    """What a trial found, and how much of it there was.

    Attributes:
        found: what was wrong, in words; empty if nothing was.
        counts: events, looks at everything, nodes at rest, requests, failed ones, and so on.
    """

    found: str
    counts: Counter[str]


def drawn(seed: int) -> dict[str, Any]:
    """The scenario of a seed."""
    return draw.scenario(Random(seed))


def tried(data: Mapping[str, Any], *, sleeping: bool, thorough: bool = False) -> Tried:
    """Runs a scenario with all checks.

    Args:
        data: the scenario.
        sleeping: run it again with every pass made.
        thorough: check everything after every event (`Watch`).
    """
    scenario = Scenario.from_dict(data)
    counts: Counter[str] = Counter()
    try:
        world = watched(scenario, counts, thorough=thorough)
        counts["looked at after every event"] += thorough
        if sleeping:
            counts["compared with every pass"] += 1
            _compare(world, scenario)
    except Exception as error:  # whatever a world can raise is a finding
        return Tried(f"{type(error).__name__}: {error}", counts)
    return Tried("", counts)


def watched(scenario: Scenario, counts: Counter[str], *, thorough: bool = False) -> World:
    """A run of the scenario in which everything held.

    Raises:
        BrokenInvariantError: something did not.
    """
    world = build(scenario, scenario.duration_ms)
    watch = Watch(world, thorough=thorough)
    while world.clock.advance(world.duration_ms, 1):
        watch()
        counts["events"] += 1
        if counts["events"] > MOST_EVENTS:
            raise BrokenInvariantError(f"at {world.clock.now} ms: no end comes in sight")
    simulate(world)
    watch.look()
    counts["looks"] += watch.looks
    counts["requests"] += world.answers.total()
    counts["requests that failed"] += watch.failures.total()
    counts["pods with an address"] += world.api.kubelets.pods_started
    counts["nodes"] += len(world.nodes)
    _check_records(world)
    _check_rest(world, watch, counts)
    return world


def _check_records(world: World) -> None:
    """What the records say that nodes hold at the end is what EC2 says."""
    held: Counter[tuple[int, int]] = Counter()
    for interface in world.ec2.interfaces.values():
        size = 1 + len(interface.addresses) + PREFIX_SIZE * len(interface.prefixes)
        held[interface.subnet, interface.node] += size
    last = {(row[1], row[2]): row[3] for row in world.recorder.subnets.matrix().tolist()}
    for place, count in last.items():
        if place[1] != NEVER and held[place] != count:
            raise BrokenInvariantError(
                f"held {held[place]}, recorded {count} of (subnet, node) {place}"
            )


def _check_rest(world: World, watch: Watch, counts: Counter[str]) -> None:
    quiet = at_rest(world, watch)
    counts["nodes at rest"] += len(quiet)
    for node in quiet:
        for what in unsettled(world, node):
            raise BrokenInvariantError(f"at rest, {node.name}: {what}")
    for node in without_daemon(world):
        raise BrokenInvariantError(f"at rest, {node.name}: no daemon starts")
    requests = Counter(
        (node, action)
        for action, node, code in late_requests(world)
        if code == "OK" and action not in LOOKED_FOR
    )
    for node in quiet:
        asked = [action for number, action in requests if number == node.number]
        if asked and not may_ask_on(node):
            raise BrokenInvariantError(f"at rest, {node.name} asks for {asked[0]}")


def _compare(world: World, scenario: Scenario) -> None:
    """The records of daemons that make every pass are the same."""
    reference = build(scenario, scenario.duration_ms, every_pass=True)
    simulate(reference)
    mine, theirs = world.recorder.tables(), reference.recorder.tables()
    for name, table in mine.items():
        if rows(table) != rows(theirs[name]):
            raise BrokenInvariantError(f"{name}: sleeping daemons differ from those that do not")


def rows(table: Any) -> list[tuple[int, ...]]:
    """The rows of a table; those of data stores are written when they are next looked at."""
    found = [tuple(row) for row in table.matrix().tolist()]
    return sorted(found, key=lambda row: row[1]) if table.columns[0] == "time_ms" else found
