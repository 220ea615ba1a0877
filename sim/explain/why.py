"""Why a pool check did something or nothing: the daemon's decisions on the recorded counts."""

from __future__ import annotations

from typing import NamedTuple

from sim.ipamd.context import LONG_AGO
from sim.ipamd.daemon import DECREASE_IP_POOL_INTERVAL_MS
from sim.ipamd.decisions import (
    cidrs_to_give_back,
    has_room_for_eni,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
)
from sim.ipamd.grow import INSUFFICIENT_CIDR_COOLDOWN_MS
from sim.ipamd.settings import IPS_PER_PREFIX, Settings
from sim.report.format import number_of

from .pool import Held
from .story import listed, seconds

ENOUGH, FULL, CORDONED, EXHAUSTED, NO_ROOM, SHRUNK, GROWS, SHRINKS = (
    "enough",
    "full",
    "cordoned",
    "exhausted",
    "no room",
    "just shrunk",
    "grows",
    "shrinks",
)


class Gates(NamedTuple):
    """What keeps a check from acting, as it was when the check was made.

    Attributes:
        is_cordoned: whether the node was.
        exhausted_ms: the last answer that a subnet has no address, of those that make ipamd wait.
        shrunk_ms: the end of the last pass that gave CIDRs back.
    """

    is_cordoned: bool = False
    exhausted_ms: int = LONG_AGO
    shrunk_ms: int = LONG_AGO


class Verdict(NamedTuple):
    """What a check found and what that led to: one of the kinds above, and why in words."""

    kind: str
    text: str


def judge(settings: Settings, held: Held, now: int, gates: Gates) -> Verdict:
    """What a pool check found (updateIPPoolIfRequired), and whether it could act on it."""
    stats = held.stats(is_prefix_mode=settings.prefix_delegation)
    if held.total >= settings.max_pods and not is_datastore_pool_too_high(settings, stats):
        text = f"it held {number_of(held.total, 'address', 'addresses')}"
        return Verdict(FULL, f"{text}, and with max pods, {settings.max_pods}, it asks for no more")
    if is_datastore_pool_too_low(settings, stats):
        return _low(settings, held, now, gates)
    if not is_datastore_pool_too_high(settings, stats):
        return Verdict(ENOUGH, f"it counted {spare(held)}; {targets(settings)}")
    over = cidrs(cidrs_to_give_back(settings, stats), settings)
    if now - gates.shrunk_ms <= DECREASE_IP_POOL_INTERVAL_MS:
        since = f"some were given back at {seconds(gates.shrunk_ms)}, and 30 s must go by"
        return Verdict(SHRUNK, f"{over} over the targets, but {since}")
    return Verdict(SHRINKS, f"it counted {spare(held)}; {targets(settings)}: {over} over")


def _low(settings: Settings, held: Held, now: int, gates: Gates) -> Verdict:
    found = f"it counted {spare(held)}; {targets(settings)}"
    if gates.is_cordoned and not settings.manage_enis_non_schedulable:
        return Verdict(CORDONED, f"{found}; but the node was cordoned, so it asked for none")
    if now - gates.exhausted_ms <= INSUFFICIENT_CIDR_COOLDOWN_MS:
        since = seconds(gates.exhausted_ms)
        text = f"{found}; but the subnet had no address at {since}, and for 120 s it asks for none"
        return Verdict(EXHAUSTED, text)
    slots = held.open_enis * settings.slots
    if cidrs_held(settings, held) >= slots and not has_room_for_eni(settings, held.enis, True):
        enis = number_of(held.enis, "ENI")
        text = f"{found}; but its {enis} were full, and no more can be attached"
        return Verdict(NO_ROOM, text)
    return Verdict(GROWS, found)


def cidrs_held(settings: Settings, held: Held) -> int:
    """CIDRs of the mode in force: /28s in prefix mode, else addresses."""
    return held.prefixes if settings.prefix_delegation else held.total


def cidrs(number: int, settings: Settings) -> str:
    """A number of CIDRs: ``2 /28s``, ``5 addresses``."""
    if settings.prefix_delegation:
        return number_of(number, "/28")
    return number_of(number, "address", "addresses")


def counts(held: Held) -> str:
    """What was held: ``27 held, 22 assigned, 5 cooling, 0 usable``."""
    parts = [f"{held.total} held", f"{held.assigned} assigned"]
    if held.cooldown:
        parts.append(f"{held.cooldown} cooling")
    return ", ".join([*parts, f"{held.usable} usable"])


def spare(held: Held) -> str:
    """What the daemon counts as available: ``5 to spare (27 held - 22 assigned, 5 of them ...``."""
    available = held.total - held.assigned
    cooling = ""
    if held.cooldown:
        which = "all" if held.cooldown == available else f"{held.cooldown} of them"
        cooling = f", {which} cooling"
    return f"{available} to spare ({held.total} held - {held.assigned} assigned{cooling})"


def targets(settings: Settings) -> str:
    """What the settings want: ``WARM_IP_TARGET=2 wants 2 to spare``."""
    warm, minimum = settings.warm_ip_target, settings.minimum_ip_target
    if settings.warm_ip_targets_defined:
        wanted = [f"WARM_IP_TARGET={warm} wants {warm} to spare"] if warm else []
        if minimum:
            wanted.append(f"MINIMUM_IP_TARGET={minimum} wants {minimum} held")
        if not warm:
            wanted.append("without WARM_IP_TARGET nothing beyond that is wanted")
        return listed(wanted)
    if settings.prefix_delegation:
        name, target, unit = "WARM_PREFIX_TARGET", settings.warm_prefix_target, IPS_PER_PREFIX
    else:
        name, target, unit = "WARM_ENI_TARGET", settings.warm_eni_target, settings.max_ips_per_eni
    if target == 0:
        return f"{name}=0 wants more only when none is to spare"
    each = f" ({target} x {unit})" if target > 1 else ""
    return f"{name}={target} wants {target * unit}{each} to spare"


# ---------------------------------------------------------------- why it keeps what it holds


def why_kept(settings: Settings, held: Held) -> str:
    """Why a daemon that holds this gives nothing back, as far as the counts say it."""
    if settings.prefix_delegation:
        return _why_prefixes_are_kept(settings, held)
    if settings.warm_ip_targets_defined:
        return f"nothing is over the targets: {spare(held)}, and {targets(settings)}"
    limit = (settings.warm_eni_target + 1) * settings.max_ips_per_eni
    available = held.total - held.assigned
    rule = "without IP targets single addresses are never given back, only whole ENIs"
    if held.enis <= 1:
        return f"{rule}, and the primary one must stay"
    if available < limit:
        return (
            f"{rule}, and one may go only with {limit} to spare "
            f"(WARM_ENI_TARGET + 1 = {settings.warm_eni_target + 1} x {settings.max_ips_per_eni}); "
            f"it counted {available}"
        )
    return (
        f"{rule}; with {available} to spare one may go ({limit} are enough) once no pod and no "
        "cooling address is on it and it is a minute old"
    )


def _why_prefixes_are_kept(settings: Settings, held: Held) -> str:
    free = number_of(held.unused, "/28")
    need = -(-held.assigned // IPS_PER_PREFIX)
    text = f"a /28 with a pod cannot go: {held.assigned} pods would fit into {need}, "
    text += f"and were on {held.prefixes - held.unused}; {free} had none"
    if settings.warm_ip_targets_defined:
        return f"{text}, and {targets(settings)}"
    return f"{text}, and WARM_PREFIX_TARGET={settings.warm_prefix_target} keeps that many"
