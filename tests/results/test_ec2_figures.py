"""EC2 requests and nodes: by hand, and idle hours against a plain loop."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import Made, scenario

HOUR = 3_600_000


def figures(made: Made, end_ms: int = 100_000) -> dict[str, Any]:
    return made.summary(end_ms)["ec2"]


def test_no_requests() -> None:
    """Nothing was asked: no actions, no buckets, a share of 0, and no call budgets."""
    assert figures(Made()) == {
        "requests": {},
        "total": 0,
        "throttled": 0,
        "throttled_share": 0.0,
        "buckets": {},
        "calls_per_pod_started": None,
        "calls_per_node_started": None,
        "calls_per_idle_node_hour": None,
    }


def test_requests_by_action_and_code() -> None:
    """Three of four requests were throttled, for two pods."""
    made = Made()
    made.node()
    made.call(1_000, "DescribeSubnets", "RequestLimitExceeded")
    made.call(2_000, "CreateTags", "RequestLimitExceeded")
    made.call(3_000, "CreateTags", "RequestLimitExceeded")
    made.call(4_000, "CreateTags")
    made.served(0)
    made.served(0)
    result = figures(made)
    assert result["requests"] == {
        "CreateTags": {"OK": 1, "RequestLimitExceeded": 2},
        "DescribeSubnets": {"RequestLimitExceeded": 1},
    }
    assert (result["total"], result["throttled"], result["throttled_share"]) == (4, 3, 0.75)
    assert result["calls_per_pod_started"] == 2


def test_busiest_second_and_lowest_tokens() -> None:
    """Seconds are whole ones from 0; the first of equally busy ones is named."""
    made = Made()
    made.node()
    for time, tokens in ((999, 9), (3_000, 8), (3_999, 7), (5_000, 8), (5_001, 9)):
        made.call(time, tokens=tokens)
    made.call(0, "DescribeSubnets")
    buckets = figures(made)["buckets"]
    assert buckets["CreateTags"] == {
        "busiest_second": 2,
        "busiest_second_at_s": 3,
        "lowest_tokens": 7,
    }
    assert buckets["DescribeSubnets"]["lowest_tokens"] is None


def test_requests_from_before_the_warm_up_are_left_out() -> None:
    """A request at its very end counts."""
    made = Made(scenario(warm_up="20s"))
    made.node()
    made.call(19_999, "DescribeSubnets")
    made.call(20_000)
    result = figures(made)
    assert (list(result["requests"]), result["total"]) == (["CreateTags"], 1)


def test_calls_per_node_started() -> None:
    """5 calls of one node and 2 of another, both ends included; one is never ready."""
    made = Made()
    made.node(started_ms=10_000, ready_ms=20_000)
    made.node(started_ms=30_000, ready_ms=31_000)
    made.node(started_ms=30_000, ready_ms=-1)
    for time in (10_000, 12_000, 13_000, 14_000, 20_000, 20_001):
        made.call(time, node=0)
    for time in (30_500, 30_600):
        made.call(time, node=1)
        made.call(time, node=2)
    assert figures(made)["calls_per_node_started"] == 7 / 2


def test_nodes_that_started_before_the_warm_up_say_nothing_of_a_start() -> None:
    """Their calls are left out, so they would look too cheap."""
    made = Made(scenario(warm_up="20s"))
    made.node(started_ms=10_000, ready_ms=30_000)
    made.call(25_000)
    assert figures(made)["calls_per_node_started"] is None


def idle_hours() -> Made:
    """Two nodes for 3.5 hours from 600 s on; in the second hour a pod starts on node 0."""
    made = Made(scenario(duration="4h"))
    for _ in range(2):
        made.node(ready_ms=600_000)
    made.pool(600_000 + HOUR, node=0, assigned=1)
    return made


def test_calls_per_idle_node_hour() -> None:
    """Of 2 x 3 whole hours 5 are idle, with 4 calls; what is in other hours does not count."""
    made = idle_hours()
    for node, hour in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (1, 3)):
        made.call(600_000 + hour * HOUR + 60_000, node=node)
    assert figures(made, end_ms=600_000 + 7 * HOUR // 2)["calls_per_idle_node_hour"] == 4 / 5


def test_a_release_ends_idleness_and_other_changes_of_the_pool_do_not() -> None:
    """In hour 0 the pool of node 1 grows, in hour 2 an address of node 1 is released."""
    made = idle_hours()
    made.pool(600_000 - 1, node=1, assigned=2)
    made.pool(600_000, node=1, assigned=2, warm=5)
    made.pool(600_000 + 2 * HOUR, node=1, assigned=1, cooldown=1, warm=5)
    made.call(600_000 + 5, node=1)
    made.call(600_000 + 2 * HOUR + 5, node=1)
    assert figures(made, end_ms=600_000 + 3 * HOUR)["calls_per_idle_node_hour"] == 1 / 4


def test_a_call_of_a_busy_hour_that_is_answered_after_it() -> None:
    """It is known only when the hour is over, and does not make it idle; that at 2 h counts."""
    made = idle_hours()
    made.call(600_000 + HOUR + 5, answer_ms=600_000 + 2 * HOUR + 9)
    made.call(600_000 + 2 * HOUR, answer_ms=600_000 + 2 * HOUR + 1)
    made.call(600_000 + 2 * HOUR + 2)
    assert figures(made, end_ms=600_000 + 3 * HOUR)["calls_per_idle_node_hour"] == 2 / 5


def test_no_whole_hour() -> None:
    """A run of 100 s has no node-hours."""
    made = Made()
    made.node()
    made.call(5)
    assert figures(made)["calls_per_idle_node_hour"] is None


EVENTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=10)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 9)), min_size=3, max_size=3),
    EVENTS,
    EVENTS,
    st.integers(0, 8),
)
def test_idle_hours_against_a_loop(
    lives: list[tuple[int, int]],
    starts: list[tuple[int, int]],
    calls: list[tuple[int, int]],
    warm_up: int,
) -> None:
    """Half-hours as the unit of time: every hour of every node is looked at in turn."""
    half, end = HOUR // 2, 9
    made = Made(scenario(duration="5h", warm_up=f"{warm_up * 30}m"))
    for ready, gone in lives:
        made.node(ready_ms=ready * half if ready >= 0 else -1, terminated_ms=max(gone * half, -1))
    for number, (time, node) in enumerate(sorted(starts)):
        made.pool(time * half, node=node, assigned=number + 1)
    for place, (time, node) in enumerate(calls):
        made.call(time * half, node=node, answer_ms=(time + place) * half)
    idle, made_calls = 0, 0
    for node, (ready, gone) in enumerate(lives):
        begin = ready
        while ready >= 0 and begin + 2 <= min(end, gone if gone >= 0 else end):
            inside = range(begin, begin + 2)
            if begin >= warm_up and not any(n == node and t in inside for t, n in starts):
                idle += 1
                made_calls += sum(n == node and t in inside for t, n in calls)
            begin += 2
    result = figures(made, end_ms=end * half)["calls_per_idle_node_hour"]
    assert result == (made_calls / idle if idle else None)


# ------------------------------------------------------------------------ nodes


def test_nodes_by_hand() -> None:
    """Three nodes: ready after 36 s; never ready by the end, 80 s on; gone after 10 s."""
    made = Made()
    made.node(requested_ms=0, ready_ms=36_000)
    made.node(requested_ms=20_000, ready_ms=-1, boot_failures=3)
    made.node(requested_ms=20_000, ready_ms=-1, terminated_ms=30_000)
    made.failed_launch(5_000)
    result = made.summary()["nodes"]
    wait, hours = result.pop("time_to_ready_s"), result.pop("node_hours")
    assert hours == (100 + 80 + 10) / 3600
    assert result == {"requested": 3, "ready": 1, "launch_failures": 1, "boot_failures": 3}
    assert (wait["p50"], wait["max"]) == (36, 80)
    assert "p50" in wait["at_least"]  # the one that was gone might have taken longer


def test_a_node_that_was_never_launched_is_none() -> None:
    """It waits for an address or for its turn: it is no launch, and has no hours."""
    made = Made()
    made.node(requested_ms=-1, started_ms=-1, ready_ms=-1)
    result = made.summary()["nodes"]
    assert (result["requested"], result["node_hours"], result["ready"]) == (0, 0, 0)


def test_nodes_and_the_warm_up() -> None:
    """A node gone by then is left out; one that was there counts, but not its start."""
    made = Made(scenario(warm_up="50s"))
    made.node(terminated_ms=49_999)
    made.node(ready_ms=36_000, boot_failures=1)
    made.node(requested_ms=50_000, ready_ms=51_000)
    made.failed_launch(49_999)
    made.failed_launch(50_000)
    result = made.summary()["nodes"]
    wait, hours = result.pop("time_to_ready_s"), result.pop("node_hours")
    assert hours == (50 + 50) / 3600
    assert result == {"requested": 2, "ready": 2, "launch_failures": 1, "boot_failures": 0}
    assert (wait["count"], wait["max"]) == (1, 1)
