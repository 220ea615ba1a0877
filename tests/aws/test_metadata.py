"""The instance metadata: what happened, seen later, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sim.aws.metadata import InstanceMetadata

PRIMARY, ENI, SUBNET = 1, 2, 0


def metadata(delays: Iterable[int]) -> InstanceMetadata:
    """Metadata of an instance with its primary ENI; each change takes the next delay."""
    following = iter(delays)
    one = InstanceMetadata(lambda: next(following))
    one.attached_at_launch(PRIMARY, SUBNET)
    return one


def addresses(one: InstanceMetadata, now: int, eni: int = PRIMARY) -> list[int]:
    """Addresses of an ENI as they show now."""
    return list(one.get_attached_enis(now)[eni].addresses)


def test_a_change_shows_after_its_delay() -> None:
    """An address shows at the end of the delay, to the millisecond."""
    one = metadata([300])
    one.assigned(PRIMARY, [7], False, now=1000)
    assert addresses(one, 1299) == []
    assert addresses(one, 1300) == [7]


def test_no_delay_shows_at_once() -> None:
    """With a delay of 0 a change shows in the same instant."""
    one = metadata([0])
    one.assigned(PRIMARY, [7], False, now=1000)
    assert addresses(one, 1000) == [7]


@pytest.mark.parametrize(
    ("delays", "shown"),
    [
        ([500, 100], {1100: [], 1499: [], 1500: [8]}),  # the second waits for the first
        ([100, 500], {1100: [7], 1599: [7], 1600: [8]}),
        ([500, 0], {1100: [], 1500: [8]}),
    ],
)
def test_changes_keep_their_order(delays: list[int], shown: dict[int, list[int]]) -> None:
    """A later change never shows before an earlier one, however fast it is."""
    one = metadata([*delays, 0])
    one.assigned(PRIMARY, [7], False, now=1000)
    one.unassigned(PRIMARY, [7], False, now=1100)
    one.assigned(PRIMARY, [8], False, now=1100)
    assert {now: addresses(one, now) for now in shown} == shown


def test_an_eni_comes_and_goes() -> None:
    """Attached, then its CIDRs of both kinds, then detached; what comes after that is lost."""
    one = metadata([100, 200, 300, 0, 0])
    one.attached(ENI, SUBNET, now=0)
    one.assigned(ENI, [7, 8], False, now=0)
    one.assigned(ENI, [32], True, now=0)
    assert ENI not in one.get_attached_enis(99)
    assert addresses(one, 100, ENI) == []
    assert addresses(one, 200, ENI) == [7, 8]
    assert list(one.get_attached_enis(300)[ENI].cidrs(True)) == [32]
    one.detached(ENI, now=400)
    one.assigned(ENI, [9], False, now=400)
    assert list(one.get_attached_enis(400)) == [PRIMARY]


def test_a_copy_stays() -> None:
    """A copy does not change with what shows later."""
    one = metadata([0])
    before = one.get_attached_enis(0)[PRIMARY].copy()
    one.assigned(PRIMARY, [7], False, now=0)
    assert (list(before.addresses), addresses(one, 0)) == ([], [7])


def test_settled() -> None:
    """It says when the last change shows, also if an earlier one shows later."""
    one = metadata([100, 20, 0])
    one.assigned(PRIMARY, [7], False, now=0)
    assert one.settled_ms == 100
    one.assigned(PRIMARY, [8], False, now=10)
    assert one.settled_ms == 100
    assert addresses(one, 99) == []
    assert addresses(one, 100) == [7, 8]
    one.assigned(PRIMARY, [9], False, now=5000)
    assert one.settled_ms == 5000


def test_what_shows_is_not_kept() -> None:
    """However many changes there are between two looks, only those still to appear wait."""
    one = metadata([100] * 1000)
    for now in range(0, 100_000, 100):
        one.assigned(PRIMARY, [now], False, now)
    assert len(one._coming) == 1
    assert len(addresses(one, 100_000)) == 1000


def test_what_never_showed_can_go() -> None:
    """An ENI that is not there, or an address, is none the less gone when it goes."""
    one = metadata([0, 0, 0])
    assert one.settled_ms == 0
    one.detached(ENI, now=1000)
    one.assigned(PRIMARY, [7], False, now=1000)
    one.unassigned(PRIMARY, [8, 7], False, now=1000)
    assert list(one.get_attached_enis(1000)) == [PRIMARY]
    assert addresses(one, 1000) == []
