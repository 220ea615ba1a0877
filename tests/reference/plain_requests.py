"""EC2 requests, of the nodes and of others: docs/metrics.md, row by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from plain_rows import Finished, Row

HOUR_MS = 3_600_000
THROTTLED = "RequestLimitExceeded"


def ec2(run: Finished, pods_started: int) -> dict[str, Any]:
    """The summary's ``ec2``."""
    calls = run.counted("ec2_calls", "request_ms")
    requests: dict[str, dict[str, int]] = defaultdict(dict)
    for (action, code), count in Counter((row["action"], row["code"]) for row in calls).items():
        requests[action][code] = count
    throttled = sum(row["code"] == THROTTLED for row in calls)
    return {
        "requests": dict(requests),
        "total": len(calls),
        "throttled": throttled,
        "throttled_share": throttled / len(calls) if calls else 0.0,
        "buckets": {
            action: _bucket([row for row in calls if row["action"] == action])
            for action in requests
        },
        "calls_per_pod_started": len(calls) / pods_started if pods_started else None,
        "calls_per_node_started": _per_node_started(run),
        "calls_per_idle_node_hour": _per_idle_hour(run),
    }


def _bucket(calls: list[Row]) -> dict[str, Any]:
    seconds = Counter(row["request_ms"] // 1000 for row in calls)
    most = max(seconds.values())
    tokens = [row["tokens"] for row in calls if row["tokens"] is not None]
    return {
        "busiest_second": most,
        "busiest_second_at_s": float(min(s for s, count in seconds.items() if count == most)),
        "lowest_tokens": min(tokens, default=None),
    }


def _per_node_started(run: Finished) -> float | None:
    made = [
        sum(
            row["node"] == node["node"]
            and node["started_ms"] <= row["request_ms"] <= node["ready_ms"]
            for row in run.tables["ec2_calls"]
        )
        for node in run.tables["nodes"]
        if node["ready_ms"] is not None and node["started_ms"] >= run.start
    ]
    return sum(made) / len(made) if made else None


def _per_idle_hour(run: Finished) -> float | None:
    calls, hours = 0, 0
    for node in run.tables["nodes"]:
        moved = set(_moved(run, node["node"]))
        for begin in _hours(run, node):
            if not any(begin <= ms < begin + HOUR_MS for ms in moved):
                hours += 1
                calls += sum(
                    row["node"] == node["node"] and begin <= row["request_ms"] < begin + HOUR_MS
                    for row in run.tables["ec2_calls"]
                )
    return calls / hours if hours else None


def _hours(run: Finished, node: Row) -> Iterator[int]:
    """When the whole hours of a node begin that lie in its life and in what counts."""
    if node["ready_ms"] is None:
        return
    last = run.end if node["terminated_ms"] is None else min(node["terminated_ms"], run.end)
    for begin in range(node["ready_ms"], last - HOUR_MS + 1, HOUR_MS):
        if begin >= run.start:
            yield begin


def _moved(run: Finished, node: str) -> Iterator[int]:
    """When what pods hold of a node's pool changed."""
    assigned: dict[str, int] = {}
    for row in run.tables["pool"]:
        if row["node"] == node:
            if assigned.get(row["subnet"], 0) != row["assigned"]:
                yield row["time_ms"]
            assigned[row["subnet"]] = row["assigned"]


def account(run: Finished) -> dict[str, Any]:
    """The summary's ``account``."""
    rows = run.counted("tenants")
    of = {name: [r for r in rows if r["tenant"] == name] for name in run.names["tenants"]}
    return {**_sums(rows), "tenants": {name: _tenant(some) for name, some in of.items()}}


def _tenant(rows: list[Row]) -> dict[str, Any]:
    of = {a: [row for row in rows if row["action"] == a] for a in {r["action"] for r in rows}}
    actions = {
        action: _sums(some) | {"busiest_second": max(row["requests"] for row in some)}
        for action, some in of.items()
    }
    return {**_sums(rows), "actions": actions}


def _sums(rows: list[Row]) -> dict[str, Any]:
    sums = {c: sum(row[c] for row in rows) for c in ("requests", "throttled", "given_up")}
    share = sums["throttled"] / sums["requests"] if sums["requests"] else 0.0
    return {**sums, "throttled_share": share}
