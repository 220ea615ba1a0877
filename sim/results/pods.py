"""Pods: how many got an address, and how long they waited for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from .measured import Run
from .metric import Metric
from .records import NEVER, POD_OUTCOMES, UNSERVED_REASONS
from .steps import Ints, Rows
from .tables import Records
from .waits import waits

UNSERVED = POD_OUTCOMES.index("unserved")
PARTS = {
    "scheduling": ("created_ms", "bound_ms"),
    "sandbox": ("bound_ms", "first_add_ms"),
    "address": ("first_add_ms", "address_ms"),
    "containers": ("address_ms", "running_ms"),
}

METRICS = (
    Metric("created", "pods", "count of pods", "Pods created after the warm-up."),
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


@dataclass(frozen=True)
class Pods:
    """The pods that count: created in the window, in need of an address of their own."""

    records: Records
    end: int

    @classmethod
    def counted(cls, run: Run) -> Pods:
        """Those of a run."""
        pods = run.tables["pods"]
        rows = run.window.holds(pods["created_ms"]) & (pods["host_network"] == 0)
        return cls(pods.only(rows), run.window.end)

    def only(self, rows: Rows) -> Pods:
        """Some of them."""
        return Pods(self.records.only(rows), self.end)

    def __getitem__(self, column: str) -> Ints:
        return self.records[column]

    def until(self, instant: str) -> Ints:
        """When each pod came to an instant; if never, when it was deleted or the run ended."""
        reached, ended = self[instant], self["ended_ms"]
        gone = np.where(ended == NEVER, self.end, ended)
        return np.where(reached == NEVER, gone, reached)

    def lasted(self, start: str, stop: str) -> tuple[Ints, Ints]:
        """(waits that ended, waits that did not) from one instant of a pod to another, in ms.

        A pod that never came to the start of a wait has none.
        """
        lasted = np.maximum(self.until(stop) - self[start], 0)
        begun, done = self[start] != NEVER, self[stop] != NEVER
        return lasted[begun & done], lasted[begun & ~done]

    def waits(self, start: str, stop: str) -> dict[str, Any]:
        """Figures of such waits."""
        return waits(*self.lasted(start, stop))


def _figures(pods: Pods) -> dict[str, Any]:
    unserved = pods["outcome"] == UNSERVED
    waited = np.where(unserved, pods["adds"] > 0, pods["address_ms"] > pods["first_add_ms"])
    reasons = Counter(UNSERVED_REASONS[number] for number in np.sort(pods["reason"][unserved]))
    return {
        "created": len(unserved),
        "started": int((~unserved).sum()),
        "waited": int(waited.sum()),
        "unserved": int(unserved.sum()),
        "unserved_reasons": dict(reasons),
        "deadline_missed": int(pods["deadline_missed"].sum()),
        "ip_wait_s": pods.waits("first_add_ms", "address_ms"),
        "start_latency_s": pods.waits("created_ms", "running_ms"),
    }


def _by_workload(run: Run, pods: Pods) -> dict[str, Any]:
    """The scenario's workloads, then DaemonSets with counted pods."""
    numbers = {name: number for number, name in enumerate(run.names.workloads)}
    counts = np.bincount(pods["workload"], minlength=len(numbers))
    others = [name for name, number in numbers.items() if counts[number]]
    names = dict.fromkeys([workload.name for workload in run.model.workload] + others)
    return {name: _figures(pods.only(pods["workload"] == numbers.get(name, -2))) for name in names}


def _by_node_group(run: Run, pods: Pods) -> dict[str, Any]:
    groups = run.group_of(pods["node"])
    return {
        name: _figures(pods.only(groups == place)) for place, name in enumerate(run.names.groups)
    }


def pod_figures(run: Run) -> dict[str, Any]:
    """The summary's ``pods``."""
    pods = Pods.counted(run)
    return {
        **_figures(pods),
        "parts_s": {part: pods.waits(*instants) for part, instants in PARTS.items()},
        "by_workload": _by_workload(run, pods),
        "by_node_group": _by_node_group(run, pods),
    }
