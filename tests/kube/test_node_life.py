"""Nodes that do not stay: recycling, spot interruptions, a zone's outage."""

from __future__ import annotations

import pytest
from worlds import READY_MS, STOP_MS, Data, deployment, group, launch_failures, nodes, play, pods

BEGIN = 60_000


LINGER_MS = 60_000


def recycled(count: int = 3, **changes: object) -> dict[str, dict[str, int]]:
    """Nodes of a group in one zone that is recycled from 60 s on; no pods."""
    given = {"at": "60s", **changes}
    return nodes(play(groups=[group(nodes=count, recycle=[given])], duration="20m"))


def times(found: dict[str, dict[str, int]], column: str) -> list[int]:
    """When something happened to each node, in seconds after the recycling began."""
    return [(row[column] - BEGIN) // 1_000 for row in found.values() if row[column] >= 0]


def test_eks_replaces_nodes_one_after_the_other() -> None:
    """Two nodes more for the one zone; a round is 60 s of an empty node and 1 s to be Ready.

    Old nodes end at 61, 122 and 183 s, and each is followed by a new one; at 184 s five new nodes
    are Ready, and two go.
    """
    found = recycled()
    assert times(found, "terminated_ms") == [61, 122, 183, 184, 184]
    assert times(found, "requested_ms")[3:] == [0, 0, 61, 122, 183]
    assert list(found)[:3] == [name for name, row in found.items() if row["cordoned_ms"] >= 0][:3]
    assert sum(row["terminated_ms"] < 0 for row in found.values()) == 3


@pytest.mark.parametrize(("at_once", "rounds"), [(1, 6), (2, 3), (3, 2), (9, 1)])
def test_several_are_replaced_at_a_time(at_once: int, rounds: int) -> None:
    """Six nodes take ceil(6 / n) rounds of 61 s, after a second for the nodes more."""
    found = recycled(6, at_once=at_once)
    assert max(times(found, "terminated_ms")) == 1 + 61 * rounds
    assert len(found) == 12 + max(2, at_once)


def test_the_minimal_strategy_has_no_nodes_more() -> None:
    """Old nodes go first; each is replaced when it has ended."""
    found = recycled(at_once=2, surge=0, linger="10s")
    assert times(found, "terminated_ms") == [10, 10, 21]
    assert times(found, "requested_ms")[3:] == [10, 10, 21]


def test_pods_of_recycled_nodes_come_to_new_ones_only() -> None:
    """Old nodes take no pods from the start on, so that each pod moves once."""
    work = deployment(4)
    recycle = [{"at": "60s", "at_once": 1}]
    world = play(work, groups=[group(nodes=2, recycle=recycle)], duration="20m")
    assert nodes(world)["g-0"]["terminated_ms"] == BEGIN + READY_MS + STOP_MS + LINGER_MS
    assert nodes(world)["g-0"]["cordoned_ms"] == BEGIN + READY_MS + STOP_MS
    alive = [pod for pod in pods(world) if pod.outcome == "running"]
    assert len(alive) == 4
    old = [pod for pod in pods(world) if pod.node in {"g-0", "g-1"}]
    assert len(old) == 4  # none came to g-1 from g-0


def test_one_recycling_follows_the_other() -> None:
    """A second one that is due before the first has ended begins after it, with the new nodes."""
    spec = {"surge": 0, "linger": "10s"}
    recycle = [{"at": "60s", **spec}, {"at": "65s", **spec}]
    found = nodes(play(groups=[group(nodes=2, recycle=recycle)]))
    assert times(found, "terminated_ms") == [10, 21, 32, 43]


def test_a_lost_zone_does_not_stop_a_recycling() -> None:
    """Old and new nodes of the zone are gone; in the end only new ones of the other are there."""
    zones = ("a", "b")
    subnets = [{"name": one, "cidr": f"10.0.{i}.0/24", "zone": one} for i, one in enumerate(zones)]
    world = play(
        groups=[group(nodes=4, recycle=[{"at": "60s", "at_once": 2}])],
        subnets=subnets,
        zone_outages=[{"zone": "a", "at": "90s"}],
        duration="20m",
    )
    alive = {name: row for name, row in nodes(world).items() if row["terminated_ms"] < 0}
    assert len(alive) == 4
    assert {row["subnet"] for row in alive.values()} == {1}
    assert not set(alive) & {"g-0", "g-1", "g-2", "g-3"}


def test_spot_nodes_go_after_their_notice() -> None:
    """An interrupted node is replaced at once, and gone 30 s later: its pods take longer to end."""
    slow = deployment(6, termination_time="5m")
    world = play(
        slow, groups=[group(nodes=2, spot={"mean_life": "4m", "notice": "30s"})], duration="30m"
    )
    found = nodes(world)
    gone = [row for row in found.values() if row["terminated_ms"] >= 0]
    assert len(gone) >= 5  # 2 nodes of 4 min mean life for half an hour: 15 expected
    asked = [row["requested_ms"] for row in found.values()]
    for row in gone:
        assert row["terminated_ms"] - row["cordoned_ms"] <= 30_000
        assert row["cordoned_ms"] in asked  # its replacement
    assert any(row["terminated_ms"] - row["cordoned_ms"] == 30_000 for row in gone)
    assert len(found) - len(gone) == 2


def test_spot_lives_do_not_hang_on_settings() -> None:
    """Node for node, interruptions come at the same age whatever ipamd does."""

    def lives(ipamd: Data) -> dict[str, int]:
        spot = {"mean_life": "4m"}
        found = nodes(play(groups=[group(nodes=2, spot=spot)], ipamd=ipamd, duration="20m"))
        return {
            name: row["cordoned_ms"] - row["requested_ms"]
            for name, row in found.items()
            if row["cordoned_ms"] >= 0
        }

    assert lives({"WARM_ENI_TARGET": 1}) == lives({"WARM_IP_TARGET": 3}) != {}


def test_a_zone_that_is_lost_fails_over() -> None:
    """Its nodes end with their pods, others come in the zone that is left, and pods with them."""
    subnets = [
        {"name": "a", "cidr": "10.0.0.0/24", "zone": "a"},
        {"name": "b", "cidr": "10.0.1.0/24", "zone": "b"},
    ]
    cluster_nodes = group(nodes=4, launch_delay="1s")
    world = play(
        deployment(8),
        subnets=subnets,
        groups=[cluster_nodes],
        zone_outages=[{"zone": "a", "at": "60s"}],
    )
    found = nodes(world)
    ended = {name for name, row in found.items() if row["terminated_ms"] == BEGIN}
    assert ended == {"g-0", "g-2"}
    assert [row["subnet"] for name, row in found.items() if name not in ended] == [1] * 4
    assert sum(pod.outcome == "running" for pod in pods(world)) == 8


def test_a_lost_zone_opens_again() -> None:
    """With all subnets lost, launches fail each minute until the outage ends."""
    world = play(groups=[group(nodes=1)], zone_outages=[{"zone": "a", "at": "60s", "to": "170s"}])
    assert launch_failures(world) == [60_000, 120_000]
    assert nodes(world)["g-1"]["requested_ms"] == 180_000


def test_draining_nodes_are_lost_with_their_zone() -> None:
    """A node that is being drained in the zone ends there and then, and nothing replaces it."""
    slow = deployment(4, termination_time="5m")
    steps = [{"at": "0s", "nodes": 2}, {"at": "30s", "nodes": 1}]
    world = play(
        slow, groups=[group(nodes=steps)], zone_outages=[{"zone": "a", "at": "60s"}], duration="2m"
    )
    assert {row["terminated_ms"] for row in nodes(world).values()} == {BEGIN, -1}
    assert len(nodes(world)) == 3
