"""What a daemon knows of its settings and its node, once it has started."""

from __future__ import annotations

from dataclasses import dataclass, field

IPS_PER_PREFIX = 16
"""Addresses of a /28 (upstream GetPrefixDelegationDefaults)."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """Settings in upstream's words; see `sim.scenario.ipamd` for the variables they come from.

    They are equal only to themselves, so that decisions can be remembered by them.

    ``prefix_delegation`` is the mode in force, after the fallback on types without it
    (isConfigValid). ``max_enis`` is the lower of the type's limit and MAX_ENI (getMaxENI).
    ``slots`` are the addresses an ENI can hold besides its primary one (GetENIIPv4Limit).
    The last three are what versions before differ in: see `sim.scenario.cni_versions`.
    ``unmanaged_enis`` are attached to the instance and tagged node.k8s.amazonaws.com/no_manage.
    """

    warm_eni_target: int
    warm_prefix_target: int
    warm_ip_target: int
    minimum_ip_target: int
    prefix_delegation: bool
    max_enis: int
    slots: int
    max_pods: int
    subnet_discovery: bool = True
    ip_cooldown_ms: int = 30_000
    manage_enis_non_schedulable: bool = False
    leaked_eni_cleanup: bool = True
    custom_networking: bool = False
    ipv6: bool = False
    pod_eni: bool = False
    trunking_compatible: bool = True
    unmanaged_enis: int = 0
    subnet_exclusion: bool = True
    tries_every_eni: bool = True
    looks_once: bool = True
    assessed: dict[tuple[int, int, int, int], int] = field(default_factory=dict, repr=False)
    """What `sim.ipamd.pool_manager` remembers of its decisions under these settings."""

    @property
    def warm_ip_targets_defined(self) -> bool:
        """Whether IP targets rule (warmIPTargetsDefined)."""
        return self.warm_ip_target != 0 or self.minimum_ip_target != 0

    @property
    def enis_for_pods(self) -> int:
        """ENIs there can be besides a trunk and unmanaged ones; the primary counts."""
        return self.max_enis - self.unmanaged_enis - (self.pod_eni and self.trunking_compatible)

    @property
    def max_ips_per_eni(self) -> int:
        """Pod addresses that one ENI can hold (GetIPv4Limit)."""
        return self.slots * IPS_PER_PREFIX if self.prefix_delegation else self.slots
