"""Upstream's documentation tables: settings and a number of pods in, ENIs and CIDRs out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.aws.instance_types import instance_type

FIRST_POD_MS = 60_000
BETWEEN_PODS_MS = 2_000
END_MS = 1_800_000
MAX_PODS = 1_000
"""High enough never to stop the pool's growth."""


def case_of(row: Mapping[str, str]) -> dict[str, Any]:
    """A recording's case in which a row's pods come one after the other, and stay."""
    settings = dict(text.split("=") for text in row["settings"].split())
    settings["DISABLE_LEAKED_ENI_CLEANUP"] = "true"
    limits = instance_type(row["instance_type"])
    node = {
        "id": "n1",
        "start_ms": 0,
        "instance_type": limits.name,
        "max_pods": MAX_PODS,
        "subnet": "subnet-a",
        "cordon_ms": 0,
    }
    return {
        "name": f"{limits.name} {row['settings']} {row['pods']} pods",
        "settings": settings,
        "latency_ms": {"default": 300},
        "throttled_latency_ms": 100,
        "imds_delay_ms": 0,
        "buckets": {},
        "subnets": [{"id": "subnet-a", "prefix_length": 20}],
        "nodes": [node],
        "pods": [
            (f"p{i}", "n1", FIRST_POD_MS + i * BETWEEN_PODS_MS, 0) for i in range(int(row["pods"]))
        ],
        "kubelet_retry_ms": (12_000, 12_000, 0),
        "end_ms": END_MS,
    }


def settled(pool: tuple[Any, ...], row: Mapping[str, str]) -> tuple[int, int, int]:
    """(ENIs, CIDRs, total addresses) of the last pool row, for a row of the tables."""
    _, _, enis, total, _, prefixes = pool
    is_prefix_mode = "ENABLE_PREFIX_DELEGATION=true" in row["settings"]
    return enis, prefixes if is_prefix_mode else total, total
