"""A cluster ten times as large, with as many pods a node: does the ratio to the floor stay?

EC2's quotas grow with the nodes, so that as much happens on each of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from .measuring import Ledger, Measured, Ratio
from .pods import floor, model
from .ratios import BUSY
from .sizes import Size
from .table import Part, Row

FLOOR, PINNED, SCHEDULED = KINDS = ("floor", "pinned", "scheduled")
SMALL_RUNS = 3
"""Of the small cluster for each of the large one: a short run tells less."""

Runs = dict[str, Callable[[], Measured]]
Made = dict[str, list[Measured]]


@dataclass(frozen=True)
class _Round:
    """Runs of each of `KINDS`, on few nodes and on many."""

    small: Made
    large: Made

    def growth(self, kind: str) -> float:
        """Of the ratio to the floor, in such runs."""
        small, large = (Ratio.between(made[kind], made[FLOOR]) for made in (self.small, self.large))
        return large.median / small.median

    def shares(self) -> tuple[float, float]:
        """The scheduler's: of a run on few nodes, and of one on many."""
        small, large = (
            1 - 1 / Ratio.between(made[SCHEDULED], made[PINNED]).median
            for made in (self.small, self.large)
        )
        return small, large


def growth(name: str, size: Size, ledger: Ledger) -> Part:
    """Pods that are pinned, and the same through the scheduler."""
    few, many = size.growth_nodes
    with _cluster(name, few, size) as small, _cluster(name, many, size) as large:
        rounds = [
            _Round(_in_turn(ledger, small, SMALL_RUNS), _in_turn(ledger, large, 1))
            for _ in range(size.growth_rounds)
        ]
    pinned, scheduled = (
        Ratio.of([one.growth(kind) for one in rounds]) for kind in (PINNED, SCHEDULED)
    )
    before, after = map(median, zip(*(one.shares() for one in rounds), strict=True))
    note = (
        f"{name}: the scheduler takes {before:.0%} of a run on {few:,} nodes, {after:.0%} on"
        f" {many:,}; with it the ratio to the floor grows {scheduled.median:.2f} x"
    )
    what = f"time, of the floor's, on {many:,} nodes, of that on {few:,}"
    return Part([Row(name, what, pinned, 1.2, None, rounds[0].large[PINNED][0].events)], [note])


@contextmanager
def _cluster(name: str, nodes: int, size: Size) -> Iterator[Runs]:
    """Runs of so many nodes, named for the ledger."""
    quota = nodes / size.growth_nodes[0]
    load = replace(BUSY, nodes=nodes, duration_ms=size.growth_ms, quota=quota)
    pods = load.pods()
    with tempfile.TemporaryDirectory() as folder:
        pinned = load.scenario(pods, Path(folder) / PINNED)
        scheduled = replace(load, pinned=False).scenario(pods, Path(folder) / SCHEDULED)
        yield {
            f"{name}/{nodes}/{FLOOR}": partial(floor, pods, load.duration_ms),
            f"{name}/{nodes}/{PINNED}": partial(model, pinned),
            f"{name}/{nodes}/{SCHEDULED}": partial(model, scheduled),
        }


def _in_turn(ledger: Ledger, runs: Runs, times: int) -> Made:
    return dict(zip(KINDS, ledger.in_turn(runs, times).values(), strict=True))
