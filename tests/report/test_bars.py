"""Bars of one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.report.bars import SEEN, bar, cells
from sim.report.palette import STATES

amounts = st.lists(st.floats(0, 70_000), min_size=8, max_size=8)


@given(amounts, st.integers(8, 80))
def test_cells_fill_the_width_and_show_whatever_is_there(values: list[float], width: int) -> None:
    """Cells sum up to the width; what is there has one at least, what is not has none."""
    taken = cells(values, width)
    present = [value >= SEEN for value in values]
    assert sum(taken) == (width if any(present) else 0)
    assert [cell > 0 for cell in taken] == present


@given(amounts, st.integers(80, 200))
def test_cells_are_in_proportion(values: list[float], width: int) -> None:
    """No state has more than a cell too much, nor less than what the smallest ones took."""
    seen = [value if value >= SEEN else 0 for value in values]
    for value, cell in zip(seen, cells(values, width), strict=True):
        quota = width * value / sum(seen) if value else 0
        assert quota - len(values) < cell <= quota + 1


def test_small_values_are_not_rounded_away() -> None:
    """A value of 0.06 in 251 has a cell, 0 has none, and the rest is shared out."""
    taken = cells([100.0, 50.0, 1.0, 0.06, 3.0, 0.0, 20.0, 77.0], 30)
    assert taken == [11, 5, 1, 1, 1, 0, 2, 9]


def test_without_colour_each_state_has_its_own_character() -> None:
    """A bar can be read without colour."""
    means = dict.fromkeys(STATES, 1.0)
    assert bar(means, 16, colour=False).plain == "##~~++%%EE>>oo.."


def test_with_colour_each_state_has_its_own_colour() -> None:
    """Blocks carry the palette's colours in the states' order."""
    coloured = bar(dict.fromkeys(STATES, 1.0), 8, colour=True)
    assert coloured.plain == "███████░"
    assert [span.style for span in coloured.spans] == [look.colour for look in STATES.values()]


def test_looks_differ() -> None:
    """No two states share a colour, a character or a name, and characters are plain ASCII."""
    looks = list(STATES.values())
    assert len({look.colour for look in looks}) == len(looks)
    assert len({look.label for look in looks}) == len(looks)
    marks = {look.mark for look in looks}
    assert len(marks) == len(looks)
    assert all(mark.isascii() and len(mark) == 1 and not mark.isspace() for mark in marks)
