"""Who holds the addresses: docs/metrics.md, "States of an address" and "Addresses", row by row."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from plain_rows import Finished, Row
from plain_steps import Said, Track, figures, integral, less, plus, stretches, total

HOUR_MS = 3_600_000
POOL = {
    "cooldown": "cooldown",
    "warm": "warm",
    "partial": "partial",
    "eni_primary": "enis",
}
Choice = Callable[[Row], bool]


def addresses(run: Finished) -> dict[str, Any]:
    """The summary's ``addresses``."""
    stranded = list(_stranded(run))
    subnets = {
        name: _figures(run, _of_subnet(name), [name], stranded) | _headroom(run, name)
        for name in run.subnets
    }
    groups = {name: _figures(run, _of_group(run, name), [], stranded) for name in run.groups}
    for name in groups.keys() - run.prefix_settings.keys():
        groups[name].pop("stranded", None)
    cluster = _figures(run, lambda _: True, run.subnets, stranded)
    return {"cluster": cluster, "subnets": subnets, "node_groups": groups}


def _of_subnet(name: str) -> Choice:
    return lambda row: bool(row["subnet"] == name)


def _of_group(run: Finished, name: str) -> Choice:
    return lambda row: run.group_of.get(row["node"]) == name


def said(rows: list[Row], column: str, chosen: Choice) -> Iterator[Said]:
    """What some rows say of a node in a subnet."""
    for row in rows:
        if chosen(row):
            yield row["time_ms"], (row["node"], row["subnet"]), row[column]


def tracks(run: Finished, chosen: Choice) -> dict[str, Track]:
    """The states of the addresses that nodes hold."""
    pool, held = run.tables["pool"], run.tables["subnets"]
    found = {state: total(said(pool, column, chosen)) for state, column in POOL.items()}
    of_branches = total(said(run.tables["branch_enis"], "assigned", chosen))
    found["assigned"] = plus(total(said(pool, "assigned", chosen)), of_branches)
    in_pool = list(found.values())
    ours = [row for row in held if row["node"] is not None]
    found["held"] = total(said(ours, "held", chosen))
    found["in_transition"] = less(found["held"], *in_pool)
    found["waste"] = less(found["held"], found["assigned"])
    return found


def _figures(
    run: Finished, chosen: Choice, subnets: list[str], stranded: list[Row]
) -> dict[str, Any]:
    """Of some nodes, and of what else is in some subnets."""
    window = run.start, run.end
    found = tracks(run, chosen)
    if subnets:
        others = [row for row in run.tables["subnets"] if row["node"] is None]
        found["other"] = total(said(others, "held", chosen))
        found["free"] = _free(run, subnets)
        found["free_aligned_28s"] = _free_28s(run, subnets)
    if run.prefix_settings:
        found["stranded"] = total(said(stranded, "stranded", chosen))
    measured: dict[str, Any] = {name: figures(track, *window) for name, track in found.items()}
    return measured | {"waste_ip_hours": integral(found["waste"], *window) / HOUR_MS}


def _free(run: Finished, subnets: list[str]) -> Track:
    return _space(run, subnets, "free", lambda cidr: cidr.num_addresses - 5)


def _free_28s(run: Finished, subnets: list[str]) -> Track:
    return _space(run, subnets, "free_28s", _whole_28s)


def _whole_28s(cidr: ipaddress.IPv4Network) -> int:
    """Those without one of the five addresses that AWS keeps."""
    kept = {*list(cidr)[:4], cidr[-1]}
    return sum(not kept & set(one) for one in cidr.subnets(new_prefix=28))


def _space(run: Finished, subnets: list[str], column: str, at_first: Callable[[Any], int]) -> Track:
    """A count that each row of a subnet gives for all of it."""
    cidrs = {one.name: one.cidr for one in run.scenario.model.cluster.subnets}
    rows = [row for row in run.tables["subnets"] if row["subnet"] in subnets]
    first = {name: at_first(cidrs[name]) for name in subnets}
    return total(((row["time_ms"], row["subnet"], row[column]) for row in rows), first)


def _headroom(run: Finished, subnet: str) -> dict[str, Any]:
    """How much was left when it was tightest."""
    free = _free(run, [subnet])
    inside = [one for one in stretches(free, run.end) if one.end > run.start]
    tightest = min(inside, key=lambda one: one.value)
    since = max(tightest.begin, 0) / 1000
    cidr = next(one.cidr for one in run.scenario.model.cluster.subnets if one.name == subnet)
    found = {
        "size": cidr.num_addresses - 5,
        "smallest_free": tightest.value,
        "smallest_free_at_s": since,
        "ran_out_at_s": None if tightest.value else since,
        "more_nodes_fit": _more_nodes(run, subnet, max(tightest.begin, run.start), tightest.value),
    }
    if run.prefix_settings:
        of_28s = stretches(_free_28s(run, [subnet]), run.end)
        none = [one.begin for one in of_28s if one.end > run.start and one.value == 0]
        found["no_28_left_at_s"] = max(none[0], 0) / 1000 if none else None
    return found


def _more_nodes(run: Finished, subnet: str, ms: int, free: int) -> int | None:
    """Like those that hold addresses there in this millisecond."""
    holds = {
        row["node"]: row["held"]
        for row in run.tables["subnets"]
        if row["time_ms"] <= ms and row["subnet"] == subnet and row["node"] is not None
    }
    holders = [held for held in holds.values() if held]
    return free * len(holders) // sum(holders) if holders else None


def _stranded(run: Finished) -> Iterator[Row]:
    """What each node would let go in each subnet if its pods were packed, from instants on."""
    states: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in run.tables["pool"]:
        settings = run.prefix_settings.get(run.group_of[row["node"]])
        if settings is None:
            continue
        state = states[row["node"]]
        state[row["subnet"]] = row["prefixes"], row["assigned"]
        need = _need(settings, sum(assigned for _, assigned in state.values()))
        for subnet in run.subnets:
            prefixes, _ = state.get(subnet, (0, 0))
            over = max(0, prefixes - need)
            need = max(0, need - prefixes)
            yield row | {"subnet": subnet, "stranded": 16 * over}


def _need(settings: Any, assigned: int) -> int:
    """Prefixes."""
    warm, minimum = settings.WARM_IP_TARGET, settings.MINIMUM_IP_TARGET
    if warm or minimum:
        return max(_up(assigned + warm), _up(minimum))
    return int(_up(assigned) + settings.WARM_PREFIX_TARGET)


def _up(count: int) -> int:
    """Sixteenths, rounded up."""
    return (count + 15) // 16


def overlay(run: Finished) -> dict[str, Any]:
    """The summary's ``overlay``."""
    size, rows = run.scenario.model.cluster.overlay.block_size, run.tables["overlay"]  # type: ignore[union-attr]
    held = total((row["time_ms"], row["node"], size * row["blocks"]) for row in rows)
    assigned = total((row["time_ms"], row["node"], row["assigned"]) for row in rows)
    of = {"held": held, "assigned": assigned, "waste": less(held, assigned)}
    return {name: figures(track, run.start, run.end) for name, track in of.items()}


def branch_enis(run: Finished) -> dict[str, Any]:
    """The summary's ``branch_enis``."""
    rows = run.tables["branch_enis"]
    of = {name: total(said(rows, name, lambda _: True)) for name in ("assigned", "unassigned")}
    of["held"] = plus(of["assigned"], of["unassigned"])
    return {name: figures(track, run.start, run.end) for name, track in of.items()}


def held_and_waste(run: Finished) -> tuple[Track, Track]:
    """Of the cluster."""
    found = tracks(run, lambda _: True)
    return found["held"], found["waste"]
