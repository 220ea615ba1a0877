"""Events of pods, as ``kubectl get events -A -o json`` writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from .pods import MadePod, letters, uid

Data = dict[str, Any]
_NO_VERSION = '{\n        "resourceVersion": ""\n    }'


def events_text(pods: Iterable[MadePod], begin_ms: int, end_ms: int) -> Iterator[str]:
    """A List of the events of pods, piece by piece.

    Args:
        pods: whose.
        begin_ms: older events are forgotten: the API server keeps them for an hour by default.
        end_ms: when the list is asked for.
    """
    yield '{\n    "apiVersion": "v1",\n    "items": ['
    number = count()
    for event in _events(pods, begin_ms, end_ms):
        text = json.dumps(event, indent=4).replace("\n", "\n        ")
        yield f"{',' if next(number) else ''}\n        {text}"
    yield f'\n    ],\n    "kind": "List",\n    "metadata": {_NO_VERSION}\n}}\n'


def _events(pods: Iterable[MadePod], begin_ms: int, end_ms: int) -> Iterator[Data]:
    jobs: dict[tuple[str, str], list[MadePod]] = {}
    for pod in pods:
        yield from events_of(pod, begin_ms, end_ms)
        if pod.owner_kind == "Job":
            jobs.setdefault((pod.namespace, pod.owner), []).append(pod)
    for of_job in jobs.values():
        ends = [pod.ended_ms for pod in of_job if pod.finished and pod.ended_ms is not None]
        if len(ends) == len(of_job) and begin_ms <= max(ends) <= end_ms:
            yield _of_owner(of_job[0], "Completed", "Job completed", max(ends))


def events_of(pod: MadePod, begin_ms: int, end_ms: int) -> Iterator[Data]:
    """The events of one pod."""
    for time_ms, event in _all(pod):
        if time_ms is not None and begin_ms <= time_ms <= end_ms:
            yield event


def _all(pod: MadePod) -> Iterator[tuple[int | None, Data]]:
    if pod.owner_kind:
        said = f"Created pod: {pod.name}"
        yield pod.created_ms, _of_owner(pod, "SuccessfulCreate", said, pod.created_ms)
    if pod.bound_ms is not None:
        yield pod.bound_ms, _scheduled(pod, pod.bound_ms)
    if pod.running_ms is not None:
        for reason, said in _STARTS.items():
            yield pod.running_ms, _of_kubelet(pod, reason, said, pod.running_ms)
    if pod.ended_ms is None or pod.finished:
        return  # nobody says that a pod has ended by itself, but that its Job has
    if pod.owner_kind:
        said = f"Deleted pod: {pod.name}"
        yield pod.ended_ms, _of_owner(pod, "SuccessfulDelete", said, pod.ended_ms)
    if pod.running_ms is not None:
        yield pod.ended_ms, _of_kubelet(pod, "Killing", "Stopping container app", pod.ended_ms)


_STARTS = {
    "Pulled": 'Container image "registry.example.com/app:1.0" already present on machine',
    "Created": "Created container: app",
    "Started": "Started container app",
}


def _scheduled(pod: MadePod, time_ms: int) -> Data:
    """The scheduler's: with a time in microseconds and no other."""
    event = _event(pod, _pod(pod), "Scheduled", time_ms)
    event["message"] = f"Successfully assigned {pod.namespace}/{pod.name} to {pod.node}"
    event["action"] = "Binding"
    event["eventTime"] = _text(time_ms, "microseconds")
    event["reportingComponent"] = "default-scheduler"
    event["reportingInstance"] = "default-scheduler-ip-10-0-92-17.ec2.internal"
    return event


def _of_kubelet(pod: MadePod, reason: str, message: str, time_ms: int) -> Data:
    about = {**_pod(pod), "fieldPath": "spec.containers{app}"}
    source = {"component": "kubelet", "host": pod.node}
    return _counted(_event(pod, about, reason, time_ms), message, source, time_ms)


def _of_owner(pod: MadePod, reason: str, message: str, time_ms: int) -> Data:
    name = pod.owner
    version = "batch/v1" if pod.owner_kind == "Job" else "apps/v1"
    about = {
        "apiVersion": version,
        "kind": pod.owner_kind,
        "name": name,
        "namespace": pod.namespace,
        "resourceVersion": "1",
        "uid": uid(f"{pod.owner_kind} {pod.namespace}/{name}"),
    }
    component = f"{pod.owner_kind.lower()}-controller"
    event = _event(pod, about, reason, time_ms)
    return _counted(event, message, {"component": component}, time_ms)


def _counted(event: Data, message: str, source: Data, time_ms: int) -> Data:
    time = _text(time_ms, "seconds")
    return event | {
        "count": 1,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "message": message,
        "reportingComponent": source["component"],
        "reportingInstance": source.get("host", ""),
        "source": source,
    }


def _event(pod: MadePod, about: Data, reason: str, time_ms: int) -> Data:
    key = f"{about['name']}.{letters(f'{reason} {pod.uid} {time_ms}', 16)}"
    return {
        "apiVersion": "v1",
        "eventTime": None,
        "firstTimestamp": None,
        "involvedObject": about,
        "kind": "Event",
        "lastTimestamp": None,
        "metadata": {
            "creationTimestamp": _text(time_ms, "seconds"),
            "name": key,
            "namespace": pod.namespace,
            "resourceVersion": "1",
            "uid": uid(key),
        },
        "reason": reason,
        "source": {},
        "type": "Normal",
    }


def _pod(pod: MadePod) -> Data:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": pod.name,
        "namespace": pod.namespace,
        "resourceVersion": "1",
        "uid": pod.uid,
    }


def _text(time_ms: int, precision: str) -> str:
    text = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec=precision)
    return text.replace("+00:00", "Z")
