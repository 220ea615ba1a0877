"""Where a plan's pods run, and which addresses its nodes and pods have."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network

from sim.scenario.ranges import parse_range

from .plan import Controller, Net, Plan, Pool

PREFIX_SIZE = 16
_HOUR_S = 3_600
_OLDEST_S = 20 * 24 * _HOUR_S
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
"""The letters that Kubernetes makes the ends of names from."""


def digest(*words: str, length: int = 17) -> str:
    """So many hexadecimal digits that hang on the words alone."""
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:length]


def suffix(*words: str, length: int = 5) -> str:
    """The end of a name as Kubernetes makes it, from the words alone."""
    number = int(digest(*words, length=30), 16)
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(_SUFFIX))
        letters.append(_SUFFIX[letter])
    return "".join(letters)


@dataclass
class Interface:
    """A network interface of a node: its primary address, then single ones and prefixes."""

    primary: int
    secondary: list[int] = field(default_factory=list)
    prefixes: list[int] = field(default_factory=list)


@dataclass
class PlacedNode:
    """A node.

    Attributes:
        pool: what it is one of.
        net: its subnet.
        number: its place in the pool, from 0.
        interfaces: its own, the primary one first.
        pods: how many run on it.
    """

    pool: Pool
    net: Net
    number: int
    interfaces: list[Interface]
    pods: int = 0
    unused: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its own IPv4 address."""
        return str(IPv4Address(self.interfaces[0].primary))

    @property
    def name(self) -> str:
        """Its name in the cluster, from its address."""
        if self.pool.made_by == "fargate":
            return f"fargate-{self._host()}"
        return self._host()

    def _host(self) -> str:
        return f"ip-{self.address.replace('.', '-')}.{self.net.zone[:-1]}.compute.internal"

    @property
    def instance(self) -> str:
        """Its EC2 instance."""
        return f"i-{digest('instance', self.address)}"


@dataclass(frozen=True)
class PlacedPod:
    """A pod.

    Attributes:
        controller: whose it is.
        number: its place among the controller's pods, from 0.
        name: its name.
        node: where it runs or ran; None: it has no node yet.
        address: its own or its node's; empty without one.
        created: when.
        finished: whether it has ended.
    """

    controller: Controller
    number: int
    name: str
    node: PlacedNode | None
    address: str
    created: datetime
    finished: bool = False


@dataclass(frozen=True)
class Placed:
    """A plan's nodes and pods; the same for the same plan and seed."""

    plan: Plan
    nodes: list[PlacedNode]
    pods: list[PlacedPod]


def placed(plan: Plan, seed: int = 1) -> Placed:
    """The nodes and pods of a plan, with addresses that lie as EC2 scatters them.

    Raises:
        ValueError: there is no room for a node or a pod.
    """
    chance = random.Random(seed)
    free = {net.name: _free(net, chance) for net in plan.nets if net.cidr}
    nodes = [
        PlacedNode(pool, net, number, [Interface(_taken(free[net.name], net))])
        for pool in plan.pools
        for number, net in enumerate(_nets(plan, pool))
    ]
    in_order = sorted(plan.controllers, key=lambda one: one.kind != "DaemonSet")
    bound = [pair for controller in in_order for pair in _bound(controller, nodes)]
    _give_addresses(plan, nodes, bound, free)
    numbers: Counter[int] = Counter()
    pods = []
    for controller, node in bound:
        pods.append(_pod(plan, controller, numbers[id(controller)], node, chance))
        numbers[id(controller)] += 1
    pods += [pod for one in plan.controllers for pod in _finished(plan, one, nodes)]
    return Placed(plan, nodes, pods)


def _free(net: Net, chance: random.Random) -> list[int]:
    """A subnet's free addresses in the order in which they will be taken."""
    network = IPv4Network(net.cidr)
    held = {
        address
        for ranges in net.others.values()
        for one in ranges
        for address in range(parse_range(one).first, parse_range(one).last + 1)
    }
    first, last = int(network[0]) + 4, int(network[-1])
    addresses = [one for one in range(first, last) if one not in held]
    chance.shuffle(addresses)
    return addresses


def _taken(free: list[int], net: Net) -> int:
    if not free:
        raise ValueError(f"no address is left in {net.name}")
    return free.pop()


def _taken_prefix(free: list[int], net: Net) -> int:
    """The first address of a wholly free /28, the lowest there is."""
    blocks = Counter(address // PREFIX_SIZE for address in free)
    whole = sorted(block for block, count in blocks.items() if count == PREFIX_SIZE)
    if not whole:
        raise ValueError(f"no /28 is left in {net.name}")
    free[:] = [address for address in free if address // PREFIX_SIZE != whole[0]]
    return whole[0] * PREFIX_SIZE


def _nets(plan: Plan, pool: Pool) -> Iterator[Net]:
    """The subnet of each of the pool's nodes, in turn as long as they last."""
    left = dict(pool.nodes)
    by_name = {net.name: net for net in plan.nets}
    while any(left.values()):
        for name, count in left.items():
            if count:
                left[name] -= 1
                yield by_name[name]


def _bound(
    controller: Controller, nodes: Sequence[PlacedNode]
) -> Iterator[tuple[Controller, PlacedNode]]:
    """A controller's pods with their nodes: those with the fewest pods, which count them."""
    fitting = [node for node in nodes if _may_run(controller, node)]
    if controller.kind == "DaemonSet":
        chosen = fitting
    else:
        chosen = []
        heap = [(node.pods, place) for place, node in enumerate(fitting)]
        heapq.heapify(heap)
        for _ in range(controller.pods):
            pods, place = heap[0] if heap else (0, -1)
            if place < 0 or pods >= fitting[place].pool.max_pods:
                raise ValueError(f"no node has room for another pod of {controller.name}")
            chosen.append(fitting[place])
            heapq.heapreplace(heap, (pods + 1, place))
    for node in chosen:
        node.pods += 1
        yield controller, node


def _may_run(controller: Controller, node: PlacedNode) -> bool:
    pool = node.pool
    if pool.name not in (controller.pools or controller.groups or (pool.name,)):
        return False
    if pool.made_by == "fargate" and not controller.pools:
        return False
    labels = pool.all_labels
    wanted = {"kubernetes.io/os": "linux"} | dict(controller.node_selector)
    tolerates_all = "*" in controller.tolerations
    tolerated = tolerates_all or all(key in controller.tolerations for key, *_ in pool.taints)
    return tolerated and all(labels.get(key) == value for key, value in wanted.items())


def _give_addresses(
    plan: Plan,
    nodes: Sequence[PlacedNode],
    bound: Sequence[tuple[Controller, PlacedNode]],
    free: dict[str, list[int]],
) -> None:
    """Interfaces with the addresses of the nodes' pods, and one interface's worth to spare."""
    needed = Counter(id(node) for controller, node in bound if not controller.host_network)
    by_prefix = plan.settings.get("ENABLE_PREFIX_DELEGATION") == "true"
    for node in nodes:
        if node.pool.made_by == "fargate" or node.pool.system != "linux":
            continue
        if by_prefix:
            _grow_by_prefixes(node, needed[id(node)], free[node.net.name])
        else:
            _grow(node, needed[id(node)], free[node.net.name])


def _grow(node: PlacedNode, needed: int, free: list[int]) -> None:
    slots = node.pool.per_eni - 1
    enis = min(node.pool.enis, -(-needed // slots) + 1)
    if needed > enis * slots:
        raise ValueError(f"{node.name} cannot hold {needed} addresses")
    while len(node.interfaces) < enis:
        node.interfaces.append(Interface(_taken(free, node.net)))
    for one in node.interfaces:
        one.secondary = [_taken(free, node.net) for _ in range(slots)]
    node.unused = [address for one in node.interfaces for address in one.secondary]


def _grow_by_prefixes(node: PlacedNode, needed: int, free: list[int]) -> None:
    prefixes = -(-needed // PREFIX_SIZE) + 1
    for number in range(prefixes):
        place = number // (node.pool.per_eni - 1)
        if place == len(node.interfaces):
            node.interfaces.append(Interface(_taken(free, node.net)))
        node.interfaces[place].prefixes.append(_taken_prefix(free, node.net))
    starts = (start for one in node.interfaces for start in one.prefixes)
    node.unused = [start + offset for start in starts for offset in range(PREFIX_SIZE)]


def _pod(
    plan: Plan, controller: Controller, number: int, node: PlacedNode, chance: random.Random
) -> PlacedPod:
    address = node.address
    if not controller.host_network and node.unused:
        address = str(IPv4Address(node.unused.pop(0)))
    age_s = chance.randrange(60, _age_limit_s(controller))
    created = plan.at - timedelta(seconds=age_s)
    return PlacedPod(
        controller, number, pod_name(controller, number, plan.at), node, address, created
    )


def _age_limit_s(controller: Controller) -> int:
    if controller.lifetime_s is None:
        return _OLDEST_S
    return max(controller.lifetime_s, 61)


def _finished(
    plan: Plan, controller: Controller, nodes: Sequence[PlacedNode]
) -> Iterator[PlacedPod]:
    """Pods that have ended and are still listed: of a CronJob, those of its latest times."""
    fitting = [node for node in nodes if _may_run(controller, node)]
    for back in range(1, controller.finished + 1):
        ended = plan.at - timedelta(seconds=back * _HOUR_S)
        name = pod_name(controller, controller.pods + back, ended)
        node = fitting[back % len(fitting)] if fitting else None
        created = ended - timedelta(seconds=controller.lifetime_s or 1)
        yield PlacedPod(controller, controller.pods + back, name, node, "", created, finished=True)


def job_name(controller: Controller, at: datetime) -> str:
    """The Job of a pod; of a CronJob, the one of that minute."""
    if controller.kind == "CronJob":
        return f"{controller.name}-{int(at.timestamp()) // 60}"
    return controller.name


def pod_name(controller: Controller, number: int, at: datetime) -> str:
    """A pod's name as its controller makes it."""
    end = suffix(controller.namespace, controller.name, str(number))
    if controller.kind == "Pod":
        return controller.name
    if controller.kind == "StatefulSet":
        return f"{controller.name}-{number}"
    if controller.kind == "Deployment":
        return f"{replica_set_name(controller)}-{end}"
    return f"{job_name(controller, at)}-{end}"


def replica_set_name(controller: Controller) -> str:
    """The ReplicaSet of a Deployment."""
    return f"{controller.name}-{suffix(controller.namespace, controller.name, length=10)}"
