"""Rollouts of aws-node: order, how long nodes lack a daemon, what pods meet meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from worlds import Data, column, deployment, group, held_at_end, nodes, play, pods, rows, trace

from sim.engine.build import World
from sim.results.records import NEVER, PASS_KINDS

RESTART = PASS_KINDS.index("restart")
DOWN_MS = 5_000
MINUTE = 60_000


def change(at_s: int = 60, **changes: Any) -> Data:
    """A restart of 5 s at an instant."""
    return {"at": f"{at_s}s", "restart_time": f"{DOWN_MS}ms"} | changes


def restarts(world: World) -> list[tuple[int, int, str]]:
    """(death, next daemon ready, node) of each restart, by time."""
    names = world.recorder.names.nodes
    found = (row for row in rows(world.recorder.passes) if row["kind"] == RESTART)
    return sorted((row["begin_ms"], row["end_ms"], names[row["node"]]) for row in found)


def ten_nodes(**changes: Any) -> World:
    """Ten nodes, with a change at 60 s."""
    return play(groups=[group(nodes=10)], change=[change(**changes)])


# ------------------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("most", "at_once"),
    [(1, 1), (3, 3), ("10%", 1), ("11%", 2), ("100%", 10)],  # of ten nodes, rounded up
)
def test_no_more_nodes_are_without_a_daemon_than_may_be(most: int | str, at_once: int) -> None:
    """The first nodes go at the change, each other one once a pod's readiness probe succeeded."""
    found = restarts(ten_nodes(maxUnavailable=most))
    assert len({node for _, _, node in found}) == len(found) == 10
    begins = [begin for begin, _, _ in found]
    assert begins[:at_once] == [MINUTE] * at_once
    assert all(end - begin == DOWN_MS for begin, end, _ in found)
    for place, begin in enumerate(begins[at_once:], start=at_once):
        earlier = sorted(end for _, end, _ in found[:place])
        assert begin > earlier[place - at_once]


def test_nodes_go_in_no_order_of_theirs() -> None:
    """The order is that of a Go map: another one for another seed, the same for the same."""
    orders = [
        [node for _, _, node in restarts(play(groups=[group(nodes=10)], change=[change()], seed=n))]
        for n in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]


def test_only_the_groups_of_the_change_are_restarted() -> None:
    """The other group's daemons go on."""
    groups = [group(nodes=2), group(name="h", nodes=2)]
    world = play(groups=groups, change=[change(node_groups=["h"], maxUnavailable=2)])
    assert [node for _, _, node in restarts(world)] == ["h-0", "h-1"]


def test_later_nodes_start_with_the_new_settings() -> None:
    """A node that joins after the change is not restarted, and holds what the change says."""
    steps = [{"at": "0s", "nodes": 1}, {"at": "2m", "nodes": 2}]
    new = {"ENABLE_PREFIX_DELEGATION": False, "WARM_IP_TARGET": 4}
    world = play(groups=[group(nodes=steps)], change=[change(ipamd=new)])
    assert [node for _, _, node in restarts(world)] == ["g-0"]
    assert [held_at_end(world, node)["warm"] for node in ("g-0", "g-1")] == [4, 4]


def test_a_later_change_takes_over() -> None:
    """Nodes that an unfinished rollout has not come to get the newest settings at once."""
    first = change(maxUnavailable=1, ipamd={"WARM_PREFIX_TARGET": 2})
    second = change(61, maxUnavailable="100%", ipamd={"WARM_PREFIX_TARGET": 3})
    world = play(groups=[group(nodes=3)], change=[first, second])
    assert [begin for begin, _, _ in restarts(world)] == [MINUTE, MINUTE + 1_000, MINUTE + 1_000]
    assert [held_at_end(world, f"g-{n}")["prefixes"] for n in range(3)] == [3, 3, 3]


# ------------------------------------------------------------------ pods meanwhile


def test_pods_that_ask_meanwhile_are_refused_and_ask_again(tmp_path: Path) -> None:
    """The node stays Ready: a pod is bound, its ADD fails at once, and the next is 10 s later."""
    world = play(trace(tmp_path, [(62, 300)]), change=[change()])
    (pod,) = pods(world)
    assert pod.first_add_ms == 62_510
    assert (pod.address_ms, pod.adds) == (72_510, 2)


def test_a_pod_that_goes_unserved_meanwhile_met_no_daemon(tmp_path: Path) -> None:
    """It was deleted before its second ADD, and its reason is the node's, not an address's."""
    world = play(trace(tmp_path, [(62, 70)]), change=[change()])
    assert column(world, "reason") == ["node not ready"]


def test_pods_keep_their_addresses() -> None:
    """What the checkpoint has: 20 pods' addresses are assigned before and after, each once."""
    world = play(deployment(20), change=[change()])
    assert held_at_end(world, "g-0")["assigned"] == 20
    assert set(column(world, "outcome")) == {"running"}


def test_addresses_do_not_cool_over_a_restart(tmp_path: Path) -> None:
    """A pod's address released 3 s before the restart is usable right after it."""
    ends = [(10, 57, "g-0"), (66, 300, "g-0")]
    one = {"WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1, "MAX_ENI": 1}
    only = {"ipamd": one, "subnets": [{"name": "a", "cidr": "10.0.0.0/28", "others": {"count": 9}}]}
    waited = {}
    for name, changes in (("restart", [change()]), ("none", [])):
        world = play(trace(tmp_path, ends), change=changes, **only)
        waited[name] = [pod.address_ms - pod.first_add_ms for pod in pods(world)]
    assert waited == {"restart": [0, 0], "none": [0, 30_000]}


def test_an_address_released_meanwhile_is_free_and_does_not_cool(tmp_path: Path) -> None:
    """The CNI DEL finds no daemon; the next one drops the allocation, whose pod is gone."""
    world = play(trace(tmp_path, [(10, 60)]), change=[change()])
    (pod,) = pods(world)
    assert MINUTE < pod.released_ms < MINUTE + DOWN_MS
    found = [row for row in rows(world.recorder.pool) if row["time_ms"] >= MINUTE]
    assert [row["assigned"] for row in found][-1] == 0
    assert max(row["cooldown"] for row in found) == 0


def test_an_address_released_while_the_daemon_starts_is_lost_until_the_next_restart(
    tmp_path: Path,
) -> None:
    """The checkpoint was read, and nobody can be asked yet: the allocation stays."""
    slow = {"latency": {"ModifyNetworkInterfaceAttribute": "5s"}, "metadata_delay": "0s"}
    ends = {"aws": slow, "change": [change(restart_time="0s"), change(120, restart_time="0s")]}
    world = play(trace(tmp_path, [(20, 62)]), **ends)
    by_time = {row["time_ms"]: row["assigned"] for row in rows(world.recorder.pool)}
    at = [ms for ms in by_time if ms < 120_000]
    assert pods(world)[0].released_ms == 64_300
    assert by_time[max(at)] == 1
    assert list(by_time.values())[-1] == 0


def test_a_request_under_way_takes_effect() -> None:
    """The dead daemon's 7 more addresses come; the next finds them there, and gives them back."""
    slow = {"latency": {"AssignPrivateIpAddresses": "4s"}, "metadata_delay": "0s"}
    few = {"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 2, "MAX_ENI": 1}
    more = change(60, ipamd={"WARM_IP_TARGET": 9}, restart_time="0s")
    world = play(ipamd=few, aws=slow, change=[more, change(62, ipamd={"WARM_IP_TARGET": 2})])
    assert [begin for begin, _, _ in restarts(world)] == [60_000]  # the first was never ready
    names = world.recorder.names
    calls = [row for row in rows(world.recorder.ec2_calls) if row["asked"] == 7]
    found = [(row["request_ms"], names.actions[row["action"]], row["granted"]) for row in calls]
    assert found[0][1:] == ("AssignPrivateIpAddresses", 7)
    assert MINUTE <= found[0][0] < MINUTE + 2_000  # and its answer came when it was dead
    assert found[1][1:] == ("UnassignPrivateIpAddresses", 7)
    assert len(found) == 2


# ---------------------------------------------------------------- mode and crashes


def test_a_switch_to_prefixes_leaves_pods_theirs() -> None:
    """Pods keep single addresses, the free ones go back, and a /28 comes for the next pods."""
    secondary = {"WARM_IP_TARGET": 3, "MINIMUM_IP_TARGET": 0}
    to_prefixes = {"ENABLE_PREFIX_DELEGATION": True}
    world = play(deployment(4), ipamd=secondary, change=[change(ipamd=to_prefixes)])
    held = held_at_end(world, "g-0")
    assert (held["assigned"], held["prefixes"], held["warm"]) == (4, 1, 16)


def test_refused_settings_stop_the_rollout() -> None:
    """The container ends at once, again and again: as many nodes as may be, and no more."""
    bad = {"WARM_PREFIX_TARGET": 0}
    world = play(groups=[group(nodes=10)], change=[change(ipamd=bad, maxUnavailable="20%")])
    found = restarts(world)
    assert [(begin, end) for begin, end, _ in found] == [(MINUTE, NEVER)] * 2
    # Starts fail at 65, 75, 95, 135, 215, 375 and not again before the end, at 600 s.
    failures = [row["boot_failures"] for row in nodes(world).values()]
    assert sorted(failures) == [0] * 8 + [6] * 2


def test_a_better_change_ends_a_crash_loop() -> None:
    """A pod that is not available is replaced at once, and the rollout goes on."""
    bad = change(ipamd={"WARM_PREFIX_TARGET": 0})
    good = change(120, ipamd={"WARM_PREFIX_TARGET": 2})
    found = restarts(play(groups=[group(nodes=3)], change=[bad, good]))
    assert found[0][:2] == (MINUTE, 2 * MINUTE + DOWN_MS)
    assert len(found) == 3
    assert all(end != NEVER for _, end, _ in found)


def test_a_node_that_goes_makes_room_for_the_next() -> None:
    """A rollout does not wait for the pod of a node that was terminated."""
    steps = [{"at": "0s", "nodes": 3}, {"at": "62s", "nodes": 2}]
    found = restarts(play(groups=[group(nodes=steps)], change=[change(maxUnavailable=1)]))
    assert len(found) >= 2
    assert {node for _, _, node in found} >= {"g-0", "g-1"}
