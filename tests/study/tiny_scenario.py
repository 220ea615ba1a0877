"""The smallest scenario that has an answer: two nodes of six addresses, for some minutes."""

from __future__ import annotations

from typing import Any

TYPE = {"max_enis": 2, "ipv4_per_eni": 4, "vcpus": 2, "memory": "4Gi"}
TINY: dict[str, Any] = {
    "name": "tiny",
    "duration": "6m",
    "warm_up": "90s",
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/25"}],
        "node_groups": [{"name": "g", "instance_type": "tiny.two", "limits": TYPE, "nodes": 2}],
    },
    "aws": {"metadata_delay": "1s"},
    "kube": {"sandbox_time": "500ms", "image_pull_time": "2s", "container_start_time": "1s"},
    "workload": [
        {"kind": "deployment", "name": "web", "replicas": 2, "termination_time": "2s"},
        {
            "kind": "poisson",
            "name": "jobs",
            "arrivals_per_minute": 2,
            "lifetime": "40s",
            "termination_time": "2s",
        },
    ],
}
