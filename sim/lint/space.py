"""Traps of subnets: too few addresses, or no /28 among them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.ipamd.settings import IPS_PER_PREFIX
from sim.scenario.checks import AWS_RESERVED, FIRST_RESERVED, room_for_singles
from sim.scenario.fit import misfits, nodes_in_subnets
from sim.scenario.too_late import too_late

from .case import Case, Nodes
from .rule import Trap

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from sim.scenario.cluster import Subnet


def nodes_do_not_fit(case: Case) -> Iterator[Trap]:
    """More nodes than addresses for their primary ENIs."""
    for found in nodes_in_subnets(case.model, [one.group for one in case.nodes]):
        yield Trap(found.path, found.message, found.remedy)


def never_fits(case: Case) -> Iterator[Trap]:
    """Pods that can never have room."""
    of_nodes = list(nodes_in_subnets(case.model, [one.group for one in case.nodes]))
    for found in misfits(case.model):
        if found not in of_nodes:
            yield Trap(found.path, found.message, found.remedy)


def never_comes(case: Case) -> Iterator[Trap]:
    """Times after the end of the run."""
    yield from (Trap(one.path, one.message, one.remedy) for one in too_late(case.model))


def pools_do_not_fit(case: Case) -> Iterator[Trap]:
    """Subnets that cannot hold what all nodes want at once."""
    subnets = case.model.cluster.subnets
    room = sum(one.cidr.num_addresses - AWS_RESERVED - one.others.total for one in subnets)
    wanted = sum(one.count * one.busy.held for one in case.nodes)
    nodes = sum(one.count for one in case.nodes)
    if nodes <= room < wanted:
        each = ", ".join(f"{one.count:,} x {one.busy.held} ({one.named})" for one in case.nodes)
        yield Trap(
            ("cluster", "subnets"),
            f"the subnets have {room:,} addresses, and the nodes want {wanted:,} when most pods "
            f"are there: {each}. Each node that gets none asks again every 5 s",
        )


def no_prefixes_to_start(case: Case) -> Iterator[Trap]:
    """Fewer free /28s than nodes need before they are Ready."""
    for one, free in _with_prefixes(case):
        wanted = one.count * one.idle.cidrs
        if free < wanted:
            yield Trap(
                ("cluster", "subnets"),
                f"{one.named}: about {free:,.0f} of {_blocks_of(case, one):,} /28s are wholly "
                f"free, and {one.count:,} nodes want {wanted:,} before the first pod",
            )


def no_prefixes_for_pods(case: Case) -> Iterator[Trap]:
    """Enough free /28s for a start, but not for the pods."""
    for one, free in _with_prefixes(case):
        wanted = one.count * one.busy.cidrs
        if one.count * one.idle.cidrs <= free < wanted:
            yield Trap(
                ("cluster", "subnets"),
                f"{one.named}: about {free:,.0f} of {_blocks_of(case, one):,} /28s are wholly "
                f"free, and {one.count:,} nodes want {wanted:,} when most pods are there",
            )


def _with_prefixes(case: Case) -> Iterator[tuple[Nodes, float]]:
    """Groups in prefix mode with the free /28s of their subnets, their ENIs' own addresses there.

    Groups that share subnets are each looked at as if they were alone.
    """
    for one in case.nodes:
        if one.settings.prefix_delegation and one.count:
            subnets = case.subnets_of(one)
            enis = math.ceil(one.count * one.idle.enis / len(subnets))
            yield one, sum(expected_free_prefixes(subnet, enis) for subnet in subnets)


def _blocks_of(case: Case, one: Nodes) -> int:
    subnets = case.subnets_of(one)
    return sum(subnet.cidr.num_addresses // IPS_PER_PREFIX for subnet in subnets)


def expected_free_prefixes(subnet: Subnet, singles: int = 0) -> float:
    """/28s that EC2 can hand out, expected over where addresses of unknown place lie.

    A prefix is an aligned /28, wholly free; from reservations of type prefix if there are any.
    n addresses at random among M leave a /28 free with C(M - 16, n) / C(M, n).

    Args:
        subnet: with what others hold of it.
        singles: single addresses of nodes in it, their places at random.
    """
    reserved = [one.cidr for one in subnet.reservations if one.type == "prefix"]
    taken = _taken_blocks(subnet)
    if reserved:
        return float(sum(len(_blocks(one) - taken) for one in reserved))
    outside = _blocks(subnet.cidr) - taken
    for one in subnet.reservations:
        outside -= _blocks(one.cidr)
    at_random = singles + (subnet.others.count if subnet.others.placement == "random" else 0)
    return len(outside) * _stays_free(room_for_singles(subnet), at_random)


def _stays_free(room: int, taken: int) -> float:
    if taken > room - IPS_PER_PREFIX:
        return 0.0
    return math.prod((room - taken - i) / (room - i) for i in range(IPS_PER_PREFIX))


def _blocks(network: IPv4Network) -> set[int]:
    """Aligned /28s that a network touches, by number."""
    return set(range(int(network[0]) // IPS_PER_PREFIX, int(network[-1]) // IPS_PER_PREFIX + 1))


def _taken_blocks(subnet: Subnet) -> set[int]:
    """/28s that are known not to be free."""
    first, last = int(subnet.cidr[0]), int(subnet.cidr[-1])
    low = subnet.others.count if subnet.others.placement == "low-first" else 0
    spans = [(first, first + FIRST_RESERVED + low - 1), (last, last)]
    spans += [(one.first, one.last) for one in subnet.others.addresses]
    return {
        block
        for begin, end in spans
        for block in range(begin // IPS_PER_PREFIX, end // IPS_PER_PREFIX + 1)
    }
