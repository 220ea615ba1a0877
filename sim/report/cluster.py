"""The screen of the cluster at an instant: a line a subnet and a line a node, each with a bar."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .bars import bar, mark
from .format import count, duration, number_of
from .palette import BAD, STATES
from .tables import INDENT, grid, section, shortened
from .terminal import MANY_COLOURS, footer, print_screen, width_of

if TYPE_CHECKING:
    from sim.explain.states import NodeThen, Snapshot, SubnetThen

MOST_NODES = 30
"""More are shown by node group: all of a group, its worst ones and a typical one."""

WORST = 3
LEGEND_COLUMNS = 4
GAP, LEAST_BAR = 2, 8
"""Blanks between columns, and cells of the shortest bar."""


def print_snapshot(
    snapshot: Snapshot, summary: dict[str, Any], run: str, *, console: Console | None = None
) -> None:
    """Print the cluster at an instant.

    Args:
        snapshot: the cluster.
        summary: the summary of the run it is from.
        run: the folder of the run.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout)
    colour = console.color_system in MANY_COLOURS and not console.no_color
    width = width_of(console)
    print_screen(screen(snapshot, summary, run, width, colour=colour), console)


def screen(
    snapshot: Snapshot, summary: dict[str, Any], run: str, width: int, *, colour: bool
) -> RenderableType:
    """The screen, for lines of ``width`` characters."""
    parts: list[RenderableType] = [
        _title(snapshot, summary),
        _subnets(snapshot, width, colour=colour),
        _nodes(snapshot, width, colour=colour),
        _legend(snapshot, colour=colour),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts), footer(summary, run))


def _title(snapshot: Snapshot, summary: dict[str, Any]) -> Text:
    end = snapshot.at_ms >= snapshot.end_ms - 1
    seconds = (snapshot.end_ms if end else snapshot.at_ms) / 1000
    when = f"{duration(seconds)}{' (the end)' if end else ''}"
    waiting = sum(node.waiting for node in snapshot.nodes)
    text = Text.assemble((summary["scenario"]["name"], "bold"), f" at {when}: ")
    pods = sum(node.pods for node in snapshot.nodes)
    text.append(
        f"{number_of(len(snapshot.nodes), 'node')}, {number_of(pods, 'pod')} with an address"
    )
    if waiting:
        text.append(f", {count(waiting)} waiting for one", style=BAD)
    if snapshot.unscheduled:
        text.append(f", {count(snapshot.unscheduled)} on no node", style=BAD)
    return text


def _subnets(snapshot: Snapshot, width: int, *, colour: bool) -> Group:
    heads = ("subnet", "addresses", "size", "held", "pods'", "free", "/28s")
    rows = [_subnet(one) for one in snapshot.subnets]
    cells = _bar_width(heads, rows, width)
    table = grid(heads, names=2)
    for one, (name, *numbers) in zip(snapshot.subnets, rows, strict=True):
        table.add_row(name, bar(one.states, cells, colour=colour), *numbers)
    left = sum(one.states["free"] for one in snapshot.subnets)
    size = sum(one.size for one in snapshot.subnets)
    return section("Subnets", f"{count(left)} of {count(size)} addresses free", table)


def _subnet(one: SubnetThen) -> list[Text]:
    """A subnet's line without its bar."""
    free, held = one.states["free"], one.size - one.states["free"] - one.states["other"]
    numbers = (one.size, held, one.states["assigned"], free, one.free_28s)
    texts = [Text(shortened(one.name)), *(Text(count(number)) for number in numbers)]
    texts[4].stylize("" if free else BAD)
    return texts


def _bar_width(heads: Sequence[str], rows: Sequence[Sequence[Text]], width: int) -> int:
    """What a line's other columns leave to its bar, which is the second."""
    others = [heads[0], *heads[2:]]
    columns = zip(others, *rows, strict=True)
    taken = sum(max(map(len, column)) + GAP for column in columns)
    return max(width - INDENT - taken - GAP, LEAST_BAR)


# ------------------------------------------------------------------------ nodes


def _nodes(snapshot: Snapshot, width: int, *, colour: bool) -> Group:
    nodes = snapshot.nodes
    if len(nodes) <= MOST_NODES:
        return section(
            "Nodes",
            _held(nodes),
            _table([(shortened(one.name), [one]) for one in nodes], width, colour=colour),
        )
    note = Text(
        "bars of groups are of averages; worst: most pods waiting, then fewest usable", style="dim"
    )
    return section("Nodes", _held(nodes), _table(_grouped(nodes), width, colour=colour), note)


def _held(nodes: Sequence[NodeThen]) -> str:
    held = sum(one.held for one in nodes)
    used = sum(one.states["assigned"] for one in nodes)
    return f"{count(held)} addresses held, {count(used)} by pods"


def _grouped(nodes: Sequence[NodeThen]) -> Iterator[tuple[str, Sequence[NodeThen]]]:
    """(label, nodes) of the lines of many nodes."""
    groups: dict[str, list[NodeThen]] = {}
    for node in nodes:
        groups.setdefault(node.group, []).append(node)
    for name, members in groups.items():
        yield f"{shortened(name)}, all {len(members):,}", members
        ranked = sorted(members, key=_badness)
        for worst in ranked[:WORST]:
            yield f"  worst {shortened(worst.name)}", [worst]
        if len(ranked) > WORST:
            by_held = sorted(members, key=lambda one: one.held)
            typical = by_held[len(by_held) // 2]
            yield f"  typical {shortened(typical.name)}", [typical]


def _badness(node: NodeThen) -> tuple[int, int]:
    return -node.waiting, node.states["warm"] + node.states["partial"]


def _table(lines: Iterable[tuple[str, Sequence[NodeThen]]], width: int, *, colour: bool) -> Table:
    lines = list(lines)
    heads = ("node", "addresses", "held", "pods'", "ENIs", "waiting", "state")
    rows = [_node_row(label, some) for label, some in lines]
    cells = _bar_width(heads, rows, width)
    most = max((node.held for _, some in lines for node in some), default=1)
    table = grid(heads, names=2)
    for (_, some), (name, *numbers) in zip(lines, rows, strict=True):
        table.add_row(name, _node_bar(some, cells, most, colour=colour), *numbers)
    return table


def _node_bar(nodes: Sequence[NodeThen], cells: int, most: int, *, colour: bool) -> Text:
    """A bar as long as what is held on average, against what the fullest node holds."""
    average = _averages(nodes)
    held = sum(average.values())
    return bar(average, max(round(cells * held / max(most, 1)), _seen(average)), colour=colour)


def _node_row(label: str, nodes: Sequence[NodeThen]) -> list[Text]:
    """A line of one or more nodes without its bar."""
    waiting = sum(one.waiting for one in nodes)
    numbers = (
        sum(one.held for one in nodes),
        sum(one.states["assigned"] for one in nodes),
        sum(one.enis for one in nodes),
        waiting,
    )
    texts = [Text(label), *(Text(count(number)) for number in numbers), Text(_status(nodes))]
    texts[4].stylize(BAD if waiting else "")
    return texts


def _seen(values: dict[str, float]) -> int:
    """Cells that a bar needs at least: one for each state that is there."""
    return sum(value > 0 for value in values.values())


def _averages(nodes: Sequence[NodeThen]) -> dict[str, float]:
    states = nodes[0].states if nodes else {}
    return {state: sum(one.states[state] for one in nodes) / len(nodes) for state in states}


def _status(nodes: Sequence[NodeThen]) -> str:
    if len(nodes) == 1:
        return nodes[0].status
    others = {one.status for one in nodes} - {"ready"}
    ready = sum(one.status == "ready" for one in nodes)
    return f"{ready:,} ready" if others else "ready"


def _legend(snapshot: Snapshot, *, colour: bool) -> Table:
    """What the cells of the bars mean, with the numbers of the whole cluster."""
    table = Table.grid(padding=(0, 3, 0, 0))
    totals = {state: sum(one.states[state] for one in snapshot.subnets) for state in STATES}
    entries = [
        Text.assemble(mark(look, colour=colour), f" {look.label} {count(totals[state])}")
        for state, look in STATES.items()
        if totals[state]
    ]
    for start in range(0, len(entries), LEGEND_COLUMNS):
        table.add_row(*entries[start : start + LEGEND_COLUMNS])
    return table
