"""Bars of one line: whose a subnet's addresses are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from .palette import STATES, Look

SEEN = 0.05
"""Below this a number of addresses is shown as 0.0 and gets no cell."""


def cells(values: Sequence[float], width: int) -> list[int]:
    """Whole cells in proportion to values, ``width`` in all.

    Whatever is there at all has one cell at least, so that no state vanishes in a large subnet;
    ``width`` must suffice for that.
    """
    seen = [value if value >= SEEN else 0.0 for value in values]
    total = sum(seen) or 1.0
    quotas = [value / total * width for value in seen]
    taken = [max(int(quota), 1) if quota else 0 for quota in quotas]
    if not any(taken):
        return taken
    while missing := width - sum(taken):
        step = 1 if missing > 0 else -1
        able = [place for place, cell in enumerate(taken) if cell > 1 or (cell and step > 0)]
        lacking = [step * (quotas[place] - taken[place]) for place in able]
        taken[able[lacking.index(max(lacking))]] += step
    return taken


def mark(look: Look, *, colour: bool) -> Text:
    """The cell that stands for a state: a coloured block, or its character."""
    return Text(look.block, style=look.colour) if colour else Text(look.mark)


def bar(values: Mapping[str, float], width: int, *, colour: bool) -> Text:
    """A bar of ``width`` cells for numbers of addresses by the names of `palette.STATES`."""
    widths = cells([values.get(name, 0.0) for name in STATES], width)
    looks = zip(STATES.values(), widths, strict=True)
    return Text.assemble(*(mark(look, colour=colour) for look, n in looks for _ in range(n)))
