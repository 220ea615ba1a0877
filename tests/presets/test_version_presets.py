"""The scenarios of scenarios/versions: what each says that an upgrade changes is so in its runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import Scenario, run
from sim.results.headline import headline_figures
from sim.scenario.variants import CURRENT, variant_scenario
from sim.study.jobs import Job, run_job

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scenarios" / "versions"
THROTTLED, FULL = "upgrade-under-throttling", "upgrade-with-a-full-subnet"
Values = dict[str, float | None]


def scenario(name: str, variant: str = CURRENT, *values: str) -> Scenario:
    """A preset as it stands, or one of its variants."""
    loaded = Scenario.load(FOLDER / f"{name}.yaml", values)
    variants = {CURRENT: {}, **loaded.model.variants}
    return variant_scenario(loaded, variant, variants[variant])


def figures(name: str, variant: str = CURRENT, *values: str) -> Values:
    """The headline figures of its run."""
    return headline_figures(run(scenario(name, variant, *values)).summary).values


def number(values: Values, name: str) -> float:
    """A figure that is there."""
    found = values[name]
    assert found is not None
    return found


def test_each_is_shown() -> None:
    """No scenario of a version is without its test, and each is in the document."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {THROTTLED, FULL}
    page = (ROOT / "docs" / "cni-versions.md").read_text(encoding="utf-8")
    assert all(f"versions/{name}.yaml" in page for name in (THROTTLED, FULL))


def test_sdk_v2_asks_more_often_in_vain_for_the_same_waits() -> None:
    """Twice the requests and three times the throttled ones, for the waits of SDK v1 or less."""
    before, now = (figures(THROTTLED, variant) for variant in ("v1.19.3", CURRENT))
    assert number(now, "ec2_calls") > 2 * number(before, "ec2_calls")
    assert number(now, "throttled_calls") > 3 * number(before, "throttled_calls")
    for values in (before, now):
        assert (values["unserved_pods"], values["pods_waited"]) == (0, 700)
    waits = number(now, "pod_ip_wait_p99") / number(before, "pod_ip_wait_p99")
    assert 0.75 < waits < 1.05


@pytest.mark.parametrize(
    ("variant", "unserved"), [("v1.17.1", 66), ("v1.18.2", 33), ("v1.18.3", 0), (CURRENT, 0)]
)
def test_a_second_subnet_serves_pods_from_v1_18_3_on(variant: str, unserved: int) -> None:
    """Before, a node with room on its first ENI, or every node, asks the full subnet for ever."""
    assert figures(FULL, variant)["unserved_pods"] == unserved


def test_a_version_is_the_same_in_a_comparison() -> None:
    """A variant's job, which has nothing but the resolved scenario, is run as the scenario is."""
    values = (
        "duration=9m",
        "cluster.node_groups.nodes.nodes=20",
        "aws.quota_multiplier=0.2",
        "workload.wave.replicas=[{at: 0s, replicas: 0}, {at: 6m, replicas: 160}]",
    )
    small = scenario(THROTTLED, "v1.19.3", *values)
    outcome = run_job(Job.of(small))
    assert outcome.figures is not None
    assert outcome.figures.values == headline_figures(run(small).summary).values
    assert number(outcome.figures.values, "throttled_calls") > 50
