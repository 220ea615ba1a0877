"""What a start cleans up: CIDRs without a pod that the settings in force have no use for.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, functions of the same names.
"""

from __future__ import annotations

from .context import IpamContext, Steps
from .data_store import DataStore
from .enis import Cidr, Eni

EMPTY_CIDR_DELAY_MS = 5_000
"""Slept before a CIDR that its last pod left on an excluded ENI is dropped."""


def check_and_handle_all_eni_exclusion(c: IpamContext) -> Steps:
    """Gives back what is free on ENIs in subnets tagged out, of the mode in force."""
    is_prefix = c.settings.prefix_delegation
    excluded = [eni for eni in c.data_store.enis.entries() if eni.excluded]
    yield from _unassign_from_enis(c, excluded, is_prefix)


def deallocate_empty_cidr(store: DataStore, cidr: Cidr, now: int) -> bool:
    """Drops a CIDR that its last pod left on an excluded ENI; whether there was one to drop.

    It leaves the data store only, EC2 is not asked: the next reconcile finds it on the ENI, and
    puts it back. Upstream forgets to count it out of its prefixes (deallocateEmptyCIDR).
    """
    eni = cidr.eni
    if eni is None or cidr.assigned:
        return False
    store.remove_cidrs(eni, [cidr], now)
    store.total_prefixes += cidr.is_prefix
    store.forgotten_prefixes += cidr.is_prefix
    return True


def try_unassign_cidrs_of_other_mode(c: IpamContext) -> Steps:
    """Gives back what is free of the other mode (tryUnassignIPsFromENIs and its twin).

    After a switch on a live node: single addresses in prefix mode, prefixes else. CIDRs with pods
    stay, and count for nothing from now on. What was given back may be found again at once: unlike
    a decrease, this leaves nothing in the reconcile cooldown cache.
    """
    is_prefix = not c.settings.prefix_delegation
    yield from _unassign_from_enis(c, c.data_store.enis.entries(), is_prefix)


def _unassign_from_enis(c: IpamContext, enis: list[Eni], is_prefix: bool) -> Steps:
    """One request an ENI; a failed one is not tried again, and a reconcile finds the CIDRs."""
    store = c.data_store
    free = {
        eni: [cidr for cidr in store.find_freeable_cidrs(eni) if cidr.is_prefix == is_prefix]
        for eni in enis
        if eni.by_address(is_prefix)
    }
    if not any(free.values()):
        return  # and no random number drawn, as in nearly all starts
    for eni in store.enis.copy():
        cidrs = free.get(eni)
        if cidrs:
            store.remove_cidrs(eni, cidrs, c.clock.now)
            addresses = [cidr.address for cidr in cidrs]
            yield from c.ec2.unassign_private_ip_addresses(eni.id, addresses, is_prefix)
