"""DaemonSets, ReplicaSets, Jobs and CronJobs as kubectl prints them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .identity import Object, stamp, uid
from .placed import Placed, PlacedPod, replica_set_name
from .plan import Controller, Plan
from .pods import job_of, pod_spec, reference

CNI_IMAGE = "602401143452.dkr.ecr.{region}.amazonaws.com/amazon-k8s-cni:v1.23.1-eksbuild.1"
_SHIPPED_SETTINGS = {
    "ADDITIONAL_ENI_TAGS": "{}",
    "ANNOTATE_POD_IP": "false",
    "AWS_VPC_CNI_NODE_PORT_SUPPORT": "true",
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_RANDOMIZESNAT": "prng",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "DISABLE_INTROSPECTION": "false",
    "DISABLE_METRICS": "false",
    "DISABLE_NETWORK_RESOURCE_PROVISIONING": "false",
    "ENABLE_IPv4": "true",
    "ENABLE_IPv6": "false",
    "ENABLE_POD_ENI": "false",
    "ENABLE_PREFIX_DELEGATION": "false",
    "ENABLE_SUBNET_DISCOVERY": "true",
    "NETWORK_POLICY_ENFORCING_MODE": "standard",
    "WARM_ENI_TARGET": "1",
    "WARM_PREFIX_TARGET": "1",
}
"""The environment that EKS gives aws-node where nobody sets anything."""


def daemon_set(world: Placed, controller: Controller) -> Object:
    """A DaemonSet."""
    count = sum(pod.controller is controller for pod in world.pods)
    spec = pod_spec(controller)
    if controller.name == "aws-node":
        spec = _aws_node(world.plan, spec)
    metadata = _metadata(controller, controller.name, "DaemonSet") | {"generation": 1}
    return _controller(
        "apps/v1",
        "DaemonSet",
        metadata,
        {
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app.kubernetes.io/name": controller.name}},
            "template": _template(controller, spec),
            "updateStrategy": {
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"},
                "type": "RollingUpdate",
            },
        },
        {
            "currentNumberScheduled": count,
            "desiredNumberScheduled": count,
            "numberReady": count,
        },
    )


def _aws_node(plan: Plan, spec: Object) -> Object:
    env: list[Object] = [
        {"name": name, "value": value} if value else {"name": name}
        for name, value in sorted((_SHIPPED_SETTINGS | dict(plan.settings)).items())
    ]
    env.append({"name": "CLUSTER_NAME", "value": plan.name})
    for name, path in (("MY_NODE_NAME", "spec.nodeName"), ("MY_POD_NAME", "metadata.name")):
        source = {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}
        env.append({"name": name, "valueFrom": source})
    image = CNI_IMAGE.format(region=plan.region)
    container = spec["containers"][0] | {"env": env, "image": image, "name": "aws-node"}
    agent_image = image.replace("amazon-k8s-cni", "amazon/aws-network-policy-agent")
    agent = {"image": agent_image, "name": "aws-eks-nodeagent", "resources": {}}
    init = {
        "image": image.replace("k8s-cni", "k8s-cni-init"),
        "name": "aws-vpc-cni-init",
        "resources": {"requests": {"cpu": "25m"}},
    }
    return spec | {"containers": [container, agent], "initContainers": [init]}


def _template(controller: Controller, spec: Object) -> Object:
    labels = {"app.kubernetes.io/name": controller.name}
    return {
        "metadata": {"creationTimestamp": None, "labels": labels},
        "spec": dict(sorted(spec.items())),
    }


def replica_set(plan: Plan, controller: Controller) -> Object:
    """The ReplicaSet of a Deployment."""
    name = replica_set_name(controller)
    metadata = _metadata(controller, name, "ReplicaSet")
    owner = reference(controller, "apps/v1", "Deployment", controller.name)
    metadata |= {"ownerReferences": [owner], "creationTimestamp": stamp(plan.at)}
    labels = {"app.kubernetes.io/name": controller.name}
    spec = {
        "replicas": controller.pods,
        "selector": {"matchLabels": labels},
        "template": _template(controller, pod_spec(controller)),
    }
    return _controller("apps/v1", "ReplicaSet", metadata, spec, {"replicas": controller.pods})


def job(plan: Plan, pod: PlacedPod) -> Object:
    """The Job of a pod."""
    controller, name = pod.controller, job_of(pod)
    metadata = _metadata(controller, name, "Job") | {"creationTimestamp": stamp(pod.created)}
    if controller.kind == "CronJob":
        owner = reference(controller, "batch/v1", "CronJob", controller.name)
        metadata["ownerReferences"] = [owner]
    count = max(controller.pods, 1)
    spec = _job_spec(controller, count)
    status: Object = {"active": controller.pods, "startTime": stamp(pod.created)}
    if pod.finished and controller.kind == "CronJob":
        ended = min(pod.created + timedelta(seconds=controller.lifetime_s or 0), plan.at)
        status = {"completionTime": stamp(ended), "startTime": stamp(pod.created), "succeeded": 1}
    return _controller("batch/v1", "Job", metadata, spec, status)


def _job_spec(controller: Controller, count: int) -> Object:
    return {
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": count,
        "parallelism": count,
        "suspend": False,
        "template": _template(controller, pod_spec(controller)),
    }


def cron_job(controller: Controller) -> Object:
    """A CronJob."""
    spec = {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "metadata": {"creationTimestamp": None},
            "spec": _job_spec(controller, max(controller.pods, 1)),
        },
        "schedule": controller.schedule,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    }
    metadata = _metadata(controller, controller.name, "CronJob")
    return _controller("batch/v1", "CronJob", metadata, spec, {})


def _metadata(controller: Controller, name: str, kind: str) -> Object:
    return {
        "labels": {"app.kubernetes.io/name": controller.name},
        "name": name,
        "namespace": controller.namespace,
        "uid": uid(kind, controller.namespace, name),
    }


def _controller(
    version: str, kind: str, metadata: Mapping[str, Any], spec: Object, status: Object
) -> Object:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": dict(sorted(metadata.items())),
        "spec": spec,
        "status": status,
    }
