"""How the data store is kept in line with the instance metadata and EC2.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, functions of the same names.
"""

from __future__ import annotations

from sim.aws.ec2 import TRUNK, NetworkInterface
from sim.aws.metadata import SeenInterface

from .awsutils import describe_all_enis, get_cidrs_from_ec2, tag_eni
from .context import IpamContext, Steps
from .enis import Eni
from .grow import setup_eni

NODE_IP_POOL_RECONCILE_INTERVAL_MS = 60_000


def node_ip_pool_reconcile(c: IpamContext) -> Steps:
    """Once more than 60 s have gone by since the last pool action (nodeIPPoolReconcile).

    While a trunk ENI is wanted and not there it runs in every loop. Without a difference it
    makes no EC2 call.
    """
    since = c.clock.now - c.last_node_ip_pool_action
    if since <= NODE_IP_POOL_RECONCILE_INTERVAL_MS and not c.needs_trunk_eni:
        return
    if (yield from reconcile_all_enis(c)):
        c.last_node_ip_pool_action = c.clock.now


def reconcile_all_enis(c: IpamContext) -> Steps:
    """Compares all ENIs with the metadata; False if EC2 had to be asked and did not answer."""
    known = {eni.id: eni for eni in c.data_store.enis.entries()}
    attached = [
        seen.copy() for seen in c.get_attached_enis().values() if seen.eni not in c.unmanaged_enis
    ]
    interfaces: dict[int, NetworkInterface] = {}
    if any(seen.eni not in known for seen in attached):
        described = yield from describe_all_enis(c)
        if described is None:
            return False
        attached = [seen for seen, interface in described if interface.is_managed]
        interfaces = {interface.id: interface for _, interface in described}
    for seen in attached:
        eni = c.data_store.find_eni(seen.eni)
        if eni is not None:
            for is_prefix in (False, True):
                yield from eni_pool_reconcile(c, eni, seen, is_prefix)
            known.pop(seen.eni, None)
        else:
            yield from _add_eni(c, seen, interfaces[seen.eni])
    for eni in known.values():
        c.data_store.remove_eni(eni, c.clock.now)
    return True


def _add_eni(c: IpamContext, seen: SeenInterface, interface: NetworkInterface) -> Steps:
    """Tags and sets up an ENI that appeared; a trunk is the controller's and stays untagged."""
    if (yield from tag_eni(c, seen.eni, interface.tagged or interface.kind == TRUNK)):
        yield from setup_eni(c, seen, interface.kind)


def finds_nothing(c: IpamContext) -> bool:
    """Whether a reconcile would find all alike once the metadata show what EC2 has done by now.

    So it is if EC2 and the data store hold the same, and nothing of it was given back once.
    """
    interfaces, given_back = c.ec2.instance.interfaces, c.reconcile_cooldown_cache
    if len(interfaces) - len(c.unmanaged_enis) != c.data_store.enis.count:
        return False
    for has in interfaces:
        if not has.is_managed:
            continue
        eni = c.data_store.find_eni(has.id)
        if eni is None:
            return False
        if (
            has.addresses.keys() != eni.addresses.keys()
            or has.prefixes.keys() != eni.prefixes.keys()
        ):
            return False
        if given_back.holds_any(has.addresses, False) or given_back.holds_any(has.prefixes, True):
            return False
    return True


def eni_pool_reconcile(c: IpamContext, eni: Eni, seen: SeenInterface, is_prefix: bool) -> Steps:
    """One ENI's CIDRs of one kind (eniIPPoolReconcile, eniPrefixPoolReconcile).

    The metadata may be stale, so on a difference EC2 is asked, and its answer taken as it is.
    """
    pool = dict(eni.by_address(is_prefix))
    attached = list(seen.cidrs(is_prefix))
    is_checked = pool.keys() != set(attached)
    if is_checked:
        attached = yield from get_cidrs_from_ec2(c, eni.id, is_prefix)
        if attached is None:
            return
    found = yield from verify_and_add_to_datastore(c, eni, attached, is_prefix, is_checked)
    gone = [cidr for address, cidr in pool.items() if address not in found]
    if gone:
        c.data_store.remove_cidrs(eni, gone, c.clock.now)


def verify_and_add_to_datastore(
    c: IpamContext, eni: Eni, attached: list[int], is_prefix: bool, is_checked: bool
) -> Steps:
    """Adds attached CIDRs to the data store; returns those that may stay in it.

    A CIDR given back less than 60 s ago is passed over, and so **leaves the data store by force,
    with its pods, if EC2 has handed it out again**. One given back earlier is added after EC2 has
    confirmed it, with one request an ENI (verifyAndAddIPsToDatastore and its twin for prefixes).
    """
    cache = c.reconcile_cooldown_cache
    confirmed: list[int] | None = attached if is_checked else None
    found: set[int] = set()
    for address in attached:
        is_cached, is_fresh = cache.recently_freed(address, is_prefix, c.clock.now)
        if is_fresh:
            continue
        if is_cached:
            if confirmed is None:
                confirmed = yield from get_cidrs_from_ec2(c, eni.id, is_prefix)
            if confirmed is None:
                found.add(address)
                continue
            if address not in confirmed:
                continue
            cache.remove(address, is_prefix)
        found.add(address)
    added = [address for address in attached if address in found]
    if added:
        c.data_store.add_cidrs(eni, added, is_prefix, c.clock.now)
    return found
