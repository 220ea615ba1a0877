"""Answers of Prometheus' query_range, as its HTTP API gives them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from sim.results.exported import exported
from sim.results.result import Result

from ..lives import GRACE_MS
from .pods import MadePod

Samples = list[tuple[float, str]]


class Asked(NamedTuple):
    """What is asked for: from begin to end, in milliseconds since 1970, every so many."""

    begin_ms: int
    end_ms: int
    step_ms: int

    def between(self, first_ms: int, last_ms: int | None) -> range:
        """The times asked for from one time on and up to another; None: to the end."""
        last = self.end_ms if last_ms is None else min(last_ms - 1, self.end_ms)
        behind = max(first_ms - self.begin_ms, 0)
        first = self.begin_ms + -(-behind // self.step_ms) * self.step_ms
        return range(first, last + 1, self.step_ms)


def answer_text(series: Iterable[tuple[dict[str, str], Samples]]) -> Iterator[str]:
    """One answer with all series, piece by piece; those without a sample are left out."""
    yield '{"status":"success","data":{"resultType":"matrix","result":['
    number = count()
    for metric, values in series:
        if values:
            data: dict[str, Any] = {"metric": metric, "values": values}
            comma = "," if next(number) else ""
            yield f"{comma}{json.dumps(data, separators=(',', ':'))}"
    yield "]}}\n"


def of_pods(pods: Iterable[MadePod], asked: Asked) -> Iterator[tuple[dict[str, str], Samples]]:
    """Series of kube-state-metrics about pods: from a pod's creation until it is forgotten."""
    for pod in pods:
        times = asked.between(pod.created_ms, pod.gone_ms)
        for name, more, value, first_ms in _facts(pod):
            own = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}
            metric = {"__name__": name, "job": "kube-state-metrics", **own, **more}
            text = f"{value:.10g}" if isinstance(value, float) else str(value)
            yield metric, [(time / 1000, text) for time in times if time >= first_ms]


def _facts(pod: MadePod) -> Iterator[tuple[str, dict[str, str], float, int]]:
    """(metric, labels of its own, value, from when on) of all series of a pod."""
    host_network = str(pod.host_network).lower()
    info = {"created_by_kind": pod.owner_kind, "created_by_name": pod.owner}
    info |= {"host_network": host_network, "node": pod.node}
    yield "kube_pod_info", info, 1, pod.created_ms
    yield "kube_pod_created", {}, pod.created_ms // 1000, pod.created_ms
    if pod.bound_ms is not None:
        yield "kube_pod_start_time", {}, pod.bound_ms // 1000, pod.bound_ms
    if pod.ended_ms is not None and pod.finished:
        yield "kube_pod_completion_time", {}, pod.ended_ms // 1000, pod.ended_ms
    if pod.ended_ms is not None and not pod.finished:
        deadline = (pod.ended_ms + GRACE_MS) // 1000
        yield "kube_pod_deletion_timestamp", {}, deadline, pod.ended_ms
    for resource, unit, value in _requests(pod):
        labels = {"container": "app", "node": pod.node, "resource": resource, "unit": unit}
        yield "kube_pod_container_resource_requests", labels, value, pod.created_ms


def _requests(pod: MadePod) -> Iterator[tuple[str, str, float]]:
    if pod.cpu:
        yield "cpu", "core", pod.cpu / 1000
    if pod.memory:
        yield "memory", "byte", float(pod.memory * 2**20)


def of_nodes(
    result: Result, start_ms: int, asked: Asked, job: str
) -> Iterator[tuple[dict[str, str], Samples]]:
    """Series of ipamd's own metrics, node by node, of a run that began at ``start_ms``.

    Their label ``job`` is as given, and ``instance`` the node's name.
    """
    import numpy as np

    for one in exported(result):
        times = asked.between(start_ms + one.begin_ms, start_ms + one.end_ms)
        values = one.at(np.arange(times.start, times.stop, times.step) - start_ms).tolist()
        metric = {"__name__": one.name, "job": job, "instance": one.node, **one.labels}
        stamps = (time / 1000 for time in times)
        yield metric, [(time, str(value)) for time, value in zip(stamps, values, strict=True)]
