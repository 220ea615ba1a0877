"""Interfaces that come with an instance, or from a controller, and what a node holds by them."""

from __future__ import annotations

import random

import pytest

from sim.aws.ec2 import BRANCH, DOES_NOT_FIT, EFA, ENI_NOT_FOUND, INTERFACE, OK, TRUNK, Answer, Ec2
from sim.aws.metadata import InstanceMetadata
from sim.aws.subnets import CLUSTER_TAG, Placement, Subnet

NODE, GONE = 5, 99
HOME, NARROW = 0, 1


class Account:
    """Two subnets, the second of which has three addresses left for anybody; at 1,000 ms."""

    def __init__(self) -> None:
        low = Placement("low-first", "low-first")
        stream = random.Random(1)
        others = {CLUSTER_TAG + "other": "owned"}
        self.home = Subnet("home", "a", 0, 64, stream, low, tags=others, cluster="ours")
        self.narrow = Subnet("narrow", "a", 4096, 16, stream, low)
        self.narrow.take_range(4096 + 4, 8, 0)
        self.changes: list[tuple[int, int, int]] = []
        subnets = [self.home, self.narrow]
        self.ec2 = Ec2(subnets, lambda: 1000, lambda *change: self.changes.append(change))
        self.metadata = InstanceMetadata(lambda: 0)

    def seen(self) -> dict[int, int]:
        """Interfaces of the metadata with their subnets."""
        shown = self.metadata.get_attached_enis(1000)
        assert all(one.eni == eni for eni, one in shown.items())
        return {eni: one.subnet for eni, one in shown.items()}


@pytest.mark.parametrize(("kind", "is_managed"), [(EFA, True), (INTERFACE, False)])
def test_interfaces_of_a_launch_template(kind: str, is_managed: bool) -> None:
    """They are there from the first moment, untagged, and go with the instance."""
    account = Account()
    instance = account.ec2.launch(NODE, NARROW, (4, 9), account.metadata)
    assert instance is not None
    assert account.ec2.attach_at_launch(instance, kind, is_managed)
    primary, second = instance.interfaces
    assert (second.kind, second.is_managed, second.tagged) == (kind, is_managed, False)
    assert (primary.kind, primary.is_managed, primary.tagged) == (INTERFACE, True, False)
    assert (second.subnet, second.node, second.created_ms) == (NARROW, NODE, 1000)
    assert second.instance is primary.instance is instance
    assert account.seen() == {primary.id: NARROW, second.id: NARROW}
    assert account.changes == [(NARROW, NODE, 1), (NARROW, NODE, 2)]
    account.ec2.terminate(instance)
    assert account.ec2.interfaces == {}
    assert account.changes[2:] == [(NARROW, NODE, 1), (NARROW, NODE, 0)]


def test_a_launch_template_in_a_full_subnet() -> None:
    """An interface that gets no address is not there, and nothing has changed."""
    account = Account()
    instance = account.ec2.launch(NODE, NARROW, (4, 9), account.metadata)
    assert instance is not None
    while account.narrow.take_address(0) is not None:
        pass
    assert not account.ec2.attach_at_launch(instance, INTERFACE, True)
    assert len(instance.interfaces) == len(account.ec2.interfaces) == 1
    assert account.changes == [(NARROW, NODE, 1)]


@pytest.mark.parametrize("kind", [TRUNK, BRANCH])
def test_interfaces_of_a_controller(kind: str) -> None:
    """They have a primary address and nothing else, and no tag of ipamd's."""
    account = Account()
    made = account.ec2.create_controllers_interface(NODE, NARROW, kind)
    assert made == Answer(OK, 0, 1)
    interface = account.ec2.interfaces[1]
    assert (interface.kind, interface.tagged, interface.subnet) == (kind, False, NARROW)
    assert account.changes == [(NARROW, NODE, 1)]
    assert account.ec2.describe_available_interfaces() == Answer(OK, 0, [])
    while account.narrow.take_address(0) is not None:
        pass
    failed = account.ec2.create_controllers_interface(NODE, NARROW, kind)
    assert failed == Answer(DOES_NOT_FIT)
    assert len(account.changes) == 1


def test_what_a_node_holds() -> None:
    """Addresses of primaries, secondary ones and all of a /28 count, and all are given back."""
    account = Account()
    instance = account.ec2.launch(NODE, HOME, (4, 9), account.metadata)
    assert instance is not None
    free = account.home.free
    eni = account.ec2.create_network_interface(NODE, HOME, 2, False).value
    account.ec2.attach_network_interface(eni, instance)
    account.ec2.assign_private_ip_addresses(eni, 1, True)
    held = [now for subnet, node, now in account.changes if (subnet, node) == (HOME, NODE)]
    assert held == [1, 4, 20]
    account.ec2.detach_network_interface(eni)
    assert account.ec2.delete_network_interface(eni) == Answer(OK, 3)
    assert account.changes[-1] == (HOME, NODE, 1)
    assert account.home.free == free


def test_a_prefix_for_ipv6() -> None:
    """Each request brings one /80; an interface that is not there gets none."""
    account = Account()
    instance = account.ec2.launch(NODE, HOME, (4, 9), account.metadata)
    assert instance is not None
    eni = instance.primary.id
    assert [account.ec2.assign_ipv6_addresses(eni) for _ in range(2)] == [Answer(OK, 1)] * 2
    assert account.ec2.interfaces[eni].ipv6_prefixes == 2
    assert account.ec2.assign_ipv6_addresses(GONE) == Answer(ENI_NOT_FOUND)


def test_tags_of_clusters_are_described() -> None:
    """DescribeSubnets tells whose a subnet is."""
    answer = Account().ec2.describe_subnets("a")
    assert [one.is_for_cluster for one in answer.value] == [False, True]
    assert answer.granted == 2
