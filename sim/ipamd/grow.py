"""How the pool grows: more CIDRs on an ENI, else one more ENI.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go, functions of the same names.
"""

from __future__ import annotations

from sim.aws.ec2 import INSUFFICIENT, INTERFACE, OK, OVER_ENI_LIMIT, Answer
from sim.aws.metadata import SeenInterface

from .awsutils import (
    alloc_eni,
    get_cidrs_from_ec2,
    is_subnet_excluded,
    wait_for_eni_and_ips_attached,
)
from .context import IpamContext, Steps
from .decisions import cidrs_to_ask_for, get_eni_resources_to_allocate, has_room_for_eni
from .enis import Eni

INSUFFICIENT_CIDR_COOLDOWN_MS = 120_000
"""No growth for this long, to the end, after EC2 ran out of addresses."""

NOTHING_ADDED = Answer(OK, 0)
COUNTS_AS_ADDED = Answer(OK, 1)


def is_eni_attachment_allowed(c: IpamContext) -> bool:
    """Whether ENIs may come and go: not on a cordoned node, unless told so."""
    return c.settings.manage_enis_non_schedulable or not c.is_node_non_schedulable()


def in_insufficient_cidr_cooling_period(c: IpamContext) -> bool:
    """Whether the last answer that a subnet is exhausted is at most 120 s old."""
    return c.clock.now - c.last_insufficient_cidr_error <= INSUFFICIENT_CIDR_COOLDOWN_MS


def increase_datastore_pool(c: IpamContext) -> Steps:
    """One step of growth; False on an error that would fail the daemon's start."""
    if not is_eni_attachment_allowed(c) or in_insufficient_cidr_cooling_period(c):
        return True
    answer = yield from try_assign_cidrs(c)
    if not answer.ok:
        if answer.code not in INSUFFICIENT:
            return False
        c.last_insufficient_cidr_error = c.clock.now
        return True
    if answer.granted:
        c.last_node_ip_pool_action = c.clock.now
    elif has_room_for_eni(c.settings, c.data_store.enis.count, c.data_store.has_trunk):
        added = yield from try_allocate_eni(c)
        if added:
            c.last_node_ip_pool_action = c.clock.now
    return True


def try_assign_cidrs(c: IpamContext) -> Steps:
    """CIDRs for the first ENI in map order with an empty slot (tryAssignIPs, tryAssignPrefixes).

    The answer's ``granted`` says whether the pool counts as increased. After an error a second
    request for one CIDR follows at once. If that fails too, the next ENI is tried when subnet
    discovery is on and the subnet is exhausted: so with discovery, the default, exhaustion is
    never reported from here.
    """
    store, settings = c.data_store, c.settings
    wanted = cidrs_to_ask_for(settings, store.get_ip_stats(c.clock.now))
    if wanted == 0:
        return NOTHING_ADDED
    for eni in store.get_allocatable_enis():
        count = min(settings.slots - eni.cidrs.count, wanted)
        answer = yield from _assign(c, eni, count)
        if _is_failure(answer):
            answer = yield from _assign(c, eni, 1)
        if _is_failure(answer):
            may_go_on = settings.subnet_discovery and settings.tries_every_eni
            if may_go_on and answer.code in INSUFFICIENT:
                continue
            return answer
        return (yield from _take_into_store(c, eni, answer))
    return NOTHING_ADDED


def _assign(c: IpamContext, eni: Eni, count: int) -> Steps:
    return c.ec2.assign_private_ip_addresses(eni.id, count, c.settings.prefix_delegation)


def _is_failure(answer: Answer) -> bool:
    return not answer.ok and answer.code != OVER_ENI_LIMIT


def _take_into_store(c: IpamContext, eni: Eni, answer: Answer) -> Steps:
    """Writes what was granted into the data store; over the ENI's limit, asks EC2 what it has."""
    is_prefix = c.settings.prefix_delegation
    cidrs = answer.value
    if answer.code == OVER_ENI_LIMIT:
        cidrs = yield from get_cidrs_from_ec2(c, eni.id, is_prefix)
        if cidrs is None:
            return Answer("DescribeFailed")
    c.data_store.add_cidrs(eni, cidrs, is_prefix, c.clock.now)
    return COUNTS_AS_ADDED


def try_allocate_eni(c: IpamContext) -> Steps:
    """A new ENI with the CIDRs that are wanted by now; False on an error (tryAllocateENI).

    Under custom networking a node that no ENIConfig is for gets none.
    """
    if c.settings.custom_networking and c.eni_config_subnet is None:
        return False
    count = get_eni_resources_to_allocate(c.settings, c.data_store.get_ip_stats(c.clock.now))
    if count <= 0:
        return True
    allocated = yield from alloc_eni(c, count)
    if not allocated.ok:
        if allocated.code in INSUFFICIENT:
            c.last_insufficient_cidr_error = c.clock.now
        return False
    seen = yield from wait_for_eni_and_ips_attached(c, allocated.value, count)
    if seen is None:
        return False
    return (yield from setup_eni(c, seen))


def setup_eni(c: IpamContext, seen: SeenInterface, kind: str = INTERFACE) -> Steps:
    """Puts an ENI into the data store, then its CIDRs; False on an error (setupENI).

    With subnet discovery a DescribeSubnets comes between the two; if it fails the ENI stays in the
    data store without CIDRs.
    """
    store = c.data_store
    addresses, prefixes = list(seen.addresses), list(seen.prefixes)
    eni = store.add_eni(seen.eni, seen.subnet, seen.eni == c.primary_eni, c.clock.now)
    if kind != INTERFACE:
        store.keep(eni, kind)
    if c.settings.subnet_discovery and c.settings.subnet_exclusion:
        excluded = yield from is_subnet_excluded(c, seen.subnet)
        if excluded is None:
            return False
        if excluded:
            store.exclude(eni)
    if addresses:
        store.add_cidrs(eni, addresses, False, c.clock.now)
    if prefixes:
        store.add_cidrs(eni, prefixes, True, c.clock.now)
    return True
