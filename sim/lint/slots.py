"""Traps of instance types and max pods."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario import doubts

from .case import Case
from .rule import Trap


def cannot_hold_prefixes(case: Case) -> Iterator[Trap]:
    """Prefix mode on types without it."""
    for one in case.nodes:
        for found in doubts.cannot_hold_prefixes(one.spec, one.ipamd, one.group):
            message = f"{one.named}: {found.message}, {one.most_ips} of them at most"
            yield Trap(found.path, message)


def max_pods_too_high(case: Case) -> Iterator[Trap]:
    """More pod slots than addresses."""
    for one in case.nodes:
        for found in doubts.too_many_pods(one.spec, one.ipamd, one.group):
            yield Trap(found.path, f"{one.named}: {found.message}", found.remedy)


def max_pods_left_at_default(case: Case) -> Iterator[Trap]:
    """Prefix mode with the slots of secondary IPs."""
    for one in case.nodes:
        for found in doubts.unused_prefixes(one.spec, one.ipamd, one.group):
            yield Trap(found.path, f"{one.named}: {found.message}", found.remedy)
