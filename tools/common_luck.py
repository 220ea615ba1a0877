"""How much the same luck for all settings narrows their differences.

Usage: python tools/common_luck.py

Runs scenarios/poisson.yaml, shortened, under three settings. Once the runs that are set against
each other have the same seed, once each has its own; printed is by how much the variance of the
differences shrinks.
"""

from __future__ import annotations

import statistics
from itertools import chain
from pathlib import Path

from sim import Scenario
from sim.results.headline import HEADLINES
from sim.study.compare import compare
from sim.study.comparison import Comparison

SCENARIO = Path(__file__).parent.parent / "scenarios" / "poisson.yaml"
VARIANTS = {"3": {"WARM_IP_TARGET": 3}, "5": {"WARM_IP_TARGET": 5}}
PAIRS = {"WARM_IP_TARGET 3 or 5": ("3", "5"), "defaults or 3": ("current", "3")}
REPLICATIONS = 6
SEEDS = (1, 2)
METRICS = ("held_mean", "held_peak", "waste_ip_hours", "ec2_calls", "pod_ip_wait_p99")


def ratios() -> dict[str, dict[str, float]]:
    """By pair of settings and figure: the variance with seeds of their own by that with the same.

    Two comparisons with different seeds give the pairs of runs: those within each have the same
    seed, those across have their own.
    """
    scenarios = (Scenario.load(SCENARIO, ["duration=30m"], seed) for seed in SEEDS)
    both = [compare(one, VARIANTS, replications=REPLICATIONS) for one in scenarios]
    return {
        name: {metric: _ratio(both, metric, *pair) for metric in METRICS}
        for name, pair in PAIRS.items()
    }


def _ratio(both: list[Comparison], metric: str, a: str, b: str) -> float:
    here = [one.setting(a).values_of(metric) for one in both]
    there = [one.setting(b).values_of(metric) for one in both]
    return _variance(here, there[::-1]) / _variance(here, there)


def _variance(here: list[list[float]], there: list[list[float]]) -> float:
    pairs = zip(chain(*here), chain(*there), strict=True)
    return statistics.variance(b - a for a, b in pairs)


def table(found: dict[str, dict[str, float]]) -> str:
    """A line a figure, a column a pair of settings."""
    lines = [f"{'variance, own seeds / same seeds':<34}" + "".join(f"{one:>24}" for one in found)]
    for metric in METRICS:
        cells = "".join(f"{one[metric]:>22,.1f} x" for one in found.values())
        lines.append(f"{HEADLINES[metric].title:<34}{cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(ratios()))
