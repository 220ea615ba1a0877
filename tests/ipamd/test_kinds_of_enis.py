"""ENIs that ipamd finds when it starts: unmanaged ones, trunks, those for EFA, and plain ones.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go nodeInit, setupENI, tryFreeENI, and
datastore/data_store.go CheckFreeableENIexists, getDeletableENI.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_node import DENIED, SmallNode

from sim.aws.ec2 import EFA, INTERFACE, TRUNK
from sim.ipamd.awsutils import (
    create_eni,
    delete_eni,
    free_eni,
    tag_eni,
    wait_for_eni_and_ips_attached,
)
from sim.ipamd.cni_node import CniNode
from sim.ipamd.context import CHECK, LONG_AGO, RECONCILE, IpamContext, Steps
from sim.ipamd.daemon import (
    handle_pre_scaling,
    node_init,
    start_node_ip_pool_manager,
    try_enable_security_groups_for_pods,
    update_ip_pool_if_required,
)
from sim.ipamd.enis import Eni
from sim.ipamd.go_map import GoMap
from sim.ipamd.grow import increase_datastore_pool
from sim.ipamd.pool_manager import SleepingPoolManager

MINUTE = 60_000


def started(node: SmallNode) -> list[Eni]:
    """The ENIs of the data store after a start, by their ids."""
    assert node.run(node_init(node.c))
    return sorted(node.store.enis.entries(), key=lambda eni: eni.id)


def test_unmanaged_enis_are_passed_over() -> None:
    """One tagged no_manage is not in the data store, whatever else is; it is remembered."""
    node = SmallNode(warm_eni_target=0)
    assert node.ec2.attach_at_launch(node.instance, INTERFACE, is_managed=False)
    unmanaged = node.instance.interfaces[1].id
    node.attach(1, is_known=False)
    assert [eni.id for eni in started(node)] == [1, 3]
    assert node.c.unmanaged_enis == {unmanaged}
    assert node.ec2.interfaces[unmanaged].tagged is False


@pytest.mark.parametrize(
    ("kind", "is_trunk", "is_efa"),
    [(INTERFACE, False, False), (EFA, False, True), (TRUNK, True, False)],
)
def test_what_may_be_freed(kind: str, is_trunk: bool, is_efa: bool) -> None:
    """Neither the primary ENI nor a trunk nor one for EFA is ever freed; plain ones are."""
    node = SmallNode(warm_ip_target=1)
    assert node.ec2.attach_at_launch(node.instance, kind, is_managed=True)
    primary, second = started(node)
    assert (primary.is_trunk, primary.is_efa, primary.is_primary) == (False, False, True)
    assert (second.is_trunk, second.is_efa, second.is_primary) == (is_trunk, is_efa, False)
    assert node.store.has_trunk is is_trunk
    assert node.store.freeable_eni_exists() is (kind == INTERFACE)
    node.run_until(3 * MINUTE)
    may_go = node.store.get_deletable_eni(node.clock.now)
    assert may_go is (second if kind == INTERFACE else None)


def test_enis_that_may_be_freed_are_counted() -> None:
    """Each comes and goes in the count, and so does the trunk."""
    node = SmallNode()
    node.set_up(1)
    assert not node.store.has_trunk
    plain = [node.attach(1), node.attach(1)]
    assert node.store.freeable_enis == 2
    assert isinstance(plain[1], Eni)
    node.store.keep(plain[1])
    assert (node.store.freeable_enis, node.store.has_trunk) == (1, True)
    node.store.remove_eni(plain[1], 0)
    assert (node.store.freeable_enis, node.store.has_trunk) == (1, False)
    assert isinstance(plain[0], Eni)
    node.store.remove_eni(plain[0], 0)
    assert node.store.freeable_enis == 0


def test_what_an_excluded_eni_holds_meets_no_target() -> None:
    """Its CIDRs are not among those of the others either: it goes if these are enough."""
    node = SmallNode(warm_ip_target=3)
    node.set_up(3)
    excluded = node.store.add_eni(9, node.OTHER, False, 0)
    node.store.exclude(excluded)
    node.store.add_cidrs(excluded, [7, 8], False, 0)
    assert node.store.is_deletable(excluded, MINUTE)
    node = SmallNode(warm_ip_target=4)
    node.set_up(3)
    excluded = node.store.add_eni(9, node.OTHER, False, 0)
    node.store.exclude(excluded)
    node.store.add_cidrs(excluded, [7, 8], False, 0)
    assert not node.store.is_deletable(excluded, MINUTE)


@pytest.mark.parametrize("why", ["is_primary", "is_trunk", "is_efa", "assigned"])
def test_each_of_these_keeps_an_eni(why: str) -> None:
    """Being the primary, a trunk or one for EFA, or having pods: one of them is enough."""
    eni = Eni(1, False, 0, GoMap(lambda: 0.0))
    assert eni.is_freeable
    setattr(eni, why, True)
    assert not eni.is_freeable


def test_a_pod_may_leave_an_excluded_eni_unheard() -> None:
    """If nothing listens, the CIDR stays until the next start."""
    node = SmallNode(subnet_discovery=True, home_tag="0")
    eni = node.store.add_eni(1, node.HOME, True, 0)
    node.store.exclude(eni)
    node.store.add_cidrs(eni, [7], False, 0)
    cidr = eni.cidrs.entries()[0]
    node.store.restore(cidr, 1, 0, 0)
    node.store.unassign_pod_ip_address(cidr, 0)
    assert (eni.cidrs.count, eni.assigned) == (1, 0)
    assert node.store.forgotten_prefixes == 0


def test_in_prefix_mode_an_eni_without_pods_is_reason_enough_to_look() -> None:
    """It goes though the pool is not too high for its target (shouldRemoveExtraENIs)."""
    node = SmallNode(prefix_delegation=True)
    node.set_up(1)
    node.attach(0)
    node.run_until(MINUTE)
    node.run(update_ip_pool_if_required(node.c))
    assert node.actions()[0] == "DescribeNetworkInterfaces"
    assert len(node.instance.interfaces) == 1


@pytest.mark.parametrize("changes", [{"warm_ip_target": 1}, {"prefix_delegation": True}])
@pytest.mark.parametrize("looks_once", [True, False])
def test_when_a_decrease_is_stamped(looks_once: bool, changes: dict[str, Any]) -> None:
    """Releases before that look twice at their counts, and stamp a decrease when it begins."""
    node = SmallNode(looks_once=looks_once, **changes)
    node.set_up(3)
    node.run_until(MINUTE)
    node.pods_leave(node.pods(1))
    node.run(update_ip_pool_if_required(node.c))
    assert node.requests() == [(MINUTE, "UnassignPrivateIpAddresses")]
    stamp = MINUTE + 100 * looks_once
    assert (node.c.last_decrease_ip_pool, node.c.last_node_ip_pool_action) == (stamp, stamp)


def test_prefixes_of_an_excluded_eni_meet_no_target() -> None:
    """One free /28 elsewhere is what WARM_PREFIX_TARGET asks for: the excluded ENI may go."""
    node = SmallNode(prefix_delegation=True)
    node.set_up(1)
    excluded = node.store.add_eni(9, node.OTHER, False, 0)
    node.store.exclude(excluded)
    node.store.add_cidrs(excluded, [4112], True, 0)
    assert node.store.is_deletable(excluded, MINUTE)


def test_a_trunk_that_is_there_leaves_room_for_another_eni() -> None:
    """Its place is counted once: primary, trunk and a third ENI are three."""
    node = SmallNode(pod_eni=True)
    node.set_up(3)
    trunk = node.attach()
    assert isinstance(trunk, Eni)
    node.store.keep(trunk, TRUNK)
    node.pods(1)
    assert node.run(increase_datastore_pool(node.c))
    assert len(node.instance.interfaces) == 3


def test_growth_amid_cooldowns() -> None:
    """Addresses cool while more are asked for, on an ENI with room and on a new one."""
    node = SmallNode(warm_ip_target=3)
    node.set_up(2)
    node.pods_leave(node.pods(1))
    assert node.run(increase_datastore_pool(node.c))
    node.pods(1)
    assert node.run(increase_datastore_pool(node.c))
    assert node.pool() == (2, 4, 1)


def test_in_prefix_mode_prefixes_are_asked_for() -> None:
    """An empty slot is filled with a /28."""
    node = SmallNode(prefix_delegation=True)
    node.set_up()
    assert node.run(increase_datastore_pool(node.c))
    primary = node.instance.primary
    assert (len(primary.prefixes), len(primary.addresses)) == (1, 0)


def test_without_an_eni_config_no_growth_is_stamped() -> None:
    """Custom networking has no subnet for an ENI then; a reconcile need not wait for it."""
    node = SmallNode(custom_networking=True)
    node.set_up()
    assert node.run(increase_datastore_pool(node.c))
    assert node.sent == []
    assert node.c.last_node_ip_pool_action == LONG_AGO


@pytest.mark.parametrize(
    ("action", "steps", "wait_ms"),
    [
        ("DetachNetworkInterface", free_eni, 215),  # 200 and half of 15 %
        ("DeleteNetworkInterface", delete_eni, 537),
        ("CreateTags", lambda c, eni: tag_eni(c, eni, False), 575),  # half of 30 %
    ],
)
def test_jitter(action: str, steps: Callable[[IpamContext, int], Steps], wait_ms: int) -> None:
    """Waits after a failure are longer by a random share (NewSimpleBackoff)."""
    node = SmallNode(uniform=lambda: 0.5)
    eni = node.attach(0, is_known=False).id
    if action == "DeleteNetworkInterface":
        node.ec2.detach_network_interface(eni)
    node.fails(**{action: [DENIED]})
    node.run(steps(node.c, eni))
    first, second = (ms for ms, asked in node.requests() if asked == action)
    assert second - first == 100 + wait_ms


# ------------------------------------------------------------------------ a start


@pytest.mark.parametrize(("warm", "addresses"), [(1, 1), (2, 2)])
def test_a_start_under_custom_networking_needs_an_address(warm: int, addresses: int) -> None:
    """One is enough (handlePreScaling)."""
    node = SmallNode(custom_networking=True, warm_ip_target=warm)
    node.c.eni_config_subnet = node.OTHER
    node.set_up()
    assert node.run(handle_pre_scaling(node.c)) is True
    assert node.store.total_ips == addresses


def test_a_start_amid_cooldowns() -> None:
    """Addresses that pods of the process before left may cool while the next one starts."""
    node = SmallNode()
    node.set_up(3)
    node.pods_leave(node.pods(1))
    assert node.run(handle_pre_scaling(node.c)) is True
    assert node.store.cooldown_ips == 1


def test_a_trunk_is_asked_for_once() -> None:
    """The daemon adds its feature to the CNINode, and the controller hears of it once."""
    heard: list[int] = []
    node = SmallNode(pod_eni=True)
    node.c.cni_node = CniNode(lambda: heard.append(node.clock.now))
    assert not node.c.cni_node.security_groups_for_pods
    node.set_up()
    for _ in range(2):
        try_enable_security_groups_for_pods(node.c)
    assert heard == [0]
    assert node.c.cni_node.security_groups_for_pods


@pytest.mark.parametrize(("pod_eni", "more_enis"), [(False, 0), (True, 2)])
def test_no_trunk_is_asked_for(pod_eni: bool, more_enis: int) -> None:
    """Not if nobody wants one, and not if there is no room for it."""
    node = SmallNode(pod_eni=pod_eni)
    node.set_up()
    for _ in range(more_enis):
        node.attach()
    try_enable_security_groups_for_pods(node.c)
    assert not node.c.cni_node.security_groups_for_pods


# ------------------------------------------------------------------------- passes


@pytest.mark.parametrize("every_pass", [True, False])
def test_passes_that_take_time_are_logged(every_pass: bool) -> None:
    """Each with its begin, its end and its kind; amid one it is known that it is under way."""
    node = SmallNode(warm_ip_target=1)
    node.set_up()
    rows: list[tuple[int, ...]] = []
    node.c.log_pass = lambda *row: rows.append(row)
    if every_pass:
        node.clock.process(start_node_ip_pool_manager(node.c))
    else:
        SleepingPoolManager(node.c).start()
    assert node.c.pass_begun is None
    node.run_until(2_550)
    assert node.c.pass_begun == (2_500, CHECK)
    assert node.ec2.assign_private_ip_addresses(node.instance.primary.id, 1, False).ok
    node.run_until(65_150)
    assert node.c.pass_begun == (65_100, RECONCILE)
    node.run_until(2 * MINUTE)
    assert node.c.pass_begun is None
    assert rows == [(2_500, 2_600, CHECK), (65_100, 65_200, RECONCILE), (67_700, 67_800, CHECK)]


# ---------------------------------------------------------------- where an ENI is made


@pytest.mark.parametrize("prefix_delegation", [False, True])
@pytest.mark.parametrize(
    ("changes", "tags", "home_size", "subnet", "actions"),
    [
        # releases before subnet exclusion: the node's own subnet, whatever its tag says
        ({"subnet_exclusion": False}, ("0", ""), 256, 0, ["CreateNetworkInterface"]),
        ({"subnet_exclusion": False, "subnet_discovery": True}, ("", ""), 256, 0, None),
        ({"subnet_exclusion": False, "subnet_discovery": True}, ("0", ""), 256, 0, None),
        # ... and others with any tag of the CNI, the one with most free addresses first
        ({"subnet_exclusion": False, "subnet_discovery": True}, ("", "1"), 48, 1, None),
        ({"subnet_exclusion": False, "subnet_discovery": True}, ("", "1"), 256, 0, None),
        ({"subnet_exclusion": False, "subnet_discovery": True}, ("", ""), 48, 0, None),
        ({"subnet_discovery": True}, ("", "1"), 48, 1, None),
        ({"subnet_discovery": True}, ("", "1"), 256, 0, None),
        ({"subnet_discovery": True}, ("0", "1"), 256, 1, None),
        ({}, ("", "1"), 256, 0, None),
    ],
)
def test_the_subnet_of_a_new_eni(
    prefix_delegation: bool,
    changes: dict[str, bool],
    tags: tuple[str, str],
    home_size: int,
    subnet: int,
    actions: list[str] | None,
) -> None:
    """It is created there at once, with as many CIDRs of the mode's kind as were asked for."""
    home, other = tags
    node = SmallNode(
        home_tag=home,
        other_tag=other,
        home_size=home_size,
        prefix_delegation=prefix_delegation,
        **changes,
    )
    answer = node.run(create_eni(node.c, 1))
    assert answer.ok
    made = node.ec2.interfaces[answer.value]
    assert (made.subnet, len(made.cidrs(prefix_delegation))) == (subnet, 1)
    assert node.actions() == (actions or ["DescribeSubnets", "CreateNetworkInterface"])


def test_one_address_is_enough_to_go_on() -> None:
    """An ENI created with one address is taken as soon as the metadata show it."""
    node = SmallNode()
    eni = node.attach(1, is_known=False)
    seen = node.run(wait_for_eni_and_ips_attached(node.c, eni.id, 1))
    assert (seen.eni, node.clock.now) == (eni.id, 0)
