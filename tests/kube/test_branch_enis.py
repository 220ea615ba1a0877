"""Trunk ENIs, and pods with security groups of their own; instants are reckoned by hand.

Written from aws/amazon-vpc-resource-controller-k8s, pkg/provider/branch, and from
aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/rpc_handler.go.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import worlds
from worlds import NO_LATENCY, PLENTY, column, deployment, group, job, nodes, pods, rows

from sim.kube.work_queue import RateLimit

ON = PLENTY | {"ENABLE_POD_ENI": True}
LATENCY = NO_LATENCY["latency"] | {
    "CreateNetworkInterfacePermission": "0s",
    "AssociateTrunkInterface": "0s",
    "DisassociateTrunkInterface": "0s",
}


def play(*workload: Any, **changes: Any) -> Any:
    """A world with trunk ENIs in which EC2 takes no time."""
    aws = NO_LATENCY | {"latency": LATENCY} | changes.pop("aws", {})
    return worlds.play(*workload, **({"ipamd": ON, "aws": aws} | changes))


def guarded(replicas: Any, **changes: Any) -> Any:
    """A Deployment whose pods have branch ENIs."""
    return deployment(replicas, security_groups=True, **changes)


def branches(world: Any) -> list[tuple[int, int, int]]:
    """(ms, branch ENIs of pods, others) of the first node, as recorded."""
    found = (row for row in rows(world.recorder.branch_enis) if row["node"] == 0)
    return [(row["time_ms"], row["assigned"], row["unassigned"]) for row in found]


def test_a_pod_waits_for_the_trunk_in_the_data_store() -> None:
    """Ready and asked at 1 s, trunk at 1.5 s, found by the first reconcile at 6 s.

    The pod of 2 s asks at 2.51 s, when its branch ENI is there, but no trunk, and 10 s later.
    """
    pod = pods(play(job(security_groups=True)))[0]
    assert (pod.bound_ms, pod.first_add_ms, pod.address_ms, pod.adds) == (2_010, 2_510, 12_510, 2)


def test_a_branch_eni_cools_and_goes_with_the_next_look() -> None:
    """Gone at 25.31 s, cool 60 s later; the looks are 30 s apart from 1.5 s on: 91.5 s."""
    world = play(job(security_groups=True))
    made, gone, deleted = 2_510, 12_510 + 2_500 + 10_000 + 300, 91_500
    assert branches(world) == [(made, 0, 1), (made, 1, 0), (gone, 0, 1), (deleted, 0, 0)]


def test_it_takes_one_address_and_none_of_the_pool() -> None:
    """The subnet has one address less for each branch ENI; the pool has no pods."""
    without = play(guarded(0), duration="1m")
    world = play(guarded(4), duration="1m")
    assert without.ec2.subnets[0].free - world.ec2.subnets[0].free == 4
    assert world.nodes[0].store.assigned_ips == 0


def test_the_limit_of_the_type_is_a_resource() -> None:
    """An m5.large has nine; pods without security groups need none."""
    world = play(guarded(12), deployment(10, name="plain"), duration="1m")
    assert Counter(column(world, "reason", "web")) == {"": 9, "no node fits": 3}
    assert set(column(world, "outcome", "plain")) == {"running"}


def test_pending_pods_come_when_the_trunk_is_there() -> None:
    """Both nodes are Ready at 1 s; the first to advertise, at 1.5 s, takes all nine."""
    world = play(guarded(9), groups=[group(nodes=2)], duration="1m")
    assert set(column(world, "bound_ms")) == {1_510}
    assert list(Counter(column(world, "node")).values()) == [9]


def test_cooling_branch_enis_count_against_the_limit() -> None:
    """Nine pods are replaced by nine that wait until the old ones' branch ENIs are deleted."""
    steps = [
        {"at": "2s", "replicas": 9},
        {"at": "30s", "replicas": 0},
        {"at": "40s", "replicas": 9},
    ]
    world = play(guarded(steps), duration="4m")
    late = column(world, "address_ms")[9:]
    assert len(late) == 9
    assert min(late) > 91_500  # gone at 32.3 s, cool at 92.3 s, deleted at 121.5 s
    assert max(total for _, *both in branches(world) for total in [sum(both)]) == 9


def test_branch_enis_of_a_node_that_ends_go_a_minute_later() -> None:
    """The node is taken away at 30 s; its pods end by 32.3 s, its branch ENIs at 92.3 s."""
    steps = [{"at": "0s", "nodes": 1}, {"at": "30s", "nodes": 0}]
    daemonless = group(nodes=steps)
    world = play(guarded([{"at": "2s", "replicas": 3}]), groups=[daemonless], duration="2m")
    ended = nodes(world)["g-0"]["terminated_ms"]
    assert branches(world)[-1] == (ended + 60_000, 0, 0)
    assert world.ec2.subnets[0].free == world.ec2.subnets[0].usable


@pytest.mark.parametrize(("enis", "has_trunk"), [(1, False), (2, True), (3, True)])
def test_the_trunk_needs_a_slot(enis: int, has_trunk: bool) -> None:
    """With MAX_ENI 1 ipamd does not ask; the slot of the second ENI is kept for the trunk."""
    world = play(guarded(1), ipamd=ON | {"MAX_ENI": enis}, duration="1m")
    assert world.nodes[0].store.has_trunk is has_trunk
    assert set(column(world, "outcome")) == {"running" if has_trunk else "unserved"}


def test_without_a_free_slot_the_controller_tries_again() -> None:
    """An unmanaged ENI that ipamd counts leaves one slot; none is left with two."""
    for unmanaged, found in ((1, True), (2, False)):
        groups = [group(unmanaged_enis=unmanaged)]
        world = play(guarded(1), groups=groups, duration="1m")
        assert world.nodes[0].store.has_trunk is found


def test_types_without_trunks_get_none() -> None:
    """A t3.large asks for ever; the controller does not support it."""
    world = play(groups=[group(instance_type="t3.large")], duration="3m")
    assert world.nodes[0].cni_node.security_groups_for_pods
    assert not world.nodes[0].store.has_trunk


def test_unmanaged_enis_take_slots_and_addresses_only() -> None:
    """Of an m5.large's three ENIs ipamd has two, and the subnet has three primaries less."""
    settings = {"WARM_ENI_TARGET": 5}
    world = worlds.play(ipamd=settings, groups=[group(unmanaged_enis=1)], duration="2m")
    assert world.nodes[0].store.enis.count == 2
    subnet = world.ec2.subnets[0]
    assert subnet.usable - subnet.free == 3 + 2 * 9


def test_efa_interfaces_serve_pods_and_stay() -> None:
    """An EFA interface gets addresses like any ENI, and is not freed when nothing needs it."""
    lean = {"WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1}
    world = worlds.play(ipamd=lean, groups=[group(efa_enis=1)], duration="5m")
    assert world.nodes[0].store.enis.count == 2


def test_rate_limit() -> None:
    """Go's limiter at 10 a second and bursts of 2: at once twice, then each 100 ms."""
    limit = RateLimit(per_s=10, burst=2)
    assert [limit.wait_ms(0) for _ in range(4)] == [0, 0, 100, 200]
    assert limit.wait_ms(1_000) == 0
