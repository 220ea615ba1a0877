"""Why pods waited long, as far as the records show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.aws.instance_types import of_group
from sim.ipamd.decisions import Stats, is_datastore_pool_too_low
from sim.kube.max_pods import address_capacity, max_pods
from sim.scenario.cluster import NodeGroup
from sim.scenario.ipamd import Ipamd

from .ec2 import INSUFFICIENT, OK, THROTTLED
from .measured import Run
from .pods import Pods
from .records import NEVER
from .steps import Ints, running_sums

Flags = npt.NDArray[np.bool_]

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
        "the pools of {nodes} had to grow first",
        "while it waited, its node was granted addresses",
    ),
)
"""Of several that hold for a pod, the first counts."""

UNKNOWN = len(CAUSES)


class Late(NamedTuple):
    """Pods that waited over `LATE_MS` for an address.

    ``groups`` are the numbers of their node groups, ``causes`` places in `CAUSES` or `UNKNOWN`.
    """

    groups: Ints
    causes: Ints


class _Pool:
    """What the nodes' data stores held, for any instant."""

    def __init__(self, run: Run) -> None:
        rows = run.tables["pool"].by_node()
        self._nodes, self._stride = rows["node"], run.window.end + 1
        self._keys = self._nodes * self._stride + rows["time_ms"]
        changes = run.changes(rows)
        self._sums = {
            column: running_sums(changes.of(rows[column]), self._nodes)
            for column in ("assigned", "cooldown", "warm", "partial")
        }

    def at(self, nodes: Ints, times: Ints) -> dict[str, Ints]:
        """The counts on these nodes at these instants."""
        place = np.searchsorted(self._keys, nodes * self._stride + times, side="right") - 1
        found = (place >= 0) & (np.append(self._nodes, NEVER)[place] == nodes)
        return {
            column: np.where(found, np.append(sums, 0)[place], 0)
            for column, sums in self._sums.items()
        }


class _Requests:
    """EC2 requests by node and time, to be counted between two instants."""

    def __init__(self, run: Run) -> None:
        self._stride = run.window.end + 1
        self._calls = run.tables["ec2_calls"].by_node()
        self._keys = self._calls["node"] * self._stride + self._calls["request_ms"]

    def met(self, pods: Pods, codes: Sequence[str], actions: Sequence[str]) -> Flags:
        """Whether the pods' nodes had such an answer to such a request while the pods waited."""
        keys = self._keys[self._is("code", codes) & self._is("action", actions)]
        base = pods["node"] * self._stride
        first = np.searchsorted(keys, base + pods["first_add_ms"], side="left")
        return np.searchsorted(keys, base + pods.until("address_ms"), side="right") > first

    def _is(self, column: str, names: Sequence[str]) -> Flags:
        known = self._calls.texts(column) or ()
        wanted = [number for number, name in enumerate(known) if name in names]
        return np.isin(self._calls[column], wanted)


def _on_group(group: NodeGroup, ipamd: Ipamd, held: dict[str, Ints]) -> tuple[Flags, Flags]:
    """(full, cooling) of pods of one group, given what their nodes held."""
    from ..kube.daemon_settings import daemon_settings

    instance_type, pods = of_group(group), max_pods(group, ipamd)
    settings = daemon_settings(ipamd, instance_type, pods)
    allowed = min(pods, address_capacity(instance_type, ipamd))
    none_usable = held["warm"] + held["partial"] == 0
    total = held["assigned"] + held["cooldown"]
    pairs = zip(total.tolist(), held["assigned"].tolist(), strict=True)
    stats = (Stats(held_ips, 0, assigned, 0, 0) for held_ips, assigned in pairs)
    is_low = np.array([is_datastore_pool_too_low(settings, one) for one in stats], bool)
    return none_usable & (total >= allowed), none_usable & (held["cooldown"] > 0) & ~is_low


def _states(run: Run, pods: Pods, groups: Ints) -> tuple[Flags, Flags]:
    held = _Pool(run).at(pods["node"], pods["first_add_ms"])
    full, cooling = np.zeros(len(groups), bool), np.zeros(len(groups), bool)
    for number, group in enumerate(run.model.cluster.node_groups):
        rows = groups == number
        of_rows = {column: counts[rows] for column, counts in held.items()}
        full[rows], cooling[rows] = _on_group(group, run.settings[group.name], of_rows)
    return full, cooling


def late_pods(run: Run) -> Late:
    """The pods that count and waited over `LATE_MS` for an address, and why."""
    pods = Pods.counted(run)
    wait = pods.until("address_ms") - pods["first_add_ms"]
    pods = pods.only((pods["first_add_ms"] != NEVER) & (wait > LATE_MS))
    groups, requests = run.group_of(pods["node"]), _Requests(run)
    ready = run.node_column("ready_ms")[pods["node"]]
    holds = [
        (ready == NEVER) | (pods["first_add_ms"] < ready),
        *_states(run, pods, groups),
        requests.met(pods, INSUFFICIENT, GROWTH),
        requests.met(pods, [THROTTLED], run.names.actions),
        requests.met(pods, [OK], GROWTH),
    ]
    return Late(groups, np.select(holds, range(UNKNOWN), default=UNKNOWN))
