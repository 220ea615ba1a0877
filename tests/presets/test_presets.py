"""Presets: each loads, says where it is from, and its run shows what the documents say of it.

The figures of small presets are made again and have to be those of docs/questions.json; of the
large ones a smaller version is run, and the presets are those that their figures were made of.
"""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario
from sim.scenario.presets import Preset, find, presets
from sim.scenario.variants import CURRENT, variant_scenario

ROOT = Path(__file__).parents[2]
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "make_questions.py"))
KEPT: dict[str, Any] = TOOL["figures_kept"]()

Values = dict[str, float]
Runs = dict[str, Values]


class Scaled:
    """How a large preset is made small: values set on top of it, and the runs to look at."""

    def __init__(self, *values: str, runs: tuple[str, ...] = (CURRENT,)) -> None:
        self.values = values
        self.runs = runs


SCALED = {
    "subnets-run-out": Scaled(
        "cluster.subnets.private-a.cidr=10.0.0.0/24",
        "cluster.subnets.private-b.cidr=10.0.8.0/24",
        "cluster.subnets.private-c.cidr=10.0.16.0/25",
        "cluster.node_groups.general.nodes=[{at: 0s, nodes: 15}, {at: 11m, nodes: 25}]",
        "workload.services.replicas=[{at: 0s, replicas: 120}, {at: 11m, replicas: 190}]",
        "workload.tasks.arrivals_per_minute=5",
        "expect.subnet_free_min=>= 20",
    ),
    "150-nodes-join-at-once": Scaled(
        "cluster.node_groups.batch.nodes=[{at: 0s, nodes: 0}, {at: 6m, nodes: 15}]",
        "workload.batch.replicas=[{at: 0s, replicas: 0}, {at: 6m, replicas: 450}]",
        "aws.quota_multiplier=0.2",
        runs=(CURRENT, "minimum-32"),
    ),
    "from-0-to-23000-pods": Scaled(
        "cluster.node_groups.large.nodes=50",
        "workload.burst.replicas=[{at: 0s, replicas: 0}, {at: 12m, replicas: 2300}]",
        "aws.quota_multiplier=0.2",
        runs=(CURRENT, "two-warm-enis", "three-warm-enis"),
    ),
    "the-edge-of-capacity": Scaled(
        "cluster.node_groups.all.nodes=30",
        "workload.all.replicas=[{at: 0s, replicas: 0}, {at: 6m, replicas: 1600}]",
        "aws.quota_multiplier=0.2",
        runs=(CURRENT, "most-warm"),
    ),
    "5000-nodes-with-one-pod": Scaled(
        "cluster.subnets.private-a.cidr=10.0.0.0/24",
        "cluster.subnets.private-b.cidr=10.0.8.0/24",
        "cluster.subnets.private-c.cidr=10.0.16.0/26",
        "cluster.node_groups.all.nodes=[{at: 0s, nodes: 0}, {at: 2m, nodes: 50}]",
        "workload.one.replicas=[{at: 0s, replicas: 0}, {at: 2m, replicas: 50}]",
        "duration=15m",
        runs=(CURRENT, "one-warm"),
    ),
    "a-zone-of-runners-fails-over": Scaled(
        *(
            f"cluster.subnets.zone-{zone}={{name: zone-{zone}, cidr: 10.0.{at}.0/23, zone: {zone}, "
            f"reservations: [{{cidr: 10.0.{at}.16/28}}]}}"
            for zone, at in (("a", 0), ("b", 8), ("c", 16))
        ),
        "cluster.node_groups.a.nodes=19",
        "cluster.node_groups.b.nodes=[{at: 0s, nodes: 19}, {at: 40m, nodes: 27}]",
        "cluster.node_groups.c.nodes=[{at: 0s, nodes: 19}, {at: 40m, nodes: 27}]",
        "workload.runners.replicas=[{at: 0s, replicas: 230}, {at: 25m, replicas: 460}]",
        "variants={lean-addresses: {ENABLE_PREFIX_DELEGATION: false, WARM_IP_TARGET: 2}}",
        runs=(CURRENT, "lean-addresses"),
    ),
    "several-clusters-one-account": Scaled(
        "cluster.node_groups.general.nodes=40",
        "workload.scale-up.replicas=[{at: 0s, replicas: 80}, {at: 8m, replicas: 480}]",
        "aws.quota_multiplier=0.2",
        "aws.tenants.other-clusters.requests_per_s={AssignPrivateIpAddresses: 0.6}",
        "aws.tenants.tooling.requests_per_s={DescribeNetworkInterfaces: 1.6}",
        runs=(CURRENT, "alone", "warm-12", "defaults"),
    ),
    "targets-per-node-group": Scaled(
        "cluster.node_groups.workers.nodes=4",
        "workload.tasks.arrivals_per_minute=40",
        "duration=40m",
        runs=(CURRENT, "lean-for-all", "lean-for-elevated"),
    ),
    "performance-5000-pods": Scaled(
        "cluster.node_groups.multi.nodes=20",
        "workload.pause.max=1000",
        "aws.quota_multiplier=0.2",
        "duration=33m",
        "workload.pause.cycles=1",
        runs=(CURRENT, "warm-5", "prefixes"),
    ),
}

SHOWS: dict[str, Callable[[Runs], bool]] = {
    "subnets-run-out": lambda r: r[CURRENT]["subnet_free_min"] < 10,
    "500-pods-on-12-m5-large": lambda r: (
        r[CURRENT]["unserved_pods"] == r["warm-30"]["unserved_pods"] == 176
        and r["warm-30"]["pods_waited"] == r["20-nodes"]["unserved_pods"] == 0
    ),
    "max-pods-20-does-not-help": lambda r: (
        r[CURRENT]["held_mean"] == 3.75 * r[CURRENT]["assigned_mean"]
        and r["lean"]["held_mean"] < r[CURRENT]["held_mean"] / 2
    ),
    "two-21s-run-out": lambda r: (
        r[CURRENT]["subnet_free_min"] < 10 and r["lean"]["subnet_free_min"] > 1400
    ),
    "5000-nodes-with-one-pod": lambda r: (
        r[CURRENT]["unserved_pods"] > 0 and r["one-warm"]["unserved_pods"] == 0
    ),
    "targets-per-node-group": lambda r: (
        r[CURRENT]["unserved_pods"] > 0
        and r["lean-for-elevated"]["unserved_pods"] == 0
        and r["lean-for-all"]["pods_waited"] > 10 * r["lean-for-elevated"]["pods_waited"]
    ),
    "a-zone-of-runners-fails-over": lambda r: (
        r[CURRENT]["unserved_pods"] > 50 < r[CURRENT]["subnet_free_min"]
        and r["lean-addresses"]["unserved_pods"] == 0
    ),
    "free-addresses-but-no-prefix": lambda r: (
        r[CURRENT]["unserved_pods"] > 100 < r[CURRENT]["subnet_free_min"]
        and r["reserved-too-late"]["unserved_pods"] == r[CURRENT]["unserved_pods"]
        and r["reserved"]["unserved_pods"] == r["10-of-others"]["unserved_pods"] == 0
    ),
    "recycling-nodes-with-prefixes": lambda r: (
        2 * r[CURRENT]["ec2_calls"] < r["addresses"]["ec2_calls"]
        and r[CURRENT]["throttled_calls"] == 0
        and r[CURRENT]["pods_waited"] > 1.5 * r["one-at-a-time"]["pods_waited"]
    ),
    "short-is-zero-yet-pods-wait": lambda r: (
        r[CURRENT]["pods_waited"] > 100
        and r[CURRENT]["ec2_calls"] < 5
        and r["minimum-51"]["pods_waited"] == 0
    ),
    "available-yet-all-cooling": lambda r: (
        r[CURRENT]["pods_waited"] > 5 and r["warm-5"]["pods_waited"] == 0
    ),
    "best-setting-for-m5-large": lambda r: (
        r["defaults"]["pods_waited"] == r[CURRENT]["pods_waited"] == 0
        and 50 * r["defaults"]["ec2_calls"] < r[CURRENT]["ec2_calls"]
        and r["lean"]["pods_waited"] > 100
    ),
    "jobs-every-minute-on-m5-large": lambda r: (
        r["20-all-kept"]["pod_ip_wait_p99"] <= 5 < r[CURRENT]["pod_ip_wait_p99"]
        and r["26-all-kept"]["pod_ip_wait_p99"] > 5
    ),
    "batch-cronjobs": lambda r: (
        r[CURRENT]["deadline_missed"] > 1000
        and r["defaults"]["deadline_missed"] == r["warm-10"]["deadline_missed"] == 0
    ),
    "150-nodes-join-at-once": lambda r: (
        r[CURRENT]["throttled_share"] > 0.5
        and r["minimum-32"]["pod_ip_wait_max"] < r[CURRENT]["pod_ip_wait_max"] / 2
    ),
    "from-0-to-23000-pods": lambda r: (
        r["three-warm-enis"]["pod_ip_wait_p99"]
        < r["two-warm-enis"]["pod_ip_wait_p99"]
        < r[CURRENT]["pod_ip_wait_p99"]
    ),
    "the-edge-of-capacity": lambda r: (
        r[CURRENT]["unserved_pods"] == 0
        and r["most-warm"]["pod_ip_wait_max"] < r[CURRENT]["pod_ip_wait_max"] / 1.5
    ),
    "calls-of-an-idle-cluster": lambda r: (
        r[CURRENT]["ec2_calls"] == r["warm-ip-5"]["ec2_calls"] == 3 * 7
    ),
    "a-daemonset-pod-restarts": lambda r: r[CURRENT]["ec2_calls"] < 10,
    "300-nodes-in-step": lambda r: (
        r[CURRENT]["others_throttled_share"] == 0.6
        and r["spread"]["others_throttled_share"] == 0
        and r["quota-of-300"]["others_throttled_share"] == 0
    ),
    "several-clusters-one-account": lambda r: (
        r[CURRENT]["others_throttled_share"] > 0.01
        and r["alone"]["pod_ip_wait_p99"] < r[CURRENT]["pod_ip_wait_p99"]
        and 3 * r["defaults"]["others_throttled_share"] < r[CURRENT]["others_throttled_share"]
    ),
    "three-large-pods": lambda r: (
        r[CURRENT]["held_mean"] == 60 and r["three-and-one"]["held_mean"] == 5
    ),
    "minimum-30-and-warm-2": lambda r: (
        r[CURRENT]["pods_waited"] == r["warm-30"]["pods_waited"] == 0
        and (r[CURRENT]["held_peak"], r["warm-30"]["held_peak"]) == (30 + 2 + 2, 60 + 3)
    ),
    "warm-2-or-5-minimum-10": lambda r: (
        r[CURRENT]["pods_waited"] > 30 and r["warm-5"]["pods_waited"] == 0
    ),
    "modes-on-m7g-large": lambda r: r["prefixes"]["ec2_calls"] < r[CURRENT]["ec2_calls"] / 4,
    "modes-on-m5-xlarge": lambda r: (
        r["prefixes-lean"]["held_peak"] < r[CURRENT]["held_peak"] < r["prefixes"]["held_peak"]
    ),
    "modes-on-t3-small": lambda r: r["prefixes"]["held_peak"] > 2 * r[CURRENT]["held_peak"],
    "performance-130-pods": lambda r: (
        r[CURRENT]["pods_waited"] == 0 and r[CURRENT]["ec2_calls"] > 5 * r["warm-5"]["ec2_calls"]
    ),
    "performance-5000-pods": lambda r: (
        r["prefixes"]["pod_ip_wait_max"]
        < r[CURRENT]["pod_ip_wait_max"]
        < r["warm-5"]["pod_ip_wait_max"]
    ),
    "performance-730-pods": lambda r: (
        r["warm-5"]["pod_ip_wait_max"] > 4 * r[CURRENT]["pod_ip_wait_max"] > 4 * 120
    ),
}
"""What each preset's run shows, by its headline figures."""


def _pattern_shows(runs: Runs) -> bool:
    """Spare addresses for the peak let no pod wait; few spare ones let more wait, for less held."""
    return (
        runs["for-the-peak"]["pods_waited"] == 0
        and runs["lean"]["pods_waited"] > runs[CURRENT]["pods_waited"]
        and runs["lean"]["held_mean"] < runs[CURRENT]["held_mean"]
    )


ANSWERED: list[Preset] = TOOL["with_answers"]()
WARNED = {
    "500-pods-on-12-m5-large": "never fits: 12 x m5.large hold 324",
    "free-addresses-but-no-prefix": "max pods is 70, prefix mode would give 110",
    "targets-per-node-group": "max pods is 29, prefix mode would give 110",
    "a-zone-of-runners-fails-over": "max pods is 58, prefix mode would give 110",
    "performance-730-pods": "738 pods may want an address",
}
"""Presets with a warning, which is part of what they show."""


def by_name(preset: Preset) -> str:
    """What a test case is called."""
    return preset.name


def runs_of(preset: Preset) -> Runs:
    """The figures of a preset's runs, of a smaller version of it if it is large."""
    how = SCALED.get(preset.name, Scaled())
    scenario = Scenario.load(preset.path, how.values)
    variants = {CURRENT: {}, **scenario.model.variants}
    found = {}
    for name in how.runs if preset.name in SCALED else variants:
        one = variant_scenario(scenario, name, variants[name]) if variants[name] else scenario
        figures = TOOL["figures_of"](one)
        found[name] = figures
    if preset.name not in SCALED:
        assert found == KEPT[preset.name]["runs"], "make docs/questions.md anew"
    zeros = dict.fromkeys(TOOL["HEADLINES"], 0.0)
    return {name: zeros | one["values"] for name, one in found.items()}


@pytest.mark.parametrize("preset", ANSWERED, ids=by_name)
def test_its_run_shows_it(preset: Preset) -> None:
    """The headline of each preset holds in its run, and its figures are those of the documents."""
    shows = _pattern_shows if preset.folder == "patterns" else SHOWS[preset.name]
    assert shows(runs_of(preset))


def test_each_is_looked_at() -> None:
    """Each preset of these folders has an answer, and what is said of presets is said of some."""
    answered = {preset.name for preset in ANSWERED}
    assert {*SHOWS, *SCALED, *WARNED} <= answered
    assert {one.name for one in presets() if one.folder in ("patterns", "upstream")} <= answered
    assert answered == KEPT.keys()


@pytest.mark.parametrize("preset", ANSWERED, ids=by_name)
def test_its_figures_are_of_it(preset: Preset) -> None:
    """The figures in the documents were made of the preset as it is."""
    assert KEPT[preset.name]["digest"] == TOOL["digest"](preset)


@pytest.mark.parametrize("preset", ANSWERED, ids=by_name)
def test_it_loads(preset: Preset) -> None:
    """It is valid, named as its file, described, and says how to run it; no warning is unmeant."""
    scenario = Scenario.load(preset.path)
    assert (scenario.name, bool(scenario.model.description)) == (preset.name, True)
    expected = WARNED.get(preset.name)
    assert {expected in str(one) for one in scenario.warnings} <= ({True} if expected else set())
    where = f"scenarios/{preset.folder}/{preset.name}.yaml".replace("//", "/")
    assert where in preset.text
    if preset.folder not in ("learn", ""):
        assert "https://" in preset.text or preset.name == "two-21s-run-out"


@pytest.mark.parametrize("preset", presets(), ids=by_name)
def test_every_preset_is_one_by_its_name(preset: Preset) -> None:
    """No two have a name in common; each is for editors, and its data files are there."""
    assert find(preset.name) == find(f"{preset.name}.yaml") == preset
    schema = "schema.json" if not preset.folder else "../schema.json"
    assert preset.text.startswith(f"# yaml-language-server: $schema={schema}\n")
    assert all(path.is_file() for path in preset.data_files().values())


def test_the_page_is_current() -> None:
    """docs/questions.md is its template with the figures."""
    template = TOOL["TEMPLATE"].read_text(encoding="utf-8")
    assert TOOL["document"](template, KEPT) == TOOL["TARGET"].read_text(encoding="utf-8")
    assert not re.search(r"\[\[[^\]]*\]\]|<!--", TOOL["document"](template, KEPT))


def test_the_page_of_patterns_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/patterns.md is what its tool makes of the same figures."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    tool = runpy.run_path(str(ROOT / "tools" / "make_pattern_docs.py"))
    sys.modules.pop("make_questions", None)
    assert tool["document"](KEPT) == tool["TARGET"].read_text(encoding="utf-8")
