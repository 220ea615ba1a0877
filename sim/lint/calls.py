"""Traps of EC2 requests, and of addresses that are there but cool."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .case import WORKLOAD, Case, Nodes
from .rule import Trap

ASSIGN = "AssignPrivateIpAddresses"


def one_by_one(case: Case) -> Iterator[Trap]:
    """A small WARM_IP_TARGET on so many nodes that their requests drain the account's bucket."""
    bucket = case.model.aws.sized_buckets().get(ASSIGN)
    if bucket is None:
        return
    small = [one for one in case.nodes if _asks_one_by_one(one)]
    burst = sum(one.count * _requests_of_a_wave(one) for one in small)
    a_minute = sum(_starts_per_min(case, one) for one in small)
    sustained = bucket.refill_per_s * 60
    if not small or (burst <= bucket.size and a_minute <= sustained):
        return
    wait = (burst - bucket.size) / bucket.refill_per_s if bucket.refill_per_s else math.inf
    nodes, target = sum(one.count for one in small), small[0].settings.warm_ip_target
    whose = "as the workload starts them" if WORKLOAD in case.known else "at a pod a minute each"
    yield Trap(
        case.path(small[0], "WARM_IP_TARGET"),
        f"WARM_IP_TARGET={target} on {nodes:,} nodes: a wave of pods on all of them takes "
        f"{burst:,} {ASSIGN}, and the bucket holds {bucket.size:,} and sustains {sustained:,} a "
        f"minute: {max(wait, 0):,.0f} s of throttling; {whose}, up to {a_minute:,.0f} a minute",
    )


def _asks_one_by_one(one: Nodes) -> bool:
    """Whether a wave of pods on a node takes more requests than it has to."""
    target = one.settings.warm_ip_target
    is_by_ips = target > 0 and not one.settings.prefix_delegation
    return is_by_ips and one.count > 0 and (target == 1 or target < one.pods)


def _requests_of_a_wave(one: Nodes) -> int:
    """Requests of a node whose pods all come at once: each pass asks for the target again."""
    return max(1, math.ceil(one.pods / one.settings.warm_ip_target))


def _starts_per_min(case: Case, one: Nodes) -> float:
    return one.starts_per_min if WORKLOAD in case.known else float(one.count)


def cooling_is_not_spare(case: Case) -> Iterator[Trap]:
    """A warm target below the pods that end on a node within the cooldown."""
    for one in case.nodes:
        cooling, settings = _cooling(one), one.settings
        target = settings.warm_ip_target
        spare = max(target, settings.minimum_ip_target - math.ceil(one.pods))
        if target and cooling > spare and not settings.prefix_delegation:
            yield Trap(
                case.path(one, "WARM_IP_TARGET"),
                f"{one.named}: about {cooling:.0f} pods end on a node within the cooldown of "
                f"{settings.ip_cooldown_ms // 1000} s, and ipamd counts their addresses among "
                f"the {spare} it keeps free: the pool reads full, and pods wait",
                f"WARM_IP_TARGET={math.ceil(cooling) + target}, or a shorter cooldown",
            )


def _cooling(one: Nodes) -> float:
    """Addresses of a node that cool at one time, on average."""
    a_node = one.starts_per_min / one.count if one.count else 0.0
    return a_node * one.settings.ip_cooldown_ms / 60_000
