"""The headlines of presets about what others do to a subnet and to the account."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario, run
from sim.scenario.variants import variant_scenario

ROOT = Path(__file__).parents[2] / "scenarios"
STEP = "questions/300-nodes-in-step"
CLUSTERS = "questions/several-clusters-one-account"
PREFIX = "questions/free-addresses-but-no-prefix"
IMPAIRED = "questions/ec2-impaired"


@cache
def summary(preset: str, variant: str = "current", duration: str = "") -> dict[str, Any]:
    """The summary of a preset as it stands, or of one of its variants."""
    overrides = [f"duration={duration}"] if duration else []
    loaded = Scenario.load(ROOT / f"{preset}.yaml", overrides)
    return run(_under(loaded, variant)).summary


def test_calls_in_step_are_throttled_though_their_mean_is_half_the_refill() -> None:
    """180 of 300 each time; spread over the 30 s none; retried, more are throttled than made."""
    assert summary(STEP)["account"]["throttled_share"] == 180 / 300
    assert summary(STEP, "spread")["account"]["throttled"] == 0
    retried = summary(STEP, "retried")["account"]
    assert retried["throttled"] > summary(STEP)["account"]["throttled"]
    assert retried["given_up"] < summary(STEP)["account"]["given_up"]


def test_a_tight_pool_has_others_throttled() -> None:
    """A scale-up with five warm addresses throttles them; the defaults throttle none of theirs."""
    current = summary(CLUSTERS, duration="12m")["account"]
    assert current["throttled_share"] > 0.02
    assert current["given_up"] > 0
    assert summary(CLUSTERS, "defaults", "12m")["account"]["throttled"] == 0


def test_a_half_empty_subnet_has_no_prefix() -> None:
    """Most is free and most pods starve; reserved before the others came, all are served."""
    current = summary(PREFIX, duration="20m")
    assert current["addresses"]["cluster"]["free"]["end"] > 0.75 * 3 * 251
    assert current["pods"]["unserved"] > 0.8 * current["pods"]["created"]
    assert summary(PREFIX, "reserved", "20m")["pods"]["unserved"] == 0
    late = summary(PREFIX, "reserved-too-late", "20m")["pods"]
    assert late["unserved"] == current["pods"]["unserved"]


def test_an_impaired_ec2_needs_stock() -> None:
    """With two warm addresses the longest wait grows by minutes; with twenty there is none."""
    lean = summary(IMPAIRED, "warm-2")["pods"]["ip_wait_s"]
    well = run(_well(IMPAIRED, "warm-2")).summary["pods"]["ip_wait_s"]
    assert lean["max"] > well["max"] + 120
    assert summary(IMPAIRED, "warm-20")["pods"]["waited"] == 0


def _under(loaded: Scenario, variant: str) -> Scenario:
    variants = loaded.model.variants
    return variant_scenario(loaded, variant, variants[variant]) if variant in variants else loaded


def _well(preset: str, variant: str) -> Scenario:
    loaded = _under(Scenario.load(ROOT / f"{preset}.yaml"), variant)
    return loaded.with_values({"aws.impairments": []})


@pytest.mark.parametrize("others", [10, 40])
def test_when_prefixes_run_out(others: int) -> None:
    """Of sixty pods in a /24 all are served beside ten scattered addresses, few beside forty."""
    given = {"cluster.subnets.pods.others.count": others}
    loaded = Scenario.load(ROOT / "learn" / "prefixes-in-a-24.yaml")
    unserved = [
        run(loaded.with_values(given | {"seed": seed})).summary["pods"]["unserved"]
        for seed in range(3)
    ]
    assert max(unserved) == 0 if others == 10 else sum(unserved) > 90


def test_a_later_reservation_is_filled_as_addresses_come_back() -> None:
    """Made at 25 min it has no whole /28; it has them, or prefixes, once the old nodes are gone."""
    result = run(Scenario.load(ROOT / "learn" / "moving-to-prefixes.yaml"))
    found = result.fragmentation("pods", [26 * 60_000, 70 * 60_000])
    upper = found.states[:, 16:]
    good = ((upper == 0) | (upper == 2)).sum(axis=1)
    assert good[0] <= 2
    assert good[1] >= 10
    assert (found.states[1, :16] == 1).sum() >= 5  # whole outside, and of no use
