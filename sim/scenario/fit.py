"""What a scenario allows but can hardly mean: settings without effect, pods that can never fit.

Every warning carries its numbers. They are bounds that no run can beat, so a warning is never a
matter of luck: more is asked than there can ever be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .checks import AWS_RESERVED, GROUPS, SUBNETS, single_addresses
from .cluster import NodeGroup
from .errors import Path
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel
from .workload import CronJob, Deployment, Job


@dataclass(frozen=True)
class Group:
    """A node group, and what each of its nodes has for the pods of workloads.

    Attributes:
        path: Where it stands.
        spec: What it says.
        settings: Its ipamd settings.
        nodes: The most nodes it ever has.
        max_pods: Pod slots of a node.
        slots: Those that DaemonSets leave.
        capacity: Addresses that a node can ever hold for pods.
        addresses: Those that DaemonSets leave.
        cpu: Millicores that reservations and DaemonSets leave.
        memory: MiB that they leave.
    """

    path: Path
    spec: NodeGroup
    settings: Ipamd
    nodes: int
    max_pods: int
    slots: int
    capacity: int
    addresses: int
    cpu: int
    memory: int
