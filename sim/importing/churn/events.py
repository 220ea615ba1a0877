"""Kubernetes events, as ``kubectl get events -A -o json`` and its events.k8s.io form give them.

Fields: Kubernetes API reference, Event v1 core and Event v1 events.k8s.io. Times come in one of
several fields: the scheduler's events have ``eventTime`` only, those of kubelet and controllers
``firstTimestamp`` and ``lastTimestamp``, and repeated ones a ``series`` or a ``count``.

Who says what: kubelet ``pkg/kubelet/events``, the scheduler, and the controllers with
``SuccessfulCreate`` and ``SuccessfulDelete``. The kubelet says Killing when it stops a container,
at a pod's end and at a restart, which a later Started tells apart. Nobody says that a Job's pod has
ended by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sim.scenario.errors import Problem, shown

from .history import History
from .stream import Item

_CREATED = re.compile(r"Created pod: (\S+)")
_DELETED = re.compile(r"Deleted pod: (\S+)")
_SCALED = re.compile(r"Scaled (?:up|down) replica set (\S+)")
_JOB = re.compile(r"Created job (\S+)")
_ASSIGNED = re.compile(r"Successfully assigned \S+ to (\S+)")

_FACTS = {
    "FailedScheduling": "waited",
    "TriggeredScaleUp": "waited",
    "NotTriggerScaleUp": "waited",
    "Nominated": "waited",
    "Scheduled": "scheduled",
    "Pulling": "started",
    "Pulled": "started",
    "Created": "started",
    "Started": "started",
    "Killing": "killed",
    "Preempted": "deleted",
    "Evicted": "deleted",
    "TaintManagerEviction": "deleted",
}
"""What an event of a pod says, by its reason."""

_CONTROLLERS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController")
_AGAIN = "will be restarted"
_CANCELLED = "Cancelling"


def is_event(data: Any) -> bool:
    """Whether an item is an event of either API."""
    return isinstance(data, Mapping) and data.get("kind") == "Event"


def read_event(item: Item, file: str, history: History) -> Problem | None:
    """Adds what an event says to the history.

    Returns:
        What is wrong with it, if something is.
    """
    data = item.data
    about = data.get("involvedObject") or data.get("regarding")
    if not isinstance(about, Mapping):
        message = "the event says not what it is about: no involvedObject and no regarding"
        return Problem(message, file, path=item.place, remedy="export it with -o json")
    try:
        first, last = _times(data)
    except ValueError as error:
        remedy = "a time is written like 2026-01-05T08:00:00Z"
        return Problem(str(error), file, path=item.place, remedy=remedy)
    history.saw(first)
    history.saw(last)
    kind, reason = str(about.get("kind", "")), str(data.get("reason", ""))
    message = str(data.get("message") or data.get("note") or "")
    if kind == "Pod":
        _of_pod(history, about, reason, message, (first, last), _host(data))
    else:
        _of_controller(history, kind, about, reason, message, (first, last))
    return None


def _times(data: Mapping[str, Any]) -> tuple[int, int]:
    """(first, last) time of an event, in milliseconds since 1970.

    Raises:
        ValueError: it has none, or one cannot be read.
    """
    series = _mapping(data, "series")
    created = _mapping(data, "metadata").get("creationTimestamp")
    firsts = ("eventTime", "firstTimestamp", "deprecatedFirstTimestamp")
    first = next((data[one] for one in firsts if data.get(one)), created)
    lasts = (data.get(one) for one in ("lastTimestamp", "deprecatedLastTimestamp"))
    last = next((one for one in (series.get("lastObservedTime"), *lasts) if one), first)
    if first is None:
        raise ValueError("the event has no time")
    begin, end = milliseconds(first), milliseconds(last)
    return begin, max(begin, end)


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What stands under a key, if that is a mapping; else an empty one."""
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def milliseconds(text: Any) -> int:
    """Milliseconds since 1970 of a time as Kubernetes writes it.

    Raises:
        ValueError: it is no such time.
    """
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"{shown(text)} is no time") from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(time.timestamp() * 1000)


def _host(data: Mapping[str, Any]) -> str:
    """The node that a kubelet's event comes from."""
    source = _mapping(data, "source") or _mapping(data, "deprecatedSource")
    component = data.get("reportingComponent") or data.get("reportingController")
    instance = str(data.get("reportingInstance") or "") if component == "kubelet" else ""
    return str(source.get("host") or instance)


Span = tuple[int, int]


def _of_pod(
    history: History, about: Mapping[str, Any], reason: str, message: str, span: Span, host: str
) -> None:
    fact = _FACTS.get(reason)
    if fact is None or (fact == "deleted" and message.startswith(_CANCELLED)):
        history.ignored[f"events {reason or 'without a reason'}"] += 1
        return
    history.counted["events of pods"] += 1
    pod = history.pod(*_identity(about))
    pod.add("seen", span[0])
    if fact == "killed":
        pod.add("restarted" if _AGAIN in message else "killed", span[1])
    else:
        pod.add(fact, span[0])
    if fact == "started":
        pod.add("running", span[1])
    if match := _ASSIGNED.match(message):
        pod.node = match[1]
    pod.node = pod.node or host


def _identity(about: Mapping[str, Any]) -> tuple[str, str, str]:
    uid, namespace, name = (about.get(key) for key in ("uid", "namespace", "name"))
    return str(uid or ""), str(namespace or "default"), str(name or "")


def _of_controller(
    history: History, kind: str, about: Mapping[str, Any], reason: str, message: str, span: Span
) -> None:
    of = _SAYINGS.get(reason)
    _, namespace, name = _identity(about)
    if of is None or not of(history, (kind, namespace, name), message, span):
        history.ignored[f"events {reason or 'without a reason'} of {kind or 'nothing'}"] += 1
    else:
        history.counted["events of controllers"] += 1


Who = tuple[str, str, str]


def _pod_made(history: History, who: Who, message: str, span: Span) -> bool:
    match, (kind, namespace, name) = _CREATED.match(message), who
    if match and kind in _CONTROLLERS:
        pod = history.pod("", namespace, match[1])
        pod.owner_kind, pod.owner = kind, name
        pod.add("created", span[0])
    elif (match := _JOB.match(message)) and kind == "CronJob":
        history.parents["Job", namespace, match[1]] = name
    return match is not None


def _pod_deleted(history: History, who: Who, message: str, span: Span) -> bool:
    match, (kind, namespace, name) = _DELETED.match(message), who
    if match and kind in _CONTROLLERS:
        pod = history.pod("", namespace, match[1])
        pod.owner_kind, pod.owner = kind, name
        pod.add("deleted", span[0])
    return match is not None


def _scaled(history: History, who: Who, message: str, _span: Span) -> bool:
    match, (_, namespace, name) = _SCALED.match(message), who
    if match:
        history.parents["ReplicaSet", namespace, match[1]] = name
    return match is not None


def _job_completed(history: History, who: Who, _message: str, span: Span) -> bool:
    kind, namespace, name = who
    if kind == "Job":
        history.jobs_done[namespace, name] = span[0]
    return kind == "Job"


_SAYINGS: dict[str, Callable[[History, Who, str, Span], bool]] = {
    "SuccessfulCreate": _pod_made,
    "SuccessfulDelete": _pod_deleted,
    "ScalingReplicaSet": _scaled,
    "Completed": _job_completed,
}
"""What events of controllers say of pods, by their reason."""
