"""How the pool shrinks: CIDRs given back, ENIs freed.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, functions of the same names.
"""

from __future__ import annotations

from .awsutils import free_eni
from .context import IpamContext, Steps
from .decisions import cidrs_to_give_back
from .enis import Cidr
from .grow import is_eni_attachment_allowed


def try_unassign_cidrs_from_all(c: IpamContext) -> Steps:
    """Gives back what is over the targets: free CIDRs, ENI by ENI in map order.

    Cooling does not matter here: a CIDR whose address still cools can go.
    """
    store = c.data_store
    over = cidrs_to_give_back(c.settings, store.get_ip_stats(c.clock.now))
    if over <= 0:
        return
    for eni in store.enis.copy():
        cidrs = store.find_freeable_cidrs(eni)[:over]
        if not cidrs:
            continue
        store.remove_cidrs(eni, cidrs, c.clock.now)
        yield from dealloc_cidrs(c, eni.id, cidrs)
        over -= len(cidrs)
        if over <= 0:
            break


def dealloc_cidrs(c: IpamContext, eni: int, cidrs: list[Cidr]) -> Steps:
    """One request a kind of CIDR, prefixes first; a failed one is not tried again (DeallocCidrs).

    The addresses of a failed one stay on the ENI until a reconcile finds them.
    """
    for cidr in cidrs:
        c.reconcile_cooldown_cache.add(cidr.address, cidr.is_prefix, c.clock.now)
    for is_prefix in (True, False):
        addresses = [cidr.address for cidr in cidrs if cidr.is_prefix is is_prefix]
        if addresses:
            yield from c.ec2.unassign_private_ip_addresses(eni, addresses, is_prefix)


def try_free_eni(c: IpamContext) -> Steps:
    """Frees one ENI, if one may go; it leaves the data store first."""
    if not is_eni_attachment_allowed(c):
        return
    eni = c.data_store.get_deletable_eni(c.clock.now)
    if eni is not None:
        c.data_store.remove_eni(eni, c.clock.now)
        yield from free_eni(c, eni.id)
