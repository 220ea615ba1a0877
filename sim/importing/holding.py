"""What nodes hold of their subnets, reckoned where no file has their network interfaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sim.aws.instance_types import InstanceType
from sim.kube.max_pods import PREFIX_SIZE
from sim.scenario.ipamd import Ipamd

from .snapshot import Node


def held_by_node(kind: InstanceType, settings: Ipamd, pods: int) -> int:
    """Addresses that a settled node with so many pods on its pool holds, primary ones included.

    By the targets of ipamd (datastoreTargetState and, for WARM_ENI_TARGET, nodeIPPoolTooLow),
    without what it keeps by chance after pods have gone.
    """
    enis = min(settings.MAX_ENI or kind.max_enis, kind.max_enis)
    by_prefix = settings.ENABLE_PREFIX_DELEGATION and kind.prefix_delegation
    unit = PREFIX_SIZE if by_prefix else 1
    if settings.WARM_IP_TARGET or settings.MINIMUM_IP_TARGET:
        wanted = max(pods + settings.WARM_IP_TARGET, settings.MINIMUM_IP_TARGET)
        units = -(-wanted // unit)
    elif by_prefix:
        units = -(-pods // unit) + settings.WARM_PREFIX_TARGET
    else:
        units = -(-(pods + settings.WARM_ENI_TARGET * kind.slots) // kind.slots) * kind.slots
    units = min(units, enis * kind.slots)
    return units * unit + max(-(-units // kind.slots), 1)


def held_by_subnet(
    nodes: Sequence[tuple[Node, InstanceType, Ipamd]],
    pods: Mapping[str, int],
    subnet_of: Mapping[str, str],
) -> Counter[str]:
    """The same summed up by subnet.

    Args:
        nodes: each with its type and the settings of its ipamd.
        pods: those with an address of its pool, by the node's name.
        subnet_of: by the node's name.
    """
    held: Counter[str] = Counter()
    for node, kind, settings in nodes:
        held[subnet_of[node.name]] += held_by_node(kind, settings, pods.get(node.name, 0))
    return held
