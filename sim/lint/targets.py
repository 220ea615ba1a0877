"""Traps of the warm targets themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sim.ipamd.settings import IPS_PER_PREFIX
from sim.scenario import doubts

from .case import TYPE, Case, Nodes
from .rule import Trap

THRASH_PERIOD_S = 35
"""Of an idle node under WARM_PREFIX_TARGET=0: 30 s between decreases, then the next 5 s pass."""


def minimum_is_a_ceiling(case: Case) -> Iterator[Trap]:
    """MINIMUM_IP_TARGET without WARM_IP_TARGET."""
    if TYPE not in case.known:
        yield from _a_ceiling_on_any_type(case)
        return
    for one in case.nodes:
        for found in doubts.ceiling(one.spec, one.ipamd, one.group):
            path = case.path(one, "MINIMUM_IP_TARGET")
            yield Trap(path, f"{one.named}: {found.message}", found.remedy)


def _a_ceiling_on_any_type(case: Case) -> Iterator[Trap]:
    for one in case.nodes:
        minimum = one.settings.minimum_ip_target
        if minimum and not one.settings.warm_ip_target:
            message = f"a node never holds more than {minimum} addresses for pods"
            yield Trap(case.path(one, "MINIMUM_IP_TARGET"), f"{one.named}: {message}")


def prefix_target_zero(case: Case) -> Iterator[Trap]:
    """WARM_PREFIX_TARGET=0 where it rules."""
    for one in case.nodes:
        settings = one.settings
        rules = settings.prefix_delegation and not settings.warm_ip_targets_defined
        if rules and settings.warm_prefix_target == 0:
            yield Trap(case.path(one, "WARM_PREFIX_TARGET"), _thrash(one))


def _thrash(one: Nodes) -> str:
    a_node = 2 * 3600 // THRASH_PERIOD_S
    message = (
        "with no free /28 the pool is too low, with one too high: an idle node takes one and gives "
        f"it back for ever, about {a_node} requests an hour"
    )
    return f"{one.named}: {message}{_in_all(one, a_node, 'an hour')}"


def _in_all(one: Nodes, each: int, unit: str = "") -> str:
    """The same of all nodes of a group, if there are several."""
    total = f"{one.count * each:,} {unit}".rstrip()
    return f", {total} on {one.count:,} nodes" if one.count > 1 else ""


def rounds_up(case: Case) -> Iterator[Trap]:
    """IP targets that whole prefixes overshoot."""
    for one in case.nodes:
        settings = one.settings
        wanted = max(settings.warm_ip_target, settings.minimum_ip_target)
        if not settings.prefix_delegation or wanted % IPS_PER_PREFIX == 0:
            continue
        name = "WARM_IP_TARGET"
        if settings.minimum_ip_target > settings.warm_ip_target:
            name = "MINIMUM_IP_TARGET"
        more = one.idle.ips - wanted
        if more <= 0:
            continue
        yield Trap(
            case.path(one, name),
            f"{one.named}: {name}={wanted} is held in /28s: {one.idle.ips} addresses on a node "
            f"without pods, {more} more than asked{_in_all(one, more)}",
            f"{wanted + more} asks for what is held anyway; up to {wanted + more - IPS_PER_PREFIX} "
            "holds a /28 less",
        )


def warm_eni_target_ignored(case: Case) -> Iterator[Trap]:
    """A WARM_ENI_TARGET that IP targets make void."""
    yield from _ignored(case, doubts.IP_TARGETS)


def of_the_other_mode(case: Case) -> Iterator[Trap]:
    """A target of prefix mode outside of it, or the other way round."""
    yield from _ignored(case, doubts.OTHER_MODE)


def _ignored(case: Case, kind: str) -> Iterator[Trap]:
    held = ", ".join(f"{one.idle.held} on a node of {one.named}" for one in case.nodes)
    said = f"; held without pods: {held}" if TYPE in case.known else ""
    for why, found in doubts.ignored_targets(case.model):
        if why == kind:
            name = str(found.path[-1])
            yield Trap(found.path, f"{name} {found.message}{said}")


def over_the_type(case: Case) -> Iterator[Trap]:
    """Targets that no node can reach."""
    for one in case.nodes:
        for name, ips in _asked(one):
            most = min(one.most_ips, one.group.max_pods)
            if ips > most:
                limit = "can hold" if one.most_ips <= one.group.max_pods else "has pod slots for"
                yield Trap(
                    case.path(one, name),
                    f"{one.named}: {name}={getattr(one.ipamd, name)} asks for {ips} addresses, and "
                    f"a node {limit} {most}: each takes all it can, {one.idle.held} with those of "
                    f"its ENIs{_in_all(one, one.idle.held)}",
                    f"{most} or less",
                )


def _asked(one: Nodes) -> Iterator[tuple[str, int]]:
    """The targets that rule, in addresses."""
    settings = one.settings
    if settings.warm_ip_targets_defined:
        yield "WARM_IP_TARGET", settings.warm_ip_target
        yield "MINIMUM_IP_TARGET", settings.minimum_ip_target
    elif settings.prefix_delegation and settings.warm_prefix_target > 1:
        yield "WARM_PREFIX_TARGET", settings.warm_prefix_target * IPS_PER_PREFIX
    elif not settings.prefix_delegation and settings.warm_eni_target > 1:
        yield "WARM_ENI_TARGET", settings.warm_eni_target * settings.max_ips_per_eni


def no_cooldown(case: Case) -> Iterator[Trap]:
    """IP_COOLDOWN_PERIOD=0."""
    for one in case.nodes:
        if one.settings.ip_cooldown_ms == 0:
            yield Trap(
                case.path(one, "IP_COOLDOWN_PERIOD"),
                f"{one.named}: 0 s between two pods of an address, and kube-proxy may need seconds "
                "to take the last one out of its Services on every node, the longer the more there "
                "are",
            )


def groups_differ(case: Case) -> Iterator[Trap]:
    """Settings of single groups."""
    given = [one.ipamd for one in case.nodes]
    if all(one == given[0] for one in given):
        return
    own = [one for one in case.nodes if one.spec.ipamd is not None]
    names = ", ".join(one.spec.name for one in own)
    yield Trap(
        ("cluster", "node_groups", own[0].index, "ipamd"),
        f"{names}: {len(own)} of {len(case.nodes)} groups have settings of their own, and one "
        "DaemonSet has one environment",
    )
