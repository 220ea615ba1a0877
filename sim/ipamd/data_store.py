"""The daemon's data store: ENIs, their CIDRs, and which addresses pods hold or have just left.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go. Upstream counts anew at
each question; here the counts are kept, since a day of a large cluster asks millions of times. Of
a CIDR's addresses only their numbers matter (assigned, cooling, free): a released address that has
cooled off serves as well as a new one (getUnusedIP).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from sim.aws.ec2 import TRUNK

from .changes import (
    CHANGES,
    COOLED_BESIDE_OTHERS,
    COOLED_IN_UNUSED,
    ONE_ENI_LESS,
    ONE_MORE_ENI,
    RELEASED_BESIDE_OTHERS,
    RELEASED_BY_THE_LAST,
    TAKEN_BESIDE_OTHERS,
    TAKEN_BY_THE_FIRST,
)
from .decisions import OtherEnis, Stats, is_required
from .enis import Cidr, Eni
from .go_map import GoMap
from .settings import Settings

MIN_ENI_LIFETIME_MS = 60_000
"""Younger ENIs are not freed (isTooYoung)."""


Log = Callable[[tuple[int, int, int]], None]
"""Called with each change: (ms, holder, number in `CHANGES`)."""


def _nothing(*_arguments: object) -> None:
    """What happens if nobody wants to know."""


class DataStore:
    """ENIs and addresses of one node; ``on_pod`` is called when a pod took or released one.

    ``on_emptied`` is called with a CIDR of an excluded ENI that its last pod has left.
    Its map of ENIs has those marked that have a free address for a pod.

    Args:
        settings: the daemon's settings.
        random: source of the order of Go maps, uniform on [0, 1).
        log: gets each change of what is held.
        holder_of: under which number the log knows what this node holds in a subnet.
    """

    def __init__(
        self,
        settings: Settings,
        random: Callable[[], float],
        log: Log = _nothing,
        holder_of: Callable[[int], int] = int,
    ) -> None:
        self.settings = settings
        self._is_prefix_mode = settings.prefix_delegation
        self._cooldown_ms = settings.ip_cooldown_ms
        self._random = random
        self._log = log
        self._holder_of = holder_of
        self.on_pod: Callable[[], None] = _nothing
        self.on_emptied: Callable[[Cidr], None] = _nothing
        self.enis: GoMap[Eni] = GoMap(random)
        self._by_id: dict[int, Eni] = {}
        self._cooling: deque[tuple[int, Cidr]] = deque()
        self.freeable_enis = 0
        self.has_trunk = False
        # GetIPStats leaves excluded ENIs out; prefixes and free prefixes count them.
        self.total_ips = self.assigned_ips = self.cooldown_ips = 0
        self.total_prefixes = self.free_prefixes = self.unused_cidrs = 0
        self.forgotten_prefixes = 0  # in total_prefixes, and no more there

    # ---------------------------------------------------------------- questions

    def get_ip_stats(self, now: int) -> Stats:
        """GetIPStats and GetFreePrefixes at ``now``."""
        self.expire_cooldowns(now)
        return self.counts()

    def counts(self) -> Stats:
        """The same as last looked at: addresses that have cooled off since count as cooling."""
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
            return []  # and no random number drawn, in passes that may be slept through
        return [eni for eni in self.enis if self._is_allocatable(eni)]

    def has_allocatable_eni(self) -> bool:
        """Whether some ENI has an empty slot for more CIDRs."""
        return any(self._is_allocatable(eni) for eni in self._by_id.values())

    def _is_allocatable(self, eni: Eni) -> bool:
        if eni.is_trunk or eni.excluded or (eni.is_primary and self.settings.custom_networking):
            return False
        return eni.cidrs.count < self.settings.slots

    def freeable_eni_exists(self) -> bool:
        """Whether some secondary ENI has no pods (CheckFreeableENIexists)."""
        return self.freeable_enis > 0

    def find_freeable_cidrs(self, eni: Eni) -> list[Cidr]:
        """CIDRs without a pod, cooling or not, in map order (FindFreeableCidrs)."""
        return [cidr for cidr in eni.cidrs if cidr.assigned == 0]

    def is_deletable(self, eni: Eni, now: int) -> bool:
        """Whether ``getDeletableENI`` would take this ENI now."""
        return self._may_go(eni) and self._may_go_from(eni) <= now

    def get_deletable_eni(self, now: int) -> Eni | None:
        """The first ENI in map order that may go, if any (getDeletableENI)."""
        deletable = self.next_deletable_eni(now)
        if deletable is None or deletable > now:
            return None
        return next(eni for eni in self.enis if self.is_deletable(eni, now))

    def next_deletable_eni(self, now: int) -> int | None:
        """When an ENI may go if no pod comes or goes, None if none will."""
        if not self.freeable_enis:
            return None
        self.expire_cooldowns(now)
        may_go = [self._may_go_from(eni) for eni in self._by_id.values() if self._may_go(eni)]
        return min(may_go, default=None)

    def _may_go(self, eni: Eni) -> bool:
        """Neither primary nor in use nor required; time aside."""
        if not eni.is_freeable:
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
        eni = Eni(eni_id, is_primary, self._holder_of(subnet), GoMap(self._random))
        eni.created_ms = now
        self.enis.add(eni)
        self._by_id[eni_id] = eni
        self.freeable_enis += eni.is_freeable
        self._log((now, eni.holder, ONE_MORE_ENI))
        return eni

    def remove_eni(self, eni: Eni, now: int) -> None:
        """Drops an ENI with all it holds, pods' addresses included (RemoveENIFromDataStore)."""
        self.remove_cidrs(eni, eni.cidrs.entries(), now)
        self.enis.remove(eni)
        del self._by_id[eni.id]
        self.freeable_enis -= eni.is_freeable
        if eni.is_trunk:  # another one may have come before this one was found gone
            self.has_trunk = any(one.is_trunk for one in self.enis.entries())
        self._log((now, eni.holder, ONE_ENI_LESS))

    def close(self, now: int) -> None:
        """The process ends: from now on this data store holds nothing."""
        for eni in self.enis.entries():
            self.remove_eni(eni, now)

    def add_cidrs(self, eni: Eni, addresses: Iterable[int], is_prefix: bool, now: int) -> None:
        """Adds CIDRs by their first addresses; those already there stay (AddIPv4CidrToStore)."""
        self.expire_cooldowns(now)
        known = eni.by_address(is_prefix)
        added = [Cidr(one, is_prefix, eni) for one in addresses if one not in known]
        for cidr in added:
            known[cidr.address] = cidr
            eni.cidrs.add(cidr)
            self._mark(cidr, eni)
        if added:
            self._count_all(added, eni, now, 1)

    def remove_cidrs(self, eni: Eni, cidrs: list[Cidr], now: int) -> None:
        """Drops CIDRs, with the addresses of their pods if they have any (force)."""
        self.expire_cooldowns(now)
        for cidr in cidrs:
            del eni.by_address(cidr.is_prefix)[cidr.address]
        if cidrs:
            self._count_all(cidrs, eni, now, -1)
        for cidr in cidrs:
            self._unmark(cidr, eni)
            eni.cidrs.remove(cidr)
            cidr.eni = None

    def keep(self, eni: Eni, kind: str = TRUNK) -> None:
        """The ENI is a trunk or an EFA and stays; a trunk takes no CIDRs either."""
        self.freeable_enis -= eni.is_freeable
        if kind == TRUNK:
            eni.is_trunk = self.has_trunk = True
        else:
            eni.is_efa = True

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
        if self._cooling and now - self._cooling[0][0] > self._cooldown_ms:
            self.expire_cooldowns(now)
        enis = self.enis
        if not enis.marked:
            return None
        eni = enis.first_marked()
        cidr = eni.cidrs.first_marked()
        free = cidr.free
        if cidr.assigned:
            change = TAKEN_BESIDE_OTHERS
        else:
            change = TAKEN_BY_THE_FIRST[free]
            eni.unused_cidrs -= 1
            self.unused_cidrs -= 1
            self.free_prefixes -= cidr.is_prefix
        if not eni.assigned:
            self.freeable_enis -= eni.is_freeable
        cidr.free = free - 1
        cidr.assigned += 1
        eni.assigned += 1
        self.assigned_ips += 1
        if free == 1:
            eni.cidrs.unmark(cidr)
            if not eni.cidrs.marked:
                enis.unmark(eni)
        self._log((now, eni.holder, change))
        self.on_pod()
        return cidr

    def unassign_pod_ip_address(self, cidr: Cidr, now: int) -> None:
        """Releases one address of the CIDR; it cools from now on (UnassignPodIPAddress).

        A pod whose CIDR left the data store by force has nothing to release.
        """
        eni = cidr.eni
        if eni is None:
            return
        if self._cooling and now - self._cooling[0][0] > self._cooldown_ms:
            self.expire_cooldowns(now)
        cidr.assigned -= 1
        cidr.cooling += 1
        cidr.released_ms = now
        eni.assigned -= 1
        if not eni.assigned:
            self.freeable_enis += eni.is_freeable
        eni.cooling += 1
        if cidr.is_prefix == self._is_prefix_mode and not eni.excluded:
            self.assigned_ips -= 1
            self.cooldown_ips += 1
        if cidr.assigned:
            change = RELEASED_BESIDE_OTHERS
        else:
            change = RELEASED_BY_THE_LAST[cidr.free]
            eni.unused_cidrs += 1
            self.free_prefixes += cidr.is_prefix
            if eni.excluded:
                self.on_emptied(cidr)
            else:
                self.unused_cidrs += 1
        self._cooling.append((now, cidr))
        self._log((now, eni.holder, change))
        self.on_pod()

    def expire_cooldowns(self, now: int) -> None:
        """Takes note of addresses that have cooled off: while age <= period they cool."""
        cooling, period = self._cooling, self._cooldown_ms
        while cooling and now - cooling[0][0] > period:
            released, cidr = cooling.popleft()
            eni = cidr.eni
            if eni is None:
                continue
            cidr.cooling -= 1
            cidr.free += 1
            eni.cooling -= 1
            if cidr.is_prefix == self._is_prefix_mode:
                if not eni.excluded:
                    self.cooldown_ips -= 1
                    if not eni.cidrs.marked:
                        self.enis.mark(eni)
                eni.cidrs.mark(cidr)
            change = COOLED_BESIDE_OTHERS if cidr.assigned else COOLED_IN_UNUSED
            self._log((released + period + 1, eni.holder, change))

    def restore(self, cidr: Cidr, assigned: int, cooling: int, released_ms: int) -> None:
        """Sets how many addresses of a fresh CIDR pods hold, and how many cool since when.

        It leaves no record.
        """
        eni = cidr.eni
        assert eni is not None
        self._count(cidr, eni, -1)
        cidr.assigned, cidr.cooling, cidr.released_ms = assigned, cooling, released_ms
        cidr.free = cidr.size - assigned - cooling
        self._count(cidr, eni, 1)
        self._unmark(cidr, eni)
        self._mark(cidr, eni)
        self._cooling.extend([(released_ms, cidr)] * cooling)

    def log_from(self, now: int, log: Log) -> None:
        """From now on changes are logged, all that is held now as the first ones."""
        self._log = log
        for eni in self.enis.entries():
            log((now, eni.holder, ONE_MORE_ENI))
            cidrs = [change_of(cidr, 1) for cidr in eni.cidrs.entries()]
            if cidrs:
                log((now, eni.holder, CHANGES[tuple(map(sum, zip(*cidrs, strict=True)))]))

    # ------------------------------------------------------------------- counts

    def _mark(self, cidr: Cidr, eni: Eni) -> None:
        """Marks a CIDR, and its ENI, if it can serve a pod."""
        if cidr.free and cidr.is_prefix == self._is_prefix_mode:
            if not (eni.cidrs.marked or eni.excluded):
                self.enis.mark(eni)
            eni.cidrs.mark(cidr)

    def _unmark(self, cidr: Cidr, eni: Eni) -> None:
        """Takes the mark from a CIDR, and from its ENI if no other has one."""
        eni.cidrs.unmark(cidr)
        if not eni.cidrs.marked:
            self.enis.unmark(eni)

    def _count_unused(self, cidr: Cidr, eni: Eni, change: int) -> None:
        eni.unused_cidrs += change
        if cidr.is_prefix:
            self.free_prefixes += change
        if not eni.excluded:
            self.unused_cidrs += change

    def _count_all(self, cidrs: list[Cidr], eni: Eni, now: int, sign: int) -> None:
        """Adds (or takes out) CIDRs to all counts, with one record."""
        counted = [self._count(cidr, eni, sign) for cidr in cidrs]
        change = counted[0] if len(counted) == 1 else tuple(map(sum, zip(*counted, strict=True)))
        self._log((now, eni.holder, CHANGES[change]))

    def _count(self, cidr: Cidr, eni: Eni, sign: int) -> tuple[int, ...]:
        """Adds (or takes out) a CIDR as it is to all counts it is part of."""
        size, assigned, cooling = sign * cidr.size, sign * cidr.assigned, sign * cidr.cooling
        self.freeable_enis -= eni.is_freeable
        eni.assigned += assigned
        eni.cooling += cooling
        self.freeable_enis += eni.is_freeable
        if not cidr.assigned:
            self._count_unused(cidr, eni, sign)
        if cidr.is_prefix:
            self.total_prefixes += sign
        if cidr.is_prefix == self._is_prefix_mode:
            eni.active_ips += size
            if not eni.excluded:
                self.total_ips += size
                self.assigned_ips += assigned
                self.cooldown_ips += cooling
        return change_of(cidr, sign)


def change_of(cidr: Cidr, sign: int) -> tuple[int, ...]:
    """The change that a CIDR as it is makes to what is held, by its coming or going."""
    free = sign * cidr.free
    warm, partial, unused = (0, free, 0) if cidr.assigned else (free, 0, sign)
    prefixes = sign if cidr.is_prefix else 0
    return 0, prefixes, sign * cidr.assigned, sign * cidr.cooling, warm, partial, unused
