"""How many addresses pods asked for: what would be held if none were ever held for later.

A pod needs an address from its first CNI ADD until its address is released, or until it is gone
without one. So what is needed is what pods hold, and one more for each pod that waits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.scenario.models import ScenarioModel

from .addresses import size
from .measured import POOL_COUNTS, Stretch
from .records import NEVER
from .steps import Ints, Steps, Window

ASSIGNED = POOL_COUNTS.index("assigned")


class Needed(NamedTuple):
    """Addresses that pods asked for in the part of a run that counts.

    Attributes:
        mean: over time.
        peak: the most at once.
        headroom: what would have been left in the tightest subnet if nodes held only these: its
            size without the addresses of others and the most that was needed there. Below 0 pods
            asked for that many more than it has.
        subnet: the name of that subnet; empty if it is not known.
    """

    mean: float
    peak: int
    headroom: int
    subnet: str = ""


class Need:
    """Counts the addresses that pods ask for, stretch by stretch.

    Args:
        model: what is run.
        end_ms: when the run will end.
    """

    def __init__(self, model: ScenarioModel, end_ms: int) -> None:
        subnets = model.cluster.subnets
        start = Window.after(model.warm_up, end_ms).start
        self._names = [subnet.name for subnet in subnets]
        self._room = [size(subnet) - subnet.others.total for subnet in subnets]
        self._all = Steps(np.zeros(1, np.int64), start)
        self._subnets = [Steps(np.zeros(1, np.int64), start) for _ in subnets]

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        held, waited = _held(stretch), _waited(stretch, self._all.until)
        times, by, subnets = (np.concatenate(both) for both in zip(held, waited, strict=True))
        order = np.argsort(times, kind="stable")
        times, by, subnets = times[order], by[order], subnets[order]
        _count(self._all, times, by, stretch.until)
        for number, steps in enumerate(self._subnets):
            here = np.flatnonzero(subnets == number)
            _count(steps, times[here], by[here], stretch.until)

    def figures(self) -> Needed:
        """What came out."""
        every = self._all.figures(0)
        peaks = (int(steps.figures(0)["peak"]) for steps in self._subnets)
        left = [room - peak for room, peak in zip(self._room, peaks, strict=True)]
        headroom = min(left)
        tightest = self._names[left.index(headroom)]
        return Needed(float(every["mean"]), int(every["peak"]), headroom, tightest)


class _Changes(NamedTuple):
    """When how many more are needed in which subnet."""

    times: Ints
    by: Ints
    subnets: Ints


def _held(stretch: Stretch) -> _Changes:
    """What pods hold."""
    by = stretch.pool.by[ASSIGNED]
    rows = np.flatnonzero(by)
    return _Changes(stretch.pool.times[rows], by[rows], stretch.pool.subnets[rows])


def _waited(stretch: Stretch, since: int) -> _Changes:
    """Waits as if each began in the stretch, at the earliest, and ended in it, at the latest."""
    tables = (stretch.tables["pods"], stretch.waiting)
    asked, got, ended, node, on_host = (
        np.concatenate([table[column] for table in tables])
        for column in ("first_add_ms", "address_ms", "ended_ms", "node", "host_network")
    )
    until = np.where(got != NEVER, got, np.where(ended != NEVER, ended, stretch.until))
    begin, end = np.maximum(asked, since), np.minimum(until, stretch.until)
    rows = np.flatnonzero((asked != NEVER) & (on_host == 0) & (begin < end))
    subnets = stretch.node_column("subnet")[node[rows]]
    one = np.ones(len(rows), np.int64)
    times = np.concatenate([begin[rows], end[rows]])
    return _Changes(times, np.concatenate([one, -one]), np.tile(subnets, 2))


def _count(steps: Steps, times: Ints, by: Ints, until: int) -> None:
    """Counts changes in order of time; those at the very end are seen from the next stretch on."""
    inside = int(np.searchsorted(times, until))
    steps.add(times[:inside], by[None, :inside], until)
    steps.now = steps.now + by[inside:].sum()
