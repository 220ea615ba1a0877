"""EC2's actions: what each changes, and with which code it fails."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from sim.aws.ec2 import Answer, Ec2, Instance, SubnetSeen
from sim.aws.metadata import InstanceMetadata
from sim.aws.subnets import CNI_TAG, Placement, Subnet

NODE, SLOTS, MAX_ENIS = 5, 3, 2
HOME, OTHER = 0, 1
GONE = 99


class Account:
    """A region of two subnets and one instance in the first, at 1,000 ms."""

    def __init__(self, cidr_size: int = 64) -> None:
        placement = Placement("low-first", "low-first")
        stream = random.Random(1)
        subnets = [
            Subnet("home", "a", 0, cidr_size, stream, placement),
            Subnet("other", "a", 4096, 64, stream, placement, tags={CNI_TAG: "1"}),
            Subnet("far", "b", 8192, 64, stream, placement),
        ]
        self.changes: list[tuple[int, int, int]] = []
        self.ec2 = Ec2(subnets, lambda: 1000, lambda *change: self.changes.append(change))
        self.metadata = InstanceMetadata(lambda: 0)
        launched = self.ec2.launch(NODE, HOME, (MAX_ENIS, SLOTS), self.metadata)
        assert launched is not None
        self.instance: Instance = launched
        self.primary = self.instance.primary.id

    @property
    def home(self) -> Subnet:
        """The instance's subnet."""
        return self.ec2.subnets[HOME]

    def created(self, count: int = 1, is_prefix: bool = False) -> int:
        """A new interface in the other subnet."""
        answer = self.ec2.create_network_interface(NODE, OTHER, count, is_prefix)
        assert answer.ok
        eni: int = answer.value
        return eni

    def attached(self, count: int = 1) -> int:
        """A new interface on the instance."""
        eni = self.created(count)
        assert self.ec2.attach_network_interface(eni, self.instance).ok
        return eni

    def seen(self) -> dict[int, tuple[list[int], list[int]]]:
        """What the metadata show: addresses and prefixes by interface."""
        attached = self.metadata.get_attached_enis(1000)
        return {eni: (list(one.addresses), list(one.prefixes)) for eni, one in attached.items()}


def test_launch_takes_one_address() -> None:
    """An instance has a primary interface, untagged and in the metadata; its address is held."""
    account = Account()
    assert account.changes == [(HOME, NODE, 1)]
    assert not account.instance.primary.tagged
    assert account.seen() == {account.primary: ([], [])}
    assert account.home.owner[account.instance.primary.primary_address] == NODE


def test_launch_into_a_full_subnet() -> None:
    """There is no instance, and nothing changes."""
    account = Account(16)
    while account.home.take_address(0) is not None:
        pass
    assert account.ec2.launch(6, HOME, (2, 3), account.metadata) is None
    assert len(account.changes) == len(account.ec2.interfaces) == 1


def test_terminate_ends_attached_interfaces_only() -> None:
    """Those that are to go with the instance do; what was not attached yet is left behind."""
    account = Account()
    account.ec2.set_delete_on_termination(account.attached())
    left = account.created(2)
    account.ec2.terminate(account.instance)
    assert list(account.ec2.interfaces) == [left]
    assert account.changes[-2:] == [(HOME, NODE, 0), (OTHER, NODE, 3)]
    assert account.ec2.describe_available_interfaces().value[0].id == left


def test_describe_subnets() -> None:
    """Those of the zone, with their free addresses and the CNI's tag."""
    answer = Account().ec2.describe_subnets("a")
    assert answer.value == [SubnetSeen(HOME, 58, ""), SubnetSeen(OTHER, 59, "1")]


def test_describe_network_interfaces() -> None:
    """All of the interfaces asked for, or the first one that is unknown."""
    account = Account()
    eni = account.created()
    answer = account.ec2.describe_network_interfaces([account.primary, eni])
    assert [one.id for one in answer.value] == [account.primary, eni]
    answer = account.ec2.describe_network_interfaces([account.primary, GONE, 100])
    assert answer == Answer("InvalidNetworkInterfaceID.NotFound", 0, GONE)


def test_describe_available_interfaces() -> None:
    """Tagged ones that are attached to nothing: the leaked ones, and those about to be attached."""
    account = Account()
    account.attached()
    eni = account.created()
    account.ec2.interfaces[account.created()].tagged = False
    assert [one.id for one in account.ec2.describe_available_interfaces().value] == [eni]


def test_create_tags() -> None:
    """The interface is tagged."""
    account = Account()
    assert account.ec2.create_tags(account.primary).ok
    assert account.instance.primary.tagged


@pytest.mark.parametrize(("count", "is_prefix", "held"), [(3, False, 4), (2, True, 33)])
def test_create(count: int, is_prefix: bool, held: int) -> None:
    """An interface with its CIDRs, tagged, attached to nothing, and not in the metadata."""
    account = Account()
    eni = account.ec2.interfaces[account.created(count, is_prefix)]
    assert len(eni.cidrs(is_prefix)) == count
    assert (eni.tagged, eni.instance, eni.created_ms) == (True, None, 1000)
    assert account.changes[-1] == (OTHER, NODE, held)
    assert account.ec2.subnets[OTHER].free == 59 - held
    assert list(account.seen()) == [account.primary]


@pytest.mark.parametrize(("count", "is_prefix"), [(59, False), (60, False), (3, True)])
def test_create_is_all_or_nothing(count: int, is_prefix: bool) -> None:
    """Where an address or a prefix is missing the primary address goes back as well."""
    account = Account()
    answer = account.ec2.create_network_interface(NODE, OTHER, count, is_prefix)
    assert answer == Answer("InvalidParameterValue")
    assert account.ec2.subnets[OTHER].free == 59
    assert len(account.changes) == len(account.ec2.interfaces) == 1


def test_attach_shows_in_the_metadata() -> None:
    """The interface belongs to the instance, and the metadata show it with its CIDRs."""
    account = Account()
    eni = account.attached(2)
    addresses = list(account.ec2.interfaces[eni].addresses)
    assert account.seen() == {account.primary: ([], []), eni: (addresses, [])}
    assert account.instance.interfaces[1].id == eni


def test_detach_and_delete() -> None:
    """A detached interface keeps its addresses until it is deleted."""
    account = Account()
    eni = account.attached(2)
    assert account.ec2.detach_network_interface(eni).ok
    assert list(account.seen()) == [account.primary]
    assert account.ec2.subnets[OTHER].free == 56
    assert account.ec2.delete_network_interface(eni) == Answer("OK", 2)
    assert account.ec2.subnets[OTHER].free == 59
    assert account.changes[-1] == (OTHER, NODE, 0)


@pytest.mark.parametrize(("is_prefix", "size"), [(False, 1), (True, 16)])
def test_assign_and_unassign(is_prefix: bool, size: int) -> None:
    """CIDRs come and go; the answer, the subnet and the metadata agree."""
    account = Account(256)
    answer = account.ec2.assign_private_ip_addresses(account.primary, 2, is_prefix)
    assert (answer.code, answer.granted, len(answer.value)) == ("OK", 2, 2)
    assert account.seen()[account.primary][is_prefix] == answer.value
    assert account.changes[-1] == (HOME, NODE, 1 + 2 * size)
    given_back = answer.value[:1]
    answer = account.ec2.unassign_private_ip_addresses(account.primary, given_back, is_prefix)
    assert answer == Answer("OK", 1)
    assert account.seen()[account.primary][is_prefix] == list(
        account.instance.primary.cidrs(is_prefix)
    )
    assert account.changes[-1] == (HOME, NODE, 1 + size)
    assert account.home.free == 251 - 1 - size


def full(account: Account) -> Account:
    """The account with no address left in the instance's subnet."""
    while account.home.take_address(0) is not None:
        pass
    return account


def full_of_enis(account: Account) -> Account:
    """The account with as many interfaces on the instance as its type holds."""
    account.attached()
    return account


FAILURES: dict[str, tuple[Callable[[Account], Answer], str]] = {
    "tag unknown": (lambda a: a.ec2.create_tags(GONE), "InvalidNetworkInterfaceID.NotFound"),
    "modify unknown": (
        lambda a: a.ec2.modify_network_interface_attribute(GONE),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "attach unknown": (
        lambda a: a.ec2.attach_network_interface(GONE, a.instance),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "detach unknown": (
        lambda a: a.ec2.detach_network_interface(GONE),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "detach detached": (
        lambda a: a.ec2.detach_network_interface(a.created()),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "delete unknown": (
        lambda a: a.ec2.delete_network_interface(GONE),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "delete attached": (
        lambda a: a.ec2.delete_network_interface(a.attached()),
        "InvalidParameterValue",
    ),
    "assign to unknown": (
        lambda a: a.ec2.assign_private_ip_addresses(GONE, 1, False),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "unassign from unknown": (
        lambda a: a.ec2.unassign_private_ip_addresses(GONE, [], False),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "one CIDR over the limit": (
        lambda a: a.ec2.assign_private_ip_addresses(a.attached(2), 2, False),
        "PrivateIpAddressLimitExceeded",
    ),
    "prefixes count as addresses": (
        lambda a: a.ec2.assign_private_ip_addresses(a.attached(2), 2, True),
        "PrivateIpAddressLimitExceeded",
    ),
    "one ENI over the limit": (
        lambda a: a.ec2.attach_network_interface(full_of_enis(a).created(), a.instance),
        "AttachmentLimitExceeded",
    ),
    "no address": (
        lambda a: full(a).ec2.assign_private_ip_addresses(a.primary, 1, False),
        "InsufficientFreeAddressesInSubnet",
    ),
    "no whole prefix": (
        lambda a: full(a).ec2.assign_private_ip_addresses(a.primary, 1, True),
        "InsufficientCidrBlocks",
    ),
    "limit before lack": (
        lambda a: full(a).ec2.assign_private_ip_addresses(a.primary, 4, False),
        "PrivateIpAddressLimitExceeded",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures(name: str) -> None:
    """What cannot be done fails with EC2's code, and nothing is granted."""
    action, code = FAILURES[name]
    answer = action(Account())
    assert (answer.code, answer.granted) == (code, 0)


def test_a_terminated_instance() -> None:
    """Nothing can be attached to it, and it is not found."""
    account = Account()
    eni = account.created()
    account.ec2.terminate(account.instance)
    assert account.ec2.describe_instances(account.instance).code == "InvalidInstanceID.NotFound"
    attach = account.ec2.attach_network_interface(eni, account.instance)
    assert attach.code == "InvalidInstanceID.NotFound"


def test_partial_grants_do_not_exist() -> None:
    """Where 2 of 3 addresses are left a request for 3 gets none."""
    account = Account(16)  # 11 addresses, the primary's is one of them
    for _ in range(8):
        account.home.take_address(0)
    answer = account.ec2.assign_private_ip_addresses(account.primary, 3, False)
    assert answer.code == "InsufficientFreeAddressesInSubnet"
    assert account.home.free == 2
    assert account.ec2.assign_private_ip_addresses(account.primary, 2, False).ok


def test_unassigning_what_is_not_there_is_refused_whole() -> None:
    """One address of two is not the interface's: both stay as they are."""
    account = Account()
    held = account.ec2.assign_private_ip_addresses(account.primary, 2, False).value
    before, changes = account.home.free, list(account.changes)
    answer = account.ec2.unassign_private_ip_addresses(account.primary, [held[0], 63], False)
    assert answer == Answer("InvalidParameterValue")
    assert (account.home.free, account.changes) == (before, changes)
    assert account.seen()[account.primary] == (held, [])


def test_what_is_attached_is_not_attached_again() -> None:
    """An attachment that is tried again after its answer was lost finds the interface in use."""
    account = Account()
    eni = account.attached()
    again = account.ec2.attach_network_interface(eni, account.instance)
    assert again.code == "InvalidNetworkInterface.InUse"
    assert [one.id for one in account.instance.interfaces] == [account.primary, eni]


def test_an_interface_stays_unless_told_to_go_with_its_instance() -> None:
    """EC2 attaches without DeleteOnTermination: such an ENI outlives its instance, unattached."""
    account = Account()
    eni = account.attached(2)
    account.ec2.terminate(account.instance)
    assert account.ec2.interfaces[eni].instance is None
    assert [one.id for one in account.ec2.describe_available_interfaces().value] == [eni]


def test_deletion_on_termination_is_of_the_attachment() -> None:
    """It cannot be set where there is none, and is gone with it."""
    account = Account()
    eni = account.created()
    unattached = account.ec2.set_delete_on_termination(eni)
    assert unattached.code == "InvalidAttachmentID.NotFound"
    assert account.ec2.set_delete_on_termination(GONE).code == "InvalidNetworkInterfaceID.NotFound"
    for step in ("attach", "detach", "attach"):
        if step == "detach":
            account.ec2.detach_network_interface(eni)
            continue
        account.ec2.attach_network_interface(eni, account.instance)
        assert not account.ec2.interfaces[eni].delete_on_termination
        account.ec2.set_delete_on_termination(eni)
