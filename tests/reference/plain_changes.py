"""Changes of aws-node: docs/metrics.md, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from plain_addresses import held_and_waste
from plain_pods import Wait, counted_pods, waits, waits_of
from plain_requests import THROTTLED
from plain_rows import Finished, Row
from plain_steps import Track, integral, within

NEVER = 1 << 60


@dataclass(frozen=True)
class Phase:
    """Of the part that counts, what lies in [begin, end)."""

    run: Finished
    held: Track
    waste: Track
    begin: int
    end: int

    def has(self, ms: int) -> bool:
        """Whether something then is in it."""
        return self.begin <= ms < self.end

    def figures(self) -> dict[str, Any]:
        """What was in it."""
        begin, end = max(self.begin, self.run.start), min(self.end, self.run.end)
        lasted = max(0, end - begin)
        calls = [
            r for r in self.run.counted("ec2_calls", "request_ms") if self.has(r["request_ms"])
        ]
        waste = integral(self.waste, begin, end)
        return {
            "duration_s": lasted / 1000,
            **self._pods(),
            "requests": len(calls),
            "throttled": sum(row["code"] == THROTTLED for row in calls),
            "requests_per_min": len(calls) * 60_000 / lasted if lasted else None,
            "held": integral(self.held, begin, end) / lasted if lasted else None,
            "held_peak": max((one.value for one in within(self.held, begin, end)), default=0),
            "waste": waste / lasted if lasted else None,
            "waste_ip_hours": waste / 3_600_000,
        }

    def _pods(self) -> dict[str, Any]:
        every = [row for row in counted_pods(self.run) if self.has(_asked(row))]
        lasted = waits_of(every, "first_add_ms", "address_ms", self.run.end)
        return {
            "pods": len(lasted),
            "waited": sum(not one.ended or one.ms > 0 for one in lasted),
            "unserved": sum(
                row["outcome"] == "unserved" and row["reason"] != "starting" for row in every
            ),
            "ip_wait_s": waits(lasted),
        }


def _asked(pod: Row) -> int:
    """When it asked first; of one that never did when it was created."""
    return int(pod["created_ms"] if pod["first_add_ms"] is None else pod["first_add_ms"])


def changes(run: Finished) -> list[dict[str, Any]]:
    """The summary's ``changes``."""
    every = run.scenario.model.change
    ats = [*(one.at for one in every), NEVER]
    held, waste = held_and_waste(run)
    found, begin = [], -1
    for change, (at, until) in zip(every, pairwise(ats), strict=True):
        rollout = _rollout(run, change, until)
        settled = rollout.pop("settled")
        edges = (begin, at, until if settled is None else settled, until)
        before, during, after = (
            Phase(run, held, waste, *edge).figures() for edge in pairwise(edges)
        )
        verdict = _verdict(settled is not None, before, during, after)
        found.append(
            rollout | {"verdict": verdict, "before": before, "during": during, "after": after}
        )
        begin = at if settled is None else settled
    return found


def _rollout(run: Finished, change: Any, until: int) -> dict[str, Any]:
    """Its nodes and their restarts."""
    at = change.at
    restarts = [
        row for row in run.tables["passes"] if row["kind"] == "restart" and row["begin_ms"] < until
    ]
    mine = [row for row in restarts if row["begin_ms"] >= at]
    had = [row for row in run.tables["nodes"] if _had(row, at, change.node_groups or run.groups)]
    back = [_back(row, restarts, at) for row in had]
    settled = max(back, default=at)
    is_settled = settled < min(until, run.end)
    down = [
        Wait(run.end - row["begin_ms"], False)
        if row["end_ms"] is None
        else Wait(row["end_ms"] - row["begin_ms"], True)
        for row in mine
    ]
    return {
        "settled": settled if is_settled else None,
        "at_s": at / 1000,
        "settings": change.ipamd.model_dump(exclude_unset=True),
        "settled_at_s": settled / 1000 if is_settled else None,
        "nodes": len(had),
        "replaced_nodes": len(mine),
        "down_nodes": sum(row["end_ms"] is None for row in mine),
        "down_s": waits(down),
    }


def _had(node: Row, at: int, groups: list[str]) -> bool:
    """Whether it had aws-node then."""
    started, gone = node["started_ms"], node["terminated_ms"]
    is_there = started is not None and started < at and (gone is None or gone > at)
    return is_there and node["group"] in groups


def _back(node: Row, restarts: list[Row], at: int) -> int:
    """When a node had a ready aws-node again, or was gone."""
    times = [row["end_ms"] for row in restarts if row["node"] == node["node"]]
    times += [node["ready_ms"], node["terminated_ms"]]
    return min((ms for ms in times if ms is not None and ms >= at), default=NEVER)


def _verdict(is_settled: bool, *phases: dict[str, Any]) -> str:
    def share(phase: dict[str, Any], what: str) -> float:
        return phase[what] / phase["pods"] if phase["pods"] else 0.0

    before, *later = phases
    more_unserved, more_waited = (
        max(share(one, what) for one in later) - share(before, what)
        for what in ("unserved", "waited")
    )
    if not is_settled or more_unserved > 0:
        return "unsafe"
    return "waits" if more_waited >= 0.01 else "safe"
