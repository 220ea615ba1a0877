"""What must hold after every event of a run, looked at where the event may have changed it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sim.aws.ec2 import BRANCH, OK, THROTTLED, TRUNK, NetworkInterface
from sim.engine.build import World
from sim.engine.invariants import BrokenInvariantError, check, check_buckets
from sim.ipamd.context import CHECK
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr
from sim.kube.nodes import Node
from sim.results.records import NEVER

LOST_AFTER_MS = 420_000
"""No daemon is still at work on an ENI: its twelve tries to delete one take 303 to 349 s."""

DEAD_ASK_FOR_MS = 60_000
"""What a process asked for has come to pass by so long after its death, or the next one's start."""

EVENTS_BETWEEN_LOOKS = 500

CREATE = "CreateNetworkInterface"


class InUse(NamedTuple):
    """A pod's address, and whether EC2 has it on its ENI."""

    cidr: Cidr
    is_there: bool


class Watch:
    """To be called after every event of a world that was just built.

    Everything is checked where records say that addresses moved, and every so many events; if it
    is ``thorough``, after each.

    Attributes:
        looks: how often everything was checked.
        stirred_ms: by node, when a pod took or released an address or came to a branch ENI, or its
            daemon changed, last.
        failures: by node, its requests that failed.
    """

    def __init__(self, world: World, *, thorough: bool = False) -> None:
        self._world = world
        self._between = 1 if thorough else EVENTS_BETWEEN_LOOKS
        self._records = world.recorder
        self._seen = (-1, -1, -1)
        self._events = self.looks = 0
        self._in_use: dict[int, dict[int, InUse]] = {}
        self._state: dict[int, tuple[object, ...]] = {}
        self._at_work: set[int] = set()  # nodes
        self._loose: dict[int, int] = {}  # since when an ENI is attached to nothing
        self.stirred_ms: dict[int, int] = {}
        self._process: dict[int, tuple[int, int]] = {}  # by node: how-manieth, seen since
        self._failed: set[tuple[int, int]] = set()  # requests: (node, ENI), -1: one to be created
        self._asked_ms: dict[tuple[int, int], int] = {}  # (node, ENI): the last answer about it
        self.failures: Counter[int] = Counter()
        self._record, world.region.record = world.region.record, self._recorded

    def _recorded(self, *row: int | str) -> None:
        self._asked_ms[int(row[1]), int(row[8])] = self._world.clock.now
        if row[6] != OK:
            node, action, code, eni = (row[place] for place in (1, 2, 6, 8))
            self.failures[int(node)] += 1
            if int(eni) >= 0 or (action == CREATE and code != THROTTLED):
                self._failed.add((int(node), int(eni)))
        self._record(*row)  # type: ignore[arg-type]

    def __call__(self) -> None:
        """Checks the world as it is.

        Raises:
            BrokenInvariantError: the first thing that can never be.
        """
        records = self._records
        seen = len(records.subnets), len(records.pool), len(records.passes)
        self._events += 1
        if seen == self._seen and self._events % self._between:
            check_buckets(self._world)
            return
        self._seen = seen
        self.look()

    def look(self) -> None:
        """Checks everything now."""
        self.looks += 1
        check(self._world)
        try:
            for node in self._world.nodes:
                self._note_process(node)
                self._check_in_use(node)
                self._check_trunk(node)
                self._note_work(node)
            for interface in self._world.ec2.interfaces.values():
                self._check_lost(interface)
        except AssertionError as error:
            raise BrokenInvariantError(f"at {self._world.clock.now} ms: {error}") from error

    # ---------------------------------------------------------------- addresses

    def _check_in_use(self, node: Node) -> None:
        """No address of a pod is given back, but by a request of a process that is dead."""
        before = self._in_use.get(node.number, {})
        self._in_use[node.number] = now = in_use(node)
        guarded = [no for no, pod in node.pods.items() if pod.template.security_groups]
        state = id(node.store), node.is_cordoned, node.is_draining, guarded, sorted(now)
        if self._state.get(node.number) != state:
            self._state[node.number] = state
            self.stirred_ms[node.number] = self._world.clock.now
        pass_begun = node.aws_node.pass_begun
        for number, was in before.items():
            held = now.get(number)
            if held is not None and held.cidr is was.cidr:
                is_released = was.is_there and not held.is_there
                what = f"{node.name}: {was.cidr.address} of a pod was released"
                assert not is_released or self._is_after_death(node, self._world.clock.now), what
            elif pass_begun is not None and pass_begun[1] == CHECK:
                pod = node.pods.get(number)
                is_dropped = pod is not None and pod.cidr is was.cidr and was.cidr.eni is None
                assert not is_dropped, f"{node.name}: {was.cidr.address} of a pod was dropped"

    def _note_process(self, node: Node) -> None:
        starts = node.aws_node.starts
        if self._process.get(node.number, (0, 0))[0] != starts:
            self._process[node.number] = starts, self._world.clock.now

    def _is_after_death(self, node: Node, ms: int) -> bool:
        """Whether then a process was dead, or had just been: what it asked for may come."""
        if node.aws_node.down[0] == NEVER:
            return False
        return node.store is None or ms <= self._process[node.number][1] + DEAD_ASK_FOR_MS

    # --------------------------------------------------------------------- ENIs

    def _check_lost(self, interface: NetworkInterface) -> None:
        """An ENI that nothing holds is about to be attached or deleted, or something failed."""
        instance, now = interface.instance, self._world.clock.now
        if instance is not None:
            self._loose.pop(interface.id, None)
            assert not instance.terminated, f"ENI {interface.id} of a node that is gone"
            assert instance.interfaces.count(interface) == 1, f"ENI {interface.id} twice on a node"
            return
        since = self._loose.setdefault(interface.id, now)
        if interface.kind == BRANCH or now - since <= LOST_AFTER_MS:
            return
        node = self._world.nodes[interface.node]
        was_at_work = node.terminated_ms != NEVER and self._was_at_work(node, interface.id)
        has_failed = {(node.number, interface.id), (node.number, -1)} & self._failed
        is_explained = was_at_work or has_failed or self._is_after_death(node, since)
        assert is_explained, f"ENI {interface.id} of {node.name} is lost"

    def _check_trunk(self, node: Node) -> None:
        """There is one trunk at most; others would serve nobody."""
        there = () if node.instance is None else node.instance.interfaces
        assert sum(one.kind == TRUNK for one in there) <= 1, f"{node.name} has two trunks"

    def _was_at_work(self, node: Node, eni: int) -> bool:
        """Whether the node died amid a pass, or soon after EC2 was asked about the ENI."""
        asked = self._asked_ms.get((node.number, eni), NEVER - DEAD_ASK_FOR_MS)
        return node.number in self._at_work or asked >= node.terminated_ms - DEAD_ASK_FOR_MS

    def _note_work(self, node: Node) -> None:
        """Whether its daemon was amid a start or a pass when it was last seen alive."""
        if node.terminated_ms == NEVER:
            is_at_work = node.store is None or node.aws_node.pass_begun is not None
            (self._at_work.add if is_at_work else self._at_work.discard)(node.number)


def in_use(node: Node) -> dict[int, InUse]:
    """The addresses of a node's pods that its daemon knows of, by the pod's number."""
    if not isinstance(node.store, DataStore):
        return {}
    there = () if node.instance is None else node.instance.interfaces
    shown = {one.id: one for one in there}
    return {
        number: InUse(pod.cidr, _is_on(shown.get(pod.cidr.eni.id), pod.cidr))
        for number, pod in node.pods.items()
        if pod.cidr is not None and pod.cidr.eni is not None and pod.released_ms == NEVER
    }


def _is_on(interface: NetworkInterface | None, cidr: Cidr) -> bool:
    return interface is not None and cidr.address in interface.cidrs(cidr.is_prefix)
