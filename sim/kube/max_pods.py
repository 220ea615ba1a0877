"""How many pods a node takes, what it keeps from them, and how many addresses it can hold.

Rules of awslabs/amazon-eks-ami: nodeadm/internal/kubelet (eni_max_pods.go, config.go) and
max-pods-calculator.sh.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..aws.instance_types import InstanceType, of_group
from . import expression as cel

if TYPE_CHECKING:
    from ..scenario.cluster import NodeGroup
    from ..scenario.ipamd import Ipamd

HOST_NETWORK_PODS = 2
"""aws-node and kube-proxy: they take a slot each and no address."""

PREFIX_SIZE = 16
EVICTION_THRESHOLD_MIB = 100
MANY_VCPUS = 30
CEILING, CEILING_MANY_VCPUS = 110, 250
CNI_VERSION = "1.23.1"
_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:[.+-].*)?", re.ASCII)
_CPU_SHARES = ((0, 1_000, 600), (1_000, 2_000, 100), (2_000, 4_000, 50), (4_000, None, 25))
"""kube-reserved cpu: (from millicores, to millicores, ten-thousandths kept)."""


def auto(instance_type: InstanceType) -> int:
    """What the AMI sets when nobody says otherwise: the formula, without a ceiling."""
    return instance_type.max_enis * instance_type.slots + HOST_NETWORK_PODS


def recommended(
    instance_type: InstanceType,
    *,
    prefix_delegation: bool,
    custom_networking: bool = False,
    max_eni: int = 0,
    cni_version: str = CNI_VERSION,
    show_max_allowed: bool = False,
) -> int:
    """What max-pods-calculator.sh prints.

    Like the script it takes prefixes on bare metal for unsupported, although ipamd does not: EC2
    names no hypervisor there.

    Args:
        instance_type: the node's type.
        prefix_delegation: ipamd holds prefixes, on nitro and with a CNI from 1.9.
        custom_networking: the primary ENI holds no pod addresses.
        max_eni: upper bound on ENIs; 0: the type's own.
        cni_version: such as 1.23.1 or v1.9.
        show_max_allowed: leave out the ceiling of 110 pods, or 250 over 30 vCPUs.

    Raises:
        ValueError: the version cannot be read, or the ceiling hangs on vCPUs that are not known.
    """
    enis = min(max_eni or instance_type.max_enis, instance_type.max_enis) - custom_networking
    prefixes = prefix_delegation and instance_type.hypervisor == "nitro"
    per_slot = PREFIX_SIZE if prefixes and _knows_prefixes(cni_version) else 1
    allowed = enis * instance_type.slots * per_slot + HOST_NETWORK_PODS
    if show_max_allowed or allowed <= CEILING:
        return allowed
    ceiling = CEILING_MANY_VCPUS if _vcpus(instance_type) > MANY_VCPUS else CEILING
    return min(allowed, ceiling)


def evaluate(expression: str, instance_type: InstanceType) -> int:
    """Max pods by a CEL expression over default_enis, ips_per_eni and max_pods.

    Raises:
        ValueError: the expression is broken; a node would log this and take `auto`.
    """
    names = {
        "default_enis": instance_type.max_enis,
        "ips_per_eni": instance_type.ipv4_per_eni,
        "max_pods": auto(instance_type),
    }
    try:
        value = cel.evaluate(expression, names)
    except ValueError as error:
        raise ValueError(f"max_pods {expression[:60]!r}: {error}") from None
    if isinstance(value, bool) or not 0 < value < 2**31:
        raise ValueError(f"max_pods {expression[:60]!r} gives {value}, not a number of pods")
    return value


def max_pods(group: NodeGroup, settings: Ipamd) -> int:
    """Max pods of a group's nodes under these ipamd settings.

    Raises:
        ValueError: a broken expression, or vCPUs that are needed and not known.
        KeyError: an unknown instance type.
    """
    given = group.max_pods
    if isinstance(given, int):
        return given
    if given == "auto":
        return auto(of_group(group))
    if given == "recommended":
        return recommended(
            of_group(group),
            prefix_delegation=settings.ENABLE_PREFIX_DELEGATION,
            custom_networking=settings.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG,
            max_eni=settings.MAX_ENI,
        )
    return evaluate(given, of_group(group))


def kube_reserved(instance_type: InstanceType, max_pods: int) -> tuple[int, int]:
    """(millicores, MiB) that a node keeps from pods, its eviction threshold included.

    On the AMI ``max_pods`` is what the formula or the expression gives; a number that is set
    past them (``--max-pods``, kubelet config) does not change what is kept.

    Raises:
        ValueError: the type's vCPUs are not known.
    """
    total = _vcpus(instance_type) * 1_000
    cpu = sum(
        max(0, min(total, total if to is None else to) - start) * share // 10_000
        for start, to, share in _CPU_SHARES
    )
    return cpu, 11 * max_pods + 255 + EVICTION_THRESHOLD_MIB


def address_capacity(instance_type: InstanceType, settings: Ipamd, unmanaged: int = 0) -> int:
    """The most pod addresses that a node of this type can ever hold under these settings.

    Under custom networking its primary ENI holds none, and neither do a trunk ENI and unmanaged
    ENIs.

    With MINIMUM_IP_TARGET and no WARM_IP_TARGET the pool never grows past the minimum
    (datastoreTargetState), rounded up to whole prefixes in prefix mode.
    """
    prefixes = settings.ENABLE_PREFIX_DELEGATION and instance_type.prefix_delegation
    per_slot = PREFIX_SIZE if prefixes else 1
    enis = min(settings.MAX_ENI or instance_type.max_enis, instance_type.max_enis)
    has_trunk = settings.ENABLE_POD_ENI and instance_type.branch_enis > 0
    enis -= settings.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG + has_trunk + unmanaged
    capacity = enis * instance_type.slots * per_slot
    if settings.MINIMUM_IP_TARGET and not settings.WARM_IP_TARGET:
        return min(capacity, -(-settings.MINIMUM_IP_TARGET // per_slot) * per_slot)
    return capacity


def _vcpus(instance_type: InstanceType) -> int:
    if instance_type.vcpus is None:
        raise ValueError(f"the vCPUs of {instance_type.name} are not known")
    return instance_type.vcpus


def _knows_prefixes(cni_version: str) -> bool:
    match = _VERSION.fullmatch(cni_version.strip())
    if match is None:
        raise ValueError(f"{cni_version!r} is no CNI version: write it like {CNI_VERSION}")
    return (int(match[1]), int(match[2])) > (1, 8)
