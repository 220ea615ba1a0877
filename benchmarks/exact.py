"""Integrals over a saved run once more, holder by holder in Python's whole numbers, from its files.

The summary sums over all holders at each instant; here each holder's values are multiplied with how
long it had them, one after the other. Nothing is rounded, and no number can overflow.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

STATES = {
    "cooldown": "cooldown",
    "warm": "warm",
    "partial": "partial",
    "eni_primary": "enis",
    "assigned": "assigned",
}
"""Columns of the pool's table by what the summary calls them."""

Row = dict[str, Any]
Scope = tuple[str, ...]


class Integrals:
    """Value x milliseconds in [start, end), by scope and name."""

    def __init__(self, start: int, end: int) -> None:
        self._start, self._end = start, end
        self._last: dict[Any, tuple[int, tuple[int, ...]]] = {}
        self.sums: Counter[tuple[Scope, str]] = Counter()

    def say(self, ms: int, holder: Any, scopes: tuple[Scope, ...], values: dict[str, int]) -> None:
        """A holder has these values from now on; it belongs to these scopes."""
        names = tuple(values)
        key = holder, scopes, names
        since, before = self._last.get(key, (ms, ()))
        if ms < since:
            raise AssertionError(f"{holder}: {ms} ms after {since} ms")
        self._add(since, ms, scopes, names, before)
        self._last[key] = ms, tuple(values.values())

    def _add(
        self, since: int, until: int, scopes: tuple[Scope, ...], names: Any, values: Any
    ) -> None:
        lasted = min(until, self._end) - max(since, self._start)
        if lasted > 0:
            for name, value in zip(names, values, strict=False):
                for scope in scopes:
                    self.sums[scope, name] += value * lasted

    def close(self) -> None:
        """Nothing more is said."""
        for (_, scopes, names), (since, values) in self._last.items():
            self._add(since, self._end, scopes, names, values)
        self._last.clear()


def rows(folder: Path, table: str) -> Iterator[Row]:
    """Of a table, in the order in which they stand in its file; one row group at a time."""
    with pq.ParquetFile(folder / f"{table}.parquet") as file:
        for number in range(file.metadata.num_row_groups):
            yield from file.read_row_group(number).to_pylist()


def integrals(folder: Path) -> dict[tuple[Scope, str], int]:
    """Of every state, for the cluster, each subnet and each node group."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    summary = json.loads((folder / "summary.json").read_bytes())
    end = manifest["end_ms"]
    sums = Integrals(min(round(summary["scenario"]["warm_up_s"] * 1000), end - 1), end)
    group_of = {row["node"]: row["group"] for row in rows(folder, "nodes")}

    def scopes(row: Row) -> tuple[Scope, ...]:
        group = group_of[row["node"]]
        return ("cluster",), ("subnets", row["subnet"]), ("node_groups", group)

    for row in rows(folder, "pool"):
        values = {name: row[column] for name, column in STATES.items()}
        sums.say(row["time_ms"], (row["node"], row["subnet"]), scopes(row), values)
    for row in rows(folder, "subnets"):
        if row["node"] is not None:
            holder = row["node"], row["subnet"]
            sums.say(row["time_ms"], holder, scopes(row), {"held": row["held"]})
    sums.close()
    return dict(sums.sums)


def drift(folder: Path) -> list[str]:
    """Where the summary's averages and IP-hours are not exactly those of the records."""
    summary = json.loads((folder / "summary.json").read_bytes())
    end = json.loads((folder / "manifest.json").read_bytes())["end_ms"]
    length = end - min(round(summary["scenario"]["warm_up_s"] * 1000), end - 1)
    found, sums = [], integrals(folder)
    for (scope, name), integral in sums.items():
        figures = _in(summary["addresses"], scope)
        if figures[name]["mean"] != integral / length:
            found.append(f"{'.'.join(scope)}.{name}: {figures[name]['mean']}, {integral / length}")
    for scope in {scope for scope, _ in sums}:
        waste = sums[scope, "held"] - sums.get((scope, "assigned"), 0)
        hours = _in(summary["addresses"], scope)["waste_ip_hours"]
        if hours != waste / 3_600_000:
            found.append(f"{'.'.join(scope)}.waste_ip_hours: {hours}, {waste / 3_600_000}")
    return found


def _in(data: Any, keys: Scope) -> Any:
    for key in keys:
        data = data[key]
    return data


def counts(folder: Path) -> dict[str, float]:
    """Figures of pods and requests by counting rows, whole numbers all along."""
    summary = json.loads((folder / "summary.json").read_bytes())
    start = round(summary["scenario"]["warm_up_s"] * 1000)
    end = json.loads((folder / "manifest.json").read_bytes())["end_ms"]
    counted: Counter[str] = Counter()
    for row in rows(folder, "pods"):
        until = row["address_ms"] if row["address_ms"] is not None else row["ended_ms"]
        is_over = until is not None and until < start
        if row["created_ms"] < end and not is_over and not row["host_network"]:
            counted["pods"] += 1
            if row["first_add_ms"] is not None:
                counted["waits"] += 1
                counted["waited_ms"] += (end if until is None else until) - row["first_add_ms"]
    for row in rows(folder, "ec2_calls"):
        counted["requests"] += start <= row["request_ms"] < end
    mean = counted["waited_ms"] / counted["waits"] / 1000
    return {"pods": counted["pods"], "requests": counted["requests"], "wait_mean": mean}


def miscounted(folder: Path) -> list[str]:
    """Where the summary counts other pods and requests than there are rows."""
    summary = json.loads((folder / "summary.json").read_bytes())
    said = {
        "pods": summary["pods"]["created"],
        "requests": summary["ec2"]["total"],
        "wait_mean": summary["pods"]["ip_wait_s"]["mean"],
    }
    there = counts(folder)
    return [f"{name}: {said[name]}, {there[name]}" for name in said if said[name] != there[name]]
