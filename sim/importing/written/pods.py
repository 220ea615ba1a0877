"""Pods as ``kubectl get pods -o json`` prints them, from 1.31 on."""

from __future__ import annotations

from datetime import timedelta

from .identity import Object, stamp, uid
from .placed import PlacedNode, PlacedPod, digest, job_name, replica_set_name
from .plan import POOL_LABELS, Controller


def pod_object(pod: PlacedPod) -> Object:
    """A pod."""
    controller, node = pod.controller, pod.node
    labels = {"app.kubernetes.io/name": controller.name}
    if node is not None and node.pool.made_by == "fargate":
        labels[POOL_LABELS["fargate"]] = node.pool.name
    metadata: Object = {
        "creationTimestamp": stamp(pod.created),
        "labels": labels,
        "name": pod.name,
        "namespace": controller.namespace,
        "resourceVersion": str(int(pod.created.timestamp())),
        "uid": uid("pod", controller.namespace, pod.name),
    }
    if owner := _owner(pod):
        metadata["generateName"] = f"{owner['name']}-"
        metadata["ownerReferences"] = [owner]
    spec = pod_spec(controller)
    if node is not None:
        spec["nodeName"] = node.name
    if controller.kind == "DaemonSet" and node is not None:
        spec["affinity"] = _bound_to(node, spec)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": dict(sorted(metadata.items())),
        "spec": dict(sorted(spec.items())),
        "status": _pod_status(pod),
    }


def _owner(pod: PlacedPod) -> Object | None:
    controller = pod.controller
    kinds = {
        "Deployment": ("apps/v1", "ReplicaSet", replica_set_name(controller)),
        "StatefulSet": ("apps/v1", "StatefulSet", controller.name),
        "DaemonSet": ("apps/v1", "DaemonSet", controller.name),
        "Job": ("batch/v1", "Job", controller.name),
        "CronJob": ("batch/v1", "Job", job_of(pod)),
    }
    if controller.kind not in kinds:
        return None
    return reference(controller, *kinds[controller.kind])


def reference(controller: Controller, version: str, kind: str, name: str) -> Object:
    """What names the controller that an object belongs to."""
    return {
        "apiVersion": version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": kind,
        "name": name,
        "uid": uid(kind, controller.namespace, name),
    }


def job_of(pod: PlacedPod) -> str:
    """The Job that a pod belongs to."""
    return job_name(pod.controller, pod.created)


def pod_spec(controller: Controller) -> Object:
    """What a controller's template says of a pod, and what the API server adds."""
    container: Object = {
        "image": controller.image,
        "imagePullPolicy": "IfNotPresent",
        "name": controller.name,
        "resources": _resources(controller),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    spec: Object = {
        "containers": [container],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Never" if controller.kind in ("Job", "CronJob") else "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        "tolerations": [
            {"operator": "Exists"} if key == "*" else {"key": key, "operator": "Exists"}
            for key in controller.tolerations
        ],
    }
    if controller.host_network:
        spec["hostNetwork"] = True
    if controller.node_selector:
        spec["nodeSelector"] = dict(sorted(controller.node_selector.items()))
    if controller.groups:
        rule = {"key": POOL_LABELS["eks"], "operator": "In", "values": list(controller.groups)}
        spec["affinity"] = _affinity({"matchExpressions": [rule]})
    return spec


def _resources(controller: Controller) -> Object:
    asked = {"cpu": controller.cpu, "memory": controller.memory}
    requests = {key: value for key, value in asked.items() if value}
    limits = {"limits": {"memory": controller.memory}} if controller.memory else {}
    return limits | ({"requests": requests} if requests else {})


def _affinity(term: Object) -> Object:
    terms = {"nodeSelectorTerms": [term]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _bound_to(node: PlacedNode, spec: Object) -> Object:
    """What the DaemonSet controller adds to bind its pod to a node."""
    field = {"key": "metadata.name", "operator": "In", "values": [node.name]}
    affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {})
    term = required.get("nodeSelectorTerms", [{}])[0]
    return _affinity({**term, "matchFields": [field]})


def _pod_status(pod: PlacedPod) -> Object:
    if pod.node is None:
        return {"phase": "Pending", "qosClass": "Burstable"}
    status: Object = {
        "conditions": [
            {
                "lastProbeTime": None,
                "lastTransitionTime": stamp(pod.created),
                "status": "True",
                "type": kind,
            }
            for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "PodScheduled")
        ],
        "containerStatuses": [_container_status(pod)],
        "hostIP": pod.node.address,
        "hostIPs": [{"ip": pod.node.address}],
        "phase": "Succeeded" if pod.finished else "Running",
        "qosClass": "Burstable",
        "startTime": stamp(pod.created),
    }
    if pod.address:
        status |= {"podIP": pod.address, "podIPs": [{"ip": pod.address}]}
    return dict(sorted(status.items()))


def _container_status(pod: PlacedPod) -> Object:
    state: Object = {"running": {"startedAt": stamp(pod.created)}}
    if pod.finished:
        ended = pod.created + timedelta(seconds=pod.controller.lifetime_s or 0)
        state = {
            "terminated": {
                "containerID": f"containerd://{digest(pod.name, length=64)}",
                "exitCode": 0,
                "finishedAt": stamp(ended),
                "reason": "Completed",
                "startedAt": stamp(pod.created),
            }
        }
    return {
        "image": pod.controller.image,
        "name": pod.controller.name,
        "ready": not pod.finished,
        "restartCount": 0,
        "started": not pod.finished,
        "state": state,
    }
