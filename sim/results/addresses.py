"""Who holds the addresses, over time: per subnet, node group and cluster."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.scenario.cluster import Subnet

from .branch_enis import BranchAddresses
from .measured import POOL_COUNTS, Moves, Run, Stretch
from .metric import Metric
from .records import NEVER
from .steps import Changes, Ints, Least, Pieces, Steps
from .stranded import IPS_PER_PREFIX, Stranded

AWS_KEEPS = 5
MS_PER_HOUR = 3_600_000

IN_POOL = ("assigned", "cooldown", "warm", "partial", "eni_primary")
STATES = (*IN_POOL, "in_transition", "held", "waste")
SPACE = ("other", "free", "free_aligned_28s")
COUNTS = (*STATES, "stranded", *SPACE, "holders")
"""What is counted; ``holders`` are nodes that hold addresses in the subnet."""

OF_POOL = tuple("eni_primary" if count == "enis" else count for count in POOL_COUNTS)
OF_SPACE = ("held", "other", "free", "free_aligned_28s", "holders")

STATE_METRICS = (
    Metric(
        "assigned",
        "IPs",
        "Σ pool.assigned + branch_enis.assigned",
        "Held by pods, of the pool or of their branch ENIs.",
    ),
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
        "nodes on which ipamd has not started, branch ENIs without a pod, ENIs that ipamd leaves "
        "alone.",
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


def size(subnet: Subnet) -> int:
    """Addresses of a subnet without AWS's five."""
    return subnet.cidr.num_addresses - AWS_KEEPS


def untouched(subnet: Subnet) -> Ints:
    """`COUNTS` of a subnet in which all is free."""
    first = np.zeros(len(COUNTS), np.int64)
    first[COUNTS.index("free")] = size(subnet)
    first[COUNTS.index("free_aligned_28s")] = max(size(subnet) // IPS_PER_PREFIX - 1, 0)
    return first


class Ledger:
    """Brings the changes of pools, subnets and stranded addresses into one order of time."""

    def __init__(self, run: Run) -> None:
        self._subnets = len(run.names.subnets)
        self._held, self._free = Changes(2), Changes(2)
        first = np.array([untouched(subnet) for subnet in run.model.cluster.subnets])
        self._free.last = first.T[[COUNTS.index("free"), COUNTS.index("free_aligned_28s")]]
        self._stranded = Stranded(run) if run.prefix_groups else None
        self._branches = BranchAddresses() if run.has_branch_enis else None

    def moves(self, stretch: Stretch) -> Moves:
        """All changes of `COUNTS` in the next stretch, in order of time."""
        sources = [(stretch.pool, OF_POOL), (self._space(stretch), OF_SPACE)]
        if self._stranded is not None:
            sources.append((self._stranded.moves(stretch), ("stranded",)))
        if self._branches is not None:
            sources.append((self._branches.moves(stretch), ("assigned",)))
        return _in_order(sources)

    def _space(self, stretch: Stretch) -> Moves:
        table = stretch.tables["subnets"]
        nodes, subnets, held = table["node"], table["subnet"], table["held"]
        ours = nodes != NEVER
        holders = (nodes + 1) * self._subnets + subnets
        gained, began = self._held.of(holders, np.array([held, held > 0], np.int64))
        free, free_28s = self._free.of(subnets, np.array([table["free"], table["free_28s"]]))
        by = [gained * ours, gained * ~ours, free, free_28s, began * ours]
        return Moves(table["time_ms"], nodes, subnets, np.array(by))


def _in_order(sources: list[tuple[Moves, tuple[str, ...]]]) -> Moves:
    """One row of changes a count for changes of which some rows are given, in order of time."""
    times, nodes, subnets = (
        np.concatenate([moves[part] for moves, _ in sources]) for part in range(3)
    )
    order = np.argsort(times, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    by, begin = np.zeros((len(COUNTS), len(order)), np.int64), 0
    for moves, counts in sources:
        places = place[begin : begin + len(moves.times)]
        for count, changes in zip(counts, moves.by, strict=True):
            if count in COUNTS:
                by[COUNTS.index(count), places] = changes
        begin += len(places)
    of = dict(zip(COUNTS, by, strict=True))
    of["waste"][:] = of["held"] - of["assigned"]
    of["in_transition"][:] = of["held"] - sum(of[name] for name in IN_POOL)
    return Moves(times[order], nodes[order], subnets[order], by)


class _Account:
    """The first of `COUNTS` for some nodes or subnets, block by block."""

    def __init__(self, run: Run, counts: tuple[str, ...], first: Ints) -> None:
        self._run, self._counts = run, counts
        self._steps = Steps(first[: len(counts)], run.start)

    def add(self, moves: Moves, until: int) -> Pieces:
        """What happens to them in the next stretch."""
        return self._steps.add(moves.times, moves.by[: len(self._counts)], until)

    def figures(self, *names: str) -> dict[str, Any]:
        """Mean, peak and end of each count, and the waste in IP-hours."""
        wanted = (*names, "stranded") if self._run.prefix_groups else names
        result: dict[str, Any] = {
            name: self._steps.figures(self._counts.index(name)) for name in wanted
        }
        waste = self._steps.integral(self._counts.index("waste"))
        return {**result, "waste_ip_hours": waste / MS_PER_HOUR}


class _SubnetAccount(_Account):
    """The counts of a subnet, and its headroom."""

    def __init__(self, run: Run, subnet: Subnet) -> None:
        first = untouched(subnet)
        super().__init__(run, COUNTS, first)
        self._size = size(subnet)
        self._free = Least(int(first[COUNTS.index("free")]))
        self._free_28s = Least(int(first[COUNTS.index("free_aligned_28s")]))
        self._holders = self._held = 0  # when least was free

    def add(self, moves: Moves, until: int) -> Pieces:
        """What happens there in the next stretch."""
        pieces = super().add(moves, until)
        self._free_28s.add(pieces, COUNTS.index("free_aligned_28s"))
        tightest = self._free.add(pieces, COUNTS.index("free"))
        if tightest is not None:
            self._holders, self._held = (
                int(pieces.values[COUNTS.index(name), tightest]) for name in ("holders", "held")
            )
        return pieces

    def headroom(self) -> dict[str, Any]:
        """How much was left when it was tightest."""
        smallest, since = self._free.value, self._free.since / 1000
        result = {
            "size": self._size,
            "smallest_free": smallest,
            "smallest_free_at_s": since,
            "ran_out_at_s": None if smallest else since,
            "more_nodes_fit": smallest * self._holders // self._held if self._held else None,
        }
        if self._run.prefix_groups:
            no_28s = self._free_28s.value == 0
            result["no_28_left_at_s"] = self._free_28s.since / 1000 if no_28s else None
        return result


class Addresses:
    """The summary's ``addresses``: cluster, subnets and node groups."""

    def __init__(self, run: Run) -> None:
        cluster, nothing = run.model.cluster, np.zeros(len(COUNTS), np.int64)
        self._run, self._ledger = run, Ledger(run)
        of_all = sum((untouched(subnet) for subnet in cluster.subnets), nothing)
        self._cluster = _Account(run, COUNTS, of_all)
        self._subnets = {one.name: _SubnetAccount(run, one) for one in cluster.subnets}
        of_nodes = (*STATES, "stranded")
        self._groups = {one.name: _Account(run, of_nodes, nothing) for one in cluster.node_groups}

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        moves, until = self._ledger.moves(stretch), stretch.until
        self._cluster.add(moves, until)
        for parts, of in (
            (self._subnets, moves.subnets),
            (self._groups, stretch.group_of(moves.nodes)),
        ):
            for number, account in enumerate(parts.values()):
                account.add(moves.only(np.flatnonzero(of == number)), until)

    def figures(self) -> dict[str, Any]:
        """What came out."""
        return {
            "cluster": self._cluster.figures(*STATES, *SPACE),
            "subnets": {
                name: account.figures(*STATES, *SPACE) | account.headroom()
                for name, account in self._subnets.items()
            },
            "node_groups": {name: self._of_group(name) for name in self._groups},
        }

    def _of_group(self, name: str) -> dict[str, Any]:
        figures = self._groups[name].figures(*STATES)
        if name not in self._run.prefix_groups:
            figures.pop("stranded", None)
        return figures
