"""Recorded stories: what the daemon did to the millisecond, and whether the model does it too.

A story is compared before the instant up to which all recorded runs of the daemon agree. The order
of things within one millisecond is not part of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.ipamd.context import RESTART
from sim.results.records import NEVER, Recorder

from .looks import FIRST_LOOK_MS, LOOK_EVERY_MS
from .world import asks_in_vain, node_name

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """The first thing that differs: when, what the daemon did, what the model did."""

    what: str
    ms: int
    daemon: Row | None
    model: Row | None

    def __str__(self) -> str:
        return f"{self.what} at {self.ms} ms: daemon {self.daemon}, model {self.model}"


def replayed(recorder: Recorder, case: Mapping[str, Any]) -> dict[str, list[Row]]:
    """A run of the model in the columns of a recording."""
    ids = {node_name(node["id"]): node["id"] for node in case["nodes"]}
    nodes = [ids[name] for name in recorder.names.nodes]
    ready = {row[0]: row[5] for row in _rows(recorder, "nodes") if row[5] != NEVER}
    again = [(end, nodes[node]) for _, end, node in restarts(recorder) if end != NEVER]
    pool, cooldown = _looks(recorder, ready, case["end_ms"])
    return {
        "ready": sorted([*((ms, nodes[node]) for node, ms in ready.items()), *again]),
        "calls": _calls(recorder, nodes),
        "pool": [(ms, nodes[node], *rest) for ms, node, *rest in pool],
        "cooldown": [(ms, nodes[node], *rest) for ms, node, *rest in cooldown],
        "pods": _pods(recorder, case),
    }


def first_difference(story: Mapping[str, Any], model: Mapping[str, list[Row]]) -> Difference | None:
    """The first difference up to the story's horizons, None if there is none."""
    horizon = story["exact_until_ms"]
    cooldown_horizon = min(horizon, story["cooldown_exact_until_ms"])
    differences = []
    for what in ("ready", "calls", "pool", "cooldown"):
        until = cooldown_horizon if what == "cooldown" else horizon
        daemon = sorted(map(tuple, story[what]), key=_sort_key)
        differences.append(_first(what, daemon, sorted(model[what], key=_sort_key), until))
    daemon = [tuple(row) for row in story["pods"]]
    pods = {row[0]: row for row in model["pods"]}
    differences.append(_first_pod(daemon, pods, horizon))
    found = [one for one in differences if one is not None]
    return min(found, key=lambda one: one.ms) if found else None


def _first(what: str, daemon: list[Row], model: list[Row], until: int) -> Difference | None:
    daemon = [row for row in daemon if row[0] < until]
    model = [row for row in model if row[0] < until]
    for theirs, ours in zip(daemon, model, strict=False):
        if theirs != ours:
            return Difference(what, min(theirs[0], ours[0]), theirs, ours)
    if len(daemon) > len(model):
        row = daemon[len(model)]
        return Difference(what, row[0], row, None)
    if len(model) > len(daemon):
        row = model[len(daemon)]
        return Difference(what, row[0], None, row)
    return None


def _first_pod(daemon: Iterable[Row], model: Mapping[str, Row], until: int) -> Difference | None:
    """Pods [id, node, add, assigned, asks, delete] of which all lies within the horizon."""
    for theirs in daemon:
        assigned, deleted = theirs[3], theirs[5]
        settled = assigned if assigned != NEVER else deleted
        if settled and settled < until and model.get(theirs[0]) != theirs:
            return Difference("pods", settled, theirs, model.get(theirs[0]))
    return None


def _sort_key(row: Row) -> tuple[Any, ...]:
    return tuple(str(value) if isinstance(value, str) else value for value in row)


def _rows(recorder: Recorder, table: str) -> list[tuple[int, ...]]:
    return [tuple(row) for row in recorder.tables()[table].matrix().tolist()]


def restarts(recorder: Recorder) -> list[tuple[int, ...]]:
    """(death of the daemon, the next one's being ready or `NEVER`, node) of each restart."""
    return [row[:3] for row in _rows(recorder, "passes") if row[3] == RESTART]


def _calls(recorder: Recorder, nodes: Sequence[str]) -> list[Row]:
    names = recorder.names
    return [
        (requested, nodes[node], names.actions[action], asked, granted, attempt, names.codes[code])
        for requested, _, node, action, asked, granted, attempt, code, *_ in _rows(
            recorder, "ec2_calls"
        )
    ]


def pods_in_order(case: Mapping[str, Any]) -> list[Row]:
    """The case's pods as the model numbers them: by time of creation, ties in the case's order."""
    return sorted((tuple(pod) for pod in case["pods"]), key=lambda pod: pod[2])


def asks_of(recorder: Recorder, case: Mapping[str, Any], pods: Sequence[Row]) -> dict[int, int]:
    """How often each of the case's pods, in their order, asked for an address, by its number."""
    return {
        row[0]: row[11] if row[2] != NEVER else asks_in_vain(case, row[0], pods[row[0]])
        for row in _rows(recorder, "pods")
    }


def _pods(recorder: Recorder, case: Mapping[str, Any]) -> list[Row]:
    pods = pods_in_order(case)
    asks = asks_of(recorder, case, pods)
    found = []
    for row in _rows(recorder, "pods"):
        number, address = row[0], row[7]
        pod_id, node, add, delete = pods[number]
        found.append((pod_id, node, add, address, asks[number], delete))
    return found


def _looks(
    recorder: Recorder, ready: Mapping[int, int], end_ms: int
) -> tuple[list[Row], list[Row]]:
    """Rows of changes seen by looks at the data stores: pool, and cooling addresses."""
    by_node: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for row in _rows(recorder, "pool"):
        by_node[row[1]].append(row)
    pool: list[Row] = []
    cooldown: list[Row] = []
    for node, first_ms in ready.items():
        down = [(died, again) for died, again, of in restarts(recorder) if of == node]
        for ms, state, cooling in _seen(by_node[node], first_ms, end_ms, down):
            if not pool or pool[-1][1] != node or pool[-1][2:] != state:
                pool.append((ms, node, *state))
            if not cooldown or cooldown[-1][1] != node or cooldown[-1][2] != cooling:
                cooldown.append((ms, node, cooling))
    return pool, cooldown


def _seen(
    changes: list[tuple[int, ...]], ready_ms: int, end_ms: int, down: Sequence[tuple[int, int]]
) -> Iterable[tuple[int, Row, int]]:
    """(look ms, (ENIs, total, assigned, prefixes), cooling) at each look that may differ.

    Nobody looks while the node is ``down``: without a daemon.
    """
    held: dict[int, tuple[int, ...]] = {}
    position = 0
    look = _first_look(ready_ms)
    down = [(died, end_ms if again == NEVER else again) for died, again in down]
    while look < end_ms:
        again = next((again for died, again in down if died <= look < again), None)
        if again is not None:
            look = _first_look(again)
            continue
        while position < len(changes) and changes[position][0] <= look:
            held[changes[position][2]] = changes[position][3:]
            position += 1
        enis, prefixes, assigned, cooling, warm, partial, _ = (
            sum(values) for values in zip(*held.values(), strict=True)
        )
        total = assigned + cooling + warm + partial
        yield look, (enis, total, assigned, prefixes), cooling
        if position == len(changes):
            return
        look = max(look + LOOK_EVERY_MS, _first_look(changes[position][0]))


def _first_look(ms: int) -> int:
    """When somebody looks first from this ms on."""
    return -(-(ms - FIRST_LOOK_MS) // LOOK_EVERY_MS) * LOOK_EVERY_MS + FIRST_LOOK_MS
