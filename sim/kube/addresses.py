"""Where a node's pods get their addresses from, whichever plug-in it is."""

from __future__ import annotations

from typing import Any, Protocol


class PodAddresses(Protocol):
    """What a CNI plug-in asks on its node: ipamd's data store, or an overlay's IPAM."""

    @property
    def has_trunk(self) -> bool:
        """Whether pods may have branch ENIs."""

    def assign_pod_ipv4_address(self, now: int) -> Any:
        """Where a pod now holds one address, None if there is no free one."""

    def unassign_pod_ip_address(self, cidr: Any, now: int) -> None:
        """A pod gives its address back."""
