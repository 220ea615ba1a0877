"""EC2 requests: how many, how many throttled, and what pods and nodes cost in requests."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measured import Run
from .metric import Metric
from .records import NEVER
from .steps import Ints

OK = "OK"
THROTTLED = "RequestLimitExceeded"
INSUFFICIENT = (
    "InsufficientCidrBlocks",
    "InsufficientFreeAddressesInSubnet",
    "InvalidParameterValue",
)
"""Codes with which EC2 says that a subnet has no room; the last is that of a new ENI."""

MS_PER_HOUR = 3_600_000

METRICS = (
    Metric(
        "requests",
        "requests",
        "count by action and code",
        "Requests that EC2 answered, each of the SDK's attempts counted. Code OK: done; "
        "RequestLimitExceeded: throttled; InsufficientCidrBlocks, "
        "InsufficientFreeAddressesInSubnet, and InvalidParameterValue of CreateNetworkInterface: "
        "no room in the subnet.",
    ),
    Metric("total", "requests", "Σ requests", "All of them."),
    Metric("throttled", "requests", "Σ requests with RequestLimitExceeded", "Throttled ones."),
    Metric("throttled_share", "1", "throttled / total", "0 if there were no requests."),
    Metric(
        "calls_per_pod_started",
        "requests",
        "total / pods.started",
        "What a started pod costs, all that nodes do besides included; null: no pod started.",
    ),
    Metric(
        "calls_per_node_started",
        "requests",
        "mean over ready nodes of their requests in [started_ms, ready_ms]",
        "What it costs to start a node, failed starts of ipamd included. Only nodes whose aws-node "
        "started after the warm-up; null: none.",
    ),
    Metric(
        "calls_per_idle_node_hour",
        "requests",
        "requests in idle node-hours / idle node-hours",
        "What a node costs that does nothing. A node-hour is a whole hour from its ready_ms on, "
        "within the window and the node's life; idle: no pod of the node got or released an "
        "address in it. Null: none.",
    ),
)

BUCKET_METRICS = (
    Metric(
        "busiest_second",
        "requests",
        "max over whole seconds of the action's requests",
        "The largest burst. Requests of others in the account are not counted.",
    ),
    Metric("busiest_second_at_s", "s", "first such second", "When that was."),
    Metric(
        "lowest_tokens",
        "tokens",
        "min ec2_calls.tokens",
        "Least left in the action's bucket after a request (others in the account drink from it "
        "too); null: the action is not throttled.",
    ),
)


def _requests(run: Run, actions: Ints, codes: Ints) -> dict[str, dict[str, int]]:
    """Counts by action and code, both in the order of their names; only those above 0."""
    names = run.names
    counts = np.zeros((len(names.actions), len(names.codes)), np.int64)
    np.add.at(counts, (actions, codes), 1)
    return {
        names.actions[action]: {
            names.codes[code]: int(counts[action, code])
            for code in _by_name(names.codes)
            if counts[action, code]
        }
        for action in _by_name(names.actions)
        if counts[action].any()
    }


def _by_name(names: list[str]) -> list[int]:
    return sorted(range(len(names)), key=names.__getitem__)


def _bucket(times: Ints, tokens: Ints) -> dict[str, float | int | None]:
    seconds, counts = np.unique(times // 1000, return_counts=True)
    busiest = int(counts.argmax())
    known = tokens[tokens != NEVER]
    return {
        "busiest_second": int(counts[busiest]),
        "busiest_second_at_s": float(seconds[busiest]),
        "lowest_tokens": int(known.min()) if len(known) else None,
    }


def _per_node_started(run: Run) -> float | None:
    nodes, calls = run.tables["nodes"], run.tables["ec2_calls"]
    started, ready = run.node_column("started_ms"), run.node_column("ready_ms")
    counted = (started >= run.window.start) & (ready != NEVER)
    node, time = calls["node"], calls["request_ms"]
    is_start = counted[node] & (time >= started[node]) & (time <= ready[node])
    of_nodes = int(counted[nodes["node"]].sum())
    return int(is_start.sum()) / of_nodes if of_nodes else None


class _NodeHours:
    """All whole hours of all nodes since they were ready, numbered from 0."""

    def __init__(self, run: Run) -> None:
        self._ready = run.node_column("ready_ms")
        gone = run.node_column("terminated_ms")
        end = np.where(gone == NEVER, run.window.end, np.minimum(gone, run.window.end))
        hours = np.where(self._ready == NEVER, 0, (end - self._ready) // MS_PER_HOUR)
        self._hours = np.maximum(hours, 0)
        self._first = np.cumsum(self._hours) - self._hours
        node = np.repeat(np.arange(len(hours)), self._hours)
        begin = self._ready[node] + (np.arange(len(node)) - self._first[node]) * MS_PER_HOUR
        self.in_window = begin >= run.window.start

    def counts(self, nodes: Ints, times: Ints) -> Ints:
        """How many of these instants lie in each hour."""
        hour = (times - self._ready[nodes]) // MS_PER_HOUR
        inside = (hour >= 0) & (hour < self._hours[nodes])
        numbers = self._first[nodes[inside]] + hour[inside]
        return np.bincount(numbers, minlength=len(self.in_window))


def _per_idle_hour(run: Run) -> float | None:
    hours, pods, calls = _NodeHours(run), run.tables["pods"], run.tables["ec2_calls"]
    busy = np.zeros(len(hours.in_window), np.int64)
    for column in ("address_ms", "released_ms"):
        moved = (pods[column] != NEVER) & (pods["host_network"] == 0)
        busy += hours.counts(pods["node"][moved], pods[column][moved])
    idle = hours.in_window & (busy == 0)
    made = hours.counts(calls["node"], calls["request_ms"])
    return int(made[idle].sum()) / int(idle.sum()) if idle.any() else None


def ec2_figures(run: Run, pods_started: int) -> dict[str, Any]:
    """The summary's ``ec2``."""
    calls = run.tables["ec2_calls"]
    counted = run.window.holds(calls["request_ms"])
    times, actions, codes, tokens = (
        calls[name][counted] for name in ("request_ms", "action", "code", "tokens")
    )
    requests = _requests(run, actions, codes)
    total = len(times)
    throttled = sum(by_code.get(THROTTLED, 0) for by_code in requests.values())
    of_action = {name: actions == run.names.actions.index(name) for name in requests}
    return {
        "requests": requests,
        "total": total,
        "throttled": throttled,
        "throttled_share": throttled / total if total else 0.0,
        "buckets": {name: _bucket(times[one], tokens[one]) for name, one in of_action.items()},
        "calls_per_pod_started": total / pods_started if pods_started else None,
        "calls_per_node_started": _per_node_started(run),
        "calls_per_idle_node_hour": _per_idle_hour(run),
    }
