"""EC2 requests: how many, how many throttled, and what pods and nodes cost in requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import idle
from .measured import Run, Stretch
from .metric import Metric
from .records import NEVER
from .steps import Ints
from .tables import Records
from .waits import merged

OK = "OK"
THROTTLED = "RequestLimitExceeded"
INSUFFICIENT = (
    "InsufficientCidrBlocks",
    "InsufficientFreeAddressesInSubnet",
    "InvalidParameterValue",
)
"""Codes with which EC2 says that a subnet has no room; the last is that of a new ENI."""

MOST_SECONDS = 1 << 40
"""More than there are in a run: an action's seconds are the numbers from action x this on."""

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
    idle.METRIC,
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


class _Buckets:
    """What is said of each action's bucket.

    Seconds to which requests may still come are carried over.
    """

    def __init__(self) -> None:
        self._open = self._counts = np.empty(0, np.int64)
        self._busiest: dict[int, tuple[int, int]] = {}  # (requests, -second) by action
        self._lowest: dict[int, int] = {}  # tokens by action

    def add(self, calls: Records, settled: int) -> None:
        """Counts requests; those made before ``settled`` are all there now."""
        seconds, counts = np.unique(
            calls["action"] * MOST_SECONDS + calls["request_ms"] // 1000, return_counts=True
        )
        seconds, counts = merged((self._open, self._counts), (seconds, counts))
        is_open = seconds % MOST_SECONDS >= settled // 1000
        self._open, self._counts = seconds[is_open], counts[is_open]
        self._close(seconds[~is_open], counts[~is_open])
        known = calls["tokens"] != NEVER
        self._sink(calls["action"][known], calls["tokens"][known])

    def _close(self, seconds: Ints, counts: Ints) -> None:
        for action, rows in _by(seconds // MOST_SECONDS):
            busiest = rows[counts[rows].argmax()]
            found = int(counts[busiest]), -int(seconds[busiest] % MOST_SECONDS)
            self._busiest[action] = max(found, self._busiest.get(action, found))

    def _sink(self, actions: Ints, tokens: Ints) -> None:
        for action, rows in _by(actions):
            lowest = int(tokens[rows].min())
            self._lowest[action] = min(lowest, self._lowest.get(action, lowest))

    def figures(self, action: int) -> dict[str, float | int | None]:
        """What came out for an action that was requested."""
        self._close(self._open, self._counts)
        requests, second = self._busiest[action]
        return {
            "busiest_second": requests,
            "busiest_second_at_s": float(-second),
            "lowest_tokens": self._lowest.get(action),
        }


def _by(numbers: Ints) -> Iterator[tuple[int, Ints]]:
    """Each number and its rows."""
    for number in np.unique(numbers).tolist():
        yield number, np.flatnonzero(numbers == number)


class _Starts:
    """Requests of nodes while they start, by node."""

    def __init__(self) -> None:
        self._made = np.empty(0, np.int64)

    def add(self, stretch: Stretch) -> None:
        """Counts those of the next stretch."""
        self._started, self._ready = map(stretch.node_column, ("started_ms", "ready_ms"))
        calls = stretch.tables["ec2_calls"]
        node, time = calls["node"], calls["request_ms"]
        since, until = self._started[node], self._ready[node]
        is_start = (since != NEVER) & (time >= since) & ((until == NEVER) | (time <= until))
        made = np.bincount(node[is_start], minlength=len(self._started))
        made[: len(self._made)] += self._made
        self._made = made

    def per_node(self, start: int) -> float | None:
        """Their mean over ready nodes that started from this instant on."""
        counted = (self._started >= start) & (self._ready != NEVER)
        return int(self._made[counted].sum()) / int(counted.sum()) if counted.any() else None


class Ec2Figures:
    """The summary's ``ec2``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._counts: dict[tuple[int, int], int] = {}  # by action and code
        self._buckets, self._starts, self._hours = _Buckets(), _Starts(), idle.IdleHours(run)

    def add(self, stretch: Stretch) -> None:
        """Counts the requests of the next stretch."""
        calls = stretch.tables["ec2_calls"]
        counted = calls.only(np.flatnonzero(calls["request_ms"] >= self._run.start))
        for action, of_action in _by(counted["action"]):
            for code, rows in _by(counted["code"][of_action]):
                key = action, code
                self._counts[key] = self._counts.get(key, 0) + len(rows)
        self._buckets.add(counted, stretch.settled)
        self._starts.add(stretch)
        self._hours.add(stretch)

    def figures(self, pods_started: int) -> dict[str, Any]:
        """What came out."""
        requests = self._requests()
        total = sum(self._counts.values())
        throttled = sum(by_code.get(THROTTLED, 0) for by_code in requests.values())
        number = self._run.names.actions.index
        return {
            "requests": requests,
            "total": total,
            "throttled": throttled,
            "throttled_share": throttled / total if total else 0.0,
            "buckets": {name: self._buckets.figures(number(name)) for name in requests},
            "calls_per_pod_started": total / pods_started if pods_started else None,
            "calls_per_node_started": self._starts.per_node(self._run.start),
            "calls_per_idle_node_hour": self._hours.calls_per_hour(),
        }

    def _requests(self) -> dict[str, dict[str, int]]:
        """Counts by action and code, both in the order of their names."""
        names, result = self._run.names, dict[str, dict[str, int]]()
        named = {(names.actions[a], names.codes[c]): n for (a, c), n in self._counts.items()}
        for action, code in sorted(named):
            result.setdefault(action, {})[code] = named[action, code]
        return result
