"""Waits, pods and nodes: docs/metrics.md, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from plain_rows import Finished, Row

RANKS = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}
PARTS = {
    "scheduling": ("created_ms", "bound_ms"),
    "sandbox": ("bound_ms", "first_add_ms"),
    "address": ("first_add_ms", "address_ms"),
    "containers": ("address_ms", "running_ms"),
}


class Wait(NamedTuple):
    """How long it lasted, and whether it came to its end."""

    ms: int
    ended: bool


def waits(given: Iterable[Wait]) -> dict[str, Any]:
    """Count, mean, percentiles by nearest rank, and which of them are only lower bounds."""
    every = sorted(given)
    if not every:
        return {"count": 0, "mean": None, **dict.fromkeys(RANKS), "at_least": []}
    count = len(every)
    found: dict[str, Any] = {"count": count, "mean": sum(one.ms for one in every) / count / 1000}
    at_least = ["mean"] if any(not one.ended for one in every) else []
    for name, share in RANKS.items():
        rank = (share * count + 99) // 100
        value = every[rank - 1].ms
        found[name] = value / 1000
        if sum(one.ended and one.ms <= value for one in every) < rank:
            at_least.append(name)
    return found | {"at_least": at_least}


def wait_of(pod: Row, begin: str, stop: str, end: int) -> Wait | None:
    """A pod's wait from one instant to another; None if it never came to the first."""
    if pod[begin] is None:
        return None
    if pod[stop] is not None:
        return Wait(pod[stop] - pod[begin], True)
    until = end if pod["ended_ms"] is None else pod["ended_ms"]
    return Wait(max(0, until - pod[begin]), False)


def waits_of(pods: list[Row], begin: str, stop: str, end: int) -> list[Wait]:
    """The waits of those that came to their start."""
    found = (wait_of(pod, begin, stop, end) for pod in pods)
    return [one for one in found if one is not None]


def counted_pods(run: Finished) -> list[Row]:
    """With an address of their own, and not with it, nor gone, before the warm-up's end."""
    every = (row for row in run.tables["pods"] if not row["host_network"])
    return [row for row in every if _way_ended(row) is None or _way_ended(row) >= run.start]


def _way_ended(pod: Row) -> Any:
    """When it got its address, or was gone without one; None if neither happened."""
    return pod["ended_ms"] if pod["address_ms"] is None else pod["address_ms"]


def late_pods(run: Finished) -> int:
    """How many waited over ten seconds for an address."""
    every = waits_of(counted_pods(run), "first_add_ms", "address_ms", run.end)
    return sum(one.ms > 10_000 for one in every)


def pods(run: Finished) -> dict[str, Any]:
    """The summary's ``pods``."""
    every = counted_pods(run)
    workloads = [one.name for one in run.scenario.model.workload]
    workloads += [row["workload"] for row in every if row["workload"] not in workloads]
    return {
        **_figures(every, run.end),
        "parts_s": {
            part: waits(waits_of(every, *instants, run.end)) for part, instants in PARTS.items()
        },
        "by_workload": {
            name: _figures([row for row in every if row["workload"] == name], run.end)
            for name in workloads
        },
        "by_node_group": {
            name: _figures([r for r in every if run.group_of.get(r["node"]) == name], run.end)
            for name in run.groups
        },
    }


def _figures(some: list[Row], end: int) -> dict[str, Any]:
    unserved = [row for row in some if row["outcome"] == "unserved"]
    served = [row for row in some if row["outcome"] != "unserved"]
    waited = [row for row in served if row["address_ms"] > row["first_add_ms"]]
    return {
        "created": len(some),
        "started": len(served),
        "waited": len(waited) + sum(row["adds"] > 0 for row in unserved),
        "unserved": len(unserved),
        "unserved_reasons": dict(Counter(row["reason"] for row in unserved)),
        "deadline_missed": sum(row["deadline_missed"] for row in some),
        "ip_wait_s": waits(waits_of(some, "first_add_ms", "address_ms", end)),
        "start_latency_s": waits(waits_of(some, "created_ms", "running_ms", end)),
    }


def nodes(run: Finished) -> dict[str, Any]:
    """The summary's ``nodes``."""
    launched = [row for row in run.tables["nodes"] if row["requested_ms"] not in (None, -1)]
    gone = {row["node"]: row["terminated_ms"] for row in launched}
    last = {node: run.end if ms is None else ms for node, ms in gone.items()}
    there = [r for r in launched if gone[r["node"]] is None or gone[r["node"]] >= run.start]
    new = [row for row in launched if row["requested_ms"] >= run.start]
    lived = (max(0, last[r["node"]] - max(r["requested_ms"], run.start)) for r in launched)
    return {
        "requested": len(there),
        "node_hours": sum(lived) / 3_600_000,
        "ready": sum(row["ready_ms"] is not None for row in there),
        "launch_failures": len(run.counted("launch_failures")),
        "boot_failures": sum(row["boot_failures"] for row in new),
        "time_to_ready_s": waits(_until_ready(row, last[row["node"]]) for row in new),
    }


def _until_ready(node: Row, last: int) -> Wait:
    if node["ready_ms"] is not None:
        return Wait(node["ready_ms"] - node["requested_ms"], True)
    return Wait(last - node["requested_ms"], False)
