"""What a node's pool settles at, reckoned from ipamd's own decisions without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.aws.instance_types import of_group
from sim.ipamd.decisions import (
    Stats,
    cidrs_to_ask_for,
    is_datastore_pool_too_low,
)
from sim.ipamd.settings import IPS_PER_PREFIX, Settings
from sim.kube.daemon_settings import daemon_settings
from sim.kube.max_pods import max_pods

if TYPE_CHECKING:
    from sim.scenario.cluster import NodeGroup
    from sim.scenario.ipamd import Ipamd


class Pool(NamedTuple):
    """What a node holds.

    Attributes:
        enis: with the primary one.
        cidrs: secondary addresses, or /28s in prefix mode.
        ips: addresses for pods.
    """

    enis: int
    cidrs: int
    ips: int

    @property
    def held(self) -> int:
        """Addresses of the subnet: those for pods and each ENI's own."""
        return self.enis + self.ips


def settled(settings: Settings, pods: int = 0) -> Pool:
    """What a node with so many pods grows to: it asks until it is not too low, or has no room."""
    unit = IPS_PER_PREFIX if settings.prefix_delegation else 1
    enis, cidrs = 1, 0
    while is_datastore_pool_too_low(settings, _stats(settings, cidrs, pods)):
        room = (enis - settings.custom_networking) * settings.slots - cidrs
        if room <= 0 and enis >= settings.enis_for_pods:
            break
        if room <= 0:
            enis, room = enis + 1, settings.slots
        wanted = cidrs_to_ask_for(settings, _stats(settings, cidrs, pods))
        cidrs += min(max(wanted, 1), room)
    return Pool(enis, cidrs, cidrs * unit)


def _stats(settings: Settings, cidrs: int, pods: int) -> Stats:
    if not settings.prefix_delegation:
        return Stats(cidrs, 0, min(pods, cidrs), 0, 0)
    ips = cidrs * IPS_PER_PREFIX
    used = -(-min(pods, ips) // IPS_PER_PREFIX)
    return Stats(ips, cidrs, min(pods, ips), 0, cidrs - used)


def pool_of(group: NodeGroup, ipamd: Ipamd, pods: int = 0) -> Pool:
    """What a node of a group settles at under these settings."""
    return settled(settings_of(group, ipamd), pods)


def settings_of(group: NodeGroup, ipamd: Ipamd) -> Settings:
    """What the daemon of a group's node makes of these settings."""
    pods = max_pods(group, ipamd)
    return daemon_settings(ipamd, of_group(group), pods, group.unmanaged_enis)
