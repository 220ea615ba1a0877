"""Recorded placement: where a settled pool's pods land, ENI by ENI and CIDR by CIDR.

Compared are the mean of the sum of squared counts, which grows with concentration, within three
standard errors, and the distribution of the counts themselves by a chi-square test at 0.001.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.build import World, build
from sim.ipamd.data_store import DataStore
from sim.scenario.load import Scenario

from .ensemble import BAND_ERRORS, Comparison
from .world import one_node_case, scenario_data

LEVEL = 0.001
FEWEST_EXPECTED = 5.0
MOST_MS = 600_000

Counts = tuple[int, ...]
"""Pods on each ENI, or in each CIDR, that has any; most first."""


def place(recorded: Mapping[str, Any], seed: int) -> dict[str, Counts]:
    """One run of the model: the pods come at once when the pool is as it was recorded."""
    world = _settled(recorded, seed)
    store = world.nodes[0].store
    assert store is not None
    cidrs = [store.assign_pod_ipv4_address(world.clock.now) for _ in range(recorded["pods"])]
    taken = [cidr for cidr in cidrs if cidr is not None]
    return {
        "pods_per_eni": _counts([id(cidr.eni) for cidr in taken]),
        "pods_per_cidr": _counts([id(cidr) for cidr in taken]),
    }


def compare_placement(
    recorded: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]
) -> list[Comparison]:
    """The comparisons of one recorded placement with the model's runs."""
    found = []
    for what in ("pods_per_eni", "pods_per_cidr"):
        theirs: Counter[Counts] = Counter({tuple(k): n for k, n in recorded[what]})
        ours: Counter[Counts] = Counter(run[what] for run in runs)
        found.append(_squares(what, theirs, ours))
        found.append(_pattern(what, theirs, ours))
    return found


def chi_square_p_value(statistic: float, freedom: int) -> float:
    """Upper tail of the chi-square distribution (Wilson and Hilferty's approximation)."""
    if freedom == 0:
        return 1.0
    spread = 2 / (9 * freedom)
    z = ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return 0.5 * math.erfc(z / math.sqrt(2))


def _squares(what: str, theirs: Counter[Counts], ours: Counter[Counts]) -> Comparison:
    both = [[sum(n * n for n in counts) for counts in side.elements()] for side in (theirs, ours)]
    means = [statistics.fmean(values) for values in both]
    error = math.hypot(*(statistics.stdev(values) / math.sqrt(len(values)) for values in both))
    inside = abs(means[0] - means[1]) <= BAND_ERRORS * error + 1e-9
    return Comparison(f"{what}, sum of squares", means[0], means[1], error, inside)


def _pattern(what: str, theirs: Counter[Counts], ours: Counter[Counts]) -> Comparison:
    """Two-sample chi-square over the patterns; rare ones are counted together."""
    n, m = theirs.total(), ours.total()
    rows: list[tuple[int, int]] = []
    rare = [0, 0]
    for counts in sorted(theirs | ours):
        a, b = theirs[counts], ours[counts]
        if (a + b) * min(n, m) / (n + m) >= FEWEST_EXPECTED:
            rows.append((a, b))
        else:
            rare[0] += a
            rare[1] += b
    if sum(rare):
        rows.append((rare[0], rare[1]))
    statistic = sum((a * math.sqrt(m / n) - b * math.sqrt(n / m)) ** 2 / (a + b) for a, b in rows)
    p = chi_square_p_value(statistic, len(rows) - 1)
    return Comparison(f"{what}, chi-square p", 1.0, p, 0.0, p >= LEVEL)


def _counts(places: Sequence[int]) -> Counts:
    return tuple(sorted(Counter(places).values(), reverse=True))


def _settled(recorded: Mapping[str, Any], seed: int) -> World:
    enis, total = recorded["pool_at_arrival"][:2]
    name, kind = recorded["name"], recorded["instance_type"]
    case = one_node_case(name, recorded["settings"], kind, MOST_MS)
    world = build(Scenario.from_dict(scenario_data(case, "") | {"seed": seed}), MOST_MS)
    while world.clock.peek() <= MOST_MS:
        world.clock.step()
        store = world.nodes[0].store if world.nodes else None
        if isinstance(store, DataStore) and (len(store.enis), store.total_ips) == (enis, total):
            break
    return world
