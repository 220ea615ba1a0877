"""Comparisons of tiny scenarios that are really run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from worlds import deployment, job, scenario

import sim.study.jobs
from sim import Scenario, run
from sim.results.headline import headline_figures
from sim.scenario.errors import InputError
from sim.study.compare import compare
from sim.study.executors import executor
from sim.study.jobs import Job, Outcome, run_job
from sim.study.store import Store

CHURN = {
    "kind": "poisson",
    "name": "churn",
    "arrivals_per_minute": 20,
    "lifetime": {"exponential": {"mean": "40s"}},
}
LEAN = {"WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 2}


def churning(**changes: Any) -> Scenario:
    """Pods come and go on a node for 6 minutes, under the shipped settings."""
    given = {"ipamd": {}, "kube": {"add_retry": "5s"}, "duration": "6m", "warm_up": "2m"}
    return scenario(CHURN, **(given | changes))


def test_all_settings_meet_the_same_pods() -> None:
    """In each replication all settings get the same pods; another replication gets others."""
    churn = churning().with_values({"warm_up": "0s"})  # after one, those that still wait count too
    found = compare(churn, {"lean": LEAN}, replications=3)
    pods = {one.name: one.values_of("pods_created") for one in found.settings}
    assert pods["current"] == pods["lean"]
    assert len(set(pods["current"])) > 1


def test_runs_are_those_of_run() -> None:
    """Each figure is that of a single run with the same values and seed."""
    base = churning()
    found = compare(base, {"lean": LEAN}, replications=2)
    values = {f"ipamd.{name}": value for name, value in LEAN.items()} | {"seed": found.seeds[1]}
    alone = headline_figures(run(base.with_values(values)).summary)
    assert found.setting("lean").runs[1].figures == alone


def test_the_optimum_by_hand() -> None:
    """Five pods all the time, and one from its first ADD until its address is released.

    The Job's pod is created at 2 min; its first ADD is 510 ms later, it runs at 3.01 s for 180 s,
    and its address is released 300 ms after: 182.8 s of the 540 s that count. In the subnet of
    4,091 addresses 100 are others'.
    """
    subnet = {"name": "a", "cidr": "10.0.0.0/20", "others": {"count": 100}}
    pods = (deployment(5), job(at="2m", lifetime="180s"))
    base = scenario(*pods, subnets=[subnet], warm_up="1m")
    optimum = compare(base, {"more": {"WARM_PREFIX_TARGET": 12}}, replications=2).optimum.figures
    means = {name: figure.mean for name, figure in optimum.items() if figure}
    assert means["held_mean"] == means["assigned_mean"] == pytest.approx(5 + 182.8 / 540)
    assert (means["held_peak"], means["subnet_free_min"]) == (6, 4_091 - 100 - 6)
    assert (means["waste_ip_hours"], means["ec2_calls"], means["pod_ip_wait_max"]) == (0, 0, 0)


def test_no_setting_beats_the_optimum() -> None:
    """Where no pod waits, each setting holds at least what its pods ask for."""
    base = scenario(CHURN, duration="6m", warm_up="2m")
    found = compare(base, {"less": {"WARM_PREFIX_TARGET": 5}}, replications=2)
    assert all(set(one.values_of("pods_waited")) == {0} for one in found.settings)
    optimum, *rows = found.rows()
    for metric in ("held_mean", "held_peak"):
        least = optimum.figures[metric]
        assert all(least.mean <= row.figures[metric].mean for row in rows)  # type: ignore[union-attr]


def test_a_variant_that_changes_nothing_runs_once() -> None:
    """A variant equal to the current setting takes up its runs, and does not differ."""
    reports: list[tuple[int, int, int]] = []
    found = compare(
        churning(),
        {"same": {"WARM_ENI_TARGET": 1}},
        replications=2,
        progress=lambda *numbers: reports.append(numbers),
    )
    assert reports[-1] == (2, 2, 0)
    assert found.setting("same").keys == found.current.keys
    assert found.difference("ec2_calls", "same") == (0, 0, 0, 2)


def test_more_replications_keep_the_first() -> None:
    """What ran with fewer replications is a part of what runs with more."""
    few, many = (compare(churning(), {"lean": LEAN}, replications=n) for n in (1, 2))
    assert many.setting("lean").runs[:1] == few.setting("lean").runs


def test_same_bytes_with_one_worker_and_two(tmp_path: Path) -> None:
    """Where and in which order runs ran cannot be seen in a comparison, nor what was taken up."""
    store = Store(tmp_path)
    alone = compare(churning(), {"lean": LEAN}, replications=2, store=store)
    with executor(workers=2) as two:
        apart = compare(churning(), {"lean": LEAN}, replications=2, where=two)
    taken_up = compare(churning(), {"lean": LEAN}, replications=2, store=store)
    texts = {json.dumps(one.to_dict(), allow_nan=False) for one in (alone, apart, taken_up)}
    assert len(texts) == 1


def test_a_run_that_fails_keeps_no_other_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run that raised is told with its key; all others are there."""
    bad = Job.of(churning(), compare(churning(), {"lean": LEAN}, replications=2).seeds[1]).key

    def run_or_raise(job: Job) -> Outcome:
        return sim.study.jobs.failed(job.key, "no luck") if job.key == bad else run_job(job)

    monkeypatch.setattr("sim.study.executors.run_job", run_or_raise)
    found = compare(churning(), {"lean": LEAN}, replications=2)
    assert [(one.name, i, run.key) for one, i, run in found.failed()] == [("current", 1, bad)]
    assert found.difference("held_mean", "lean").n == 1  # type: ignore[union-attr]


def test_a_scenario_without_pods() -> None:
    """Where no pod comes there is no wait to compare, and the rest is there."""
    found = compare(scenario(), {"lean": {"WARM_PREFIX_TARGET": 1}}, replications=2)
    assert found.difference("pod_ip_wait_p99", "lean") is None
    assert found.differs("held_mean", "lean")


def test_variants_of_the_scenario() -> None:
    """Without variants those of the scenario are taken, its rules with them."""
    base = churning(variants={"lean": LEAN}, expect={"throttled_share": "<= 1%"})
    found = compare(base, replications=1)
    assert [one.name for one in found.settings] == ["current", "lean"]
    assert found.setting("lean").values == {f"ipamd.{key}": value for key, value in LEAN.items()}
    assert [one.text for one in found.kept("lean")] == ["<= 1%"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "there is nothing to compare the current setting with; give --variant"),
    "unknown": (
        {"lean": {"WARM_IP_TARGETS": 5}},
        r"variant lean: ipamd\.WARM_IP_TARGETS: unknown key; did you mean WARM_IP_TARGET\?",
    ),
    "name": ({"current": LEAN}, "variant current: current is the scenario as it stands"),
    "several": ({"a": {"MAX_EN": 5}, "b": {"seed": 3}}, "(?s)variant a: .*variant b: seed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """Wrong variants are refused before anything runs, all of them at once."""
    variants, said = REFUSED[case]
    with pytest.raises(InputError, match=said):
        compare(churning(), variants)
