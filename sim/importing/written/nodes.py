"""Nodes as ``kubectl get nodes -o json`` prints them."""

from __future__ import annotations

from datetime import timedelta

from .identity import Object, stamp, uid
from .placed import PlacedNode, digest
from .plan import POOL_LABELS, Plan, Pool


def node(plan: Plan, one: PlacedNode) -> Object:
    """A node."""
    created = plan.at - timedelta(hours=30 + one.number)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "annotations": {
                "alpha.kubernetes.io/provided-node-ip": one.address,
                "node.alpha.kubernetes.io/ttl": "15",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
            "creationTimestamp": stamp(created),
            "labels": _labels(plan, one),
            "name": one.name,
            "resourceVersion": str(100_000 + one.number),
            "uid": uid("node", one.name),
        },
        "spec": _spec(one),
        "status": _resources(one.pool) | _status(one, stamp(created), stamp(plan.at)),
    }


def _spec(one: PlacedNode) -> Object:
    spec: Object = {"providerID": f"aws:///{one.net.zone}/{one.instance}"}
    if one.pool.made_by == "fargate":
        spec["providerID"] = f"aws:///{one.net.zone}/{digest(one.address, length=10)}/{one.name}"
    if one.pool.taints:
        spec["taints"] = [
            {"effect": effect, "key": key} | ({"value": value} if value else {})
            for key, value, effect in one.pool.taints
        ]
    return spec


def _resources(pool: Pool) -> Object:
    capacity = {
        "cpu": str(pool.cpu // 1000),
        "ephemeral-storage": "83873772Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{pool.memory_ki}Ki",
        "pods": str(pool.max_pods),
    }
    allocatable = capacity | {
        "cpu": f"{pool.cpu - pool.reserved_cpu}m",
        "ephemeral-storage": "76224326324",
        "memory": f"{pool.memory_ki - pool.reserved_ki}Ki",
    }
    return {"allocatable": allocatable, "capacity": capacity}


def _status(one: PlacedNode, created: str, now: str) -> Object:
    return {
        "addresses": [
            {"address": one.address, "type": "InternalIP"},
            {"address": one.name, "type": "InternalDNS"},
            {"address": one.name, "type": "Hostname"},
        ],
        "conditions": [
            {
                "lastHeartbeatTime": now,
                "lastTransitionTime": created,
                "message": "kubelet is posting ready status",
                "reason": "KubeletReady",
                "status": "True",
                "type": "Ready",
            }
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": one.pool.arch,
            "containerRuntimeVersion": "containerd://1.7.27",
            "kubeletVersion": "v1.33.4-eks-e386d34",
            "operatingSystem": one.pool.system,
            "osImage": "Amazon Linux 2023.8.20250818",
        },
    }


def _labels(plan: Plan, one: PlacedNode) -> dict[str, str]:
    pool = one.pool
    fargate = pool.made_by == "fargate"
    labels = {
        "beta.kubernetes.io/arch": pool.arch,
        "beta.kubernetes.io/os": pool.system,
        "failure-domain.beta.kubernetes.io/region": plan.region,
        "failure-domain.beta.kubernetes.io/zone": one.net.zone,
        "kubernetes.io/hostname": one.name,
        "topology.kubernetes.io/region": plan.region,
        "topology.kubernetes.io/zone": one.net.zone,
        **pool.all_labels,
    }
    if fargate:
        del labels[POOL_LABELS["fargate"]], labels["node.kubernetes.io/instance-type"]
        return dict(sorted((labels | {"eks.amazonaws.com/compute-type": "fargate"}).items()))
    return dict(sorted(labels.items()))
