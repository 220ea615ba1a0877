"""IPv6 mode: one /80 on the primary ENI when the daemon starts, and nothing after that.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go (nodeInit, setupENI, assignIPv6Prefix,
StartNodeIPPoolManager, which returns at once, and disableLeakedENICleanup). Warm targets are
ignored; a /80 has more addresses than a node can have pods.
"""

from __future__ import annotations

from sim.aws.metadata import SeenInterface

from .awsutils import describe_all_enis, is_subnet_excluded, tag_eni
from .context import IpamContext, Steps
from .daemon import SETUP_RETRY_MS, SETUP_TRIES, refresh_sg_ids
from .data_store import DataStore
from .enis import Cidr


class Ipv6DataStore(DataStore):
    """The data store of a node in IPv6 mode: pods take no address that is counted anywhere."""

    prefix: Cidr | None = None
    """The /80, once there is one."""

    def assign_pod_ipv4_address(self, _now: int) -> Cidr | None:
        """An address of the /80, None if there is no /80 (AssignPodIPv6Address)."""
        return self.prefix

    def unassign_pod_ip_address(self, _cidr: Cidr, _now: int) -> None:
        """The pod's address is free again, as so many others are."""


def node_init_ipv6(c: IpamContext) -> Steps:
    """The start in IPv6 mode; False if it fails (nodeInit)."""
    described = yield from describe_all_enis(c)
    if described is None:
        return False
    mine = [(seen, interface) for seen, interface in described if seen.eni == c.primary_eni]
    for seen, interface in mine:
        if c.settings.subnet_discovery and (yield from is_subnet_excluded(c, seen.subnet)) is None:
            return False
        if not (yield from tag_eni(c, seen.eni, interface.tagged)):
            return False
        for left in range(SETUP_TRIES - 1, -1, -1):
            if (yield from setup_ipv6_eni(c, seen)):
                break
            if left:
                yield c.sleep(SETUP_RETRY_MS)
    c.restore()
    yield from refresh_sg_ids(c)
    return True


def setup_ipv6_eni(c: IpamContext, seen: SeenInterface) -> Steps:
    """Puts the primary ENI into the data store, with its /80; False on an error (setupENI)."""
    store = c.data_store
    assert isinstance(store, Ipv6DataStore)
    eni = store.add_eni(seen.eni, seen.subnet, True, c.clock.now)
    if c.settings.subnet_discovery and (yield from is_subnet_excluded(c, seen.subnet)) is None:
        return False
    if not (yield from assign_ipv6_prefix(c, seen.eni)):
        return False
    store.prefix = Cidr(0, True, eni)
    return True


def assign_ipv6_prefix(c: IpamContext, eni: int) -> Steps:
    """Asks EC2 whether the ENI has a /80, and for one if not; False on an error."""
    described = yield from c.ec2.describe_network_interfaces([eni])
    if not described.ok:
        return False
    if described.value[0].ipv6_prefixes:
        return True
    answer = yield from c.ec2.assign_ipv6_addresses(eni)
    return answer.ok
