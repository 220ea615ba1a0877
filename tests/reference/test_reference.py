"""Every figure of a summary is the one that a plain reference gets from the same records."""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_rows import Finished
from plain_summary import differences, headlines, measured, summarised

from faults import draw
from sim import Scenario, run
from sim.engine.estimate import estimate
from sim.results.headline import headline_figures
from sim.scenario.presets import presets
from sim.scenario.variants import variant_scenario

ROOT = Path(__file__).parents[2]
Data = dict[str, Any]
MADE: Data = runpy.run_path(str(ROOT / "tools" / "make_digests.py"))
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))
FURTHER = [
    "questions/a-daemonset-pod-restarts",
    "questions/calls-of-an-idle-cluster",
    "questions/trunk-waits-for-room",
    "world/custom-networking",
    "world/subnet-tagged-out",
]
"""Shipped scenarios with what the ten have not: idle hours, subnets of other kinds."""
THOROUGH = EXAMPLES > 100
MOST_PODS, MOST_NODES = 6_000, 100
"""What the reference can sum up in some seconds."""


def both(scenario: Scenario) -> tuple[Data, Data]:
    """(the summary of a run, written as it went on; what the reference says of its rows)."""
    with TemporaryDirectory() as folder:
        summary = run(scenario, out=Path(folder) / "run").summary
        return summary, summarised(Finished.read(Path(folder) / "run", scenario), summary)


def broken(data: Any, places: list[str], path: str = "") -> Any:
    """Every figure a little off, and one more beside each; adds where to ``places``."""
    if isinstance(data, dict):
        places.append(f"{path}.another")
        every = {name: broken(one, places, f"{path}.{name}") for name, one in data.items()}
        return every | {"another": 0}
    if isinstance(data, list) and any(isinstance(one, dict) for one in data):
        return [broken(one, places, f"{path}[{place}]") for place, one in enumerate(data)]
    places.append(path)
    if isinstance(data, list | str):
        return [*data, 0]
    return data * (1 + 1e-9) if isinstance(data, float) and data else (data or 0) + 1


def overlooked(summary: Data, reference: Data) -> set[str]:
    """Where the summary could say something else, or more, and nobody would see it."""
    places: list[str] = []
    seen = differences(broken(measured(summary), places), reference)
    return set(places) - {one.split(": ")[0] for one in seen}


def compared(scenario: Scenario) -> list[str]:
    """Where the two differ, and where they could without being seen."""
    summary, reference = both(scenario)
    figures = headline_figures(summary)
    return [
        *differences(measured(summary), reference),
        *differences([figures.values, list(figures.at_least)], list(headlines(reference))),
        *overlooked(summary, reference),
    ]


@pytest.mark.parametrize("name", MADE["TEN"])
def test_shipped_scenarios(name: str) -> None:
    """The ten whose digests are kept."""
    assert compared(MADE["scenario"](name)) == []


def small_ones() -> Iterator[tuple[str, Scenario]]:
    """Every shipped scenario that is small enough, as it stands and under each variant."""
    for preset in presets():
        scenario = Scenario.load(preset.path)
        for name, values in {"": {}, **scenario.model.variants}.items():
            one = variant_scenario(scenario, name, values) if values else scenario
            reckoned = estimate(one)
            if reckoned.pods <= MOST_PODS and reckoned.nodes <= MOST_NODES:
                yield f"{preset.name} {name}", one


@pytest.mark.skipif(not THOROUGH, reason="takes minutes: make numbers")
def test_all_small_ones() -> None:
    """No shipped scenario gives other figures under any of its variants."""
    found = {name: compared(one) for name, one in small_ones()}
    assert len(found) > 100
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("name", FURTHER)
def test_further_scenarios(name: str) -> None:
    """Others that are shipped, as they stand."""
    assert compared(Scenario.load(ROOT / "scenarios" / f"{name}.yaml")) == []


def test_nothing_is_shared() -> None:
    """The reference takes nothing from the code that makes summaries, and no arrays."""
    for path in Path(__file__).parent.glob("plain_*.py"):
        names = re.findall(r"^\s*(?:from|import) (\S+)", path.read_text(), re.MULTILINE)
        assert not [one for one in names if one.startswith(("sim.results", "sim.report", "numpy"))]


def test_other_figures_are_seen() -> None:
    """A figure that is off by little, missing or too many is a difference."""
    one = {"a": {"mean": 1.5, "peak": 2}, "b": [1, None]}
    for other in (
        {"a": {"mean": 1.5000000001, "peak": 2}, "b": [1, None]},
        {"a": {"mean": 1.5, "peak": 3}, "b": [1, None]},
        {"a": {"mean": 1.5}, "b": [1, None]},
        {"a": {"mean": 1.5, "peak": 2}, "b": [1, 0]},
        {"a": {"mean": 1.5, "peak": 2}, "b": [1]},
        {"a": {"mean": float("nan"), "peak": 2}, "b": [1, None]},
    ):
        assert len(list(differences(one, other))) == 1
    assert list(differences(one, one)) == []


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    random=st.randoms(use_true_random=False),
    warm_up=st.sampled_from(["0s", "61s", "4m", "19m59s", "1199999ms"]),
)
def test_scenarios_of_all_kinds(random: Random, warm_up: str) -> None:
    """Small clusters with churn, changes, node deaths, faults and others in the account."""
    assert compared(Scenario.from_dict(draw.scenario(random) | {"warm_up": warm_up})) == []
