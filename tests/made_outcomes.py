"""Comparisons made of figures that are chosen, instead of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.results.headline import HEADLINES, Figures
from sim.scenario.expect import Expect
from sim.study.comparison import Comparison, Setting
from sim.study.jobs import Needed, Outcome

VERSIONS = {"ipamd_sim": "0.1.0", "cni": "v1.23.1", "limits_table": "2026-08-20"}
SEEDS = (1, 11, 12, 13)
USUAL = {
    "held_mean": 100.0,
    "held_peak": 120,
    "waste_ip_hours": 500.0,
    "subnet_free_min": 40,
    "ec2_calls": 1_000,
    "throttled_share": 0.0,
    "pod_ip_wait_p50": 0.0,
    "pod_ip_wait_p99": 1.0,
    "pods_waited": 5,
    "unserved_pods": 0,
    "failed_launches": 0,
}

Series = Mapping[str, Sequence[float | None]]


def outcome(
    key: str, values: Mapping[str, float | None], at_least: tuple[str, ...] = ()
) -> Outcome:
    """A run with these figures, those of `USUAL`, and no others."""
    every = dict.fromkeys(HEADLINES) | USUAL | values
    return Outcome(key, Figures(every, at_least), Needed(60.0, 64, 90))


def broken(key: str) -> Outcome:
    """A run that raised."""
    return Outcome(key, None, None, "ValueError: no luck")


def setting(
    name: str,
    figures: Series,
    at_least: tuple[str, ...] = (),
    values: Mapping[str, object] | None = None,
    runs: int = len(SEEDS),
) -> Setting:
    """A setting of some runs, with one value a run for each figure that is not as usual."""
    outcomes = (
        outcome(f"{name}-{i}", {metric: series[i] for metric, series in figures.items()}, at_least)
        for i in range(runs)
    )
    return Setting(name, values or {}, tuple(outcomes))


def comparison(*variants: Setting, current: Setting | None = None, **more: object) -> Comparison:
    """Variants against a current setting, by default the usual one."""
    first = current or setting("current", {}, runs=len(variants[0].runs))
    given = {"expect": None, "duration_s": 7_200.0, "warm_up_s": 900.0} | more
    seeds = SEEDS[: len(first.runs)]
    return Comparison("made", seeds, versions=VERSIONS, settings=(first, *variants), **given)  # type: ignore[arg-type]


def rules(**given: str) -> Expect:
    """Rules of a scenario."""
    return Expect.model_validate(given)
