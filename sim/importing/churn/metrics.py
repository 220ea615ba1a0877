"""Series of kube-state-metrics and of ipamd, as facts about pods.

Meaning of the metrics: kube-state-metrics ``docs/metrics/workload/pod-metrics.md``. A pod's series
end when the API server has forgotten the pod. ``kube_pod_deletion_timestamp`` is the time of the
delete request plus the grace period (Kubernetes API, ObjectMeta.deletionTimestamp).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .history import Counts, History, Pod
from .prometheus import Series

_TIMES = {
    "kube_pod_created": "created",
    "kube_pod_status_scheduled_time": "scheduled",
    "kube_pod_start_time": "started",
    "kube_pod_completion_time": "completed",
    "kube_pod_deletion_timestamp": "deadline",
}
"""Metrics whose value is a time, and what happened then."""

_NO_OWNER = ("", "<none>")
_PARENTS = {
    "kube_replicaset_owner": ("ReplicaSet", "replicaset", "Deployment"),
    "kube_job_owner": ("Job", "job_name", "CronJob"),
}
_COUNTS = {
    "awscni_assigned_ip_addresses": "assigned",
    "awscni_add_ip_req_count": "adds",
    "awscni_no_available_ip_addresses": "refused",
    "awscni_del_ip_req_count": "deletes",
}
"""What ipamd says of pods, by the metric."""


def read_metric(series: Series, history: History) -> None:
    """Adds what a series says to the history."""
    name = series.name
    if not series.times_ms:
        history.ignored["series without a sample"] += 1
    elif name in _COUNTS:
        _count(series, history)
    elif name in _PARENTS:
        _parent(series, history)
    elif name.startswith("kube_pod_") and (name in _TIMES or name in _OF_PODS):
        _of_pod(series, history)
    else:
        history.ignored[f"series of {name or 'no metric (a query took its name)'}"] += 1


def _seen(series: Series, history: History) -> None:
    history.counted[f"series of {series.name}"] += 1
    history.saw(series.times_ms[0])
    history.saw(series.times_ms[-1])


def _of_pod(series: Series, history: History) -> None:
    labels = series.labels
    if not labels.get("pod"):
        history.ignored[f"series of {series.name} without a label pod"] += 1
        return
    _seen(series, history)
    history.scrapes.update(series.times_ms)
    uid, namespace = labels.get("uid", ""), labels.get("namespace", "default")
    pod = history.pod(uid, namespace, labels["pod"])
    pod.add("first", series.times_ms[0])
    pod.add("last", series.times_ms[-1])
    if fact := _TIMES.get(series.name):
        pod.add(fact, round(series.values[-1] * 1000))
    if series.name == "kube_pod_deletion_timestamp":
        pod.add("marked", series.times_ms[0])
    if of := _OF_PODS.get(series.name):
        of(pod, labels, series.values[-1])


def _info(pod: Pod, labels: Mapping[str, str], _value: float) -> None:
    pod.node = labels.get("node") or pod.node
    pod.host_network = pod.host_network or labels.get("host_network") == "true"
    _own(pod, labels.get("created_by_kind", ""), labels.get("created_by_name", ""))


def _owner(pod: Pod, labels: Mapping[str, str], _value: float) -> None:
    if labels.get("owner_is_controller", "true") != "false":
        _own(pod, labels.get("owner_kind", ""), labels.get("owner_name", ""))


def _own(pod: Pod, kind: str, name: str) -> None:
    if kind not in _NO_OWNER:
        pod.owner_kind, pod.owner = kind, name


def _requests(pod: Pod, labels: Mapping[str, str], value: float) -> None:
    """Of one container; those of all are added up."""
    if labels.get("resource") == "cpu":
        pod.cpu = (pod.cpu or 0) + round(value * 1000)
    elif labels.get("resource") == "memory":
        pod.memory = (pod.memory or 0) + -(-round(value) // 2**20)


_OF_PODS: dict[str, Callable[[Pod, Mapping[str, str], float], None]] = {
    "kube_pod_info": _info,
    "kube_pod_owner": _owner,
    "kube_pod_container_resource_requests": _requests,
}


def _parent(series: Series, history: History) -> None:
    kind, label, parent = _PARENTS[series.name]
    labels = series.labels
    history.counted[f"series of {series.name}"] += 1
    if labels.get("owner_kind") == parent:
        key = kind, labels.get("namespace", "default"), labels.get(label, "")
        history.parents[key] = labels.get("owner_name", "")


def _count(series: Series, history: History) -> None:
    """Numbers of one node; of several series (by reason, say) the sum."""
    labels = series.labels
    node = labels.get("node") or labels.get("instance") or "all nodes"
    _seen(series, history)
    counts = getattr(history.nodes.setdefault(node, Counts()), _COUNTS[series.name])
    for time, value in zip(series.times_ms, series.values, strict=True):
        counts[time] = counts.get(time, 0) + value
