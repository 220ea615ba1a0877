"""Random scenarios full of trouble: what must hold after every event, and once all is quiet."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from faults import draw
from faults.trial import drawn, tried

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_seeds(first: int) -> None:
    """All holds in the first seeds, and one in four is run with every pass made as well."""
    for seed in range(first, first + 4):
        assert not tried(drawn(seed), sleeping=seed == first).found, f"seed {seed}"


@pytest.mark.parametrize("seed", [29, 31, 46, 56])
def test_after_every_event(seed: int) -> None:
    """In seeds with few events all holds after each, whether records tell of it or not."""
    one = tried(drawn(seed), sleeping=False, thorough=True)
    assert not one.found
    assert one.counts["looks"] == one.counts["events"] + 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random=st.randoms(use_true_random=False))
def test_scenarios_that_hypothesis_draws(random: Random) -> None:
    """All holds where Hypothesis picks the numbers, which it makes small if it does not."""
    assert not tried(draw.scenario(random), sleeping=True).found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_found_once(path: Path) -> None:
    """Scenarios in which something did not hold at some time: now it does."""
    assert not tried(YAML(typ="safe").load(path), sleeping=True).found


def test_a_seed_says_it_all() -> None:
    """The same seed draws the same scenario, another one another."""
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_trouble_comes_of_every_kind() -> None:
    """Among a few hundred seeds each key of a scenario that means trouble is there."""
    texts = "".join(str(drawn(seed)) for seed in range(300))
    for key in (
        *("answer_lost", "quota_changes", "shared_buckets", "tenants", "impairments", "metadata"),
        *("reservations", "others", "tag_changes", "eni_configs", "cordons", "zone_outages"),
        *("spot", "recycle", "karpenter", "cluster-autoscaler", "change", "unmanaged_enis"),
        *("efa_enis", "security_groups", "ENABLE_PREFIX_DELEGATION", "limit_launches"),
    ):
        assert f"'{key}" in texts, key
