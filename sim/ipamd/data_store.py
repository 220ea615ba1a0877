"""The daemon's data store: ENIs, their CIDRs, and which addresses pods hold or have just left.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go. Upstream counts anew at
each question; here the counts are kept, since a day of a large cluster asks millions of times. Of
a CIDR's addresses only their numbers matter (assigned, cooling, free): a released address that has
cooled off serves as well as a new one (getUnusedIP).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from .decisions import OtherEnis, Stats, is_required
from .go_map import GoMap
from .settings import IPS_PER_PREFIX, Settings

MIN_ENI_LIFETIME_MS = 60_000
"""Younger ENIs are not freed (isTooYoung)."""


class Cidr:
    """A /32 or a /28 of an ENI; ``eni`` is None once it has left the data store."""

    __slots__ = ("address", "assigned", "cooling", "eni", "is_prefix", "released_ms", "size")

    def __init__(self, address: int, is_prefix: bool, eni: Eni) -> None:
        self.address = address
        self.is_prefix = is_prefix
        self.size = IPS_PER_PREFIX if is_prefix else 1
        self.assigned = 0
        self.cooling = 0
        self.released_ms = 0  # last release of one of its addresses
        self.eni: Eni | None = eni

    @property
    def free(self) -> int:
        """Addresses that a pod can have at once."""
        return self.size - self.assigned - self.cooling


class Held:
    """What the data store holds in one subnet, by the state of each address."""

    __slots__ = ("assigned", "cooldown", "enis", "partial", "prefixes", "subnet", "warm")

    def __init__(self, subnet: int) -> None:
        self.subnet = subnet
        self.enis = self.prefixes = 0
        self.assigned = self.cooldown = self.warm = self.partial = 0


class Eni:
    """An ENI of the data store."""

    __slots__ = (
        "active_ips",
        "assigned",
        "cidrs",
        "cooling",
        "created_ms",
        "excluded",
        "free_active",
        "held",
        "id",
        "is_primary",
        "is_trunk",
        "unused_cidrs",
    )

    def __init__(self, eni_id: int, is_primary: bool, held: Held, cidrs: GoMap[Cidr]) -> None:
        self.id = eni_id
        self.is_primary = is_primary
        self.is_trunk = False
        self.excluded = False
        self.created_ms = 0
        self.held = held
        self.cidrs = cidrs
        self.active_ips = 0  # addresses in CIDRs of the mode in force
        self.free_active = 0  # of those, neither assigned nor cooling
        self.assigned = 0  # in CIDRs of either kind, as in hasPods
        self.cooling = 0
        self.unused_cidrs = 0  # CIDRs of either kind without a pod


def _nothing() -> None:
    """What happens on a pod event that nobody waits for."""


class DataStore:
    """ENIs and addresses of one node; ``on_pod`` is called when a pod took or released one.

    Args:
        settings: the daemon's settings.
        random: source of the order of Go maps, uniform on [0, 1).
        on_change: called with (ms, what is held in a subnet) after each change.
    """

    def __init__(
        self,
        settings: Settings,
        random: Callable[[], float],
        on_change: Callable[[int, Held], None],
    ) -> None:
        self.settings = settings
        self._is_prefix_mode = settings.prefix_delegation
        self._random = random
        self._on_change = on_change
        self.on_pod: Callable[[], None] = _nothing
        self.enis: GoMap[Eni] = GoMap(random)
        self._by_id: dict[int, Eni] = {}
        self._held: dict[int, Held] = {}
        self._cooling: deque[tuple[int, Cidr]] = deque()
        self.version = 0  # of the set of ENIs and CIDRs
        # GetIPStats leaves excluded ENIs out; prefixes and free prefixes count them.
        self.total_ips = self.assigned_ips = self.cooldown_ips = 0
        self.total_prefixes = self.free_prefixes = self.unused_cidrs = 0

    # ---------------------------------------------------------------- questions

    def get_ip_stats(self, now: int) -> Stats:
        """GetIPStats and GetFreePrefixes at ``now``."""
        self.expire_cooldowns(now)
        return Stats(
            self.total_ips,
            self.total_prefixes,
            self.assigned_ips,
            self.cooldown_ips,
            self.free_prefixes,
        )

    def find_eni(self, eni_id: int) -> Eni | None:
        """The ENI of this id, None if it is not in the data store."""
        return self._by_id.get(eni_id)

    def get_allocatable_enis(self) -> list[Eni]:
        """ENIs with an empty slot, in map order (GetAllocatableENIs)."""
        if not self.has_allocatable_eni():
            return []
        return [eni for eni in self.enis if self._is_allocatable(eni)]

    def has_allocatable_eni(self) -> bool:
        """Whether some ENI has an empty slot for more CIDRs."""
        return any(self._is_allocatable(eni) for eni in self._by_id.values())

    def _is_allocatable(self, eni: Eni) -> bool:
        return not (eni.is_trunk or eni.excluded) and len(eni.cidrs) < self.settings.slots

    def freeable_eni_exists(self) -> bool:
        """Whether some secondary ENI has no pods (CheckFreeableENIexists)."""
        return any(
            not (eni.is_primary or eni.assigned or eni.is_trunk) for eni in self._by_id.values()
        )

    def find_freeable_cidrs(self, eni: Eni) -> list[Cidr]:
        """CIDRs without a pod, cooling or not, in map order (FindFreeableCidrs)."""
        return [cidr for cidr in eni.cidrs if cidr.assigned == 0]

    def is_deletable(self, eni: Eni, now: int) -> bool:
        """Whether ``getDeletableENI`` would take this ENI now."""
        return self._may_go(eni) and self._may_go_from(eni) <= now

    def get_deletable_eni(self, now: int) -> Eni | None:
        """The first ENI in map order that may go, if any (getDeletableENI)."""
        self.expire_cooldowns(now)
        if not any(self.is_deletable(eni, now) for eni in self._by_id.values()):
            return None
        return next(eni for eni in self.enis if self.is_deletable(eni, now))

    def next_deletable_eni(self, now: int) -> int | None:
        """When an ENI may go if no pod comes or goes, None if none will."""
        self.expire_cooldowns(now)
        return min(
            (self._may_go_from(eni) for eni in self._by_id.values() if self._may_go(eni)),
            default=None,
        )

    def _may_go(self, eni: Eni) -> bool:
        """Neither primary nor in use nor required; time aside."""
        if eni.is_primary or eni.assigned or eni.is_trunk:
            return False
        own_ips, own_unused = (0, 0) if eni.excluded else (eni.active_ips, eni.unused_cidrs)
        others = OtherEnis(
            self.total_ips - own_ips, self.assigned_ips, self.unused_cidrs - own_unused
        )
        return not is_required(self.settings, others)

    def _may_go_from(self, eni: Eni) -> int:
        """Old enough (isTooYoung), and nothing on it cools (hasIPInCooling)."""
        grown_up = eni.created_ms + MIN_ENI_LIFETIME_MS
        if not eni.cooling:
            return grown_up
        released = max(cidr.released_ms for cidr in eni.cidrs.entries())
        return max(grown_up, released + self.settings.ip_cooldown_ms + 1)

    # ------------------------------------------------------------------ changes

    def add_eni(self, eni_id: int, subnet: int, is_primary: bool, now: int) -> Eni:
        """Adds an ENI without CIDRs; returns the one that is there already, if so (AddENI)."""
        if eni_id in self._by_id:
            return self._by_id[eni_id]
        self.expire_cooldowns(now)
        held = self._held.setdefault(subnet, Held(subnet))
        eni = Eni(eni_id, is_primary, held, GoMap(self._random))
        eni.created_ms = now
        self.enis.add(eni)
        self.version += 1
        self._by_id[eni_id] = eni
        held.enis += 1
        self._on_change(now, held)
        return eni

    def remove_eni(self, eni: Eni, now: int) -> None:
        """Drops an ENI with all it holds, pods' addresses included (RemoveENIFromDataStore)."""
        self.expire_cooldowns(now)
        for cidr in eni.cidrs.entries():
            self._drop(cidr, eni)
        self.enis.remove(eni)
        self.version += 1
        del self._by_id[eni.id]
        eni.held.enis -= 1
        self._on_change(now, eni.held)

    def close(self, now: int) -> None:
        """The process ends: from now on this data store holds nothing."""
        for eni in self.enis.entries():
            self.remove_eni(eni, now)

    def add_cidrs(self, eni: Eni, addresses: Iterable[int], is_prefix: bool, now: int) -> None:
        """Adds CIDRs by their first addresses; those already there stay (AddIPv4CidrToStore)."""
        self.expire_cooldowns(now)
        known = {cidr.address for cidr in eni.cidrs.entries() if cidr.is_prefix == is_prefix}
        for address in addresses:
            if address not in known:
                cidr = Cidr(address, is_prefix, eni)
                eni.cidrs.add(cidr)
                self.version += 1
                self._count(cidr, eni, 1)
        self._on_change(now, eni.held)

    def remove_cidrs(self, eni: Eni, cidrs: Iterable[Cidr], now: int) -> None:
        """Drops CIDRs, with the addresses of their pods if they have any (force)."""
        self.expire_cooldowns(now)
        for cidr in cidrs:
            self._drop(cidr, eni)
        self._on_change(now, eni.held)

    def exclude(self, eni: Eni) -> None:
        """Keeps pods off an ENI whose subnet is tagged out (SetENIExcludedForPodIPs).

        It is called for an ENI that has no CIDRs in the data store yet.
        """
        eni.excluded = True

    def assign_pod_ipv4_address(self, now: int) -> Cidr | None:
        """A CIDR in which a pod now holds one address, None if there is no free one.

        ENIs, then CIDRs of the mode in force, in map order; the first with an address that is
        neither assigned nor cooling serves (AssignPodIPv4Address). The pool manager is not woken.
        """
        self.expire_cooldowns(now)
        if self.total_ips - self.assigned_ips == self.cooldown_ips:
            return None
        for eni in self.enis:
            if not eni.free_active or eni.excluded:
                continue
            for cidr in eni.cidrs:
                if cidr.is_prefix == self._is_prefix_mode and cidr.free:
                    self._recount(cidr, eni, +1, 0)
                    self._on_change(now, eni.held)
                    self.on_pod()
                    return cidr
        return None

    def unassign_pod_ip_address(self, cidr: Cidr, now: int) -> None:
        """Releases one address of the CIDR; it cools from now on (UnassignPodIPAddress).

        A pod whose CIDR left the data store by force has nothing to release.
        """
        eni = cidr.eni
        if eni is None:
            return
        self.expire_cooldowns(now)
        self._recount(cidr, eni, -1, +1)
        self._cooling.append((now, cidr))
        cidr.released_ms = now
        self._on_change(now, eni.held)
        self.on_pod()

    def restore(self, cidr: Cidr, assigned: int, cooling: int, released_ms: int) -> None:
        """Sets how many addresses of a fresh CIDR pods hold, and how many cool since when."""
        eni = cidr.eni
        assert eni is not None
        self._recount(cidr, eni, assigned, cooling)
        self._cooling.extend([(released_ms, cidr)] * cooling)
        cidr.released_ms = released_ms

    def expire_cooldowns(self, now: int) -> None:
        """Takes note of addresses that have cooled off: while age <= period they cool."""
        cooling = self._cooling
        period = self.settings.ip_cooldown_ms
        while cooling and now - cooling[0][0] > period:
            released, cidr = cooling.popleft()
            eni = cidr.eni
            if eni is not None:
                self._recount(cidr, eni, 0, -1)
                self._on_change(released + period + 1, eni.held)

    # ------------------------------------------------------------------- counts

    def _recount(self, cidr: Cidr, eni: Eni, assigned: int, cooling: int) -> None:
        """Counts that many more assigned and cooling addresses of a CIDR.

        It is what `_count` out, a change and `_count` in would do, at half the cost: this is where
        a busy run spends its time.
        """
        free, was_unused = cidr.free, not cidr.assigned
        cidr.assigned += assigned
        cidr.cooling += cooling
        now_free, is_unused = free - assigned - cooling, not cidr.assigned
        held = eni.held
        held.assigned += assigned
        held.cooldown += cooling
        if was_unused:
            held.warm -= free
        else:
            held.partial -= free
        if is_unused:
            held.warm += now_free
        else:
            held.partial += now_free
        eni.assigned += assigned
        eni.cooling += cooling
        if was_unused != is_unused:
            self._count_unused(cidr, eni, 1 if is_unused else -1)
        if cidr.is_prefix == self._is_prefix_mode:
            eni.free_active += now_free - free
            if not eni.excluded:
                self.assigned_ips += assigned
                self.cooldown_ips += cooling

    def _count_unused(self, cidr: Cidr, eni: Eni, change: int) -> None:
        eni.unused_cidrs += change
        if cidr.is_prefix:
            self.free_prefixes += change
        if not eni.excluded:
            self.unused_cidrs += change

    def _drop(self, cidr: Cidr, eni: Eni) -> None:
        self._count(cidr, eni, -1)
        eni.cidrs.remove(cidr)
        self.version += 1
        cidr.eni = None

    def _count(self, cidr: Cidr, eni: Eni, sign: int) -> None:
        """Adds (or takes out) a CIDR as it is to all counts it is part of."""
        size, assigned, cooling = sign * cidr.size, sign * cidr.assigned, sign * cidr.cooling
        free = size - assigned - cooling
        unused = 0 if assigned else sign
        held = eni.held
        held.assigned += assigned
        held.cooldown += cooling
        if unused:
            held.warm += free
        else:
            held.partial += free
        eni.assigned += assigned
        eni.cooling += cooling
        if unused:
            self._count_unused(cidr, eni, unused)
        if cidr.is_prefix:
            held.prefixes += sign
            self.total_prefixes += sign
        if cidr.is_prefix == self._is_prefix_mode:
            eni.active_ips += size
            eni.free_active += free
            if not eni.excluded:
                self.total_ips += size
                self.assigned_ips += assigned
                self.cooldown_ips += cooling
