"""Who holds the addresses, over time: per subnet, node group and cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from sim.scenario.cluster import NodeGroup, Subnet

from .measured import Moves, Run
from .metric import Metric
from .records import NEVER
from .steps import Changes, Ints, Rows, Steps
from .stranded import IPS_PER_PREFIX, stranded_moves
from .tables import Records

AWS_KEEPS = 5
MS_PER_HOUR = 3_600_000

IN_POOL = ("assigned", "cooldown", "warm", "partial", "eni_primary")
STATES = (*IN_POOL, "in_transition", "held", "waste")
SPACE = ("other", "free", "free_aligned_28s")

STATE_METRICS = (
    Metric("assigned", "IPs", "Σ pool.assigned", "Held by pods."),
    Metric(
        "cooldown",
        "IPs",
        "Σ pool.cooldown",
        "Released less than IP_COOLDOWN_PERIOD ago: no pod may have them yet, though ipamd counts "
        "them as available.",
    ),
    Metric(
        "warm",
        "IPs",
        "Σ pool.warm",
        "Free, in CIDRs (secondary IPs or /28s) without a pod: could be given back to the subnet.",
    ),
    Metric(
        "partial",
        "IPs",
        "Σ pool.partial",
        "Free, in prefixes that pods share: usable on this node, not returnable.",
    ),
    Metric(
        "eni_primary",
        "IPs",
        "Σ pool.enis",
        "Primary addresses of ENIs in data stores; no pod can use them.",
    ),
    Metric(
        "in_transition",
        "IPs",
        "held - assigned - cooldown - warm - partial - eni_primary",
        "Taken in EC2, not in a data store: ENIs being made, freed or lost, answers on their way, "
        "nodes on which ipamd has not started.",
    ),
    Metric(
        "held",
        "IPs",
        "Σ subnets.held over nodes",
        "All that nodes take from the subnet: the sum of the six states above.",
    ),
    Metric("waste", "IPs", "held - assigned", "Held, but not by a pod."),
)

SPACE_METRICS = (
    Metric("other", "IPs", "Σ subnets.held over others", "Held by others than the nodes."),
    Metric("free", "IPs", "Σ subnets.free", "Free in the subnet."),
    Metric(
        "free_aligned_28s",
        "/28s",
        "Σ subnets.free_28s",
        "Aligned blocks of 16 that are wholly free, so could become prefixes (where there are "
        "prefix reservations: those inside).",
    ),
)

STRANDED = Metric(
    "stranded",
    "IPs",
    "Σ over nodes 16 x max(0, prefixes - need); need = max(⌈(assigned + WARM_IP_TARGET) / 16⌉, "
    "⌈MINIMUM_IP_TARGET / 16⌉) with IP targets, else ⌈assigned / 16⌉ + WARM_PREFIX_TARGET",
    "What the nodes would let go if their pods were packed into as few prefixes as they fit. Only "
    "where node groups hold prefixes.",
)

HOURS = Metric("waste_ip_hours", "IP h", "∫ waste dt", "The waste times how long it lasted.")

SUBNET_METRICS = (
    Metric("size", "IPs", "2^(32 - prefix length) - 5", "Addresses without the five AWS keeps."),
    Metric("smallest_free", "IPs", "min free(t)", "The least headroom there was."),
    Metric(
        "smallest_free_at_s",
        "s",
        "start of the first stretch with free(t) = smallest_free",
        "When it came to that.",
    ),
    Metric(
        "ran_out_at_s",
        "s",
        "start of the first stretch with free(t) = 0",
        "When the subnet ran out; null: never.",
    ),
    Metric(
        "no_28_left_at_s",
        "s",
        "start of the first stretch with free_aligned_28s(t) = 0",
        "When no prefix could be had any more; null: never. Only where node groups hold prefixes.",
    ),
    Metric(
        "more_nodes_fit",
        "nodes",
        "⌊smallest_free / (held / nodes holding addresses there)⌋ in that first stretch",
        "How many more nodes like those there, on average, would have fitted when it was tightest; "
        "null if no node held an address then.",
    ),
)


@dataclass(frozen=True)
class Ledger:
    """Every change of any count of addresses, in order of time.

    ``by`` holds the changes of each of `STATES` and `SPACE`, of ``holders`` (nodes that hold
    addresses in the subnet) and, where there are prefixes, of ``stranded``.
    """

    times: Ints
    subnets: Ints
    groups: Ints
    by: dict[str, Ints]


def size(subnet: Subnet) -> int:
    """Addresses of a subnet without AWS's five."""
    return subnet.cidr.num_addresses - AWS_KEEPS


def _pool_moves(run: Run) -> Moves:
    pool = run.tables["pool"]
    columns = ("assigned", "cooldown", "warm", "partial", "enis")
    changes = run.changes(pool)
    by = {name: changes.of(pool[column]) for name, column in zip(IN_POOL, columns, strict=True)}
    return Moves(pool["time_ms"], pool["node"], pool["subnet"], by)


def _with_untouched(run: Run) -> Records:
    """The subnets' table, begun with subnets in which all is free."""
    untouched = [
        (NEVER, number, NEVER, 0, size(subnet), max(size(subnet) // IPS_PER_PREFIX - 1, 0))
        for number, subnet in enumerate(run.model.cluster.subnets)
    ]
    table = run.tables["subnets"]
    matrix = np.concatenate([np.array(untouched, np.int64), table.matrix])
    return Records(table.name, matrix, run.names)


def _subnet_moves(run: Run) -> Moves:
    table = _with_untouched(run)
    nodes, subnets = table["node"], table["subnet"]
    changes, of_subnets, is_ours = run.changes(table), Changes(subnets), nodes != NEVER
    gained = changes.of(table["held"])
    holders = changes.of((table["held"] > 0).astype(np.int64))
    by = {
        "held": np.where(is_ours, gained, 0),
        "other": np.where(is_ours, 0, gained),
        "free": of_subnets.of(table["free"]),
        "free_aligned_28s": of_subnets.of(table["free_28s"]),
        "holders": np.where(is_ours, holders, 0),
    }
    return Moves(table["time_ms"], nodes, subnets, by)


def ledger(run: Run) -> Ledger:
    """Brings the changes of pools, subnets and stranded addresses into one order of time."""
    sources = [_pool_moves(run), _subnet_moves(run)]
    if run.prefix_groups:
        sources.append(stranded_moves(run))
    times = np.concatenate([source.times for source in sources])
    order = np.argsort(times, kind="stable")
    by = {
        name: np.concatenate(
            [source.by.get(name, np.zeros_like(source.times)) for source in sources]
        )[order]
        for name in dict.fromkeys(name for source in sources for name in source.by)
    }
    by["in_transition"] = by["held"] - reduce(np.add, (by[name] for name in IN_POOL))
    by["waste"] = by["held"] - by["assigned"]
    subnets = np.concatenate([source.subnets for source in sources])[order]
    nodes = np.concatenate([source.nodes for source in sources])[order]
    return Ledger(times[order], subnets, run.group_of(nodes), by)


class Account:
    """Counts of addresses of some rows of a ledger, within the window."""

    def __init__(self, run: Run, book: Ledger, rows: Rows) -> None:
        self.steps = Steps(book.times[rows], run.window)
        self._book, self._rows = book, rows

    def _changes(self, name: str) -> Ints:
        return self._book.by[name][self._rows]

    def values(self, name: str) -> Ints:
        """A count from each of the steps' starts on."""
        return self.steps.values(self._changes(name))

    def figures(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Mean, peak and end of each count, and the waste in IP-hours."""
        wanted = (*names, "stranded") if "stranded" in self._book.by else names
        result: dict[str, Any] = {name: self.steps.figures(self.values(name)) for name in wanted}
        hours = self.steps.integral(self.values("waste")) / MS_PER_HOUR
        return {**result, "waste_ip_hours": hours}

    def since(self, name: str, value: int) -> float | None:
        """Second at which a count came to a value that it had in the window; None: it had not.

        It may have come to it before the window, and kept it until then.
        """
        found = np.flatnonzero(self.values(name) == value)
        if not len(found):
            return None
        start = int(self.steps.starts[found[0]])
        if found[0] == 0:
            start = self.steps.at_first(self._changes(name))
        return start / 1000


def _subnet_figures(run: Run, account: Account, subnet: Subnet) -> dict[str, Any]:
    free = account.values("free")
    tightest = int(free.argmin())
    held, holders = (int(account.values(name)[tightest]) for name in ("held", "holders"))
    smallest = int(free[tightest])
    headroom = {
        "size": size(subnet),
        "smallest_free": smallest,
        "smallest_free_at_s": account.since("free", smallest),
        "ran_out_at_s": account.since("free", 0),
        "more_nodes_fit": smallest * holders // held if held else None,
    }
    if run.prefix_groups:
        headroom["no_28_left_at_s"] = account.since("free_aligned_28s", 0)
    return account.figures((*STATES, *SPACE)) | headroom


def _group_figures(run: Run, account: Account, group: NodeGroup) -> dict[str, Any]:
    figures = account.figures(STATES)
    if group.name not in run.prefix_groups:
        figures.pop("stranded", None)
    return figures


def address_figures(run: Run) -> dict[str, Any]:
    """The summary's ``addresses``: cluster, subnets and node groups."""
    book, cluster = ledger(run), run.model.cluster
    return {
        "cluster": Account(run, book, slice(None)).figures((*STATES, *SPACE)),
        "subnets": {
            subnet.name: _subnet_figures(
                run, Account(run, book, np.flatnonzero(book.subnets == number)), subnet
            )
            for number, subnet in enumerate(cluster.subnets)
        },
        "node_groups": {
            group.name: _group_figures(
                run, Account(run, book, np.flatnonzero(book.groups == number)), group
            )
            for number, group in enumerate(cluster.node_groups)
        },
    }
