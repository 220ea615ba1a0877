"""What ipamd's own numbers tell of pods that nobody names: how many came and went, and when.

A successful ADD is one that found an address. Between two samples as many pods come as ADDs
succeeded and as many go as DELs were asked for, at even distances; the pod that came first goes
first. Which pod goes is a guess that changes no pool: how many are there at each moment is as
measured. Where the counters are missing, the changes of the assigned addresses are taken: pods that
came and went between two samples are then not seen, so that churn is understated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import pairwise

from .history import Controller, Counts, History, Pod
from .lives import Life, Moment

UNNAMED = Controller("", "", "ipamd")
"""The controller of pods that only ipamd's numbers tell of."""


def lives_of_nodes(history: History, always: int = 0) -> Iterator[Life]:
    """The pods of all nodes, in the order of their starts.

    Args:
        history: with what ipamd counted.
        always: pods that each node has as long as it is there, DaemonSets': the first so many of
            each are left out.
    """
    nodes = history.nodes.items()
    found = [life for node, counts in nodes for life in _lives(node, counts, always)]
    yield from sorted(found, key=lambda one: (one.start.time_ms or 0, one.pod.name))


def has_counters(history: History) -> bool:
    """Whether any node's ADDs and DELs were counted, and not just its assigned addresses."""
    return any(one.adds and one.deletes for one in history.nodes.values())


def _lives(node: str, counts: Counts, always: int) -> Iterator[Life]:
    here: deque[Moment] = deque()
    number = came = 0
    for time, comes in _changes(counts):
        if comes:
            came += 1
            if came > always:
                here.append(time)
        elif here:
            yield _life(node, number, here.popleft(), time)
            number += 1
    for start in here:
        yield _life(node, number, start, Moment(None, "stays", "assigned at the end"))
        number += 1


def _life(node: str, number: int, start: Moment, end: Moment) -> Life:
    return Life(Pod("", f"{node}/{number}", node=node), UNNAMED, start, end)


def _changes(counts: Counts) -> Iterator[tuple[Moment, bool]]:
    """(when, whether a pod came) in the order of time; ends before starts at one time."""
    times = sorted(set(counts.assigned) | set(counts.adds) | set(counts.deletes))
    if not times:
        return
    there = counts.assigned.get(times[0], 0)
    yield from ((Moment(times[0], "before", "assigned"), True) for _ in range(round(there)))
    for begin, end in pairwise(times):
        came, went = _between(counts, begin, end)
        spread = [
            *((_at(begin, end, i, went), False) for i in range(went)),
            *((_at(begin, end, i, came), True) for i in range(came)),
        ]
        yield from sorted(spread, key=lambda one: (one[0].time_ms or 0, one[1]))


def _at(begin: int, end: int, place: int, of: int) -> Moment:
    return Moment(begin + (end - begin) * (2 * place + 1) // (2 * of), "bounded", "counted")


def _between(counts: Counts, begin: int, end: int) -> tuple[int, int]:
    """How many pods came and went between two samples."""
    if counts.adds and counts.deletes:
        refused = _increase(counts.refused, begin, end)
        came = _increase(counts.adds, begin, end) - refused
        return max(round(came), 0), max(round(_increase(counts.deletes, begin, end)), 0)
    change = round(counts.assigned.get(end, 0) - counts.assigned.get(begin, 0))
    return max(change, 0), max(-change, 0)


def _increase(counter: Mapping[int, float], begin: int, end: int) -> float:
    """By how much a counter rose; one that fell has begun anew, at 0."""
    if begin not in counter or end not in counter:
        return 0.0
    before, after = counter[begin], counter[end]
    return after - before if after >= before else after
