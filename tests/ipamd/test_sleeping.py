"""What the sleeping loop reckons: when a pass could do something, and whether one would find it.

The conditions are those of pkg/ipamd/ipamd.go updateIPPoolIfRequired and nodeIPPoolReconcile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_node import SmallNode

from sim.aws.ec2 import INTERFACE, TRUNK
from sim.ipamd.enis import Eni
from sim.ipamd.pool_manager import (
    EXTRA,
    FAR,
    HIGH,
    LOW,
    PERIOD_MS,
    _on_grid,
    assess,
    earliest_pool_check,
)
from sim.ipamd.reconcile import finds_nothing

MINUTE = 60_000


@pytest.mark.parametrize(
    ("first", "due", "period", "at"),
    [
        (100, 50, PERIOD_MS, 100),
        (100, 100, PERIOD_MS, 100),
        (100, 101, PERIOD_MS, 5_100),
        (100, 5_100, PERIOD_MS, 5_100),
        (100, 5_101, PERIOD_MS, 10_100),
        (100, 5_101, 65_000, 65_100),
    ],
)
def test_the_grid(first: int, due: int, period: int, at: int) -> None:
    """A pass comes at its first instant or whole periods later, and not before it is due."""
    assert _on_grid(first, due, period) == at


def with_trunk(node: SmallNode) -> None:
    """A trunk ENI beside the primary one."""
    trunk = node.attach()
    assert isinstance(trunk, Eni)
    node.store.keep(trunk, TRUNK)


def cordoned(node: SmallNode) -> None:
    """The node is."""
    node.is_cordoned = True


def asked(node: SmallNode) -> None:
    """For a trunk ENI."""
    node.c.cni_node.enable_security_groups_for_pods()


def nothing(_node: SmallNode) -> None:
    """Happens."""


@pytest.mark.parametrize(
    ("verdict", "changes", "cidrs", "happens", "at"),
    [
        (0, {}, 3, SmallNode.attach, FAR),
        (LOW, {}, 2, nothing, 121_001),  # more than 120 s after 1,000
        (LOW, {"max_enis": 1}, 2, nothing, 121_001),
        (LOW, {"max_enis": 1}, 3, nothing, FAR),  # no empty slot, no room
        (LOW, {}, 3, nothing, 121_001),
        (LOW, {}, 2, cordoned, FAR),
        (LOW, {"pod_eni": True}, 3, with_trunk, 121_001),  # the third ENI
        (HIGH, {}, 3, nothing, 31_501),  # more than 30 s after 1,500
        (EXTRA, {}, 3, nothing, FAR),
        (EXTRA, {}, 3, SmallNode.attach, MINUTE),  # its first minute
        (EXTRA, {"max_enis": 2}, 3, SmallNode.attach, MINUTE),
        (HIGH | EXTRA, {}, 3, SmallNode.attach, 31_501),
        (0, {"pod_eni": True}, 3, nothing, 0),  # a trunk is asked for at once
        (0, {"pod_eni": True}, 3, asked, FAR),
        (0, {"pod_eni": True, "max_enis": 1}, 3, nothing, FAR),
    ],
)
def test_when_a_pool_check_could_act(
    verdict: int,
    changes: dict[str, Any],
    cidrs: int,
    happens: Callable[[SmallNode], Any],
    at: int,
) -> None:
    """When the first of its gates opens, by itself, for what it would find."""
    node = SmallNode(**changes)
    node.set_up(cidrs)
    node.c.last_insufficient_cidr_error, node.c.last_decrease_ip_pool = 1_000, 1_500
    happens(node)
    assert earliest_pool_check(node.c, verdict) == at


@pytest.mark.parametrize(
    ("changes", "cidrs", "found"),
    [
        ({}, 2, LOW),
        ({}, 3, 0),
        ({"warm_ip_target": 1}, 3, HIGH | EXTRA),
        ({"warm_ip_target": 4}, 3, LOW | EXTRA),
        ({"prefix_delegation": True}, 1, EXTRA),  # an ENI without pods may go at any count
        ({"prefix_delegation": True}, 2, HIGH | EXTRA),
    ],
)
def test_what_a_pool_check_would_find(changes: dict[str, Any], cidrs: int, found: int) -> None:
    """Too few, too many, or reason to look for an ENI that may go."""
    node = SmallNode(**changes)
    node.set_up(cidrs)
    assert assess(node.settings, node.store) == found


def unmanaged(node: SmallNode) -> None:
    """An ENI that ipamd leaves alone."""
    node.ec2.attach_at_launch(node.instance, INTERFACE, is_managed=False)
    node.c.unmanaged_enis = frozenset({node.instance.interfaces[-1].id})


def unmanaged_and_unknown(node: SmallNode) -> None:
    """One more after it, of which the data store has another in its place."""
    unmanaged(node)
    node.attach(1, is_known=False)
    node.store.add_eni(9, node.HOME, False, 0)


def given_back(is_prefix: bool) -> Callable[[SmallNode], None]:
    """Something the ENI has was given back once."""

    def happens(node: SmallNode) -> None:
        interface = node.instance.primary
        node.ec2.assign_private_ip_addresses(interface.id, 1, is_prefix)
        cidr = list(interface.cidrs(is_prefix))[-1]
        eni = node.store.enis.entries()[0]
        if cidr not in eni.by_address(is_prefix):
            node.store.add_cidrs(eni, [cidr], is_prefix, 0)
        node.c.reconcile_cooldown_cache.add(cidr, is_prefix, 0)

    return happens


def one_more(is_prefix: bool) -> Callable[[SmallNode], None]:
    """EC2 has one more CIDR than the data store."""
    return lambda node: node.ec2.assign_private_ip_addresses(node.instance.primary.id, 1, is_prefix)


@pytest.mark.parametrize(
    ("happens", "is_nothing"),
    [
        (nothing, True),
        (SmallNode.attach, True),
        (unmanaged, True),
        (unmanaged_and_unknown, False),
        (lambda node: node.attach(is_known=False), False),
        (one_more(False), False),
        (one_more(True), False),
        (given_back(False), False),
        (given_back(True), False),
    ],
)
def test_whether_a_reconcile_finds_nothing(
    happens: Callable[[SmallNode], Any], is_nothing: bool
) -> None:
    """It does if EC2 and the data store hold the same, and nothing of it was given back."""
    node = SmallNode()
    node.set_up(1)
    happens(node)
    assert finds_nothing(node.c) is is_nothing
