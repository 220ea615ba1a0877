"""The headlines of presets about nodes that come and go."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sim import Scenario, run
from sim.scenario.variants import variant_scenario

ROOT = Path(__file__).parents[2] / "scenarios" / "nodes"
SCALERS, SPOT, ZONE = "karpenter-or-cluster-autoscaler", "spot-interruptions", "zone-fails-over"


@cache
def summary(preset: str, variant: str = "") -> dict[str, Any]:
    """The summary of a preset as it stands, or of one of its variants."""
    loaded = Scenario.load(ROOT / f"{preset}.yaml")
    assert loaded.warnings == []
    assert (loaded.name, bool(loaded.model.description)) == (preset, True)
    if variant:
        loaded = variant_scenario(loaded, variant, loaded.model.variants[variant])
    return run(loaded).summary


def held(preset: str, variant: str = "") -> float:
    """Addresses held on average."""
    mean: float = summary(preset, variant)["addresses"]["cluster"]["held"]["mean"]
    return mean


def test_karpenter_saves_addresses_for_requests_and_waits() -> None:
    """Half of the addresses and node hours of fixed nodes, for many more requests, and waits."""
    karpenter, fixed = summary(SCALERS), summary(SCALERS, "fixed")
    assert held(SCALERS) < 0.5 * held(SCALERS, "fixed")
    assert karpenter["nodes"]["node_hours"] < 0.5 * fixed["nodes"]["node_hours"]
    assert karpenter["ec2"]["total"] > 20 * fixed["ec2"]["total"]
    assert karpenter["pods"]["start_latency_s"]["p50"] > 30
    assert fixed["pods"]["start_latency_s"]["p99"] < 10


def test_the_cluster_autoscaler_keeps_nodes_for_the_next_batch() -> None:
    """It makes fewer nodes than Karpenter, holds more addresses, and fewer pods wait."""
    karpenter, other = summary(SCALERS), summary(SCALERS, "cluster-autoscaler")
    assert other["nodes"]["requested"] < 0.5 * karpenter["nodes"]["requested"]
    assert held(SCALERS) < held(SCALERS, "cluster-autoscaler") < held(SCALERS, "fixed")
    assert other["pods"]["start_latency_s"]["p50"] < 10


def test_lean_targets_cost_most_where_nodes_are_new() -> None:
    """Half of the addresses, and several times as many pods that wait."""
    lean = summary(SCALERS, "karpenter-lean")["pods"]
    assert held(SCALERS, "karpenter-lean") < 0.6 * held(SCALERS)
    assert lean["waited"] > 3 * summary(SCALERS)["pods"]["waited"]


def test_interruptions_cost_requests() -> None:
    """Six times those of nodes that stay; half of that with prefixes, and no pod goes without."""
    total = {name: summary(SPOT, name)["ec2"]["total"] for name in ("", "on-demand", "prefixes")}
    assert total[""] > 5 * total["on-demand"]
    assert total["prefixes"] < 0.6 * total[""]
    assert summary(SPOT)["pods"]["unserved"] == 0
    assert summary(SPOT)["pods"]["start_latency_s"]["p99"] < 10


def test_karpenter_has_pods_wait_for_the_next_node() -> None:
    """It makes none before a pod needs it, and ends with fewer than there were."""
    karpenter, group = summary(SPOT, "karpenter"), summary(SPOT)
    assert karpenter["nodes"]["node_hours"] < group["nodes"]["node_hours"]
    assert karpenter["pods"]["start_latency_s"]["p99"] > 30


def unserved(found: dict[str, Any]) -> int:
    """Pods that never got an address, without those that had not had the time."""
    pods = found["pods"]
    count: int = pods["unserved"] - pods["unserved_reasons"]["starting"]
    return count


def test_two_zones_have_no_room_for_the_pools_of_three() -> None:
    """With the defaults pods stay without an address, whoever makes the nodes; with lean none."""
    for variant in ("", "karpenter"):
        found = summary(ZONE, variant)
        assert unserved(found) > 50
        assert min(one["smallest_free"] for one in found["addresses"]["subnets"].values()) == 0
    lean = summary(ZONE, "lean")
    assert unserved(lean) == 0
    assert min(one["smallest_free"] for one in lean["addresses"]["subnets"].values()) > 300
