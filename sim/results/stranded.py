"""Addresses in prefixes that a node would not need if its pods were packed."""

from __future__ import annotations

import numpy as np

from .measured import Moves, Run
from .steps import Changes, Ints, running_sums

IPS_PER_PREFIX = 16


def _by_group(run: Run, setting: str) -> Ints:
    return np.array([getattr(run.settings[name], setting) for name in run.names.groups], np.int64)


def prefixes_needed(run: Run, assigned: Ints, groups: Ints) -> Ints:
    """Prefixes that the assigned addresses and the targets of the group need, if packed."""
    warm, minimum = _by_group(run, "WARM_IP_TARGET")[groups], _by_group(run, "MINIMUM_IP_TARGET")
    minimum = minimum[groups]
    for_targets = np.maximum(-(-(assigned + warm) // IPS_PER_PREFIX), -(-minimum // IPS_PER_PREFIX))
    free = _by_group(run, "WARM_PREFIX_TARGET")[groups]
    for_prefixes = -(-assigned // IPS_PER_PREFIX) + free
    return np.where((warm != 0) | (minimum != 0), for_targets, for_prefixes)


def stranded_moves(run: Run) -> Moves:
    """Changes of ``stranded`` on all nodes that hold prefixes.

    The need is a node's. Should its prefixes lie in several subnets, those needed are counted in
    the subnets in the scenario's order, and what is left over is stranded.
    """
    in_mode = np.array([name in run.prefix_groups for name in run.names.groups] + [False])
    pool = run.tables["pool"]
    rows = pool.only(in_mode[run.group_of(pool["node"])]).by_node()
    nodes, changes = rows["node"], run.changes(rows)
    gained = changes.of(rows["prefixes"])
    assigned = running_sums(changes.of(rows["assigned"]), nodes)
    need = prefixes_needed(run, assigned, run.group_of(nodes))
    of_nodes, parts = Changes(nodes), []
    for subnet in range(len(run.names.subnets)):
        held = running_sums(np.where(rows["subnet"] == subnet, gained, 0), nodes)
        kept = np.minimum(held, need)
        need = need - kept
        by = of_nodes.of(IPS_PER_PREFIX * (held - kept))
        moved = np.flatnonzero(by)
        parts.append((rows["time_ms"][moved], nodes[moved], np.full(len(moved), subnet), by[moved]))
    times, nodes, subnets, by = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Moves(times, nodes, subnets, {"stranded": by})
