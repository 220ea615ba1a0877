"""What a node's daemon finds again after a restart: which pod holds which address.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go ReadBackingStore: the
file has allocations, and nothing of what cools. An allocation whose pod has no network interface
on the node any more is dropped (normalizeCheckpointDataByPodVethExistence), one whose address is
on no ENI passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr
from sim.results.records import NEVER

from .pods import Pod


def restore_allocations(pods: Iterable[Pod], old: DataStore, new: DataStore, now: int) -> None:
    """Hands the addresses of a node's pods from one process's data store to the next one's.

    A pod whose address is not in the new one keeps it, unknown to the daemon.
    """
    held = [(pod, pod.cidr) for pod in pods if pod.released_ms == NEVER and _is_known(pod.cidr)]
    old.close(now)
    found = {
        (cidr.is_prefix, cidr.address): cidr
        for eni in new.enis.entries()
        for cidr in eni.cidrs.entries()
    }
    counts: Counter[Cidr] = Counter()
    for pod, was in held:
        cidr = found.get((was.is_prefix, was.address)) if was is not None else None
        if cidr is not None:
            pod.cidr = cidr
            counts[cidr] += 1
    for cidr, count in counts.items():
        new.restore(cidr, count, cooling=0, released_ms=now)


def _is_known(cidr: Cidr | None) -> bool:
    return cidr is not None and cidr.eni is not None
