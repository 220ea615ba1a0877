"""The pods that a made-up cluster had in the hours before its snapshot."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from sim.importing.written.files import write
from sim.importing.written.identity import uid
from sim.importing.written.placed import (
    Placed,
    PlacedPod,
    job_name,
    placed,
    pod_name,
    replica_set_name,
)
from sim.importing.written.plan import Controller, Plan
from sim.scenario.units import parse_cpu, parse_memory

from .events import events_text
from .pods import LISTED_MS, MadePod

HOUR_MS = 3_600_000
START_MS = 3_000
"""From a pod's creation to its running."""


def pods_of_plan(world: Placed, hours: float = 1.0, seed: int = 1) -> list[MadePod]:
    """The snapshot's pods, and those that went before it, in the order of their creation.

    A Deployment's pod with a lifetime had predecessors, back to the begin; any pod that was created
    since then had one, which was deleted. A CronJob ran at each of its times.

    Args:
        world: the snapshot.
        hours: how far back.
        seed: of the lives.
    """
    chance = random.Random(seed)
    end_ms = _ms(world.plan.at)
    begin_ms = end_ms - round(hours * HOUR_MS)
    there = [one for one in world.pods if not one.finished and one.node is not None]
    found = [_pod(one, one.name, _ms(one.created), None) for one in there]
    before = (_before(one, begin_ms, chance) for one in there)
    found += chain.from_iterable(before)
    for controller in world.plan.controllers:
        if controller.kind == "CronJob":
            found += _runs(controller, world.pods, (begin_ms, end_ms), chance)
    return sorted(found, key=lambda one: (one.created_ms, one.namespace, one.name))


def _ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def _pod(
    like: PlacedPod, name: str, created_ms: int, ended_ms: int | None, *, finished: bool = False
) -> MadePod:
    controller, node = like.controller, like.node
    kind, owner, parent = _owner(controller, created_ms)
    listed = LISTED_MS if finished else 2_000
    return MadePod(
        controller.namespace,
        name,
        uid("pod", controller.namespace, name),
        kind,
        owner,
        parent,
        node.name if node else "",
        created_ms,
        created_ms + 10,
        created_ms + START_MS,
        ended_ms,
        None if ended_ms is None else ended_ms + listed,
        finished,
        controller.host_network,
        parse_cpu(controller.cpu) if controller.cpu else None,
        parse_memory(controller.memory) if controller.memory else None,
    )


def _owner(controller: Controller, created_ms: int) -> tuple[str, str, str]:
    if controller.kind == "Deployment":
        return "ReplicaSet", replica_set_name(controller), controller.name
    if controller.kind == "CronJob":
        return "Job", job_name(controller, _time(created_ms)), controller.name
    return ("", "", "") if controller.kind == "Pod" else (controller.kind, controller.name, "")


def _time(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000).astimezone()


def _before(one: PlacedPod, begin_ms: int, chance: random.Random) -> Iterator[MadePod]:
    """The pods in whose place this one came."""
    controller = one.controller
    if controller.kind not in ("Deployment", "StatefulSet"):
        return
    ended, number = _ms(one.created), 1_000 * (one.number + 1)
    while ended > begin_ms:
        mean_ms = (controller.lifetime_s or 86_400) * 1000
        created = ended - round(mean_ms * chance.uniform(0.5, 1.5))
        number += 1
        name = one.name
        if controller.kind == "Deployment":
            name = pod_name(controller, number, _time(created))
        yield _pod(one, name, created, ended)
        ended = created


def _runs(
    controller: Controller,
    pods: Sequence[PlacedPod],
    window: tuple[int, int],
    chance: random.Random,
) -> Iterator[MadePod]:
    """The pods of a CronJob that had ended before the snapshot, time by time."""
    from croniter import croniter

    own = [one for one in pods if one.controller == controller]
    begin, end = (_time(one) for one in window)
    life_ms = (controller.lifetime_s or 60) * 1000
    schedule = croniter(controller.schedule, begin - timedelta(seconds=1))
    while (time := schedule.get_next(datetime)) < end:
        for number in range(max(controller.pods, 1)):
            created = _ms(time)
            ended = created + START_MS + round(life_ms * chance.uniform(0.5, 1.2))
            if own and ended < window[1]:
                like = own[number % len(own)]
                name = pod_name(controller, 10_000 + number, time)
                yield _pod(like, name, created, ended, finished=True)


def write_history(plan: Plan, folder: Path, *, suffix: str = ".json", seed: int = 1) -> Path:
    """Writes what ``kubectl get events -A -o json`` gives of the hour before a plan's snapshot.

    Args:
        plan: the cluster.
        folder: where to; it is there.
        suffix: .json or .json.gz.
        seed: that of its snapshot's files.

    Returns:
        The file.
    """
    end_ms = _ms(plan.at)
    pods = pods_of_plan(placed(plan, seed), seed=seed)
    path = folder / f"events{suffix}"
    write(path, events_text(pods, end_ms - HOUR_MS, end_ms))
    return path
