"""What files say of each pod: facts first, from which its start and end are then settled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

EARLIEST = (
    "created",
    "waited",
    "scheduled",
    "started",
    "seen",
    "first",
    "deleted",
    "completed",
    "marked",
)
"""Facts of which the first time counts; of all others the last."""

REPLICA_SET = re.compile(r"(.+)-[bcdfghjklmnpqrstvwxz2456789]{1,10}")
CRON_JOB = re.compile(r"(.+)-[0-9]{8,10}")
"""Names that Kubernetes makes: of a Deployment's ReplicaSets and of a CronJob's Jobs."""

_OF_DEPLOYMENT = re.compile(
    r"(.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}"
)
_OF_CRON_JOB = re.compile(r"(.+)-[0-9]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}")
_OF_STATEFUL_SET = re.compile(r"(.+)-[0-9]{1,4}")


class Controller(NamedTuple):
    """What makes pods: its kind (empty if nobody knows), namespace and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind or 'pods'} {self.namespace}/{self.name}"


@dataclass(slots=True)
class Pod:
    """One pod, as the files know it.

    Attributes:
        namespace, name: its own.
        owner_kind, owner: its controller's kind and name; empty: not known.
        node: the node it was bound to; empty: not known.
        host_network: whether it uses its node's address.
        cpu, memory: requests in millicores and MiB; None: not known.
        facts: times in milliseconds since 1970 by what happened.
    """

    namespace: str
    name: str
    owner_kind: str = ""
    owner: str = ""
    node: str = ""
    host_network: bool = False
    cpu: int | None = None
    memory: int | None = None
    facts: dict[str, int] = field(default_factory=dict)

    def add(self, fact: str, time_ms: int) -> None:
        """Something that happened to it."""
        known = self.facts.get(fact)
        choose = min if fact in EARLIEST else max
        self.facts[fact] = time_ms if known is None else choose(known, time_ms)


@dataclass
class Counts:
    """What a node's ipamd counted, sample by sample: times in ms since 1970, and values."""

    assigned: dict[int, float] = field(default_factory=dict)
    adds: dict[int, float] = field(default_factory=dict)
    refused: dict[int, float] = field(default_factory=dict)
    deletes: dict[int, float] = field(default_factory=dict)


@dataclass
class History:
    """All that was read.

    Attributes:
        pods: by their uid, or by namespace and name where no file gives a uid.
        parents: (namespace, ReplicaSet or Job) to its Deployment or CronJob, as files say.
        jobs_done: when a Job (namespace, name) was complete.
        nodes: what ipamd counted, by node.
        begin_ms, end_ms: the first and the last time that any file speaks of.
        scrapes: times at which kube-state-metrics was asked.
        counted: how much of what was read, such as ``events of pods``.
        ignored: the same of what says nothing here.
    """

    pods: dict[str, Pod] = field(default_factory=dict)
    parents: dict[tuple[str, str, str], str] = field(default_factory=dict)
    jobs_done: dict[tuple[str, str], int] = field(default_factory=dict)
    nodes: dict[str, Counts] = field(default_factory=dict)
    begin_ms: int | None = None
    end_ms: int | None = None
    scrapes: set[int] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)

    def pod(self, uid: str, namespace: str, name: str) -> Pod:
        """The pod of this identity."""
        key = uid or f"{namespace}/{name}"
        found = self.pods.get(key)
        if found is None:
            found = self.pods[key] = Pod(namespace, name)
        return found

    def saw(self, time_ms: int) -> None:
        """Something was known at this time."""
        self.begin_ms = time_ms if self.begin_ms is None else min(self.begin_ms, time_ms)
        self.end_ms = time_ms if self.end_ms is None else max(self.end_ms, time_ms)

    def controller(self, pod: Pod) -> tuple[Controller, bool]:
        """Who makes the pod, as people call it, and whether a name had to be guessed at."""
        kind, name = pod.owner_kind, pod.owner
        if not kind:
            kind, name = _by_name(pod.name)
            return Controller(kind, pod.namespace, name), True
        pattern, parent = _PARENTS.get(kind, (None, ""))
        if pattern is None:
            return Controller(kind, pod.namespace, name), False
        if known := self.parents.get((kind, pod.namespace, name)):
            return Controller(parent, pod.namespace, known), False
        if match := pattern.fullmatch(name):
            return Controller(parent, pod.namespace, match[1]), True
        return Controller(kind, pod.namespace, name), False

    def join_by_name(self) -> None:
        """Puts what files say by a pod's name to what they say by its uid.

        Where several pods had one name, as a StatefulSet's, only their owner is known by it.
        """
        keys: dict[str, list[str]] = {}
        for key, one in self.pods.items():
            keys.setdefault(f"{one.namespace}/{one.name}", []).append(key)
        for name, same in keys.items():
            if name in same and len(same) > 1:
                by_name = self.pods.pop(name)
                for key in (key for key in same if key != name):
                    _join(self.pods[key], by_name, with_facts=len(same) == 2)


_PARENTS = {"ReplicaSet": (REPLICA_SET, "Deployment"), "Job": (CRON_JOB, "CronJob")}


def _by_name(pod: str) -> tuple[str, str]:
    patterns = {
        "CronJob": _OF_CRON_JOB,
        "Deployment": _OF_DEPLOYMENT,
        "StatefulSet": _OF_STATEFUL_SET,
    }
    for kind, pattern in patterns.items():
        if match := pattern.fullmatch(pod):
            return kind, match[1]
    return "", pod


def _join(pod: Pod, other: Pod, *, with_facts: bool) -> None:
    for fact, time_ms in other.facts.items() if with_facts else ():
        pod.add(fact, time_ms)
    pod.owner_kind, pod.owner = pod.owner_kind or other.owner_kind, pod.owner or other.owner
    pod.node, pod.host_network = pod.node or other.node, pod.host_network or other.host_network
    pod.cpu = other.cpu if pod.cpu is None else pod.cpu
    pod.memory = other.memory if pod.memory is None else pod.memory


def most(counts: Counter[str], n: int) -> Iterator[str]:
    """The most frequent of what was counted, in words, and how many more kinds there are."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    yield from (f"{number:,} {what}" for what, number in ranked[:n])
    if len(ranked) > n:
        yield f"{sum(number for _, number in ranked[n:]):,} others"
