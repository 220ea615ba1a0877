"""The order of Go's maps (internal/runtime/maps, Go 1.24): rows of slots, met from a random one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ipamd.go_map import GoMap

CHI_SQUARE_OF_7 = 24.3  # p = 0.001
CHI_SQUARE_OF_15 = 37.7


def of(entries: Iterable[int], uniform: Callable[[], float] | None = None) -> GoMap[int]:
    """A map into which these entries went one after the other."""
    one: GoMap[int] = GoMap(uniform or random.Random(1).random)
    for entry in entries:
        one.add(entry)
    return one


def chi_square(counts: Counter[int], expected: dict[int, float]) -> float:
    """Distance of counts from what is expected."""
    return sum((counts[entry] - mean) ** 2 / mean for entry, mean in expected.items())


@pytest.mark.parametrize("entries", [2, 3, 7, 8])
def test_the_first_of_few_is_met_first_most_often(entries: int) -> None:
    """Of n entries in 8 slots the first comes first 9 - n times in 8, the others once each."""
    one = of(range(entries))
    first = Counter(next(iter(one)) for _ in range(8000))
    expected = {0: 1000.0 * (9 - entries)} | dict.fromkeys(range(1, entries), 1000.0)
    assert chi_square(first, expected) < CHI_SQUARE_OF_7


def test_iteration_wraps_around() -> None:
    """All entries are met once, in the order of their slots from some slot on."""
    starts = iter([0.0, 1 / 8, 2 / 8, 3 / 8, 0.99])
    one = of("abc", lambda: next(starts))  # type: ignore[arg-type]
    assert ["".join(one) for _ in range(5)] == ["abc", "bca", "cab", "abc", "abc"]


def test_a_removed_entry_leaves_its_slot_to_the_next() -> None:
    """A new entry takes the lowest empty slot, wherever that is."""
    one = of([1, 2, 3])
    one.remove(1)
    one.add(4)
    one.add(5)
    assert one.slots == [4, 2, 3, 5, None, None, None, None]
    assert (len(one), one.entries()) == (4, [4, 2, 3, 5])


@pytest.mark.parametrize(
    ("entries", "slots"), [(0, 8), (8, 8), (9, 16), (14, 16), (15, 32), (28, 32), (29, 64)]
)
def test_size(entries: int, slots: int) -> None:
    """8 slots for up to 8 entries, else the smallest power of two that they fill to 7/8."""
    assert len(of(range(entries)).slots) == slots
    assert len(GoMap(random.random, entries).slots) == slots


def test_it_never_shrinks() -> None:
    """A map that once had 9 entries keeps its 16 slots."""
    one = of(range(9))
    for entry in range(8):
        one.remove(entry)
    assert (len(one), len(one.slots), list(one)) == (1, 16, [8])


def test_a_large_map_has_groups() -> None:
    """An entry goes to a random group of 8, or the next if that is full, lowest slot first."""
    one: GoMap[int] = GoMap(lambda: 0.99, 14)
    for entry in range(14):
        one.add(entry)
    assert one.slots == [8, 9, 10, 11, 12, 13, None, None, 0, 1, 2, 3, 4, 5, 6, 7]


def test_growing_deals_afresh() -> None:
    """At the 9th entry all are put into groups again; none is lost."""
    one = of(range(8))
    one.add(8)
    assert sorted(one) == list(range(9))
    assert one.slots[:8] != list(range(8))


def test_a_large_map_starts_at_any_slot() -> None:
    """Iteration starts at a uniform slot of all: an entry comes first once for each gap before."""
    one = of(range(10))
    expected: dict[int, float] = dict.fromkeys(range(10), 0.0)
    for slot in range(16):
        row = [entry for entry in one.slots[slot:] + one.slots[:slot] if entry is not None]
        expected[row[0]] += 1000
    first = Counter(next(iter(one)) for _ in range(16_000))
    assert chi_square(first, expected) < CHI_SQUARE_OF_15


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), entries=st.integers(1, 8), gaps=st.sets(st.integers(0, 7)))
def test_a_copy_is_a_rotation(seed: int, entries: int, gaps: set[int]) -> None:
    """GetENIInfos: the entries in the order of one iteration, packed from the first slot on."""
    one = of(range(entries), random.Random(seed).random)
    for entry in gaps & set(range(1, entries)):
        one.remove(entry)
    original, copied = one.entries(), one.copy().entries()
    start = original.index(copied[0])
    assert copied == original[start:] + original[:start]
    assert one.copy().slots[len(original) :] == [None] * (8 - len(original))
    assert one.entries() == original


@settings(deadline=None)
@given(
    seed=st.integers(0, 1000),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=80),
)
def test_random_use(seed: int, steps: list[tuple[bool, int]]) -> None:
    """It holds what a set holds, and each iteration meets every entry once."""
    one, model = of([], random.Random(seed).random), set[int]()
    for is_add, entry in steps:
        if is_add and entry not in model:
            one.add(entry)
            model.add(entry)
        elif not is_add and entry in model:
            one.remove(entry)
            model.remove(entry)
        assert sorted(one) == sorted(model)
        assert len(one) == len(model)


@pytest.mark.parametrize("marked", [[0], [6], [1, 2], [0, 3, 5], list(range(7))])
def test_the_first_marked_is_the_one_that_iteration_meets_first(marked: list[int]) -> None:
    """Found at once or by a walk it is the same one; the only one takes no random number."""
    one = of(range(7), random.Random(5).random)
    for entry in marked:
        one.mark(entry)
    walked = of(range(7), random.Random(5).random)
    for _ in range(50):
        assert one.first_marked() == next(entry for entry in walked if entry in marked)


@settings(deadline=None)
@given(
    seed=st.integers(0, 1000),
    steps=st.lists(st.tuples(st.sampled_from("amur"), st.integers(0, 30)), max_size=80),
)
def test_marks_stay_with_their_entries(seed: int, steps: list[tuple[str, int]]) -> None:
    """Whatever comes, goes, and is dealt afresh."""
    one, marks = of([], random.Random(seed).random), dict[int, bool]()
    for step, entry in steps:
        if step == "a" and entry not in marks:
            one.add(entry)
            marks[entry] = False
        elif entry in marks and step == "r":
            one.remove(entry)
            del marks[entry]
        elif entry in marks and step in "mu":
            (one.mark if step == "m" else one.unmark)(entry)
            marks[entry] = step == "m"
        assert {each: one.is_marked(each) for each in marks} == marks
        assert bool(one.marked) == any(marks.values())
