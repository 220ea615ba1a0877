"""Limits: the scenario's, those assumed, by how much they are overstepped and how near they are."""

from __future__ import annotations

from typing import Any

import pytest

from sim.results.headline import HEADLINES, Figures
from sim.scenario.expect import Expect
from sim.study.candidates import IPS, Candidate
from sim.study.limits import OBJECTIVES, RESPECTS, limits, nearness
from sim.study.obstacles import obstacles


def figures(at_least: tuple[str, ...] = (), **values: float | None) -> Figures:
    """Figures of a run in which all went well, some of them given."""
    well: dict[str, float | None] = dict.fromkeys(HEADLINES, 0.0)
    return Figures(well | values, at_least)


def expect(**rules: Any) -> Expect:
    """A scenario's expectations."""
    return Expect.model_validate(rules)


@pytest.mark.parametrize(
    ("given", "rules", "assumed"),
    [
        (
            None,
            {
                "throttled_share": "<= 1%",
                "pod_ip_wait_p99": "<= 5s",
                "unserved_pods": "<= 0",
                "failed_launches": "<= 0",
            },
            ("pod_ip_wait_p99", "throttled_share", "failed_launches"),
        ),
        (
            expect(pod_start_latency_p50="<= 9s", throttled_calls="<= 3", allow_unserved=4),
            {
                "throttled_calls": "<= 3",
                "pod_start_latency_p50": "<= 9s",
                "unserved_pods": "<= 4",
                "failed_launches": "<= 0",
            },
            ("failed_launches",),
        ),
        (
            expect(
                pod_ip_wait_p99="<= 1s", throttled_share="<= 0.1%", failed_launches="<= 2"
            ).model_copy(update={"unserved_pods": None}),
            {
                "throttled_share": "<= 0.1%",
                "pod_ip_wait_p99": "<= 1s",
                "unserved_pods": "<= 0",
                "failed_launches": "<= 2",
            },
            (),
        ),
    ],
)
def test_what_is_not_given_is_assumed(
    given: Expect | None, rules: dict[str, str], assumed: tuple[str, ...]
) -> None:
    """Waits, throttling and launches have limits in any case; starved pods are never allowed."""
    kept = limits(given)
    assert {rule.metric: rule.text for rule in kept.rules} == rules
    assert kept.assumed == assumed


@pytest.mark.parametrize(
    ("run", "failing"),
    [
        (figures(), []),
        (figures(pod_ip_wait_p99=5.1), ["pod_ip_wait_p99"]),
        (figures(unserved_pods=1), ["pod_ip_wait_p99", "unserved_pods"]),
        (figures(("pod_ip_wait_p99",), pod_ip_wait_p99=1.0), ["pod_ip_wait_p99"]),
        (figures(pod_ip_wait_p99=None), []),
        (None, ["throttled_share", "pod_ip_wait_p99", "unserved_pods", "failed_launches"]),
    ],
)
def test_failing(run: Figures | None, failing: list[str]) -> None:
    """A rule fails if it does in any run; a starved pod fails waits, a fault everything."""
    kept = limits(None)
    assert [rule.metric for rule in kept.failing([figures(), run])] == failing
    assert (kept.trial(run, "waste").excess > 0) == bool(failing)


def test_excess_grows_with_what_is_overstepped() -> None:
    """Whoever is further from keeping the limits has the larger excess."""
    kept = limits(None)
    runs = [
        figures(pod_ip_wait_p99=6.0),
        figures(pod_ip_wait_p99=12.0),
        figures(pod_ip_wait_p99=12.0, throttled_share=0.05),
        figures(pod_ip_wait_p99=12.0, throttled_share=0.05, unserved_pods=30),
        None,
    ]
    excesses = [kept.trial(run, "waste").excess for run in runs]
    assert excesses == sorted(excesses)
    assert excesses[0] == pytest.approx(0.2)
    assert len(set(excesses)) == len(runs)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_score_is_the_objective_and_what_settles_ties(objective: str) -> None:
    """A trial has the objective's figures in their order, and what the front weighs."""
    run = figures(**{name: float(place) for place, name in enumerate(HEADLINES)})
    trial = limits(None).trial(run, objective)
    assert trial.score == tuple(run.values[name] for name in OBJECTIVES[objective])
    assert trial.respects == tuple(run.values[name] for name in RESPECTS)


@pytest.mark.parametrize(
    ("rule", "values", "worst", "headroom"),
    [
        ({"pod_ip_wait_p99": "<= 5s"}, [1.0, 4.0, 2.0], 4.0, 0.2),
        ({"subnet_free_min": ">= 200"}, [800.0, 400.0], 400.0, 0.5),
        ({"subnet_free_min": ">= 200"}, [200.0], 200.0, 0.0),
        ({"throttled_share": "<= 0"}, [0.0], 0.0, None),
        ({"pods_created": "== 5"}, [5.0], 5.0, None),
        ({"pod_ip_wait_p99": "<= 5s"}, [], None, None),
    ],
)
def test_nearness(
    rule: dict[str, str], values: list[float], worst: float | None, headroom: float | None
) -> None:
    """How near a limit is goes by the worst run, as a share of the limit or of what there is."""
    ((metric, _),) = rule.items()
    runs = [figures(**{metric: value}) for value in values] or [figures(**{metric: None})]
    (near,) = [one for one in nearness(limits(expect(**rule)), runs) if one.rule.metric == metric]
    assert near.worst == worst
    assert near.headroom == (None if headroom is None else pytest.approx(headroom))


def test_obstacles() -> None:
    """What nobody keeps comes first; of the others it counts who fails nothing else."""
    kept = limits(expect(ec2_calls="<= 10", held_mean="<= 100"))
    runs = {
        "many calls": figures(ec2_calls=50, held_mean=50),
        "many held": figures(ec2_calls=20, held_mean=300),
        "starving": figures(ec2_calls=30, held_mean=20, unserved_pods=3),
    }
    tried = {Candidate(IPS, n): [one] for n, one in enumerate(runs.values())}
    found = {one.rule.metric: one for one in obstacles(kept, tried)}
    assert list(found) == ["ec2_calls", "held_mean", "unserved_pods"]
    assert found["ec2_calls"][2:] == (0, 1, 20)
    assert found["held_mean"][2:] == (2, 0, 20)
    assert found["unserved_pods"][2:] == (2, 0, 0)
