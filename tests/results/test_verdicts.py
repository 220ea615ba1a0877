"""Rules and what was measured: which hold, which do not, and why not."""

from __future__ import annotations

from typing import Any

import pytest

from sim.results.headline import HEADLINES, Figures
from sim.results.verdicts import LOWER_BOUND, NOTHING_MEASURED, Verdict, check
from sim.scenario.expect import Expect


def judged(rules: dict[str, Any], at_least: tuple[str, ...] = (), **values: Any) -> list[Verdict]:
    """The verdicts on a run with these figures, all others 0."""
    every = {**dict.fromkeys(HEADLINES, 0.0), **values}
    return check(Expect.model_validate(rules), Figures(every, at_least))


@pytest.mark.parametrize(
    ("metric", "rule", "value", "holds"),
    [
        ("pod_ip_wait_p99", "<= 5s", 5.0, True),
        ("pod_ip_wait_p99", "<= 5s", 5.001, False),
        ("pod_ip_wait_p99", "< 5s", 5.0, False),
        ("pod_ip_wait_p99", "< 5s", 4.999, True),
        ("subnet_free_min", ">= 200", 200, True),
        ("subnet_free_min", ">= 200", 199, False),
        ("subnet_free_min", "> 200", 200, False),
        ("throttled_share", "<= 0.1%", 0.001, True),
        ("throttled_share", "<= 0.001", 0.0011, False),
        ("failed_launches", "== 0", 0, True),
        ("failed_launches", "== 0", 1, False),
    ],
)
def test_operators(metric: str, rule: str, value: float, holds: bool) -> None:
    """A value is held against the limit in the figure's own unit."""
    (verdict,) = judged({metric: rule}, **{metric: value})
    assert (verdict.holds, verdict.value, verdict.why) == (holds, value, "")


def test_an_unserved_pod_fails_every_rule_on_a_wait() -> None:
    """However short the others' waits were; rules on other figures stay as they are."""
    rules = {
        "pod_ip_wait_p50": "<= 5s",
        "pod_start_latency_mean": ">= 0s",
        "nodes_ready_p99": "<= 1m",
        "throttled_share": "<= 1%",
    }
    verdicts = {one.rule.metric: one for one in judged(rules, unserved_pods=1)}
    assert {name: one.holds for name, one in verdicts.items()} == {
        "pod_ip_wait_p50": False,
        "pod_start_latency_mean": False,
        "nodes_ready_p99": True,
        "throttled_share": True,
    }
    assert verdicts["pod_ip_wait_p50"].why == "1 pod never got an address"


def test_as_many_as_are_allowed_may_stay_unserved() -> None:
    """allow_unserved is a count: as many are allowed, one more is not, and the verdict says so."""
    rules = {"pod_ip_wait_p99": "<= 5s", "allow_unserved": 2}
    assert [one.holds for one in judged(rules, unserved_pods=2)] == [True]
    (failed,) = judged(rules, unserved_pods=3)
    assert not failed.holds
    assert failed.why == "3 pods never got an address (2 may: allow_unserved)"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [("<= 1m", False), ("< 1m", False), ("== 30s", False), (">= 30s", True), ("> 30s", False)],
)
def test_a_lower_bound_is_never_low_enough(rule: str, holds: bool) -> None:
    """What is at least 30 s may be more than any limit, but it is no less than 30 s."""
    (verdict,) = judged({"pod_ip_wait_max": rule}, ("pod_ip_wait_max",), pod_ip_wait_max=30.0)
    assert (verdict.holds, verdict.at_least) == (holds, True)
    assert verdict.why == ("" if holds else LOWER_BOUND)


def test_what_does_not_exist_breaks_no_rule() -> None:
    """The wait of no pods holds, and the verdict says that nothing was measured."""
    (verdict,) = judged({"pod_ip_wait_p99": "<= 5s"}, pod_ip_wait_p99=None)
    assert (verdict.holds, verdict.value, verdict.why) == (True, None, NOTHING_MEASURED)


def test_verdicts_come_in_the_order_of_figures() -> None:
    """However the rules were written down; and without rules there are none."""
    rules = {"unserved_pods": "== 0", "held_mean": "<= 5"}
    assert [one.rule.metric for one in judged(rules)] == ["held_mean", "unserved_pods"]
    assert judged({}) == check(None, Figures({}, ())) == []


def test_as_data() -> None:
    """A verdict as plain data has the rule as written and its limit as a number."""
    (verdict,) = judged({"throttled_share": "<=0.1%"}, throttled_share=0.5)
    assert verdict.data() == {
        "metric": "throttled_share",
        "rule": "<= 0.1%",
        "limit": 0.001,
        "value": 0.5,
        "at_least": False,
        "holds": False,
        "why": "",
    }
