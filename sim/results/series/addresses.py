"""Addresses by state over time: of the cluster, its subnets, its node groups, or single nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from sim.results.addresses import COUNTS, SPACE, STATES, Ledger, untouched
from sim.results.blocks import cut
from sim.results.measured import Moves, Run, Stretch, Stretches
from sim.results.records import TABLES
from sim.results.steps import Ints, Steps
from sim.results.tables import Records

from .thin import bin_of, telling

if TYPE_CHECKING:
    from sim.results.result import Result

By = Literal["cluster", "subnet", "node_group", "node"]
OF_NODES = (*STATES, "stranded")
OF_SPACE = (*OF_NODES, *SPACE)


class StepSeries(NamedTuple):
    """Step functions that change at the same instants.

    Attributes:
        starts: shape (pieces,), ms from the start of the run, rising; the first is 0.
        values: by name shape (pieces,), what the function is from each start to the next.
        end: ms at which the last piece ends.
    """

    starts: Ints
    values: Mapping[str, Ints]
    end: int

    def thinned(self, bins: int, by: str = "held") -> StepSeries:
        """Fewer pieces, for a picture of so many bins: no more than four a bin.

        Those are kept that begin first and last in a bin, and those with the least and the greatest
        value of one function. All functions are kept at the same instants, so that their sums hold.

        Args:
            bins: how many, usually pixels.
            by: the function whose peaks are kept.
        """
        kept = telling(bin_of(self.starts, self.end, bins), self.values[by])
        values = {name: one[kept] for name, one in self.values.items()}
        return StepSeries(self.starts[kept], values, self.end)

    def at(self, time_ms: int) -> dict[str, int]:
        """What the functions are at an instant."""
        piece = int(np.searchsorted(self.starts, time_ms, side="right")) - 1
        return {name: int(one[piece]) for name, one in self.values.items()}


def address_series(
    result: Result, by: By = "cluster", names: Sequence[str] | None = None, bins: int | None = None
) -> dict[str, StepSeries]:
    """Addresses by state over the whole run, its warm-up included.

    Args:
        result: whose records.
        by: of what: the whole cluster, each subnet, each node group, or each node.
        names: only of these subnets, node groups or nodes; in a cluster of many nodes, give some.
        bins: thin the series while they are made, so that they stay small however long the run is;
            None: every change.

    Returns:
        By name (``cluster`` for the cluster) the states of docs/metrics.md: ``assigned``,
        ``cooldown``, ``warm``, ``partial``, ``eni_primary``, ``in_transition``, ``held``,
        ``waste`` and ``stranded``; of subnets and the cluster ``other``, ``free`` and
        ``free_aligned_28s`` too. In IP addresses, the last in /28s.

    Raises:
        KeyError: there is no subnet, node group or node of such a name.
    """
    run = Run(result.scenario.model, result.names, 0)
    parts = _parts(run, by, names)
    ledger, stretches = Ledger(run), Stretches(result.names)
    for block in cut(_needed(result), result.end_ms):
        stretch = stretches.of(block)
        moves = ledger.moves(stretch)
        of = _KEYS[by](stretch, moves)
        for part in parts.values():
            here = moves.only(np.flatnonzero(of == part.number))
            part.add(here, stretch.until, result.end_ms, bins)
    return {name: part.series(result.end_ms, bins) for name, part in parts.items()}


_KEYS: dict[By, Callable[[Stretch, Moves], Ints]] = {
    "cluster": lambda _stretch, moves: np.zeros_like(moves.nodes),
    "subnet": lambda _stretch, moves: moves.subnets,
    "node_group": lambda stretch, moves: stretch.group_of(moves.nodes),
    "node": lambda _stretch, moves: moves.nodes,
}


def _needed(result: Result) -> dict[str, Records]:
    """All tables, those that say nothing of addresses empty, so that they need not be read."""
    empty = {
        name: Records(name, np.empty((0, len(columns)), np.int64), result.names)
        for name, columns in TABLES.items()
    }
    return empty | {
        name: result.tables[name] for name in ("pool", "subnets", "nodes", "branch_enis")
    }


class _Part:
    """The functions of one part of the cluster, block by block."""

    def __init__(self, number: int, counts: Sequence[str], first: Ints) -> None:
        self.number = number
        self._counts = counts
        self._steps = Steps(first[: len(counts)], 0)
        self._starts: list[Ints] = []
        self._values: list[Ints] = []

    def add(self, moves: Moves, until: int, end: int, bins: int | None) -> None:
        """What happens in the next stretch."""
        pieces = self._steps.add(moves.times, moves.by[: len(self._counts)], until)
        starts, values = pieces.starts, pieces.values
        if bins is not None:
            held = values[self._counts.index("held")]
            kept = telling(bin_of(starts, end, bins), held)
            starts, values = starts[kept], values[:, kept]
        self._starts.append(starts)
        self._values.append(values)

    def series(self, end: int, bins: int | None) -> StepSeries:
        """What there was in all."""
        values = np.concatenate(self._values, axis=1)
        by_name = dict(zip(self._counts, values, strict=True))
        series = StepSeries(np.concatenate(self._starts), by_name, end)
        return series if bins is None else series.thinned(bins)


def _parts(run: Run, by: By, names: Sequence[str] | None) -> dict[str, _Part]:
    """The parts of these names, or all."""
    cluster, nothing = run.model.cluster, np.zeros(len(COUNTS), np.int64)
    firsts = [untouched(subnet) for subnet in cluster.subnets]
    if by == "cluster":
        return {by: _Part(0, OF_SPACE, np.sum(firsts, axis=0))}
    known = {"subnet": run.names.subnets, "node_group": run.names.groups, "node": run.names.nodes}
    numbers = {name: number for number, name in enumerate(known[by])}
    chosen = {name: numbers[name] for name in (numbers if names is None else names)}
    if by == "subnet":
        return {name: _Part(n, OF_SPACE, firsts[n]) for name, n in chosen.items()}
    return {name: _Part(n, OF_NODES, nothing) for name, n in chosen.items()}
