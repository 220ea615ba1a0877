"""Pods with names as Kubernetes makes them, from a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sim.kube.controllers import CronJobController
from sim.results.records import NEVER, POD_OUTCOMES
from sim.results.result import Result

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Of which Kubernetes makes the ends of names. Source: apimachinery, pkg/util/rand."""

LISTED_MS = 600_000
"""For which the API server still lists a pod that has ended by itself, until somebody removes its
Job: a round number (a Job's ttlSecondsAfterFinished and a CronJob's history limits are free)."""

FINISHED = POD_OUTCOMES.index("finished")


@dataclass(frozen=True)
class MadePod:
    """One pod; times are milliseconds since 1970, None if something did not happen.

    Attributes:
        namespace, name, uid: its identity.
        owner_kind, owner: what owns it, such as ReplicaSet web-5d8f7c9b4; empty: nothing.
        parent: what owns that, such as the Deployment web; empty: nothing.
        node: where it runs; empty: it was never bound.
        created_ms, bound_ms, running_ms: steps of its start.
        ended_ms: its delete request, or the end of its work.
        gone_ms: when the API server forgets it.
        finished: whether it ended by itself.
        host_network: whether it uses its node's address.
        cpu, memory: requests in millicores and MiB; None: not known.
    """

    namespace: str
    name: str
    uid: str
    owner_kind: str
    owner: str
    parent: str
    node: str
    created_ms: int
    bound_ms: int | None
    running_ms: int | None
    ended_ms: int | None
    gone_ms: int | None
    finished: bool = False
    host_network: bool = False
    cpu: int | None = None
    memory: int | None = None


def letters(text: str, n: int) -> str:
    """So many of Kubernetes' letters, always the same for a text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    chosen = []
    for _ in range(n):
        number, place = divmod(number, len(LETTERS))
        chosen.append(LETTERS[place])
    return "".join(chosen)


def uid(text: str) -> str:
    """A UUID, always the same for a text."""
    digits = hashlib.sha256(text.encode()).hexdigest()
    return "-".join(
        (digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:32])
    )


def owner_of(kind: str, name: str, job: int = 0) -> tuple[str, str, str]:
    """(kind, name, parent) of what owns the pods of a controller."""
    if kind == "Deployment":
        return "ReplicaSet", f"{name}-{letters(name, 9)}", name
    if kind == "CronJob":
        return "Job", f"{name}-{29_000_000 + job}", name
    return kind, name, ""


_KINDS = {"deployment": "Deployment", "cronjob": "CronJob", "job": "Job"}
_ONE_EACH = "One"  # pods that no controller of the run makes come as a Job each


def pods_of_run(result: Result, start_ms: int) -> Iterator[MadePod]:
    """The pods of a run's workloads; a run's DaemonSets are left out.

    Args:
        result: whose.
        start_ms: when the run began, in milliseconds since 1970.
    """
    kinds = {one.name: _KINDS.get(one.kind, _ONE_EACH) for one in result.scenario.model.workload}
    requests = {
        one.name: (one.requests.cpu, one.requests.memory)
        for one in result.scenario.model.workload
        if one.kind != "trace"
    }
    pods, names = result.pods, result.names
    columns = ("workload", "index", "node", "outcome", "host_network")
    times = ("created_ms", "bound_ms", "running_ms", "ended_ms", "released_ms")
    rows = zip(*(pods[column].tolist() for column in (*columns, *times)), strict=True)
    for workload, index, node, outcome, host, *when in rows:
        given = names.workloads[workload]
        if given not in kinds:
            continue
        created, bound, running, ended, gone = (_since_1970(one, start_ms) for one in when)
        namespace, name = _split(given)
        kind, owner, parent = _owner(kinds[given], name, index)
        pod = f"{owner}-{_suffix(index)}"
        cpu, memory = requests.get(given, (None, None))
        yield MadePod(
            namespace,
            pod,
            uid(f"{namespace}/{pod}"),
            kind,
            owner,
            parent,
            names.nodes[node] if node != NEVER else "",
            created if created is not None else start_ms,
            bound,
            running,
            ended,
            _forgotten(ended, gone, finished=outcome == FINISHED),
            outcome == FINISHED,
            bool(host),
            cpu,
            memory,
        )


def _owner(kind: str, name: str, index: int) -> tuple[str, str, str]:
    if kind == _ONE_EACH:
        return owner_of("Job", f"{name}-{index}")
    job = index // CronJobController.MAX_PODS_OF_A_JOB if kind == "CronJob" else 0
    return owner_of(kind, name, job)


def _forgotten(ended: int | None, gone: int | None, *, finished: bool) -> int | None:
    if finished and ended is not None:
        return ended + LISTED_MS
    return ended if gone is None else gone


def _since_1970(time_ms: int, start_ms: int) -> int | None:
    return None if time_ms == NEVER else start_ms + time_ms


def _split(workload: str) -> tuple[str, str]:
    """(namespace, name) of an imported workload's name; others are in the namespace default."""
    namespace, dot, name = workload.partition(".")
    return (namespace, name) if dot else ("default", workload)


def _suffix(index: int) -> str:
    """Five letters that differ from pod to pod."""
    number = (index * 7_368_787 + 1_299_709) % len(LETTERS) ** 5
    chosen = []
    for _ in range(5):
        number, place = divmod(number, len(LETTERS))
        chosen.append(LETTERS[place])
    return "".join(chosen)
