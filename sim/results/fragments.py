"""The /28s of a subnet over time: which are whole, which are broken, and by whom.

Source of what makes a prefix: EC2 user guide, ec2-prefix-eni (an aligned /28 that is wholly free,
of a reservation of type prefix if there is any).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.scenario.cluster import Subnet
from sim.scenario.errors import InputError, Problem, did_you_mean

from .records import ADDRESS_USES, NEVER
from .steps import Ints
from .stranded import IPS_PER_PREFIX

if TYPE_CHECKING:
    import pandas as pd

    from .result import Result

STATES = (
    "whole",
    "kept",
    "prefix",
    "one_eni_primary",
    "one_secondary_ip",
    "one_other",
    "several",
    "full",
    "aws",
)
"""States of a /28: wholly free, and a prefix could be made of it; wholly free, but no prefix comes
from there, since it lies outside of the prefix reservations or in an explicit one; a node's prefix;
broken by one single address of that use; by several; wholly taken by single addresses; with
addresses that AWS keeps, so that it never makes a prefix."""

WHOLE, KEPT, PREFIX, ONE, SEVERAL, FULL, AWS = 0, 1, 2, 3, 6, 7, 8
USES = ("eni_primary", "secondary_ip", "other", "prefix")
SINGLES = USES[:3]
INSTANTS = 240
"""Over a run, if nothing else is asked for."""

Flags = npt.NDArray[np.bool_]


class Holder(NamedTuple):
    """Who has an address, or a /28.

    Attributes:
        address: the first of its addresses.
        use: one of `USES`.
        node: the node's name, empty for others.
        since_ms: when it got it.
    """

    address: str
    use: str
    node: str
    since_ms: int


class Block(NamedTuple):
    """A /28 at an instant; ``free`` of its addresses are free, ``holders`` have the others."""

    cidr: str
    state: str
    free: int
    holders: tuple[Holder, ...]


@dataclass(frozen=True, eq=False)
class Fragmentation:
    """The /28s of one subnet at some instants of a run.

    Attributes:
        subnet: its name.
        first: its first address, as an integer.
        times_ms: shape (instants,), rising.
        states: shape (instants, /28s), places in `STATES`, each after all that happened in that ms.
        free: shape (instants, /28s), free addresses of each.
    """

    subnet: str
    first: int
    times_ms: Ints
    states: Ints
    free: Ints

    def counts(self) -> dict[str, Ints]:
        """How many /28s are in each state, by its name, shape (instants,)."""
        return {name: (self.states == place).sum(axis=1) for place, name in enumerate(STATES)}

    @property
    def broken_free(self) -> Ints:
        """Shape (instants,), free addresses that no prefix can be made of now."""
        whole = (self.states == WHOLE).sum(axis=1)
        return np.asarray(self.free.sum(axis=1) - IPS_PER_PREFIX * whole)

    def cidr(self, block: int) -> str:
        """The CIDR of a /28 by its place."""
        return f"{ipaddress.IPv4Address(self.first + IPS_PER_PREFIX * block)}/28"

    def to_pandas(self) -> pd.DataFrame:
        """The counts, a row an instant, with ``free`` and ``broken_free`` addresses."""
        import pandas as pd

        free = {"free": self.free.sum(axis=1), "broken_free": self.broken_free}
        return pd.DataFrame({"time_s": self.times_ms / 1000, **self.counts(), **free})


def fragmentation(
    result: Result, subnet: str | None = None, times_ms: Sequence[int] | None = None
) -> Fragmentation:
    """The /28s of a subnet over time.

    Args:
        result: a run that recorded who has each address (cluster.record_addresses).
        subnet: its name; None: the one with the fewest /28s left at any time.
        times_ms: the instants, rising; None: evenly over the run, its last ms the last.

    Raises:
        InputError: there is no such subnet, or the run did not record addresses.
    """
    number = _number(result, subnet)
    if times_ms is None:
        times_ms = np.linspace(0, result.end_ms - 1, INSTANTS).astype(np.int64).tolist()
    times = np.array(times_ms, np.int64)
    model = result.scenario.model.cluster.subnets[number]
    taken = _Changes(result, number, _blocks(model)).taken(times)
    used = taken[:, :, : len(SINGLES)].sum(axis=2)
    may_be_prefix = np.array([_allowed(result, model, time) for time in times.tolist()])
    states = _states(taken, used, may_be_prefix.reshape(used.shape))
    free = IPS_PER_PREFIX * (1 - taken[:, :, -1]) - used
    for block, kept in ((0, 4), (-1, 1)):
        states[:, block] = AWS
        free[:, block] -= kept
    first = int(model.cidr.network_address)
    return Fragmentation(model.name, first, times, states, free)


def _blocks(model: Subnet) -> int:
    return model.cidr.num_addresses // IPS_PER_PREFIX


def _number(result: Result, subnet: str | None) -> int:
    """The number of a subnet whose addresses were recorded."""
    names = result.names.subnets
    if subnet is not None and subnet not in names:
        remedy = did_you_mean(subnet, names) or f"such as {names[0]}"
        raise InputError([Problem(f"this run has no subnet {subnet!r}", remedy=remedy)])
    if not result.scenario.model.cluster.record_addresses:
        remedy = "run the scenario again with --set cluster.record_addresses=true"
        raise InputError([Problem("this run did not record who has each address", remedy=remedy)])
    if subnet is not None:
        return names.index(subnet)
    rows = result.subnets
    least = [int(rows["free_28s"][rows["subnet"] == n].min()) for n in range(len(names))]
    return least.index(min(least))


def _states(taken: Ints, used: Ints, may_be_prefix: Flags) -> Ints:
    """Of each /28, from the numbers of its holders by use, and of its single addresses in all."""
    one = ONE + taken[:, :, : len(SINGLES)].argmax(axis=2)
    return np.select(
        [taken[:, :, -1] > 0, (used == 0) & may_be_prefix, used == 0, used == 1, used < 16],
        [np.full_like(used, PREFIX), np.full_like(used, WHOLE), np.full_like(used, KEPT), one,
         np.full_like(used, SEVERAL)],
        FULL,
    )  # fmt: skip


def _allowed(result: Result, model: Subnet, ms: int) -> Flags:
    """Of which /28s prefixes are made at an instant, if they are wholly free."""
    start = int(model.cidr.network_address)
    inside = {"prefix": np.zeros(model.cidr.num_addresses, bool)}
    inside["explicit"] = inside["prefix"].copy()
    for one in model.reservations:
        if one.at <= ms:
            first = int(one.cidr.network_address) - start
            inside[one.type][first : first + one.cidr.num_addresses] = True
    by_block = {kind: flags.reshape(-1, IPS_PER_PREFIX) for kind, flags in inside.items()}
    open_to_all = result.scenario.model.aws.prefix_spill_over or not inside["prefix"].any()
    allowed = open_to_all | by_block["prefix"].all(axis=1)
    return np.asarray(allowed & ~by_block["explicit"].any(axis=1))


class _Changes:
    """Who took or gave back something of a subnet, in order of time."""

    def __init__(self, result: Result, number: int, blocks: int) -> None:
        rows = result.addresses
        rows = rows.only(np.flatnonzero(rows["subnet"] == number))
        self._blocks, self._times = blocks, rows["time_ms"]
        self._places = rows["first"] // IPS_PER_PREFIX
        uses = np.array([USES.index(use) if use in USES else NEVER for use in ADDRESS_USES])
        taken = uses[rows["use"]]
        self._sign = np.where(taken == NEVER, -1, 1)
        order = np.argsort(rows["first"], kind="stable")
        before = np.empty_like(taken)
        before[order[1:]] = taken[order[:-1]]  # an address is given back by whoever took it
        self._uses = np.where(taken == NEVER, before, taken)

    def taken(self, times: Ints) -> Ints:
        """Shape (instants, /28s, uses): how many of each use there are."""
        moves = np.zeros((len(times) + 1, self._blocks, len(USES)), np.int64)
        instant = np.searchsorted(times, self._times)
        np.add.at(moves, (instant, self._places, self._uses), self._sign)
        return moves[:-1].cumsum(axis=0)


def blocks_at(result: Result, subnet: str | None, ms: int) -> tuple[Block, ...]:
    """The /28s of a subnet at an instant, and who breaks them.

    Raises:
        InputError: as `fragmentation`, or the instant lies outside of the run.
    """
    from sim.scenario.units import format_duration

    if not 0 <= ms <= result.end_ms:
        message = f"the run ended at {format_duration(result.end_ms)}, before {format_duration(ms)}"
        raise InputError([Problem(message, path="--at", remedy="give an earlier instant")])
    found = fragmentation(result, subnet, [ms])
    holders = _holders(result, result.names.subnets.index(found.subnet), found.first, ms)
    by_block: dict[int, list[Holder]] = {}
    for offset, holder in holders:
        by_block.setdefault(offset // IPS_PER_PREFIX, []).append(holder)
    return tuple(
        Block(found.cidr(block), STATES[state], free, tuple(by_block.get(block, ())))
        for block, (state, free) in enumerate(
            zip(found.states[0].tolist(), found.free[0].tolist(), strict=True)
        )
    )


def _holders(result: Result, number: int, start: int, ms: int) -> Iterator[tuple[int, Holder]]:
    """(offset, who has it) of all that is taken at an instant, in order of the addresses."""
    rows = result.addresses
    rows = rows.only(np.flatnonzero((rows["subnet"] == number) & (rows["time_ms"] <= ms)))
    last: dict[int, Any] = {row[3]: row for row in rows.matrix.tolist()}
    for offset in sorted(last):
        time, _, node, first, _, use = last[offset]
        if ADDRESS_USES[use] in USES:
            name = result.names.nodes[node] if node != NEVER else ""
            address = str(ipaddress.IPv4Address(start + first))
            yield offset, Holder(address, ADDRESS_USES[use], name, time)
