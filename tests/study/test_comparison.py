"""What a comparison says of its runs: differences, what chance explains, and what is best."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from made_outcomes import SEEDS, USUAL, broken, comparison, rules, setting

from sim import InputError
from sim.study.comparison import Comparison
from sim.study.statistics import estimate

RISING = (100.0, 140.0, 90.0, 250.0)
"""A figure with much noise, which another setting shares."""


def with_noise(*offsets: float) -> Comparison:
    """A variant whose held addresses are off the noisy current ones by this much."""
    there = [value + by for value, by in zip(RISING, offsets, strict=True)]
    current = setting("current", {"held_mean": RISING})
    return comparison(setting("lean", {"held_mean": there}), current=current)


def test_differences_are_paired() -> None:
    """What both settings share cancels: the interval is that of the differences alone."""
    found = with_noise(-10, -11, -9, -10)
    assert found.difference("held_mean", "lean") == estimate([-10, -11, -9, -10])
    assert found.differs("held_mean", "lean")


def test_chance() -> None:
    """Differences of both signs may be chance; equal figures are no difference at all."""
    found = with_noise(-10, 11, -9, 10)
    assert not found.differs("held_mean", "lean")
    assert not found.differs("ec2_calls", "lean")
    assert found.difference("ec2_calls", "lean") == (0, 0, 0, 4)


def test_one_replication_tells_nothing_of_chance() -> None:
    """A single pair has a difference, and no interval."""
    found = comparison(setting("lean", {"held_mean": [50.0]}, runs=1))
    assert found.difference("held_mean", "lean") == (-50, -math.inf, math.inf, 1)
    assert not found.differs("held_mean", "lean")
    assert found.to_dict()["settings"][1]["differences"]["held_mean"] == {
        "mean": -50,
        "low": None,
        "high": None,
        "n": 1,
        "chance": True,
    }


def test_between_variants() -> None:
    """Any two settings can be set against each other."""
    lean, big = (setting(name, {"held_mean": [n] * 4}) for name, n in (("lean", 50), ("big", 80)))
    assert comparison(lean, big).difference("held_mean", "big", "lean") == (30, 30, 30, 4)


@pytest.mark.parametrize(
    ("there", "bound_here", "bound_there", "differs"),
    [
        (9.0, False, True, True),  # 1 s, and at least 9 s: longer for certain
        (9.0, True, False, False),  # at least 1 s, and 9 s: nobody knows
        (0.5, False, True, False),  # 1 s, and at least 0.5 s: nobody knows
        (0.5, True, False, True),  # at least 1 s, and 0.5 s: shorter for certain
        (9.0, True, True, False),
    ],
)
def test_lower_bounds(there: float, bound_here: bool, bound_there: bool, differs: bool) -> None:
    """A difference is known if the lower of both figures is exact, and else open."""
    p99 = "pod_ip_wait_p99"
    found = comparison(
        setting("lean", {p99: [there] * 4}, (p99,) if bound_there else ()),
        current=setting("current", {}, (p99,) if bound_here else ()),
    )
    assert found.differs(p99, "lean") is differs
    assert found.is_open(p99, "lean") is not differs


@pytest.mark.parametrize(
    ("metric", "values", "at_least", "best"),
    [
        ("held_mean", (90.0, 80.0), (), ("b",)),
        ("held_mean", (80.0, 80.0), (), ("a", "b")),
        ("held_mean", (110.0, 120.0), (), ("current",)),
        ("held_mean", (100.0, 100.0), (), ()),  # nothing to choose
        ("subnet_free_min", (50, 45), (), ("a",)),  # more is better
        ("pod_ip_wait_p99", (0.5, 2.0), ("pod_ip_wait_p99",), ()),  # only at least 0.5 s
    ],
)
def test_best(
    metric: str, values: tuple[float, float], at_least: tuple[str, ...], best: tuple[str, ...]
) -> None:
    """The best mean, of all who have it; no one's if all have it or it is only a lower bound."""
    a, b = (
        setting(name, {metric: [value] * 4}, at_least)
        for name, value in zip("ab", values, strict=True)
    )
    assert comparison(a, b).best(metric) == best


def test_optimum() -> None:
    """Exactly the addresses that pods ask for; no requests, no waits, and nobody left out."""
    found = comparison(setting("lean", {}))
    optimum, current, lean = found.rows()
    assert (optimum.name, current.name, lean.name) == ("optimum", "current", "lean")
    means = {metric: figure.mean for metric, figure in optimum.figures.items() if figure}
    assert (means["held_mean"], means["held_peak"], means["subnet_free_min"]) == (60, 64, 90)
    shown = set(USUAL) - {"held_mean", "held_peak", "subnet_free_min"}
    assert {metric: means[metric] for metric in shown} == dict.fromkeys(shown, 0)
    assert optimum.figures["pod_start_latency_p99"] is None


def test_a_failed_run_leaves_its_pair_out() -> None:
    """Figures and differences come from the runs that are there, and the failed one is told."""
    whole = setting("lean", {"held_mean": [90.0, 80.0, 1_000.0, 70.0]})
    lean = replace(whole, runs=(*whole.runs[:2], broken("lost"), whole.runs[3]))
    found = comparison(lean)
    assert found.difference("held_mean", "lean") == estimate([-10, -20, -30])
    assert found.rows()[2].figures["held_mean"] == estimate([90, 80, 70])
    ((setting_of, replication, run),) = found.failed()
    assert (setting_of.name, replication, run.key) == ("lean", 2, "lost")
    assert found.to_dict()["settings"][1]["errors"] == {"lost": "ValueError: no luck"}
    assert found.runs()[6]["error"] == "ValueError: no luck"


def test_all_runs_failed() -> None:
    """A setting without a single run has no figures, and the others keep theirs."""
    lean = replace(setting("lean", {}), runs=tuple(broken(str(i)) for i in range(4)))
    found = comparison(lean)
    assert found.rows()[2].figures["held_mean"] is None
    assert found.difference("held_mean", "lean") is None
    assert found.best("held_mean") == ()
    json.dumps(found.to_dict(), allow_nan=False)


def test_figures_that_do_not_exist() -> None:
    """A run without pods has no wait; means and differences come from the others."""
    p99 = "pod_ip_wait_p99"
    found = comparison(setting("lean", {p99: [None, 3.0, 3.0, None]}))
    assert found.difference(p99, "lean") == (2, 2, 2, 2)
    nothing = comparison(setting("lean", {p99: [None] * 4}))
    assert nothing.difference(p99, "lean") is None
    assert not nothing.differs(p99, "lean")


def test_rules_are_judged_run_by_run() -> None:
    """A rule tells in how many runs it held."""
    lean = setting("lean", {"pod_ip_wait_p99": [1.0, 6.0, 7.0, 1.0]})
    found = comparison(lean, expect=rules(pod_ip_wait_p99="<= 5s", ec2_calls="<= 1000"))
    assert [(one.metric, one.text, one.held, one.runs) for one in found.kept("lean")] == [
        ("ec2_calls", "<= 1000", 4, 4),
        ("pod_ip_wait_p99", "<= 5s", 2, 4),
    ]


def test_unserved_pods_fail_rules_on_waits() -> None:
    """A setting that starves a pod in one run keeps no rule on waits in that run."""
    lean = setting("lean", {"unserved_pods": [0, 1, 0, 0]})
    (kept,) = comparison(lean, expect=rules(pod_ip_wait_p99="<= 5s")).kept("lean")
    assert (kept.held, kept.runs) == (3, 4)


def test_flat_rows() -> None:
    """A row a setting and replication, with seeds and keys, as a table too."""
    found = comparison(setting("lean", {"held_mean": [1.0, 2.0, 3.0, 4.0]}, ("pod_ip_wait_p99",)))
    rows = found.runs()
    assert [(row["setting"], row["replication"], row["seed"]) for row in rows] == [
        (name, i + 1, seed) for name in ("current", "lean") for i, seed in enumerate(SEEDS)
    ]
    assert [row["held_mean"] for row in rows[4:]] == [1, 2, 3, 4]
    assert rows[4]["at_least"] == "pod_ip_wait_p99"
    frame = found.to_pandas()
    assert frame[frame.setting == "lean"].held_mean.mean() == 2.5
    assert repr(found) == "<Comparison of made: current, lean; 4 replications>"


def test_unknown_names() -> None:
    """There is no figure or setting by another name."""
    found = comparison(setting("lean", {}))
    with pytest.raises(InputError, match=r"no setting leen; did you mean lean\?"):
        found.difference("held_mean", "leen")
    with pytest.raises(InputError, match=r"no figure held_meen; did you mean held_mean\?"):
        found.difference("held_meen", "lean")
