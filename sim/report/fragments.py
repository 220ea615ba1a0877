"""The map of a subnet's /28s: a mark each, who breaks those one address breaks, and history."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.results.fragments import STATES as NAMES
from sim.results.fragments import Block, Fragmentation, Holder

from .bars import mark
from .format import count, duration, number_of, percent
from .palette import BAD, FRAGMENTS
from .tables import grid, section
from .terminal import MANY_COLOURS, footer, print_screen

USES = {"eni_primary": "ENI primary", "secondary_ip": "secondary IP", "other": "others"}
FEW, A_LINE, A_LONG_LINE = 64, 16, 64
"""A subnet of up to so many /28s has a /24 a line, a larger one a /22."""

MOST_BROKEN = 10
LEGEND_COLUMNS = 2


def print_fragments(
    blocks: Sequence[Block],
    history: Fragmentation,
    at_ms: int,
    summary: dict[str, Any],
    run: str,
    *,
    console: Console | None = None,
) -> None:
    """Print the map of a subnet at an instant, and its history.

    Args:
        blocks: its /28s at the instant.
        history: the same over time, a row an instant.
        at_ms: the instant.
        summary: the summary of the run.
        run: the folder of the run.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    colour = console.color_system in MANY_COLOURS and not console.no_color
    parts: list[RenderableType] = [
        _map(blocks, history.subnet, at_ms, colour=colour),
        *_broken(blocks),
        _history(history),
    ]
    padded = (Padding(part, (0, 0, 1, 0)) for part in parts)
    print_screen(Group(*padded, footer(summary, run)), console)


def _map(blocks: Sequence[Block], subnet: str, at_ms: int, *, colour: bool) -> Group:
    states = Counter(block.state for block in blocks)
    free = sum(block.free for block in blocks)
    whole = states["whole"]
    lost = free - 16 * whole
    answer = Text(f"{number_of(whole, 'prefix', 'prefixes')} to be had; ")
    answer.append(
        f"{count(free)} addresses free, {count(lost)} of them in no whole /28",
        style=BAD if free and not whole else "",
    )
    table = Table.grid(padding=(0, 2, 0, 0))
    for line, marks in _lines(blocks, colour=colour):
        table.add_row(line, marks)
    when = duration(at_ms / 1000)
    return section(f"{subnet} at {when}", answer, table, _legend(states, colour=colour))


def _lines(blocks: Sequence[Block], *, colour: bool) -> Iterator[tuple[str, Text]]:
    """The first address of each line, and a mark for each of its /28s."""
    width = A_LINE if len(blocks) <= FEW else A_LONG_LINE
    for begin in range(0, len(blocks), width):
        line = blocks[begin : begin + width]
        marks = (mark(FRAGMENTS[block.state], colour=colour) for block in line)
        yield line[0].cidr.split("/")[0], Text.assemble(*marks)


def _legend(states: Counter[str], *, colour: bool) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    entries = [
        Text.assemble(
            mark(FRAGMENTS[name], colour=colour), f" {FRAGMENTS[name].label}: {states[name]:,}"
        )
        for name in NAMES
        if states[name]
    ]
    for start in range(0, len(entries), LEGEND_COLUMNS):
        table.add_row(*entries[start : start + LEGEND_COLUMNS])
    return table


def _broken(blocks: Sequence[Block]) -> Iterator[RenderableType]:
    """Who breaks the /28s that would be whole but for one address."""
    broken = [block for block in blocks if block.state.startswith("one_")]
    if not broken:
        return
    by_use = Counter(block.holders[0].use for block in broken)
    parts = (f"{count(many)} by {_by(use, many)}" for use, many in by_use.most_common())
    table = grid(("/28", "address", "whose", "since"), names=3)
    for block in broken[:MOST_BROKEN]:
        one = block.holders[0]
        table.add_row(block.cidr, one.address, whose(one), duration(one.since_ms / 1000))
    more = len(broken) - MOST_BROKEN
    rest = [Text(f"+ {count(more)} more; -o csv lists all")] if more > 0 else []
    yield section("Broken by one address", ", ".join(parts), table, *rest)


def _by(use: str, many: int) -> str:
    if use == "other":
        return "others"
    return {"eni_primary": "an ENI primary", "secondary_ip": "a secondary IP"}[use] + (
        " each" if many > 1 else ""
    )


def whose(one: Holder) -> str:
    """Whose an address is, in words."""
    of = f" of {one.node}" if one.node else ""
    return f"{USES.get(one.use, one.use)}{of}"


def _history(history: Fragmentation) -> Group:
    counts = history.counts()
    ones = [numbers for name, numbers in counts.items() if name.startswith("one_")]
    single = np.sum(ones, axis=0)
    heads = ("at", "whole", "prefixes", "by one", "by several", "free IPs", "in no whole /28")
    table = grid(heads)
    free = history.free.sum(axis=1)
    for row, time in enumerate(history.times_ms.tolist()):
        share = f" ({percent(history.broken_free[row] / free[row])})" if free[row] else ""
        table.add_row(
            duration(time / 1000),
            count(int(counts["whole"][row])),
            count(int(counts["prefix"][row])),
            count(int(single[row])),
            count(int(counts["several"][row] + counts["full"][row])),
            count(int(free[row])),
            count(int(history.broken_free[row])) + share,
        )
    least = int(counts["whole"].min())
    return section("Over time", f"at least {number_of(least, 'whole /28')} in these rows", table)
