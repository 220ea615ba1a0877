"""Series over time, against records written by hand and against the figures of real runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import Made, scenario

from sim import Result, Scenario, run
from sim.results import blocks
from sim.results.series import (
    StepSeries,
    address_series,
    node_count,
    node_map,
    request_series,
    token_series,
    wait_curve,
    waits_over_time,
)
from sim.results.series.thin import bin_of, telling


@pytest.fixture(scope="module")
def churn() -> Result:
    """Twenty minutes of pods that come and go on three nodes in two subnets."""
    return run(
        Scenario.from_dict(
            {
                "name": "churn",
                "duration": "20m",
                "cluster": {
                    "subnets": [
                        {"name": "a", "cidr": "10.0.0.0/24", "zone": "a"},
                        {"name": "b", "cidr": "10.0.1.0/24", "zone": "b"},
                    ],
                    "node_groups": [
                        {"name": "g", "instance_type": "m5.large", "nodes": 2},
                        {"name": "h", "instance_type": "m5.large", "nodes": 1},
                    ],
                },
                "ipamd": {"WARM_IP_TARGET": 1},
                "workload": [
                    {
                        "kind": "poisson",
                        "name": "w",
                        "arrivals_per_minute": 30,
                        "lifetime": {"uniform": {"min": "10s", "max": "90s"}},
                    }
                ],
            }
        )
    )


def mean(series: StepSeries, name: str) -> float:
    """The time average of one function."""
    lasts = np.diff(np.append(series.starts, series.end))
    return float(series.values[name] @ lasts) / series.end


# -------------------------------------------------------------------- addresses


def test_addresses_change_when_records_say_so() -> None:
    """What stores and subnets hold is taken over at its instant, and stays till the next."""
    made = Made()
    made.node()
    made.space(0, 0, held=1, free=250)
    made.space(10_000, 0, held=5, free=246)
    made.pool(20_000, enis=1, warm=4)
    made.pool(40_000, enis=1, assigned=1, warm=3)
    series = address_series(made.result())["cluster"]
    assert series.starts.tolist() == [0, 10_000, 20_000, 40_000]
    assert series.values["held"].tolist() == [1, 5, 5, 5]
    assert series.values["in_transition"].tolist() == [1, 5, 0, 0]
    assert series.values["warm"].tolist() == [0, 0, 4, 3]
    assert series.values["assigned"].tolist() == [0, 0, 0, 1]
    assert series.values["free"].tolist() == [250, 246, 246, 246]
    assert series.end == 100_000
    assert series.at(39_999)["assigned"] == 0
    assert series.at(40_000)["assigned"] == 1


def test_series_have_the_averages_of_the_summary(churn: Result) -> None:
    """Integrated exactly, the series of every part give the figures of docs/metrics.md."""
    figures = churn.summary["addresses"]
    for by, key in (("subnet", "subnets"), ("node_group", "node_groups")):
        series = address_series(churn, by)  # type: ignore[arg-type]
        assert list(series) == list(figures[key])
        for name, one in series.items():
            for state in ("assigned", "cooldown", "warm", "held", "waste"):
                assert mean(one, state) == pytest.approx(
                    figures[key][name][state]["mean"], abs=1e-9
                )
                assert one.values[state].max() == figures[key][name][state]["peak"]


def test_parts_add_up(churn: Result) -> None:
    """At any instant the nodes, the groups and the subnets each hold what the cluster holds."""
    whole = address_series(churn)["cluster"]
    for by in ("node", "node_group", "subnet"):
        parts = address_series(churn, by)  # type: ignore[arg-type]
        for instant in range(0, churn.end_ms, 61_003):
            held = sum(one.at(instant)["held"] for one in parts.values())
            assert held == whole.at(instant)["held"]


def test_states_add_up_after_thinning(churn: Result) -> None:
    """Thinned series keep all functions at the same instants, their peaks, and few pieces."""
    exact, thin = (address_series(churn, bins=bins)["cluster"] for bins in (None, 20))
    assert len(exact.starts) > 4 * 20 >= len(thin.starts)
    parts = ("assigned", "cooldown", "warm", "partial", "eni_primary", "in_transition")
    assert np.array_equal(sum(thin.values[name] for name in parts), thin.values["held"])
    assert thin.values["held"].max() == exact.values["held"].max()
    for start, held in zip(thin.starts.tolist(), thin.values["held"].tolist(), strict=True):
        assert exact.at(start)["held"] == held


def test_how_records_are_cut_does_not_show(churn: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Series made from many small blocks are those made from one."""
    whole = {bins: address_series(churn, "subnet", bins=bins) for bins in (None, 30)}
    monkeypatch.setattr(blocks.cut, "__defaults__", (40,))
    for bins, before in whole.items():
        for name, after in address_series(churn, "subnet", bins=bins).items():
            steps = np.flatnonzero(np.diff(after.values["held"], prepend=-1))
            known = np.flatnonzero(np.diff(before[name].values["held"], prepend=-1))
            assert np.array_equal(after.starts[steps], before[name].starts[known])


def test_only_the_parts_that_are_named(churn: Result) -> None:
    """Of a large cluster single nodes can be had; an unknown one is an error."""
    assert list(address_series(churn, "node", ["h-0"])) == ["h-0"]
    with pytest.raises(KeyError):
        address_series(churn, "node", ["nobody"])


@given(st.lists(st.integers(-50, 50), max_size=60), st.integers(1, 9))
def test_telling_points_keep_the_line(values: list[int], bins: int) -> None:
    """Of each bin the first, last, least and greatest point stay, and no more than these four."""
    line = np.array(values, np.int64)
    of = bin_of(np.arange(len(line)), max(len(line), 1), bins)
    kept = telling(of, line)
    assert np.array_equal(kept, np.unique(kept))
    for one in np.unique(of):
        inside, chosen = line[of == one], line[kept[of[kept] == one]]
        assert (chosen[0], chosen[-1]) == (inside[0], inside[-1])
        assert (chosen.min(), chosen.max()) == (inside.min(), inside.max())
        assert len(chosen) <= 4


# ------------------------------------------------------------------------ nodes


def test_a_nodes_bins_are_exact_averages() -> None:
    """A bin's value is the integral over it, however its changes lie, and NaN without the node."""
    made = Made()
    made.node()
    made.node(requested_ms=30_000, started_ms=30_000, ready_ms=30_000, terminated_ms=50_000)
    made.space(0, 0, held=4, free=247)
    made.space(10_000, 0, held=8, free=243)
    made.space(30_000, 1, held=2, free=241)
    made.space(50_000, 1, held=0, free=243)
    made.pool(5_000, assigned=2)
    made.pool(15_000, assigned=6)
    found = node_map(made.result(), bins=5)
    assert found.names == ["g-0", "g-1"]
    assert found.edges.tolist() == [0, 20_000, 40_000, 60_000, 80_000, 100_000]
    first = (4 * 5 + 2 * 5 + 6 * 5 + 2 * 5) / 20
    assert found.means[0].tolist() == [first, 2, 2, 2, 2]
    assert np.array_equal(found.means[1], [np.nan, 2, 2, np.nan, np.nan], equal_nan=True)
    held = node_map(made.result(), "held", bins=1).means
    assert held[0, 0] == pytest.approx((4 * 10 + 8 * 90) / 100)


def test_maps_add_up_to_the_summary(churn: Result) -> None:
    """Averaged over time, all nodes together waste what the summary says."""
    for count in ("waste", "held", "assigned"):
        found = node_map(churn, count, bins=7)  # type: ignore[arg-type]
        lasts = np.diff(found.edges)
        total = float((found.means * lasts).sum()) / churn.end_ms
        assert total == pytest.approx(
            churn.summary["addresses"]["cluster"][count]["mean"], rel=1e-3
        )


def test_branch_enis_of_pods_are_assigned() -> None:
    """Two of the ten addresses are of branch ENIs, of which one has a pod from 20 to 60 s."""
    made = Made(scenario(ipamd={"ENABLE_POD_ENI": True}))
    made.node()
    made.space(0, 0, held=10, free=241)
    made.pool(0, assigned=3, warm=4, enis=1)
    made.branches(0, 0, 2)
    made.branches(20_000, 1, 1)
    made.branches(60_000, 0, 2)
    result = made.result()
    for by in ("cluster", "subnet", "node_group", "node"):
        (series,) = address_series(result, by).values()  # type: ignore[arg-type]
        assert series.at(30_000)["assigned"] == 3 + 1
        assert series.at(30_000)["in_transition"] == 10 - 3 - 4 - 1 - 1
    assert node_map(result, "assigned", bins=5).means[0].tolist() == [3, 4, 4, 3, 3]
    assert node_map(result, "waste", bins=5).means[0].tolist() == [7, 6, 6, 7, 7]


# --------------------------------------------------------------------- requests


def test_requests_are_counted_by_the_second() -> None:
    """Attempts are counted in the second they were made, throttled and failed ones apart."""
    made = Made()
    made.node()
    for at, code in ((100, "OK"), (900, "RequestLimitExceeded"), (5_000, "OK"), (5_999, "Other")):
        made.call(at, "CreateTags", code)
    made.call(50, "DescribeSubnets")
    series = request_series(made.result())
    assert list(series) == ["CreateTags", "DescribeSubnets"]
    tags = series["CreateTags"]
    assert tags.seconds.tolist() == [0, 5]
    assert tags.made.tolist() == [2, 2]
    assert tags.throttled.tolist() == [1, 0]
    assert tags.failed.tolist() == [0, 1]


def test_a_bin_shows_its_busiest_second() -> None:
    """A burst of one second is not averaged away, and quiet bins are there."""
    made = Made()
    made.node()
    for at in (1_000, 12_000, 12_001, 12_002, 15_000, 15_500):
        made.call(at)
    binned = request_series(made.result())["CreateTags"].binned(10, 100_000)
    assert binned.seconds.tolist() == list(range(0, 100, 10))
    assert binned.made.tolist() == [1, 3, 0, 0, 0, 0, 0, 0, 0, 0]


def test_a_bucket_fills_between_requests() -> None:
    """A line from what was left after a request, by the refill, to a full bucket."""
    made = Made(scenario(aws={"buckets": {"CreateTags": {"max": 10, "refill_per_s": 2}}}))
    made.node()
    made.call(1_000, tokens=9)
    made.call(1_000, tokens=4)
    made.call(2_500, tokens=5)
    series = token_series(made.result(), "CreateTags")
    assert series is not None
    assert series.bucket == (10, 2)
    points = list(zip(series.times.tolist(), series.tokens.tolist(), strict=True))
    assert [one for n, one in enumerate(points) if one not in points[:n]] == [
        (0, 10),
        (1_000, 10),
        (1_000, 4),
        (2_500, 6),
        (2_500, 5),
        (5_000, 10),
        (100_000, 10),
    ]
    assert token_series(made.result(), "DescribeRegions") is None


def test_tokens_agree_with_the_summary(churn: Result) -> None:
    """The least of a bucket's line is the least that the summary knows, thinned or not."""
    for action, bucket in churn.summary["ec2"]["buckets"].items():
        for bins in (None, 10):
            series = token_series(churn, action, bins)
            assert series is not None
            assert series.tokens.min() == bucket["lowest_tokens"]


# ------------------------------------------------------------------------ waits


def made_waits() -> Result:
    """The example of docs/metrics.md: seven of 0 s, one of 12 s, two unended of 5 and 40 s."""
    made = Made()
    made.node()
    for _ in range(7):
        made.served(1_000)
    made.served(20_000, 12_000)
    made.waiting(95_000)
    made.waiting(60_000)
    return made.result()


def test_the_curve_holds_what_is_known_and_what_is_not() -> None:
    """Unended waits are kept apart: they lengthen the tail without pretending to end."""
    curve = wait_curve(made_waits())
    assert curve.values.tolist() == [0, 5_000, 12_000, 40_000]
    assert curve.ended.tolist() == [7, 7, 8, 8]
    assert curve.unended.tolist() == [0, 1, 1, 2]
    assert curve.n == 10


def test_waits_by_when_they_began() -> None:
    """Each bin has the figures of its own waits, with those that are lower bounds marked."""
    waits = waits_over_time(made_waits(), bins=10)
    assert waits.starts.tolist() == [0, 20_000, 60_000, 90_000]
    assert waits.n.tolist() == [7, 1, 1, 1]
    assert waits.figures_s["max"].tolist() == [0, 12, 40, 5]
    assert waits.at_least["max"].tolist() == [False, False, True, True]
    assert waits.width_ms == 10_000


def test_nobody_waited() -> None:
    """Runs without pods have empty series."""
    made = Made()
    made.node()
    assert wait_curve(made.result()).n == 0
    assert waits_over_time(made.result()).n.tolist() == []
    assert request_series(made.result()) == {}


def test_node_count_by_hand() -> None:
    """Of three launches one is never ready; a node that never was launched is none."""
    made = Made()
    made.node(requested_ms=0, ready_ms=36_000)
    made.node(requested_ms=20_000, ready_ms=-1, terminated_ms=30_000)
    made.node(requested_ms=20_000, ready_ms=30_000, terminated_ms=50_000)
    made.node(requested_ms=-1, ready_ms=-1)
    found = node_count(made.result())
    assert found.times.tolist() == [0, 20_000, 30_000, 36_000, 50_000]
    assert found.launched.sum(axis=0).tolist() == [1, 3, 2, 2, 1]
    assert found.ready.sum(axis=0).tolist() == [0, 0, 1, 2, 1]


def test_a_node_lasts_as_long_as_its_addresses() -> None:
    """A node is gone after 20 s and its ENI of 12 addresses at 50 s: 12 throughout, not more."""
    made = Made()
    made.node(requested_ms=0, terminated_ms=20_000)
    made.node(requested_ms=-1, ready_ms=-1)
    made.space(0, node=0, held=12, free=100)
    made.space(50_000, node=0, held=0, free=112)
    found = node_map(made.result(), "held", bins=10)
    there, never = (found.means[found.names.index(name)] for name in ("g-0", "g-1"))
    assert there[:5].tolist() == [12] * 5
    assert np.isnan(there[5:]).all()
    assert np.isnan(never).all()
