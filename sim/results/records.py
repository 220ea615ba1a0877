"""The event records of a run: typed rows of whole numbers, appended as things happen.

A run appends to one `Recorder`; nothing else is measured. Every metric is derived from these
tables. Times are integer milliseconds from the start of the run; a time that never came is -1.
Names (nodes, subnets, actions, ...) are stored once, as numbers into the lists of `Names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.ipamd.changes import CHANGES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.int64]

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

PASS_KINDS = ("check", "reconcile", "restart")
"""What the daemon's loop does in turn: look whether the pool is too low or too high, and compare
the data store with the instance metadata; and what lies between two loops, from the death of one
process to the moment at which the next is ready."""

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
    "index",  # within its workload; of a DaemonSet's pod the number of its node
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
    "eni",  # the network interface it is about, by a number of EC2's; -1: none, or several
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
    "unused",  # CIDRs without a pod, cooling addresses in them or not: could be given back
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

PASS_COLUMNS = (
    # What took time in a daemon's loop; all other passes lie on the 5 s grid that this leaves.
    "begin_ms",
    "end_ms",  # -1: it goes on at the end of the run
    "node",
    "kind",  # PASS_KINDS
)

TENANT_COLUMNS = (
    # What others in the account asked EC2 for in one second.
    "time_ms",  # when the second begins
    "tenant",  # Names.tenants
    "action",  # Names.actions
    "requests",  # all attempts of their clients counted
    "throttled",  # of these, answered with RequestLimitExceeded
    "given_up",  # calls whose last attempt was throttled
)

ADDRESS_USES = ("nobody", "eni_primary", "secondary_ip", "prefix", "other")
"""What an address of a subnet is used for; other: by something else than a node."""

ADDRESS_COLUMNS = (
    # Who has which addresses of a subnet, from this instant on; if cluster.record_addresses is on.
    "time_ms",
    "subnet",
    "node",  # -1: nobody's, or others'
    "first",  # the first address, counted from the subnet's own
    "size",  # 16 of a prefix, else 1
    "use",  # ADDRESS_USES
)

OVERLAY_COLUMNS = (
    # What one node holds of an overlay's own addresses, from this instant on.
    "time_ms",
    "node",
    "blocks",  # claimed by it
    "assigned",  # addresses held by its pods, borrowed ones included
)

BRANCH_COLUMNS = (
    # Branch ENIs of one node, each with one address of the subnet, from this instant on.
    "time_ms",
    "node",
    "subnet",
    "assigned",  # held by pods
    "unassigned",  # being made, cooling down or being deleted
)

TABLES: dict[str, tuple[str, ...]] = {
    "pods": POD_COLUMNS,
    "ec2_calls": EC2_COLUMNS,
    "pool": POOL_COLUMNS,
    "subnets": SUBNET_COLUMNS,
    "nodes": NODE_COLUMNS,
    "launch_failures": LAUNCH_FAILURE_COLUMNS,
    "passes": PASS_COLUMNS,
    "tenants": TENANT_COLUMNS,
    "addresses": ADDRESS_COLUMNS,
    "overlay": OVERLAY_COLUMNS,
    "branch_enis": BRANCH_COLUMNS,
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
    tenants: list[str] = field(default_factory=list)


class _Rows:
    """Rows of whole numbers: appended to a list, packed into 64-bit integers now and then.

    Appending a row to a list takes a fifth of the time of appending it to an array, and packing
    many rows at once takes little.

    Args:
        width: numbers in a row.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._fresh: list[int] = []
        self._packed: list[Matrix] = []
        self.append = self._fresh.extend

    def __len__(self) -> int:
        return sum(map(len, self._packed)) + len(self._fresh) // self._width

    def pack(self) -> None:
        """Packs what was appended since the last time."""
        import numpy as np

        if self._fresh:
            rows = np.fromiter(self._fresh, np.int64, len(self._fresh))
            self._packed.append(rows.reshape(-1, self._width))
            self._fresh.clear()

    def _rows(self) -> Matrix:
        import numpy as np

        self.pack()
        if len(self._packed) != 1:
            self._packed = [np.concatenate([np.empty((0, self._width), np.int64), *self._packed])]
        return self._packed[0]


class Table(_Rows):
    """Rows of one record table, until they are taken."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(len(columns))
        self.columns = tuple(columns)

    def matrix(self) -> Matrix:
        """The rows so far, as a NumPy array of shape (rows, columns); not to be written to."""
        return self._rows()

    def take(self) -> Matrix:
        """The rows so far, which are forgotten here."""
        rows = self._rows()
        self._packed.clear()
        return rows


class PoolTable(_Rows):
    """What data stores hold, kept as their changes: `sim.ipamd.changes.CHANGES`.

    A row is the ms, the holder (a node in a subnet), and the number of the change. That is a third
    of the size of the rows of `POOL_COLUMNS` that it is read as, and half the time.
    """

    columns = POOL_COLUMNS

    def __init__(self) -> None:
        super().__init__(3)
        self._holders: dict[tuple[int, int], int] = {}
        self._held: Matrix | None = None  # by holder, before the rows that are here

    def holder(self, node: int, subnet: int) -> int:
        """The number of a node in a subnet."""
        return self._holders.setdefault((node, subnet), len(self._holders))

    def matrix(self) -> Matrix:
        """The rows so far, as a NumPy array of shape (rows, columns)."""
        return self._expanded()[0]

    def take(self) -> Matrix:
        """The rows so far, which are forgotten here; what is held then is not."""
        rows, self._held = self._expanded()
        self._packed.clear()
        return rows

    def _expanded(self) -> tuple[Matrix, Matrix]:
        """(the rows in the columns of `POOL_COLUMNS`, the counts of each holder after them)."""
        import numpy as np

        from .steps import running_sums

        holders = np.array(list(self._holders), np.int64).reshape(-1, 2)
        changes = np.array(list(CHANGES), np.int64).reshape(-1, len(self.columns) - 3)
        times, numbers, changed = self._rows().T
        held = np.zeros((len(holders), changes.shape[1]), np.int64)
        if self._held is not None:
            held[: len(self._held)] = self._held
        order = np.argsort(numbers, kind="stable")
        counts = held[numbers[order]]
        for column, steps in enumerate(changes[changed[order]].T):
            counts[:, column] += running_sums(steps, numbers[order])
        held[numbers[order]] = counts  # the last row of each holder stays
        rows = np.empty((len(times), len(self.columns)), np.int64)
        rows[:, 0], rows[:, 1:3] = times, holders[numbers]
        rows[order, 3:] = counts
        return rows, held


class Recorder:
    """Where a run writes its records, one table each."""

    def __init__(self) -> None:
        self.names = Names()
        self.pods = Table(POD_COLUMNS)
        self.ec2_calls = Table(EC2_COLUMNS)
        self.pool = PoolTable()
        self.subnets = Table(SUBNET_COLUMNS)
        self.nodes = Table(NODE_COLUMNS)
        self.launch_failures = Table(LAUNCH_FAILURE_COLUMNS)
        self.passes = Table(PASS_COLUMNS)
        self.tenants = Table(TENANT_COLUMNS)
        self.addresses = Table(ADDRESS_COLUMNS)
        self.overlay = Table(OVERLAY_COLUMNS)
        self.branch_enis = Table(BRANCH_COLUMNS)

    def tables(self) -> dict[str, Table | PoolTable]:
        """The tables by name, in the order of `TABLES`."""
        return {name: getattr(self, name) for name in TABLES}

    def __len__(self) -> int:
        return sum(len(table) for table in self.tables().values())

    def pack(self) -> None:
        """Makes what was recorded since the last time small; to be called often."""
        for table in self.tables().values():
            table.pack()

    def take(self) -> dict[str, Matrix]:
        """All that was recorded since the last `take`: by table, in the order of `TABLES`.

        Each is a NumPy array of 64-bit integers, (rows, columns of the table), in the order of
        appearance.
        """
        return {name: table.take() for name, table in self.tables().items()}
