"""When each pod came and went, settled from what files say of it, and how that is known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .history import Controller, History, Pod

GRACE_MS = 30_000
"""From a delete request to a pod's deletionTimestamp, if nothing else is said. Source: Kubernetes
API, PodSpec.terminationGracePeriodSeconds."""

RUNS_TO_ITS_END = ("Job", "CronJob")
"""Kinds of controllers whose pods end by themselves, which no event tells."""

Certainty = Literal["said", "bounded", "before", "stays", "missing", "estimated"]


class Moment(NamedTuple):
    """A time and how it is known.

    Attributes:
        time_ms: since 1970; None: there is none.
        how: said: a file says so; bounded: between two samples, the middle is taken; before: it
            was there when the history begins; stays: it is there when the history ends;
            missing: it came, but no file says when; estimated: from the lives of others.
        source: the fact that says so.
    """

    time_ms: int | None
    how: Certainty
    source: str

    @property
    def is_estimate(self) -> bool:
        """Whether no file says this time."""
        return self.how in ("bounded", "before", "estimated")


@dataclass(frozen=True)
class Life:
    """One pod, from its creation to its delete request or the end of its work."""

    pod: Pod
    controller: Controller
    start: Moment
    end: Moment

    @property
    def age_ms(self) -> int | None:
        """How long it lived; None if its start or its end is not known."""
        if self.start.time_ms is None or self.end.time_ms is None:
            return None
        return self.end.time_ms - self.start.time_ms


class Rules(NamedTuple):
    """What is taken for granted where files say nothing.

    Attributes:
        grace_ms: from a delete request to the deletionTimestamp.
        open_ends: what becomes of a pod without an end: by-kind: those of Jobs are estimated, the
            others stay; estimate: of all; stay: of none.
        life_ms: of pods whose end is to be estimated where no life is known; None: they stay.
        always: pods of DaemonSets with an address on each node, for what ipamd counted: a scenario
            has them in its node groups.
    """

    grace_ms: int = GRACE_MS
    open_ends: Literal["by-kind", "estimate", "stay"] = "by-kind"
    life_ms: int | None = None
    always: int = 0


def lives(history: History, rules: Rules) -> Iterator[Life]:
    """Every pod of the history with its start and end, in the order of their starts."""
    scrapes = sorted(history.scrapes)
    pods_of_jobs = _pods_of_jobs(history)
    found = []
    for pod in history.pods.values():
        controller, _ = history.controller(pod)
        start = _start(pod, history, scrapes)
        end = _end(pod, controller, history, scrapes, rules, pods_of_jobs)
        if end.time_ms is not None and start.time_ms is not None:
            end = end._replace(time_ms=max(end.time_ms, start.time_ms))
        found.append(Life(pod, controller, start, end))
    yield from sorted(found, key=_in_order)


def _in_order(life: Life) -> tuple[int, str, str]:
    return life.start.time_ms or 0, life.pod.namespace, life.pod.name


def _pods_of_jobs(history: History) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for pod in history.pods.values():
        if pod.owner_kind == "Job":
            counts[pod.namespace, pod.owner] = counts.get((pod.namespace, pod.owner), 0) + 1
    return counts


def _start(pod: Pod, history: History, scrapes: Sequence[int]) -> Moment:
    for fact in ("created", "waited", "scheduled", "started"):
        if fact in pod.facts:
            return Moment(pod.facts[fact], "said", fact)
    if "first" in pod.facts:
        first = pod.facts["first"]
        before = bisect_left(scrapes, first)
        if before:
            return Moment((scrapes[before - 1] + first) // 2, "bounded", "its first sample")
    return Moment(history.begin_ms, "before", "seen later only")


def _end(
    pod: Pod,
    controller: Controller,
    history: History,
    scrapes: Sequence[int],
    rules: Rules,
    pods_of_jobs: Mapping[tuple[str, str], int],
) -> Moment:
    if "completed" in pod.facts:
        return Moment(pod.facts["completed"], "said", "completed")
    if said := _deleted(pod, rules):
        return said
    job = pod.namespace, pod.owner
    if pod.owner_kind == "Job" and job in history.jobs_done:
        how: Certainty = "said" if pods_of_jobs.get(job) == 1 else "bounded"
        return Moment(history.jobs_done[job], how, "its Job completed")
    if "last" in pod.facts:
        return _last_seen(pod.facts["last"], scrapes)
    is_missing = rules.open_ends == "estimate" or (
        rules.open_ends == "by-kind" and controller.kind in RUNS_TO_ITS_END
    )
    return Moment(None, "missing" if is_missing else "stays", "no end is told")


def _last_seen(last: int, scrapes: Sequence[int]) -> Moment:
    """Between its last sample and the next of any pod; it stays if there is none."""
    place = bisect_right(scrapes, last)
    if place < len(scrapes):
        return Moment((last + scrapes[place]) // 2, "bounded", "its last sample")
    return Moment(None, "stays", "there at the end")


def _deleted(pod: Pod, rules: Rules) -> Moment | None:
    facts = pod.facts
    times = {"deleted": facts.get("deleted")}
    killed = facts.get("killed")
    if killed is not None and killed >= facts.get("running", killed):
        times["killed"] = killed
    known = {name: time for name, time in times.items() if time is not None}
    if known:
        source = min(known, key=known.__getitem__)
        return Moment(known[source], "said", source)
    if "deadline" in facts:
        asked = min(facts["deadline"] - rules.grace_ms, facts.get("marked", facts["deadline"]))
        return Moment(asked, "bounded", "deletionTimestamp less the grace period")
    return None
