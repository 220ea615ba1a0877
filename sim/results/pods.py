"""Pods: how many got an address, and how long they waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .measured import Run, Stretch
from .metric import Metric
from .records import NEVER, POD_OUTCOMES, UNSERVED_REASONS
from .steps import Ints, Rows
from .tables import Records
from .waits import Waits

Flags = npt.NDArray[np.bool_]

UNSERVED = POD_OUTCOMES.index("unserved")
PARTS = {
    "scheduling": ("created_ms", "bound_ms"),
    "sandbox": ("bound_ms", "first_add_ms"),
    "address": ("first_add_ms", "address_ms"),
    "containers": ("address_ms", "running_ms"),
}
WAITS = {"ip_wait_s": PARTS["address"], "start_latency_s": ("created_ms", "running_ms")}

METRICS = (
    Metric(
        "created",
        "pods",
        "count of pods",
        "Pods that count: created after the warm-up, or still without an address when it ended.",
    ),
    Metric(
        "started",
        "pods",
        "created - unserved",
        "Pods that got their address, whatever became of them later.",
    ),
    Metric(
        "waited",
        "pods",
        "started with ip_wait > 0, plus unserved with adds > 0",
        "Pods whose first CNI ADD failed.",
    ),
    Metric(
        "unserved",
        "pods",
        "count with outcome unserved",
        "Pods that were deleted, or still there at the end of the run, without ever having had an "
        "address.",
    ),
    Metric(
        "unserved_reasons",
        "pods",
        "count of unserved by reason",
        "no node fits: never bound to a node; no free address: its last CNI ADD found none; node "
        "not ready: its node had no running ipamd; starting: its first ADD was still to come.",
    ),
    Metric(
        "deadline_missed",
        "pods",
        "count of deadline_missed",
        "Pods that their Job's activeDeadlineSeconds ended.",
    ),
    Metric(
        "ip_wait_s",
        "wait",
        "address_ms - first_add_ms",
        "From the first CNI ADD to the address; 0 if the first ADD brought it.",
    ),
    Metric("start_latency_s", "wait", "running_ms - created_ms", "From creation to running."),
)

PART_METRICS = (
    Metric("scheduling", "wait", "bound_ms - created_ms", "Until it was bound to a node."),
    Metric("sandbox", "wait", "first_add_ms - bound_ms", "Until its first CNI ADD."),
    Metric("address", "wait", "address_ms - first_add_ms", "The same as ip_wait_s."),
    Metric("containers", "wait", "running_ms - address_ms", "Image pull and container start."),
)


def counts(pods: Records, start: int) -> Flags:
    """Which pods count in the part of a run that begins at ``start``.

    Of those in need of an address of their own the ones that were created in it, and those that
    came before it and had no address yet when it began: whose way to an address had not ended.
    """
    got, gone = pods["address_ms"], pods["ended_ms"]
    ended = np.where(got == NEVER, gone, got)
    rows: Flags = (pods["host_network"] == 0) & ((ended == NEVER) | (ended >= start))
    return rows


@dataclass(frozen=True)
class Pods:
    """Pods that count, as `counts` has it.

    ``now`` is where the stretch ends in which they were gone, or the run, if they never were.
    """

    records: Records
    now: int

    @classmethod
    def counted(cls, run: Run, stretch: Stretch) -> Pods:
        """Those that were gone in a stretch."""
        pods = stretch.tables["pods"]
        rows = counts(pods, run.start)
        return cls(pods if rows.all() else pods.only(rows), stretch.until)

    def only(self, rows: Rows) -> Pods:
        """Some of them."""
        return Pods(self.records.only(rows), self.now)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, column: str) -> Ints:
        return self.records[column]

    def until(self, instant: str) -> Ints:
        """When each pod came to an instant; if never, when it was deleted or the run ended."""
        reached, ended = self[instant], self["ended_ms"]
        gone = np.where(ended == NEVER, self.now, ended)
        return np.where(reached == NEVER, gone, reached)

    def lasted(self, start: str, stop: str) -> tuple[Ints, Ints]:
        """(waits that ended, waits that did not) from one instant of a pod to another, in ms.

        A pod that never came to the start of a wait has none.
        """
        lasted = np.maximum(self.until(stop) - self[start], 0)
        begun, done = self[start] != NEVER, self[stop] != NEVER
        return lasted[begun & done], lasted[begun & ~done]


class _Some:
    """The figures of some pods."""

    def __init__(self) -> None:
        self._sums = np.zeros(4, np.int64)  # created, started, waited, deadline missed
        self._reasons = np.zeros(len(UNSERVED_REASONS), np.int64)
        self._waits = {name: Waits() for name in WAITS}

    def add(self, pods: Pods) -> None:
        """Counts some more."""
        unserved = pods["outcome"] == UNSERVED
        waited = np.where(unserved, pods["adds"] > 0, pods["address_ms"] > pods["first_add_ms"])
        flags = (np.ones(len(pods)), ~unserved, waited, pods["deadline_missed"])
        self._sums += [np.count_nonzero(flag) for flag in flags]
        self._reasons += np.bincount(pods["reason"][unserved], minlength=len(UNSERVED_REASONS))
        for name, instants in WAITS.items():
            self._waits[name].add(*pods.lasted(*instants))

    def figures(self) -> dict[str, Any]:
        """What came out."""
        created, started, waited, deadline_missed = self._sums.tolist()
        reasons = zip(UNSERVED_REASONS, self._reasons.tolist(), strict=True)
        return {
            "created": created,
            "started": started,
            "waited": waited,
            "unserved": created - started,
            "unserved_reasons": {reason: count for reason, count in reasons if count},
            "deadline_missed": deadline_missed,
            **{name: waits.figures() for name, waits in self._waits.items()},
        }


class PodFigures:
    """The summary's ``pods``: all, the parts of their start, by workload and by node group."""

    def __init__(self, run: Run) -> None:
        self._run, self._all = run, _Some()
        self._parts = {part: Waits() for part in PARTS}
        self._by_workload: dict[int, _Some] = {}
        self._by_group = {number: _Some() for number in range(len(run.names.groups))}

    def add(self, stretch: Stretch) -> None:
        """Counts the pods of the next stretch."""
        pods = Pods.counted(self._run, stretch)
        self._all.add(pods)
        for part, instants in PARTS.items():
            self._parts[part].add(*pods.lasted(*instants))
        for number, some in _split(pods, pods["workload"]):
            self._by_workload.setdefault(number, _Some()).add(some)
        for number, some in _split(pods, stretch.group_of(pods["node"])):
            if number != NEVER:
                self._by_group[number].add(some)

    def figures(self) -> dict[str, Any]:
        """What came out."""
        names = self._run.names
        return {
            **self._all.figures(),
            "parts_s": {part: waits.figures() for part, waits in self._parts.items()},
            "by_workload": self._of_workloads(),
            "by_node_group": {
                names.groups[number]: some.figures() for number, some in self._by_group.items()
            },
        }

    def _of_workloads(self) -> dict[str, Any]:
        """The scenario's workloads, then DaemonSets with counted pods."""
        names, by_number = self._run.names.workloads, self._by_workload
        by_name = {names[number]: by_number[number] for number in sorted(by_number)}
        every = dict.fromkeys([one.name for one in self._run.model.workload] + list(by_name))
        return {name: by_name.get(name, _Some()).figures() for name in every}


def _split(pods: Pods, by: Ints) -> Iterator[tuple[int, Pods]]:
    """The pods of each number."""
    numbers = np.unique(by).tolist()
    for number in numbers:
        yield number, pods if len(numbers) == 1 else pods.only(np.flatnonzero(by == number))
