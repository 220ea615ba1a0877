"""Subnets: AWS's five addresses, aligned /28s, reservations, placement, and a model of sets."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.aws.subnets import (
    NOBODY,
    OTHERS,
    PREFIX_SIZE,
    LowestPick,
    Placement,
    RandomPick,
    Subnet,
)

RANDOM, LOW_FIRST = "random", "low-first"


def ranges(cidrs: Sequence[str]) -> list[tuple[int, int]]:
    """(first, size) of CIDRs."""
    networks = map(IPv4Network, cidrs)
    return [(int(one.network_address), one.num_addresses) for one in networks]


def subnet(
    cidr: str,
    placement: str = LOW_FIRST,
    prefix: Sequence[str] = (),
    explicit: Sequence[str] = (),
) -> Subnet:
    """A subnet with reservations of both types."""
    first, size = ranges([cidr])[0]
    how = Placement(placement, placement)
    stream = random.Random(1)
    return Subnet("s", "a", first, size, stream, how, ranges(prefix), ranges(explicit))


@pytest.mark.parametrize(
    ("length", "addresses", "prefixes"),
    [(28, 11, 0), (27, 27, 0), (26, 59, 2), (24, 251, 14), (20, 4091, 254), (16, 65531, 4094)],
)
def test_an_empty_subnet(length: int, addresses: int, prefixes: int) -> None:
    """It has size - 5 addresses and size / 16 - 2 prefixes: the first and the last are broken."""
    one = subnet(f"10.0.0.0/{length}")
    assert (one.usable, one.free, one.free_singles) == (addresses,) * 3
    assert one.free_28s == prefixes


@pytest.mark.parametrize(
    ("prefix", "explicit", "singles", "prefixes"),
    [
        # of a /24: 251 addresses, 14 prefixes
        (["10.0.0.128/25"], [], 251 - 127, 7),  # AWS's last address lies inside
        (["10.0.0.64/26"], [], 251 - 64, 4),
        (["10.0.0.64/28", "10.0.0.96/28"], [], 251 - 32, 2),
        ([], ["10.0.0.64/26"], 251 - 64, 14 - 4),
        ([], ["10.0.0.72/32"], 251 - 1, 14 - 1),
        (["10.0.0.128/26"], ["10.0.0.64/26"], 251 - 128, 4),
    ],
)
def test_reservations(prefix: list[str], explicit: list[str], singles: int, prefixes: int) -> None:
    """Singles stay out of both types; prefixes come from those of type prefix if there are any."""
    one = subnet("10.0.0.0/24", prefix=prefix, explicit=explicit)
    assert (one.free, one.free_singles, one.free_28s) == (251, singles, prefixes)
    taken = [one.take_address(1) for _ in range(singles)]
    assert one.take_address(1) is None
    inside = [range(first, first + size) for first, size in ranges([*prefix, *explicit])]
    assert not any(address in one_range for address in taken for one_range in inside)
    free_prefixes = one.free_28s
    assert free_prefixes == (prefixes if prefix else 0)
    assert all(one.take_prefix(1) is not None for _ in range(free_prefixes))
    assert one.take_prefix(1) is None


@pytest.mark.parametrize("placement", [RANDOM, LOW_FIRST])
@pytest.mark.parametrize("is_prefix", [True, False])
def test_a_reservation_over_addresses_in_use(placement: str, is_prefix: bool) -> None:
    """What is in use inside stays; what is free or comes back is the reservation's."""
    one = subnet("10.0.0.0/26", placement)
    taken = [one.take_lowest_address(1) for _ in range(14)]  # 4 .. 15, then 16 and 17
    one.reserve(one.first + 16, 16, is_prefix)
    assert (one.free, one.free_singles) == (59 - 14, 59 - 14 - 14)
    assert (one.free_28s, one.owner.count(1)) == (0 if is_prefix else 1, 14)
    for address in taken[-2:]:
        assert address is not None
        one.give_back(address)
    assert (one.free, one.free_singles) == (59 - 12, 59 - 14 - 14)
    assert one.take_prefix(2) == one.first + (16 if is_prefix else 32)
    assert one.take_prefix(2) is None


def test_a_later_reservation_is_as_one_of_the_start() -> None:
    """In a subnet of which nothing was taken, when a reservation is made makes no difference."""
    early = subnet("10.0.0.0/24", prefix=["10.0.0.128/26"], explicit=["10.0.0.64/27"])
    late = subnet("10.0.0.0/24")
    for cidr, is_prefix in (("10.0.0.128/26", True), ("10.0.0.64/27", False)):
        late.reserve(*ranges([cidr])[0], is_prefix)
    while (address := early.take_prefix(1)) is not None:
        assert late.take_prefix(1) == address
    while (address := early.take_address(1)) is not None:
        assert late.take_address(1) == address
    assert (late.take_prefix(1), late.take_address(1)) == (None, None)


def test_spill_over() -> None:
    """Prefixes come from the reservation while it has one, and then from the rest, if so asked."""
    how, stream = Placement(LOW_FIRST, LOW_FIRST), random.Random(1)
    first, size = ranges(["10.0.0.0/25"])[0]  # prefixes at 16, 32, 48, 64, 80, 96
    args = ([(first + 64, 32)], [(first + 32, 16)])
    one = Subnet("s", "a", first, size, stream, how, *args, spill_over=True)
    assert one.free_28s == 5
    taken = [one.take_prefix(1) for _ in range(6)]
    assert taken == [*(first + offset for offset in (64, 80, 16, 48, 96)), None]
    one.give_back(first + 80, PREFIX_SIZE)
    one.give_back(first + 16, PREFIX_SIZE)
    assert [one.take_prefix(1) for _ in range(2)] == [first + 80, first + 16]


def test_low_first() -> None:
    """The lowest free address, or whole /28, is taken; what comes back is the lowest again."""
    one = subnet("10.0.0.0/25")
    start = one.first
    assert [one.take_address(7) for _ in range(3)] == [start + 4, start + 5, start + 6]
    assert [one.take_prefix(7) for _ in range(2)] == [start + 16, start + 32]
    one.give_back(start + 5)
    one.give_back(start + 16, PREFIX_SIZE)
    assert [one.take_address(7) for _ in range(2)] == [start + 5, start + 7]
    assert one.take_prefix(7) == start + 16


def test_exhaustion() -> None:
    """Without an address or a whole /28 there is None, and nothing changes."""
    one = subnet("10.0.0.0/27")
    assert one.take_prefix(1) is None
    assert len({one.take_address(1) for _ in range(27)}) == 27
    assert one.take_address(1) is None
    assert (one.free, one.free_singles, one.owner.count(1)) == (0, 0, 27)


def test_one_address_breaks_a_prefix() -> None:
    """A /28 is free again when the last single address in it has come back."""
    one = subnet("10.0.0.0/26")  # prefixes at 16 and 32
    taken = [one.take_address(1) for _ in range(14)]  # 4 .. 15, then 16 and 17
    assert taken[-2:] == [one.first + 16, one.first + 17]
    assert one.free_28s == 1
    one.give_back(one.first + 16)
    assert one.free_28s == 1
    one.give_back(one.first + 17)
    assert one.free_28s == 2


def test_lowest_address_of_a_random_subnet() -> None:
    """Others can be put at the low end, past reservations, whatever the placement is."""
    one = subnet("10.0.0.0/26", RANDOM, prefix=["10.0.0.0/28"])
    lowest = [one.take_lowest_address(OTHERS) for _ in range(3)]
    assert lowest == [one.first + 16, one.first + 17, one.first + 18]
    one.give_back(one.first + 17)
    assert one.take_lowest_address(OTHERS) == one.first + 17
    assert len([one.take_lowest_address(OTHERS) for _ in range(44)]) == 44  # 19 .. 62
    assert one.take_lowest_address(OTHERS) is None


def test_random_placement_is_uniform() -> None:
    """Each of 64 items is picked as often as the others (chi-square of 64,000 picks)."""
    picks = RandomPick(64, random.Random(1))
    for item in range(64):
        picks.add(item)
    counts = Counter(picks.pick() for _ in range(64_000))
    assert sum((counts[item] - 1000) ** 2 / 1000 for item in range(64)) < 103.4  # p = 0.001


@pytest.mark.parametrize("pick", [RandomPick, LowestPick])
def test_long_use_leaves_nothing_behind(pick: Callable[[int, random.Random], LowestPick]) -> None:
    """A set that is taken from and given back to does not grow."""
    picks = pick(8, random.Random(1))
    for _ in range(1000):
        item = picks.pick()
        picks.remove(item)
        picks.add(item)
    assert len(picks) == 8
    assert len(getattr(picks, "_heap", [])) <= 8


class Model:
    """The same subnet as plain sets of offsets."""

    def __init__(self, size: int, prefix: range, explicit: range) -> None:
        aws = {0, 1, 2, 3, size - 1}
        self.owner = {offset: NOBODY for offset in range(size) if offset not in aws}
        self.for_singles = set(self.owner) - set(prefix) - set(explicit)
        blocks = [range(start, start + PREFIX_SIZE) for start in range(0, size, PREFIX_SIZE)]
        self.blocks = [
            block
            for block in blocks
            if aws.isdisjoint(block)
            and not set(explicit) & set(block)
            and (not prefix or set(block) <= set(prefix))
        ]

    def is_free(self, offset: int) -> bool:
        return self.owner[offset] == NOBODY

    def free(self) -> int:
        return sum(map(self.is_free, self.owner))

    def free_singles(self) -> set[int]:
        return {offset for offset in self.for_singles if self.is_free(offset)}

    def free_blocks(self) -> set[int]:
        return {block[0] for block in self.blocks if all(map(self.is_free, block))}

    def set_owner(self, offset: int, count: int, owner: int) -> None:
        self.owner |= dict.fromkeys(range(offset, offset + count), owner)


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["address", "prefix", "lowest"]), st.integers(1, 3)),
        st.tuples(st.just("give back"), st.integers(0, 1000)),
    ),
    max_size=150,
)


@settings(deadline=None)
@given(
    length=st.integers(25, 27),
    placement=st.sampled_from([RANDOM, LOW_FIRST]),
    prefix=st.sampled_from(["", "10.0.0.16/28", "10.0.0.0/27"]),
    explicit=st.sampled_from(["", "10.0.0.24/30"]),
    steps=steps,
)
def test_random_use_against_sets(
    length: int, placement: str, prefix: str, explicit: str, steps: list[tuple[str, int]]
) -> None:
    """Whatever is taken and given back: one owner an address, and the counts of plain sets."""
    one = subnet(
        f"10.0.0.0/{length}", placement, [prefix] * bool(prefix), [explicit] * bool(explicit)
    )
    offsets = [
        range(first - one.first, first - one.first + size)
        for first, size in (
            ranges([cidr])[0] if cidr else (one.first, 0) for cidr in (prefix, explicit)
        )
    ]
    model = Model(one.size, *offsets)
    held: list[tuple[int, int]] = []
    for what, number in steps:
        if what != "give back":
            take(one, model, held, what, number)
        elif held:
            offset, count = held.pop(number % len(held))
            one.give_back(one.first + offset, count)
            model.set_owner(offset, count, NOBODY)
        assert one.free == model.free()
        assert one.free_singles == len(model.free_singles())
        assert one.free_28s == len(model.free_blocks())
    assert all(one.owner[offset] == owner for offset, owner in model.owner.items())


def take(one: Subnet, model: Model, held: list[tuple[int, int]], what: str, owner: int) -> None:
    """Takes from both; what the subnet gives must be what the model has."""
    free = model.free_blocks() if what == "prefix" else model.free_singles()
    ways = {
        "address": one.take_address,
        "prefix": one.take_prefix,
        "lowest": one.take_lowest_address,
    }
    given = ways[what](owner)
    if given is None:
        assert not free
        return
    offset, count = given - one.first, PREFIX_SIZE if what == "prefix" else 1
    assert offset in free
    if what == "lowest":
        assert offset == min(free)
    model.set_owner(offset, count, owner)
    held.append((offset, count))


def test_addresses_of_the_smallest_subnet() -> None:
    """AWS keeps the first four addresses and the last; all others are handed out."""
    one = subnet("10.0.0.0/28")
    taken = [one.take_address(1) for _ in range(11)]
    assert taken == [one.first + offset for offset in range(4, 15)]
    assert one.take_address(1) is None


def test_a_reservation_amid_a_28_keeps_it_from_prefixes() -> None:
    """One of type explicit need not begin where a /28 does."""
    one = subnet("10.0.0.0/26", explicit=["10.0.0.24/30"])
    assert one.take_prefix(1) == one.first + 32
    assert one.take_prefix(1) is None


def test_a_range_is_taken() -> None:
    """These addresses and no others have an owner then."""
    one = subnet("10.0.0.0/26")
    one.take_range(one.first + 20, 3, OTHERS)
    assert [offset for offset in range(64) if one.owner[offset] == OTHERS] == [20, 21, 22]
    assert (one.free, one.free_28s, one.name) == (59 - 3, 1, "s")


@pytest.mark.parametrize("addresses", [RANDOM, LOW_FIRST])
@pytest.mark.parametrize("prefixes", [RANDOM, LOW_FIRST])
def test_placement_of_either_kind(addresses: str, prefixes: str) -> None:
    """Single addresses and prefixes are placed each in their own way."""
    kinds = {RANDOM: RandomPick, LOW_FIRST: LowestPick}
    how = Placement(addresses, prefixes)
    assert (how.addresses, how.prefixes) == (kinds[addresses], kinds[prefixes])


def test_any_item_may_be_picked() -> None:
    """A random number says which, from the first item to the last."""
    stream = random.Random(1)
    one = RandomPick(4, stream)
    assert {one.pick() for _ in range(100)} == {0, 1, 2, 3}
