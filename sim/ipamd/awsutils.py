"""How ipamd strings EC2 actions together: upstream's pkg/awsutils/awsutils.go at v1.23.1.

Functions carry upstream's names. Each is a generator to be run with ``yield from``; the daemon's
loop does nothing else meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.aws.client import Call
from sim.aws.ec2 import ENI_NOT_FOUND, OK, Answer, NetworkInterface, SubnetSeen
from sim.aws.metadata import SeenInterface

from .context import IpamContext, Steps

MAX_ENI_BACKOFF_DELAY_MS = 60_000
MAX_EC2_API_RETRIES = 12
DESCRIBE_ALL_TIMEOUT_MS = 10_000
TAG_TRIES = 5
SLEEP_AFTER_DETACH_MS = 2_000
EXCLUDED = "0"
"""Value of the tag kubernetes.io/role/cni that keeps ipamd out of a subnet."""

TAGGED_OUT = Answer("SubnetExcluded")
GAVE_UP = Answer("GaveUp")


def backoff(start_ms: float, jitter: float, uniform: Callable[[], float]) -> Iterator[int]:
    """Waits in ms: doubling from the start up to 60 s, each plus U[0, jitter) of itself.

    Source: pkg/utils/retry NewSimpleBackoff, as awsutils.go uses it.
    """
    current = start_ms
    while True:
        yield int(current + uniform() * jitter * current)
        current = min(current * 2, MAX_ENI_BACKOFF_DELAY_MS)


def n_with_backoff(
    c: IpamContext, waits: Iterator[int], tries: int, call: Callable[[], Call]
) -> Call:
    """Calls until one succeeds, at most ``tries`` times, with waits between (NWithBackoff)."""
    for left in range(tries - 1, -1, -1):
        answer = yield from call()
        if answer.ok or not left:
            break
        yield c.sleep(next(waits))
    return answer


def is_subnet_excluded(c: IpamContext, subnet: int) -> Steps:
    """Whether the subnet is tagged out, None if EC2 cannot be asked (IsSubnetExcluded).

    It describes all subnets of the zone; one that is not among them is not excluded.
    """
    answer = yield from c.ec2.describe_subnets(c.zone)
    if not answer.ok:
        return None
    return any(one.subnet == subnet and is_tagged_out(one) for one in answer.value)


def is_tagged_out(subnet: SubnetSeen) -> bool:
    """Tagged 0, or tagged in, but for other clusters only."""
    tag = subnet.cni_tag
    return tag == EXCLUDED or (tag != "" and not subnet.is_for_cluster)


def is_subnet_valid_for_eni_creation(subnet: SubnetSeen, is_primary_subnet: bool) -> bool:
    """The node's own subnet unless tagged out, others only if tagged in.

    Tags of clusters count in subnets with a tag of the CNI only (isSubnetValidForENICreation).
    """
    if is_tagged_out(subnet):
        return False
    return is_primary_subnet or subnet.cni_tag != ""


# -------------------------------------------------------------------- describing


def describe_all_enis(c: IpamContext) -> Steps:
    """ENIs of the metadata that EC2 knows too, as [(seen, interface)], None if EC2 cannot be asked.

    Up to 12 tries of 10 s; a failed one, the last too, is followed by n x 10 ms, n from 0. An ENI
    that EC2 does not know any more is left out and the rest asked for at once (DescribeAllENIs).
    """
    seen = {eni: one.copy() for eni, one in c.get_attached_enis().items()}
    answer = GAVE_UP
    for retry in range(MAX_EC2_API_RETRIES):
        if not seen:
            break
        answer = yield from c.ec2.describe_network_interfaces(list(seen), DESCRIBE_ALL_TIMEOUT_MS)
        if answer.ok:
            break
        if answer.code == ENI_NOT_FOUND:
            del seen[answer.value]
            continue
        yield c.sleep(retry * 10)
    if not answer.ok:
        return None
    found: list[NetworkInterface] = answer.value
    return [(seen[interface.id], interface) for interface in found]


def get_cidrs_from_ec2(c: IpamContext, eni: int, is_prefix: bool) -> Steps:
    """CIDRs of one kind that EC2 says the ENI has, None on an error.

    Source: GetIPv4sFromEC2 (without the primary address) and GetIPv4PrefixesFromEC2.
    """
    answer = yield from c.ec2.describe_network_interfaces([eni])
    return list(answer.value[0].cidrs(is_prefix)) if answer.ok else None


# ------------------------------------------------------------------ a new ENI


def alloc_eni(c: IpamContext, count: int) -> Steps:
    """Creates an ENI with ``count`` CIDRs and attaches it; answers with its id (AllocENI).

    If its attribute cannot be set it is freed, and the answer is OK with id 0: upstream shadows
    its error there, and goes on with an empty id.
    """
    created = yield from create_eni(c, count)
    if not created.ok:
        return created
    eni = created.value
    attached = yield from c.ec2.describe_instances()
    if attached.ok:
        attached = yield from c.ec2.attach_network_interface(eni)
    if not attached.ok:
        yield from delete_eni(c, eni)
        return attached
    modified = yield from c.ec2.set_delete_on_termination(eni)
    if modified.ok:
        return created
    freed = yield from free_eni(c, eni)
    return Answer(OK, 0, 0) if freed else modified


def create_eni(c: IpamContext, count: int) -> Call:
    """Creates the ENI in the first subnet that takes it (createENI).

    Custom networking takes its ENIConfig's subnet and asks for no other. With subnet discovery
    there is the choice among the zone's subnets; without it, or when they
    cannot be described, the node's own subnet, unless it is tagged out. Only without discovery
    does it go on when even that cannot be found out.
    """
    is_prefix = c.settings.prefix_delegation
    if c.settings.custom_networking:
        assert c.eni_config_subnet is not None
        subnet = c.eni_config_subnet
        return (yield from c.ec2.create_network_interface(subnet, count, is_prefix))
    if c.settings.subnet_discovery:
        described = yield from c.ec2.describe_subnets(c.zone)
        if described.ok:
            return (yield from _create_in_discovered(c, described.value, count))
    if not c.settings.subnet_exclusion:
        return (yield from c.ec2.create_network_interface(c.subnet, count, is_prefix))
    excluded = yield from is_subnet_excluded(c, c.subnet)
    if excluded is None and c.settings.subnet_discovery:
        return GAVE_UP
    if excluded:
        return TAGGED_OUT
    return (yield from c.ec2.create_network_interface(c.subnet, count, is_prefix))


def _create_in_discovered(c: IpamContext, subnets: list[SubnetSeen], count: int) -> Call:
    """One try in each subnet that may be used, the one with most free addresses first."""
    is_prefix = c.settings.prefix_delegation
    answer = TAGGED_OUT
    for subnet in sorted(subnets, key=lambda one: -one.free):
        is_primary = subnet.subnet == c.subnet
        if (
            is_subnet_valid_for_eni_creation(subnet, is_primary)
            if c.settings.subnet_exclusion
            else is_primary or subnet.cni_tag
        ):
            answer = yield from c.ec2.create_network_interface(subnet.subnet, count, is_prefix)
            if answer.ok:
                break
    return answer


def wait_for_eni_and_ips_attached(c: IpamContext, eni: int, wanted: int) -> Steps:
    """Polls the metadata until they list the ENI with all wanted CIDRs; None if it gives up.

    At most 12 polls; after the last it takes what is there: more than one address, or more than
    one prefix (WaitForENIAndIPsAttached).
    """
    is_prefix = c.settings.prefix_delegation
    waits = backoff(100, 0.15, c.random)
    for poll in range(MAX_EC2_API_RETRIES):
        if poll:
            yield c.sleep(next(waits))
        seen = c.get_attached_enis().get(eni)
        count = _pod_cidrs(seen, is_prefix)
        if count >= max(wanted, 1):
            return seen
    return seen if count > (1 if is_prefix else 0) else None


def _pod_cidrs(seen: SeenInterface | None, is_prefix: bool) -> int:
    return 0 if seen is None else len(seen.cidrs(is_prefix))


# ------------------------------------------------------------------ an ENI goes


def free_eni(c: IpamContext, eni: int) -> Steps:
    """Detaches and deletes an ENI; True unless an error is left (FreeENI)."""
    described = yield from c.ec2.describe_network_interfaces([eni])
    if not described.ok:
        return described.code == ENI_NOT_FOUND
    detached = yield from n_with_backoff(
        c,
        backoff(200, 0.15, c.random),
        MAX_EC2_API_RETRIES,
        lambda: c.ec2.detach_network_interface(eni),
    )
    if not detached.ok:
        return False
    yield c.sleep(SLEEP_AFTER_DETACH_MS)
    return (yield from delete_eni(c, eni))


def delete_eni(c: IpamContext, eni: int) -> Steps:
    """Deletes an ENI, in up to 12 tries; True if it is gone (deleteENI)."""
    waits = backoff(500, 0.15, c.random)
    for left in range(MAX_EC2_API_RETRIES - 1, -1, -1):
        answer = yield from c.ec2.delete_network_interface(eni)
        if answer.ok or answer.code == ENI_NOT_FOUND:
            return True
        if left:
            yield c.sleep(next(waits))
    return False


def tag_eni(c: IpamContext, eni: int, is_tagged: bool) -> Steps:
    """Adds ipamd's tags to an ENI that lacks them; True if it has them now (TagENI)."""
    if is_tagged:
        return True
    answer = yield from n_with_backoff(
        c, backoff(500, 0.3, c.random), TAG_TRIES, lambda: c.ec2.create_tags(eni)
    )
    return answer.ok
