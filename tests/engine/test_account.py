"""The account in whole runs: others' load, quotas that change, shared buckets, an impaired EC2."""

from __future__ import annotations

from typing import Any

import pytest
from worlds import play, rows, scenario

from sim import run
from sim.aws.buckets import TokenBucket
from sim.engine.build import World

DNI, ASSIGN = "DescribeNetworkInterfaces", "AssignPrivateIpAddresses"
BURST = {"action": DNI, "requests": 100, "every": "30s", "at": "10s"}
CHURN = {
    "kind": "poisson",
    "name": "churn",
    "arrivals_per_minute": 30,
    "lifetime": {"exponential": {"mean": "1m"}},
}
TIGHT: dict[str, Any] = {"WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1}


def aws(**changes: Any) -> dict[str, Any]:
    """EC2 with the latencies of the defaults."""
    return changes


def calls(world: World, action: str = "") -> list[dict[str, int]]:
    """Requests of the nodes, of one action if given."""
    names = world.recorder.names.actions
    found = rows(world.recorder.ec2_calls)
    return [row for row in found if not action or names[row["action"]] == action]


def test_their_requests_and_ours_take_the_same_tokens() -> None:
    """What each request of a node finds is what a bucket of all requests in turn has left."""
    burst = {"action": ASSIGN, "requests": 98, "every": "7s", "at": "5s", "until": "9m"}
    world = play(CHURN, aws=aws(tenants=[{"name": "b", "bursts": [burst]}]), ipamd=TIGHT)
    ours = [(row["request_ms"], row["tokens"]) for row in calls(world, ASSIGN)]
    theirs = [(at, None) for at in range(5_000, 540_000, 7_000) for _ in range(98)]
    bucket, found, throttled = TokenBucket(100, 5), [], 0
    for at, tokens in sorted([*ours, *theirs], key=lambda one: (one[0], one[1] is None)):
        is_granted = bucket.take(at)
        throttled += tokens is None and not is_granted
        if tokens is not None:
            found.append((at, bucket.tokens))
    assert found == ours
    counted = rows(world.recorder.tenants)
    assert sum(row["throttled"] for row in counted) == throttled > 1000


def test_a_burst_of_theirs_has_ours_throttled() -> None:
    """With the bucket empty, a request of a node within the same second is throttled."""
    each_second = {"action": ASSIGN, "requests": 200, "every": "1s"}
    world = play(CHURN, aws=aws(tenants=[{"name": "b", "bursts": [each_second]}]), ipamd=TIGHT)
    codes = world.recorder.names.codes
    late = [row for row in calls(world, ASSIGN) if row["request_ms"] % 1000]
    assert {codes[row["code"]] for row in late} == {"RequestLimitExceeded"}


def test_the_summary_tells_what_they_suffer() -> None:
    """100 in step from 50 tokens: half of each burst is throttled, if nobody else asks."""
    loaded = scenario(warm_up="2m", aws=aws(tenants=[{"name": "b", "bursts": [BURST]}]), groups=[
        {"name": "g", "instance_type": "m5.large", "nodes": 0}
    ])  # fmt: skip
    account = run(loaded).summary["account"]
    bursts = 16  # at 2 min 10 s, ..., 9 min 40 s
    expected = {"requests": 100 * bursts, "throttled": 50 * bursts, "given_up": 50 * bursts}
    assert account == {
        **expected,
        "throttled_share": 0.5,
        "tenants": {
            "b": {
                **expected,
                "throttled_share": 0.5,
                "actions": {DNI: {**expected, "throttled_share": 0.5, "busiest_second": 100}},
            }
        },
    }


def test_other_requests_are_short_for_a_tenant() -> None:
    """They are reported under the name others, and drink from the bucket as a tenant does."""
    world = play(CHURN, aws=aws(other_requests={DNI: 5.0}), ipamd=TIGHT)
    assert world.recorder.names.tenants == ["others"]
    made = sum(row["requests"] for row in rows(world.recorder.tenants))
    assert abs(made - 5 * 600) < 4 * 3000**0.5


def test_without_others_nothing_is_said_of_them() -> None:
    """Neither records nor summary speak of an account that is the cluster's alone."""
    result = run(scenario(CHURN))
    assert "account" not in result.summary
    assert len(result.tenants) == 0


def test_a_quota_that_is_raised() -> None:
    """From the change on a bucket sustains twice as much: 50 + 10 a second, then 100 + 20."""
    each_second = {"action": DNI, "requests": 100, "every": "1s"}
    change = {"at": "5m", "multiplier": 2, "actions": [DNI]}
    loaded = aws(tenants=[{"name": "b", "bursts": [each_second]}], quota_changes=[change])
    world = play(aws=loaded, groups=[{"name": "g", "instance_type": "m5.large", "nodes": 0}])
    answered = [row["requests"] - row["throttled"] for row in rows(world.recorder.tenants)]
    assert answered[0] == 50
    assert set(answered[1:300]) == {10}
    assert set(answered[301:]) == {20}


def test_shared_buckets() -> None:
    """Calls of one Describe action empty the bucket of all others, and no bucket of changes."""
    each_second = {"action": "DescribeSecurityGroups", "requests": 200, "every": "1s"}
    tenants = [{"name": "b", "bursts": [each_second]}]
    throttled = {}
    for shared in (False, True):
        loaded = aws(tenants=tenants, shared_buckets=shared)
        world = play(CHURN, aws=loaded, ipamd=TIGHT)
        codes, names = world.recorder.names.codes, world.recorder.names.actions
        throttled[shared] = {
            names[row["action"]]
            for row in calls(world)
            if codes[row["code"]] == "RequestLimitExceeded"
        }
    assert throttled[False] == set()
    assert throttled[True]
    assert all(action.startswith("Describe") for action in throttled[True])


@pytest.mark.parametrize("kind", ["latency", "errors"])
def test_an_impairment_is_a_window(kind: str) -> None:
    """Requests made in the window take three times as long, or fail; others are as ever."""
    change = {"latency_factor": 3} if kind == "latency" else {"error_share": 1}
    impairments = [{"from": "4m", "to": "6m", **change}]
    latency = {ASSIGN: "100ms"}
    world = play(CHURN, aws=aws(latency=latency, impairments=impairments), ipamd=TIGHT)
    codes = world.recorder.names.codes
    found = {True: set[tuple[int, bool]](), False: set[tuple[int, bool]]()}
    for row in calls(world, ASSIGN):
        took, failed = row["answer_ms"] - row["request_ms"], codes[row["code"]] == "InternalError"
        found[240_000 <= row["request_ms"] < 360_000].add((took, failed))
    assert found[False] == {(100, False)}
    assert found[True] == {(300, False) if kind == "latency" else (100, True)}


def test_late_metadata() -> None:
    """An ENI attached in the window appears in the metadata twenty times as late."""
    ready = {}
    for factor in (1, 20):
        impairments = [{"from": "5s", "to": "5m", "metadata_delay_factor": factor}]
        loaded = aws(metadata_delay="1s", impairments=impairments)
        spec = {"name": "g", "instance_type": "m5.large", "nodes": 1, "launch_delay": "10s"}
        world = play(aws=loaded, groups=[spec], ipamd={"WARM_IP_TARGET": 12})
        names = world.recorder.names.actions
        polls = [r["request_ms"] for r in calls(world) if names[r["action"]] == DNI]
        attached = [r["answer_ms"] for r in calls(world, "AttachNetworkInterface")]
        ready[factor] = (attached[0], max(row["time_ms"] for row in rows(world.recorder.pool)))
        assert polls
    assert ready[20][0] == ready[1][0]
    assert ready[20][1] - ready[1][1] >= 15_000
