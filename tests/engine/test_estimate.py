"""What a run is expected to take, and the refusal of what is too much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from worlds import deployment, group, job, scenario, trace

from sim import InputError
from sim.engine.estimate import GIB, MOST_POD_EVENTS, check, estimate, excess

DAY_MINUTES = 1_440


def arrivals(pods: float, **changes: Any) -> dict[str, Any]:
    """A Poisson workload of so many pods a day, each for a minute."""
    rate = pods / DAY_MINUTES
    base = {"kind": "poisson", "name": "p", "arrivals_per_minute": rate, "lifetime": "1m"}
    return base | changes


def test_sums() -> None:
    """Pods of all workloads and of DaemonSets are added up, nodes and their hours as well."""
    steps = [{"at": 0, "nodes": 3}, {"at": "6h", "nodes": 1}, {"at": "12h", "nodes": 2}]
    groups = [group(nodes=steps), group(name="h", nodes=10, daemonsets=[])]
    day = scenario(deployment(12), job(completions=5), duration="1d", groups=groups)
    found = estimate(day)
    assert found.pods == 12 + 5 + 2 * (3 + 1)  # aws-node and kube-proxy
    assert found.pod_events == 2 * found.pods
    assert found.nodes == 3 + 10
    assert found.node_hours == 3 * 6 + 1 * 6 + 2 * 12 + 10 * 24


@pytest.mark.parametrize(
    ("limits", "nodes"), [({"nodes": 0}, 6), ({"nodes": 0, "max_nodes": 5}, 5), ({"nodes": 9}, 9)]
)
def test_autoscaled_groups_have_what_pods_need(limits: dict[str, int], nodes: int) -> None:
    """Twenty pods of half a core ask for 5.6 m5.large, if there may be as many."""
    scaler = {"kind": "karpenter", "node_groups": ["g"]}
    twenty = deployment(20, requests={"cpu": "500m"})
    found = estimate(scenario(twenty, autoscalers=[scaler], groups=[group(**limits)]))
    assert found.nodes == nodes


def test_nodes_that_are_replaced_count() -> None:
    """Two nodes recycled, and each interrupted every two hours of a day, are 2 + 3 + 24 in all."""
    found = estimate(
        scenario(
            duration="1d",
            groups=[group(nodes=2, recycle=[{"at": "1h"}], spot={"mean_life": "2h"})],
        )
    )
    assert (found.nodes, found.nodes_made) == (2, 2 + 3 + 24)


def test_steps_after_the_end_do_not_count() -> None:
    """Nodes that would come after the run's end take nothing."""
    steps = [{"at": 0, "nodes": 1}, {"at": "2d", "nodes": 1_000}]
    assert estimate(scenario(duration="1d", groups=[group(nodes=steps)])).nodes == 1


def test_memory_grows_with_time_unless_records_are_written() -> None:
    """A run of ten times the length takes the more in memory, and no more beside a folder."""
    short, long = (
        estimate(scenario(arrivals(1e6), duration=duration)) for duration in ("1d", "10d")
    )
    assert long.memory(streams_to_disk=False) > 5 * short.memory(streams_to_disk=False)
    assert long.memory(streams_to_disk=True) == pytest.approx(short.memory(streams_to_disk=True))


def test_what_takes_memory(tmp_path: Path) -> None:
    """Each of nodes, pods at once and rows of a trace takes some."""
    base = estimate(scenario()).memory(streams_to_disk=True)
    many = trace(tmp_path, [(0, 60)] * 1_000)
    for more in (
        scenario(groups=[group(nodes=100)]),
        scenario(deployment(1_000)),
        scenario(many | {"window": {"from": "50s", "to": "99s"}, "at": "20d"}),
    ):
        assert estimate(more).memory(streams_to_disk=True) > base


def test_a_large_run_is_not_refused() -> None:
    """5,000 nodes with a million pods in a day need no flag."""
    groups = [group(nodes=5_000)]
    subnets = [{"name": "a", "cidr": "10.0.0.0/16"}]
    day = scenario(arrivals(1e6), duration="1d", groups=groups, subnets=subnets)
    for streams_to_disk in (False, True):
        check(day, streams_to_disk=streams_to_disk)
    assert estimate(day).memory(streams_to_disk=True) < 2 * GIB


def refused(*workload: dict[str, Any], duration: str, **given: Any) -> str:
    """What is said against a run."""
    given = {"streams_to_disk": False, **given}
    with pytest.raises(InputError) as caught:
        check(scenario(*workload, duration=duration), **given)
    (problem,) = caught.value.problems
    return str(problem)


def test_too_many_pod_events() -> None:
    """Over 50 million pod events are refused wherever the records go, naming the largest part."""
    assert MOST_POD_EVENTS == 50_000_000
    few = arrivals(10, name="few")
    for given in ({}, {"streams_to_disk": True}, {"max_memory": None}):
        said = refused(few, arrivals(1e6), duration="26d", **given)
        assert said.startswith("workload[1]: the run is too long: about 26,000,000 pods")
        assert "(52,000,000 pod events) on up to 1 node, " in said
        assert said.endswith(
            "shorten the duration, or bring fewer pods than the 26,000,000 from here"
        )
    assert excess(scenario(arrivals(1e6), duration="24d"), streams_to_disk=True) is None


def test_too_much_memory() -> None:
    """Where a folder for the records helps the message says so; --max-memory lifts the limit."""
    said = refused(arrivals(1e6), duration="20d")
    assert said.startswith("duration: the run needs more than 8.0 GiB of memory: about 20,000,000")
    assert "; write the records to a folder with --out, or allow it with --max-memory " in said
    limit = said.rpartition(" ")[2]
    assert limit.endswith("GiB")
    large = scenario(arrivals(1e6), duration="20d")
    check(large, streams_to_disk=False, max_memory=int(float(limit[:-3]) * GIB))
    check(large, streams_to_disk=False, max_memory=None)
    check(large, streams_to_disk=True)


def test_too_much_memory_even_beside_a_folder() -> None:
    """Where no folder helps, the remedy is a smaller run or a higher limit."""
    for streams_to_disk in (False, True):
        given = {"streams_to_disk": streams_to_disk, "max_memory": 2**20}
        said = refused(deployment(100), duration="1h", **given)
        assert said.startswith("duration: the run needs more than 1 MiB of memory: about 102 pods")
        assert "; shorten the duration, bring fewer pods, or allow it with --max-memory " in said
