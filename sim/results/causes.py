"""Why pods waited long, as far as the records show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.aws.instance_types import of_group
from sim.ipamd.decisions import Stats, is_datastore_pool_too_low
from sim.kube.max_pods import address_capacity, max_pods
from sim.scenario.cluster import NodeGroup
from sim.scenario.ipamd import Ipamd

from .ec2 import INSUFFICIENT, OK, THROTTLED
from .measured import POOL_COUNTS, Run, Stretch
from .pods import counts
from .records import NEVER
from .steps import Ints, order_of, running_sums
from .tables import Records

Flags = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]

LATE_MS = 10_000

GROWTH = ("AssignPrivateIpAddresses", "CreateNetworkInterface")


class Cause(NamedTuple):
    """A cause of a long wait: what is said of it, and what the records show."""

    text: str
    shown_by: str


CAUSES = (
    Cause(
        "ipamd was not ready yet on {nodes}",
        "the pod's first CNI ADD came before its node's ready_ms",
    ),
    Cause(
        "{nodes} held all the addresses their settings allow",
        "at the first ADD its node had no usable address (warm or partial), and it held as many as "
        "max pods, the instance type or the settings allow",
    ),
    Cause(
        "{nodes} count cooling addresses as free",
        "at the first ADD its node had no usable address, some were cooling, and with these the "
        "pool was not too low (upstream isDatastorePoolTooLow)",
    ),
    Cause(
        "EC2 had no room in the subnet for {nodes} to grow",
        "while the pod waited, a request of its node for addresses was refused for lack of room",
    ),
    Cause(
        "EC2 throttled {nodes}",
        "while it waited, a request of its node was throttled",
    ),
    Cause(
        "EC2 answered {nodes} with errors",
        "while it waited, a request of its node met an error of aws.faults or aws.impairments",
    ),
    Cause(
        "the pools of {nodes} had to grow first",
        "while it waited, its node was granted addresses",
    ),
    Cause(
        "the branch ENIs of pods on {nodes} had to be made",
        "the pod's workload has security_groups: it waits for the node's trunk ENI and for the "
        "resource controller's annotation, whatever the pool holds",
    ),
)
"""Of several that hold for a pod, the first counts."""

UNKNOWN = len(CAUSES)
SHOWN = CAUSES[1:-1]
"""What is noted while a pod waits; whether its node was ready is known at the end."""


class Late(NamedTuple):
    """How many pods waited over `LATE_MS` for an address.

    ``by_group`` counts them by node group, ``by_cause`` by place in `CAUSES`, `UNKNOWN` last.
    """

    by_group: list[int]
    by_cause: list[int]


class _Waits(NamedTuple):
    """Waits for an address that are or may become long, and what was seen of them so far.

    ``ended`` is -1 while a wait lasts. ``shown`` has a column for each of `SHOWN`; ``looked`` says
    whether the pool was looked at, ``branch`` whether the pool matters to the pod at all.
    """

    pods: Column
    nodes: Column
    asked: Column
    ended: Column
    looked: Column
    branch: Column
    shown: Column

    @classmethod
    def of(cls, pods: Records, run: Run, before: int) -> _Waits:
        """Those of pods that did not end up to ``before``."""
        asked, got = pods["first_add_ms"], pods["address_ms"]
        ended = np.where(got == NEVER, pods["ended_ms"], got)
        is_long = (ended - asked > LATE_MS) & (ended > before)
        begun = counts(pods, run.start) & (asked != NEVER)
        rows = np.flatnonzero(begun & (is_long | (ended == NEVER)))
        return cls(
            pods=pods["pod"][rows],
            nodes=pods["node"][rows],
            asked=asked[rows],
            ended=ended[rows],
            looked=np.zeros(len(rows), bool),
            branch=np.isin(pods["workload"][rows], run.branch_workloads),
            shown=np.zeros((len(rows), len(SHOWN)), bool),
        )

    def only(self, rows: Flags) -> _Waits:
        """Some of them."""
        return _Waits(*(column[rows] for column in self))

    def and_those(self, others: _Waits) -> _Waits:
        """These and others."""
        return _Waits(*(np.concatenate(both) for both in zip(self, others, strict=True)))

    def as_known(self, before: _Waits) -> _Waits:
        """These, with what was seen of them before."""
        _, now, then = np.intersect1d(self.pods, before.pods, return_indices=True)
        self.looked[now], self.shown[now] = before.looked[then], before.shown[then]
        return self


class _Requests:
    """A stretch's EC2 requests by node and time, to be counted between two instants."""

    def __init__(self, stretch: Stretch) -> None:
        calls = stretch.tables["ec2_calls"]
        self._stride = stretch.until + 1
        keys = calls["node"] * self._stride + calls["request_ms"]
        self._calls = calls.only(np.argsort(keys))
        self._keys = np.sort(keys)

    def met(self, waits: _Waits, codes: Sequence[str], actions: Sequence[str]) -> Flags:
        """Whether the pods' nodes had such an answer to such a request while the pods waited."""
        keys = self._keys[self._is("code", codes) & self._is("action", actions)]
        base, latest = waits.nodes * self._stride, self._stride - 1
        until = np.where(waits.ended == NEVER, latest, np.minimum(waits.ended, latest))
        first = np.searchsorted(keys, base + waits.asked, side="left")
        return np.searchsorted(keys, base + until, side="right") > first

    def _is(self, column: str, names: Sequence[str]) -> Flags:
        known = self._calls.texts(column) or ()
        wanted = [number for number, name in enumerate(known) if name in names]
        return np.isin(self._calls[column], wanted)


def _held(stretch: Stretch, nodes: Ints, times: Ints) -> dict[str, Ints]:
    """What the data stores of nodes held at instants of a stretch."""
    is_asked = np.zeros(len(stretch.pool_before[0]), bool)
    is_asked[nodes] = True
    rows = np.flatnonzero(is_asked[stretch.pool.nodes])
    pool = stretch.pool.only(rows[order_of(stretch.pool.nodes[rows])])
    keys = pool.nodes * stretch.until + pool.times
    place = np.searchsorted(keys, nodes * stretch.until + times, side="right") - 1
    found = (place >= 0) & (np.append(pool.nodes, NEVER)[place] == nodes)
    result = {}
    for count, by, before in zip(POOL_COUNTS, pool.by, stretch.pool_before, strict=True):
        since = np.append(running_sums(by, pool.nodes), 0)[place]
        result[count] = before.sum(axis=1)[nodes] + np.where(found, since, 0)
    return result


def _on_group(group: NodeGroup, ipamd: Ipamd, held: dict[str, Ints]) -> tuple[Flags, Flags]:
    """(full, cooling) of pods of one group, given what their nodes held."""
    from ..kube.daemon_settings import daemon_settings

    instance_type, pods = of_group(group), max_pods(group, ipamd)
    settings = daemon_settings(ipamd, instance_type, pods, group.unmanaged_enis)
    allowed = min(pods, address_capacity(instance_type, ipamd, group.unmanaged_enis))
    none_usable = held["warm"] + held["partial"] == 0
    total = held["assigned"] + held["cooldown"]
    kinds, kind = np.unique([total, held["assigned"]], axis=1, return_inverse=True)
    stats = (Stats(held_ips, 0, assigned, 0, 0) for held_ips, assigned in kinds.T.tolist())
    is_low = np.array([is_datastore_pool_too_low(settings, one) for one in stats], bool)
    cooling = (held["cooldown"] > 0) & ~is_low[kind.ravel()]
    return none_usable & (total >= allowed), none_usable & cooling


class LatePods:
    """Pods that count and waited over `LATE_MS` for an address, and why.

    Carried from block to block: waits that last, and those that ended while requests were under
    way.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._before = run, NEVER
        self._counts = np.zeros((len(run.names.groups), UNKNOWN + 1), np.int64)
        self._waits: _Waits | None = None

    def add(self, stretch: Stretch) -> None:
        """Counts the next stretch."""
        self._last = stretch
        waits = self._in(stretch)
        self._before = stretch.until
        self._look(stretch, waits)
        self._watch(stretch, waits)
        is_over = (waits.ended != NEVER) & (waits.ended < stretch.settled)
        self._count(waits.only(is_over))
        self._waits = waits.only(~is_over)

    def _in(self, stretch: Stretch) -> _Waits:
        """The waits that are to be looked at in a stretch."""
        gone = _Waits.of(stretch.tables["pods"], self._run, self._before)
        waits = gone.and_those(_Waits.of(stretch.waiting, self._run, self._before))
        if self._waits is None:
            return waits
        lasted = self._waits.ended == NEVER
        return waits.as_known(self._waits.only(lasted)).and_those(self._waits.only(~lasted))

    def _look(self, stretch: Stretch, waits: _Waits) -> None:
        """Notes what the pools were like when pods asked first in this stretch."""
        rows = np.flatnonzero(~waits.looked & (waits.asked < stretch.until))
        if not len(rows):
            return
        held = _held(stretch, waits.nodes[rows], waits.asked[rows])
        groups = stretch.group_of(waits.nodes[rows])
        for number, group in enumerate(self._run.model.cluster.node_groups):
            of = np.flatnonzero(groups == number)
            counts = {count: values[of] for count, values in held.items()}
            states = _on_group(group, self._run.settings[group.name], counts)
            waits.shown[rows[of], :2] = np.transpose(states)
        waits.looked[rows] = True

    def _watch(self, stretch: Stretch, waits: _Waits) -> None:
        """Notes what EC2 answered in this stretch to the nodes of pods that waited."""
        if not len(waits.pods):
            return
        requests, actions = _Requests(stretch), self._run.names.actions
        waits.shown[:, 2] |= requests.met(waits, INSUFFICIENT, GROWTH)
        waits.shown[:, 3] |= requests.met(waits, [THROTTLED], actions)
        waits.shown[:, 4] |= requests.met(waits, self._run.fault_codes, actions)
        waits.shown[:, 5] |= requests.met(waits, [OK], GROWTH)

    def _count(self, waits: _Waits) -> None:
        ready = self._last.node_column("ready_ms")[waits.nodes]
        shown = waits.shown & ~waits.branch[:, None]
        holds = [(ready == NEVER) | (waits.asked < ready), *shown.T, waits.branch]
        causes = np.select(holds, range(UNKNOWN), default=UNKNOWN)
        np.add.at(self._counts, (self._last.group_of(waits.nodes), causes), 1)

    def figures(self) -> Late:
        """What came out, waits that still last counted with the run's end."""
        assert self._waits is not None
        end = self._last.until
        ended = np.where(self._waits.ended == NEVER, end, self._waits.ended)
        self._count(self._waits.only(ended - self._waits.asked > LATE_MS))
        return Late(self._counts.sum(axis=1).tolist(), self._counts.sum(axis=0).tolist())
