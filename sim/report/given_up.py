"""In words what a variant that changes the pods' network gives up: what no figure shows.

Sources: EKS user guide (cni-ipv6, cni-custom-network, security-groups-for-pods, cni-increase-ip-
addresses, alternate-cni-plugins), EKS best practices (networking), Calico's guide for EKS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.study.comparison import Comparison

from .figures import number

IPV6, PREFIXES = "ipamd.ENABLE_IPv6", "ipamd.ENABLE_PREFIX_DELEGATION"

GIVES_UP = {
    "cluster.overlay": "pods have no address of the VPC: nothing outside of the cluster reaches "
    "them but through nodes, security groups and flow logs do not tell them apart, targets of "
    "load balancers are instances, webhooks have to run on the host's network, packets carry 50 "
    "bytes more, and AWS supports neither the plug-in nor the change of a cluster that runs",
    IPV6: "the IP family of a cluster is chosen when it is made: this is a new "
    "cluster, on nitro types only, without Windows and custom networking, and what speaks IPv4 "
    "only is reached through the nodes' addresses",
    "ipamd.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "no pod has an address of the primary ENI, so that "
    "fewer pods fit on a node, and all nodes have to be replaced",
    PREFIXES: "subnets need whole free /28s, a /28 goes back only when its "
    "last pod has left, and max pods changes on new nodes only",
    "ipamd.ENABLE_POD_ENI": "one ENI of each node becomes a trunk, pods with security groups of "
    "their own are limited by the instance type, and wait for the controller's EC2 calls",
}
"""By the path of the value that switches it on, in the order in which it is said."""

OVERLAY = ("overlay_held_mean", "overlay_waste_mean")


def given_up(comparison: Comparison) -> Iterator[str]:
    """Sentences on variants that change the pods' network, variant by variant.

    What it holds elsewhere comes first: an overlay has addresses, and waste, of its own.
    """
    for variant in comparison.variants:
        held, waste = (variant.row.figures[name] for name in OVERLAY)
        if held is not None and waste is not None:
            yield (
                f"{variant.name}: holds {number(held.mean)} addresses of the overlay's own on "
                f"average, {number(waste.mean)} of them without a pod."
            )
        on = [path for path in GIVES_UP if _switches_on(variant.values, path)]
        if IPV6 in on and PREFIXES in on:
            on.remove(PREFIXES)  # IPv6 mode needs it, and has nothing of its /28s
        for path in on:
            yield f"{variant.name}: {GIVES_UP[path]}."


def _switches_on(values: Mapping[str, Any], path: str) -> bool:
    """Whether one of the values is that of the path, or of a part of it, and not off."""
    return any(
        one not in (False, None, "false", "0")
        for key, one in values.items()
        if key == path or key.startswith(f"{path}.")
    )
