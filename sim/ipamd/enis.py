"""ENIs of a data store, and their CIDRs, with the counts that are kept of them."""

from __future__ import annotations

from .go_map import GoMap
from .settings import IPS_PER_PREFIX


class Cidr:
    """A /32 or a /28 of an ENI; ``eni`` is None once it has left the data store.

    ``free`` counts the addresses that a pod can have at once: neither assigned nor cooling.
    """

    __slots__ = (
        "address",
        "assigned",
        "cooling",
        "eni",
        "free",
        "is_prefix",
        "released_ms",
        "size",
    )

    def __init__(self, address: int, is_prefix: bool, eni: Eni) -> None:
        self.address = address
        self.is_prefix = is_prefix
        self.size = self.free = IPS_PER_PREFIX if is_prefix else 1
        self.assigned = 0
        self.cooling = 0
        self.released_ms = 0  # last release of one of its addresses
        self.eni: Eni | None = eni


class Eni:
    """An ENI of the data store.

    Its map of CIDRs has those of the mode in force marked that have a free address.
    """

    __slots__ = (
        "active_ips",
        "addresses",
        "assigned",
        "cidrs",
        "cooling",
        "created_ms",
        "excluded",
        "holder",
        "id",
        "is_efa",
        "is_primary",
        "is_trunk",
        "prefixes",
        "unused_cidrs",
    )

    def __init__(self, eni_id: int, is_primary: bool, holder: int, cidrs: GoMap[Cidr]) -> None:
        self.id = eni_id
        self.is_primary = is_primary
        self.is_trunk = False
        self.is_efa = False
        self.excluded = False
        self.created_ms = 0
        self.holder = holder
        self.cidrs = cidrs
        self.addresses: dict[int, Cidr] = {}
        self.prefixes: dict[int, Cidr] = {}
        self.active_ips = 0  # addresses in CIDRs of the mode in force
        self.assigned = 0  # in CIDRs of either kind, as in hasPods
        self.cooling = 0
        self.unused_cidrs = 0  # CIDRs of either kind without a pod

    @property
    def is_freeable(self) -> bool:
        """Secondary, neither trunk nor EFA, and without pods."""
        return not (self.is_primary or self.is_trunk or self.is_efa or self.assigned)

    def by_address(self, is_prefix: bool) -> dict[int, Cidr]:
        """Its CIDRs of one kind by their first address."""
        return self.prefixes if is_prefix else self.addresses
