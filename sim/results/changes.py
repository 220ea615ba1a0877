"""Changes of aws-node on a live cluster: what was before, while the rollout ran, and after it.

A rollout runs from the change until each node that had aws-node then has a ready one again, or is
gone. What is after it lasts until the next change.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.scenario.change import Change

from .addresses import COUNTS, MS_PER_HOUR, Ledger
from .ec2 import THROTTLED
from .measured import Run, Stretch
from .metric import Metric
from .pods import UNSERVED, Pods
from .records import NEVER, PASS_KINDS, UNSERVED_REASONS
from .steps import Ints
from .waits import Waits

RESTART = PASS_KINDS.index("restart")
STARTING = UNSERVED_REASONS.index("starting")
PHASES = ("before", "during", "after")
FAR = np.iinfo(np.int64).max
MORE_WAIT = 0.01

METRICS = (
    Metric("at_s", "s", "change.at", "When the new settings were applied."),
    Metric("settings", "values", "change.ipamd", "What was changed; empty: a restart."),
    Metric(
        "settled_at_s",
        "s",
        "max over the nodes of the end of their restart",
        "When the last node had a ready daemon again; null: not before the next change, or the "
        "end of the run.",
    ),
    Metric("nodes", "nodes", "nodes with started_ms < at", "Nodes that had aws-node then."),
    Metric(
        "replaced_nodes", "nodes", "count of restarts from at on", "Whose aws-node was replaced."
    ),
    Metric(
        "down_nodes",
        "nodes",
        "count of restarts without an end",
        "Those of them that had no ready daemon any more by the next change or the end.",
    ),
    Metric(
        "down_s",
        "wait",
        "passes.end_ms - passes.begin_ms of restarts",
        "How long each node was without a ready daemon.",
    ),
)

VERDICT = Metric(
    "verdict",
    "words",
    "unsafe: not settled though the run went on, or a larger share of pods unserved during or "
    "after it than before; waits: a share of pods that waited at least 1 % of all larger than "
    "before; else safe",
    "Whether it was safe to change this on the live cluster.",
)

PHASE_METRICS = (
    Metric("duration_s", "s", "end - begin", "How long the phase lasted."),
    Metric("pods", "pods", "count of pods with first_add_ms in the phase", "Pods that asked."),
    Metric("waited", "pods", "pods with ip_wait > 0", "Those whose first CNI ADD failed."),
    Metric(
        "unserved",
        "pods",
        "pods with outcome unserved, but for those still starting",
        "Those that never got an address.",
    ),
    Metric("ip_wait_s", "wait", "address_ms - first_add_ms", "How long they waited for it."),
    Metric("requests", "requests", "count of ec2_calls", "EC2 requests made in the phase."),
    Metric("throttled", "requests", "count with RequestLimitExceeded", "Throttled ones."),
    Metric("requests_per_min", "requests", "requests / minutes", "Null: the phase is empty."),
    Metric("held", "IPs", "mean of held(t)", "Held in EC2, on average over the phase."),
    Metric("held_peak", "IPs", "max held(t)", "At most."),
    Metric("waste", "IPs", "mean of held - assigned", "Held, but not by a pod."),
    Metric("waste_ip_hours", "IP h", "∫ waste dt", "The waste times how long it lasted."),
)


class _Phase:
    """What happened in one phase."""

    def __init__(self) -> None:
        self.lasted = self.requests = self.throttled = 0
        self.pods = self.waited = self.unserved = 0
        self.waits = Waits()
        self.held = self.waste = self.held_peak = 0

    def figures(self) -> dict[str, Any]:
        """In the order of `PHASE_METRICS`."""
        lasted = self.lasted
        return {
            "duration_s": lasted / 1000,
            "pods": self.pods,
            "waited": self.waited,
            "unserved": self.unserved,
            "ip_wait_s": self.waits.figures(),
            "requests": self.requests,
            "throttled": self.throttled,
            "requests_per_min": self.requests * 60_000 / lasted if lasted else None,
            "held": self.held / lasted if lasted else None,
            "held_peak": self.held_peak,
            "waste": self.waste / lasted if lasted else None,
            "waste_ip_hours": self.waste / MS_PER_HOUR,
        }

    @property
    def waited_share(self) -> float:
        """Of the pods that asked in it."""
        return self.waited / self.pods if self.pods else 0.0

    @property
    def unserved_share(self) -> float:
        """Of the pods that asked in it."""
        return self.unserved / self.pods if self.pods else 0.0


def _verdict(is_settled: bool, before: _Phase, during: _Phase, after: _Phase) -> str:
    """`VERDICT` of a change."""
    later = during, after
    if not is_settled or max(one.unserved_share for one in later) > before.unserved_share:
        return "unsafe"
    more = max(one.waited_share for one in later) - before.waited_share
    return "waits" if more >= MORE_WAIT else "safe"


class _Rollout:
    """One change: which nodes it was for, and when each had a ready daemon again."""

    def __init__(self, change: Change, groups: list[int], next_at: int) -> None:
        self.change, self._groups, self._next = change, groups, next_at
        self._ended: dict[int, int] = {}  # of its nodes, when they were ready or gone
        self._nodes: set[int] = set()
        self._up: list[int] = []  # how long restarts lasted that ended
        self._down: dict[int, int] = {}  # what others have lasted by now, by node
        self.settled = FAR

    def add(self, stretch: Stretch) -> None:
        """Follows the nodes through the next stretch."""
        at = self.change.at
        if at >= stretch.until:
            return
        passes = stretch.tables["passes"]
        rows = np.flatnonzero((passes["kind"] == RESTART) & (passes["begin_ms"] < self._next))
        for begin, end, node, _ in passes.matrix[rows].tolist():
            if begin >= at and end == NEVER:
                self._down[node] = stretch.until - begin
            elif begin >= at:
                self._up.append(end - begin)
            if end >= at:
                self._is_back(node, end)
        self._settle(stretch)

    def _is_back(self, node: int, ms: int) -> None:
        """It had a ready daemon again, or was gone; the first time counts."""
        self._ended[node] = min(ms, self._ended.get(node, FAR))

    def _settle(self, stretch: Stretch) -> None:
        nodes = stretch.tables["nodes"]
        at, started, gone = self.change.at, nodes["started_ms"], nodes["terminated_ms"]
        had = (started != NEVER) & (started < at) & ((gone == NEVER) | (gone > at))
        had &= np.isin(nodes["group"], self._groups)
        self._nodes = set(nodes["node"][had].tolist())
        ready = nodes["ready_ms"]  # later than the change: it was on its first start
        for rows, times in ((had & (gone != NEVER), gone), (had & (ready >= at), ready)):
            for node, ms in zip(nodes["node"][rows].tolist(), times[rows].tolist(), strict=True):
                self._is_back(node, ms)
        if self.settled == FAR and self._nodes <= self._ended.keys():
            last = max((self._ended[node] for node in self._nodes), default=at)
            self.settled = last if last < min(self._next, stretch.until) else FAR

    def figures(self) -> dict[str, Any]:
        """In the order of `METRICS`."""
        down = Waits()
        down.add(np.array(self._up, np.int64), np.array(list(self._down.values()), np.int64))
        settled = None if self.settled == FAR else self.settled / 1000
        return {
            "at_s": self.change.at / 1000,
            "settings": self.change.ipamd.model_dump(exclude_unset=True),
            "settled_at_s": settled,
            "nodes": len(self._nodes),
            "replaced_nodes": len(self._up) + len(self._down),
            "down_nodes": len(self._down),
            "down_s": down.figures(),
        }


class ChangeFigures:
    """The summary's ``changes``."""

    def __init__(self, run: Run) -> None:
        self._run, changes = run, run.model.change
        numbers = {group.name: i for i, group in enumerate(run.model.cluster.node_groups)}
        nexts = [*(one.at for one in changes[1:]), FAR][: len(changes)]
        self._rollouts = [
            _Rollout(one, [numbers[name] for name in one.node_groups or numbers], next_at)
            for one, next_at in zip(changes, nexts, strict=True)
        ]
        self._phases = [_Phase() for _ in range(2 * len(changes) + 1)]
        self._ledger = Ledger(run)
        self._held = self._waste = 0
        self._since = run.start

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        if not self._rollouts:
            return
        for rollout in self._rollouts:
            rollout.add(stretch)
        self._add_pods(stretch)
        self._add_requests(stretch)
        self._add_addresses(stretch)

    def _starts(self) -> list[tuple[int, int]]:
        """(ms, phase) of each phase that has begun, in order: change k begins phase 2 k + 1."""
        starts = [(NEVER, 0)]
        for number, rollout in enumerate(self._rollouts):
            starts.append((rollout.change.at, 2 * number + 1))
            if rollout.settled != FAR:
                starts.append((rollout.settled, 2 * number + 2))
        return starts

    def _phase_of(self, times: Ints) -> Ints:
        begins, phases = np.array(self._starts()).T
        found: Ints = phases[np.searchsorted(begins, times, side="right") - 1]
        return found

    def _add_pods(self, stretch: Stretch) -> None:
        pods = Pods.counted(self._run, stretch)
        asked = pods["first_add_ms"]
        of = self._phase_of(np.where(asked == NEVER, pods["created_ms"], asked))
        for number in np.unique(of).tolist():
            phase, some = self._phases[number], pods.only(np.flatnonzero(of == number))
            ended, unended = some.lasted("first_add_ms", "address_ms")
            phase.pods += len(ended) + len(unended)
            phase.waited += int((ended > 0).sum()) + len(unended)
            in_vain = (some["outcome"] == UNSERVED) & (some["reason"] != STARTING)
            phase.unserved += int(in_vain.sum())
            phase.waits.add(ended, unended)

    def _add_requests(self, stretch: Stretch) -> None:
        calls = stretch.tables["ec2_calls"]
        calls = calls.only(np.flatnonzero(calls["request_ms"] >= self._run.start))
        codes = self._run.names.codes
        throttled = codes.index(THROTTLED) if THROTTLED in codes else NEVER
        of = self._phase_of(calls["request_ms"])
        for number in np.unique(of).tolist():
            rows = of == number
            self._phases[number].requests += int(rows.sum())
            self._phases[number].throttled += int((rows & (calls["code"] == throttled)).sum())

    def _add_addresses(self, stretch: Stretch) -> None:
        moves = self._ledger.moves(stretch)
        held = self._held + np.cumsum(moves.by[COUNTS.index("held")])
        waste = self._waste + np.cumsum(moves.by[COUNTS.index("waste")])
        inner = [ms for ms, _ in self._starts() if self._since < ms < stretch.until]
        times = np.concatenate([moves.times, inner, [self._since]]).clip(self._since)
        edges = np.append(np.unique(times), max(stretch.until, self._since)).astype(np.int64)
        rows = np.searchsorted(moves.times, edges[:-1], side="right")
        self._integrate(
            edges, np.append(self._held, held)[rows], np.append(self._waste, waste)[rows]
        )
        if len(held):
            self._held, self._waste = int(held[-1]), int(waste[-1])
        self._since = int(edges[-1])

    def _integrate(self, edges: Ints, held: Ints, waste: Ints) -> None:
        """Adds what is held from each edge to the next."""
        lasted, of = np.diff(edges), self._phase_of(edges[:-1])
        for number in np.unique(of[lasted > 0]).tolist():
            phase, rows = self._phases[number], (of == number) & (lasted > 0)
            phase.lasted += int(lasted[rows].sum())
            phase.held += int(held[rows] @ lasted[rows])
            phase.waste += int(waste[rows] @ lasted[rows])
            phase.held_peak = max(phase.held_peak, int(held[rows].max()))

    def figures(self) -> list[dict[str, Any]]:
        """What came out, a change each.

        What was before is what was after the change before, or while its rollout ran.
        """
        found, before = [], self._phases[0]
        for number, rollout in enumerate(self._rollouts):
            during, after = self._phases[2 * number + 1 : 2 * number + 3]
            phases = before, during, after
            figures = rollout.figures()
            figures["verdict"] = _verdict(figures["settled_at_s"] is not None, *phases)
            three = zip(PHASES, phases, strict=True)
            found.append(figures | {name: one.figures() for name, one in three})
            before = after if rollout.settled != FAR else during
        return found
