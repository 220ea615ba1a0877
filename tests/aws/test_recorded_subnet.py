"""A subnet that writes down who takes which of its addresses."""

from __future__ import annotations

import random

from sim.aws.recorded_subnet import RecordedSubnet
from sim.aws.subnets import OTHERS, Placement

FIRST, NODE = 4096, 5
NOBODYS, PRIMARY, SECONDARY, PREFIX, OF_OTHERS = range(5)
"""Uses of addresses, as `sim.results.records.ADDRESS_USES` has them."""


def subnet() -> tuple[RecordedSubnet, list[tuple[int, ...]]]:
    """A /26 in which others hold its 9th and 10th address, and what is written from now on."""
    low = Placement("low-first", "low-first")
    one = RecordedSubnet("a", "a", FIRST, 64, random.Random(1), low)
    one.take_range(FIRST + 8, 2, OTHERS)
    one.take_range(FIRST + 10, 1, NODE)
    rows: list[tuple[int, ...]] = []
    one.write_to(lambda *row: rows.append(row))
    return one, rows


def test_what_others_hold_is_written_first() -> None:
    """One row for each address of others, counted from the subnet's first; nodes' have theirs."""
    _, rows = subnet()
    assert rows == [(OTHERS, 8, 1, OF_OTHERS), (OTHERS, 9, 1, OF_OTHERS)]


def test_each_change_is_written() -> None:
    """Who takes what for which use, and who has given it back."""
    one, rows = subnet()
    del rows[:]
    assert one.take_address(NODE) == FIRST + 4
    assert one.take_primary_address(NODE) == FIRST + 5
    assert one.take_prefix(NODE) == FIRST + 16
    one.give_back(FIRST + 4)
    one.give_back(FIRST + 16, 16)
    one.give_back(FIRST + 8, 2)
    assert rows == [
        (NODE, 4, 1, SECONDARY),
        (NODE, 5, 1, PRIMARY),
        (NODE, 16, 16, PREFIX),
        (NODE, 4, 1, NOBODYS),
        (NODE, 16, 16, NOBODYS),
        (OTHERS, 8, 2, NOBODYS),
    ]
    assert one.owner[5] == NODE
    assert one.free == one.usable - 2


def test_what_is_not_to_be_had_is_not_written() -> None:
    """A full subnet gives nothing, and no row says otherwise."""
    one, rows = subnet()
    while one.take_prefix(NODE) is not None:
        pass
    while one.take_address(NODE) is not None:
        pass
    del rows[:]
    assert one.take_address(NODE) is None
    assert one.take_primary_address(NODE) is None
    assert one.take_prefix(NODE) is None
    assert rows == []


def test_without_a_reader_nothing_is_written() -> None:
    """It serves as it stands, as any subnet does."""
    low = Placement("low-first", "low-first")
    one = RecordedSubnet("a", "a", FIRST, 64, random.Random(1), low)
    assert one.take_address(NODE) == FIRST + 4
    one.give_back(FIRST + 4)
    assert one.free == one.usable
