"""The event records of a run: typed rows of whole numbers, appended as things happen.

A run appends to one `Recorder`; nothing else is measured. Every metric is derived from these
tables (`sim.results.metrics`). Times are integer milliseconds from the start of the run; a time
that never came is -1. Names (nodes, subnets, actions, ...) are stored once, as numbers into the
lists of `Names`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

NEVER = -1
"""The time of something that did not happen."""

POD_OUTCOMES = ("running", "finished", "deleted", "unserved")
"""running: alive at the end of the run with an address (or on the host's network); finished: its
work ended by itself; deleted: deleted after it had an address; unserved: deleted, or the run
ended, before it had one."""

UNSERVED_REASONS = ("", "no node fits", "no free address", "node not ready", "starting")
"""Why an unserved pod had no address when it went: it was never bound; its last ADD found no free
address; its last ADD (or its first, to come) met a node without a running ipamd; it was bound and
its first ADD was still to come on a ready node."""

POD_COLUMNS = (
    "pod",  # number in order of creation
    "workload",  # Names.workloads
    "node",  # Names.nodes, -1: never bound
    "host_network",  # 1: takes a slot, no address
    "created_ms",
    "bound_ms",  # scheduled to its node
    "first_add_ms",  # first CNI ADD
    "address_ms",  # got its address (host network: its sandbox)
    "running_ms",
    "ended_ms",  # delete request, or end of its work
    "released_ms",  # CNI DEL: the address begins to cool
    "adds",  # CNI ADDs, failed ones included
    "outcome",  # POD_OUTCOMES
    "reason",  # UNSERVED_REASONS
    "deadline_missed",  # 1: its Job's activeDeadlineSeconds ended it
)

EC2_COLUMNS = (
    "request_ms",
    "answer_ms",
    "node",
    "action",  # Names.actions
    "asked",  # CIDRs, subnets, ... asked for
    "granted",
    "attempt",  # 1 for the first, 2 and 3 for the SDK's retries
    "code",  # Names.codes, such as OK or RequestLimitExceeded
    "tokens",  # left in the action's bucket after the request; -1: not throttled
)

POOL_COLUMNS = (
    # What one node's data store holds in one subnet, from this instant on.
    "time_ms",
    "node",
    "subnet",
    "enis",  # ENIs in the data store (each holds its primary address)
    "prefixes",  # /28s
    "assigned",  # addresses held by pods
    "cooldown",  # released, not to be used yet
    "warm",  # free, in CIDRs without a pod: could be given back
    "partial",  # free, in prefixes that pods share: usable here, not returnable
)

SUBNET_COLUMNS = (
    "time_ms",
    "subnet",
    "node",  # whose addresses changed; -1: others'
    "held",  # addresses of the subnet this node holds in EC2 from now on, primaries included
    "free",  # free addresses of the subnet from now on
    "free_28s",  # wholly free aligned /28s (with prefix reservations: those inside)
)

NODE_COLUMNS = (
    "node",
    "group",  # Names.groups
    "subnet",
    "requested_ms",  # launch request that succeeded
    "started_ms",  # aws-node started first
    "ready_ms",
    "cordoned_ms",
    "terminated_ms",
    "boot_failures",  # failed starts of ipamd
)

LAUNCH_FAILURE_COLUMNS = ("time_ms", "group", "subnet")

TABLES: dict[str, tuple[str, ...]] = {
    "pods": POD_COLUMNS,
    "ec2_calls": EC2_COLUMNS,
    "pool": POOL_COLUMNS,
    "subnets": SUBNET_COLUMNS,
    "nodes": NODE_COLUMNS,
    "launch_failures": LAUNCH_FAILURE_COLUMNS,
}


@dataclass
class Names:
    """What the numbers in the records stand for."""

    workloads: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


class Table:
    """Rows of one record table in one flat buffer of 64-bit integers.

    A million rows of nine columns take 72 MB, and appending one costs a fraction of a microsecond.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.values = array("q")
        self.append = self.values.extend

    def __len__(self) -> int:
        return len(self.values) // len(self.columns)

    def matrix(self) -> Any:
        """The rows as a NumPy array of shape (rows, columns), sharing memory."""
        import numpy as np

        return np.frombuffer(self.values, dtype=np.int64).reshape(-1, len(self.columns))


class Recorder:
    """Where a run writes its records, one `Table` each."""

    def __init__(self) -> None:
        self.names = Names()
        self.pods = Table(POD_COLUMNS)
        self.ec2_calls = Table(EC2_COLUMNS)
        self.pool = Table(POOL_COLUMNS)
        self.subnets = Table(SUBNET_COLUMNS)
        self.nodes = Table(NODE_COLUMNS)
        self.launch_failures = Table(LAUNCH_FAILURE_COLUMNS)

    def tables(self) -> dict[str, Table]:
        """The tables by name, in the order of `TABLES`."""
        return {name: getattr(self, name) for name in TABLES}
