"""Addresses in prefixes that a node would not need if its pods were packed."""

from __future__ import annotations

import numpy as np

from .measured import POOL_COUNTS, Moves, Run, Stretch
from .steps import Changes, Ints, order_of, running_sums

IPS_PER_PREFIX = 16
TARGETS = ("WARM_IP_TARGET", "MINIMUM_IP_TARGET", "WARM_PREFIX_TARGET")


class Stranded:
    """``stranded`` of all nodes that hold prefixes.

    The need is a node's. Should its prefixes lie in several subnets, those needed are counted in
    the subnets in the scenario's order, and what is left over is stranded.
    """

    def __init__(self, run: Run) -> None:
        groups = run.names.groups
        self._subnets = len(run.names.subnets)
        self._changes = Changes(self._subnets)
        self._in_mode = np.array([name in run.prefix_groups for name in groups] + [False])
        of, settings = run.prefix_settings, TARGETS
        self._targets = [
            np.array(
                [getattr(of.get(name, run.settings[name]), setting) for name in groups], np.int64
            )
            for setting in settings
        ]

    def needed(self, assigned: Ints, groups: Ints) -> Ints:
        """Prefixes that the assigned addresses and the targets of the group need, if packed."""
        warm, minimum, free = (target[groups] for target in self._targets)
        for_minimum = -(-minimum // IPS_PER_PREFIX)
        for_targets = np.maximum(-(-(assigned + warm) // IPS_PER_PREFIX), for_minimum)
        for_prefixes = -(-assigned // IPS_PER_PREFIX) + free
        return np.where((warm != 0) | (minimum != 0), for_targets, for_prefixes)

    def moves(self, stretch: Stretch) -> Moves:
        """Its changes in the next stretch; one count."""
        rows = np.flatnonzero(self._in_mode[stretch.group_of(stretch.pool.nodes)])
        pool = stretch.pool.only(rows[order_of(stretch.pool.nodes[rows])])
        by = self._changes.of(pool.nodes, self._values(stretch, pool))
        parts = []
        for subnet in range(self._subnets):
            moved = np.flatnonzero(by[subnet])
            there = np.full(len(moved), subnet)
            parts.append((pool.times[moved], pool.nodes[moved], there, by[subnet, moved]))
        times, nodes, subnets, changes = (np.concatenate(one) for one in zip(*parts, strict=True))
        return Moves(times, nodes, subnets, changes[None])

    def _values(self, stretch: Stretch, pool: Moves) -> Ints:
        """What is stranded in each subnet from each row on, given the rows of each node together.

        Shape (subnets, rows).
        """
        before = dict(zip(POOL_COUNTS, stretch.pool_before, strict=True))
        gained = dict(zip(POOL_COUNTS, pool.by, strict=True))
        assigned = running_sums(gained["assigned"], pool.nodes)
        assigned += before["assigned"].sum(axis=1)[pool.nodes]
        need = self.needed(assigned, stretch.group_of(pool.nodes))
        values = np.empty((self._subnets, len(need)), np.int64)
        for subnet in range(self._subnets):
            here = np.where(pool.subnets == subnet, gained["prefixes"], 0)
            held = running_sums(here, pool.nodes) + before["prefixes"][pool.nodes, subnet]
            kept = np.minimum(held, need)
            need = need - kept
            values[subnet] = IPS_PER_PREFIX * (held - kept)
        return values
