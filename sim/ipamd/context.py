"""What the parts of one daemon process share (upstream's IPAMContext)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from typing import Any

from simpy import Event

from sim.aws.client import Ec2Client
from sim.aws.metadata import SeenInterface
from sim.clock import Clock, Order, Timer

from .cni_node import CniNode
from .data_store import DataStore
from .settings import Settings

Steps = Generator[Event, Any, Any]
"""Something the daemon does that takes time; run with ``yield from``."""

RECONCILE_COOLDOWN_MS = 60_000
"""A CIDR given back is not put back into the data store for this long (ipReconcileCooldown)."""

LONG_AGO = -(10**12)
"""A stamp that was never set: Go's zero time."""

CHECK, RECONCILE, RESTART = range(3)
"""The two kinds of passes of the daemon's loop, and what lies between two loops: from the death of
one process to the moment at which the next is ready."""


def _nothing(*_arguments: object) -> None:
    """What happens if nobody wants to know."""


class ReconcileCooldownCache:
    """CIDRs given back lately, by their kind: first address to the end of their 60 s.

    An entry never expires by itself (ReconcileCooldownCache).
    """

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def add(self, cidr: int, is_prefix: bool, now: int) -> None:
        """The CIDR was given back now."""
        self._until[is_prefix][cidr] = now + RECONCILE_COOLDOWN_MS

    def remove(self, cidr: int, is_prefix: bool) -> None:
        """The CIDR may be in the data store again."""
        self._until[is_prefix].pop(cidr, None)

    def recently_freed(self, cidr: int, is_prefix: bool, now: int) -> tuple[bool, bool]:
        """(is it in the cache, are its 60 s still running)."""
        until = self._until[is_prefix].get(cidr)
        return until is not None, until is not None and now < until

    def holds_any(self, cidrs: Collection[int], is_prefix: bool) -> bool:
        """Whether it holds one of these CIDRs."""
        return not self._until[is_prefix].keys().isdisjoint(cidrs)


@dataclass(slots=True)
class IpamContext:
    """One daemon process on one node.

    Args:
        clock: the simulation's clock.
        settings: the daemon's settings.
        data_store: its data store.
        ec2: its EC2 client; the metadata of its instance are read through it.
        subnet, zone: where the node lies.
        random: the process's own stream, uniform on [0, 1), for jitter.
        is_node_non_schedulable: whether the node is cordoned now.
        order: place of its passes within an instant.
        log_pass: called with each pass of the loop that took time: (begin ms, end ms, kind).
        restore: puts the allocations of the checkpoint into the data store.
        cni_node: the node's CNINode object.
        eni_config_subnet: where custom networking puts ENIs, None without an ENIConfig for the
            node.

    ``pass_begun`` is when the pass that is under way began, if one is, and which kind it is of.
    """

    clock: Clock
    settings: Settings
    data_store: DataStore
    ec2: Ec2Client
    subnet: int
    zone: str
    random: Callable[[], float]
    is_node_non_schedulable: Callable[[], bool]
    order: int = Order.IPAMD
    log_pass: Callable[[int, int, int], None] = _nothing
    restore: Callable[[], None] = _nothing
    cni_node: CniNode = field(default_factory=CniNode)
    eni_config_subnet: int | None = None
    unmanaged_enis: frozenset[int] = frozenset()
    pass_begun: tuple[int, int] | None = None
    last_node_ip_pool_action: int = LONG_AGO
    last_decrease_ip_pool: int = LONG_AGO
    last_insufficient_cidr_error: int = LONG_AGO
    reconcile_cooldown_cache: ReconcileCooldownCache = field(default_factory=ReconcileCooldownCache)

    @property
    def primary_eni(self) -> int:
        """Id of the ENI the instance was launched with."""
        return self.ec2.instance.primary.id

    @property
    def needs_trunk_eni(self) -> bool:
        """Whether security groups for pods wait for their trunk ENI (nodeIPPoolReconcile)."""
        return self.settings.pod_eni and not self.data_store.has_trunk

    def get_attached_enis(self) -> dict[int, SeenInterface]:
        """What the instance metadata show now (GetAttachedENIs)."""
        return self.ec2.instance.metadata.get_attached_enis(self.clock.now)

    def sleep(self, milliseconds: int) -> Timer:
        """time.Sleep."""
        return Timer(self.clock, milliseconds, self.order)
