"""Subnets, exact to the address.

AWS keeps the first four addresses and the last of each subnet. A prefix is an aligned, wholly free
/28. Single addresses (ENI primaries, secondary IPs) stay out of CIDR reservations; prefixes come
from reservations of type prefix if there are any (EC2 user guide, ec2-prefix-eni). A reservation
that is made over addresses in use leaves them where they are (VPC guide, subnet-cidr-reservation).
"""

from __future__ import annotations

import heapq
import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

CNI_TAG = "kubernetes.io/role/cni"
CLUSTER_TAG = "cni.networking.k8s.aws/cluster/"
PREFIX_SIZE = 16
AWS_RESERVED = 5
NOBODY = -1
OTHERS = -2
"""Owner of addresses that are neither free nor a node's."""


class RandomPick:
    """A set of integers below a size, all at first, that can be drawn from uniformly in O(1)."""

    def __init__(self, size: int, stream: random.Random) -> None:
        self._items = array("l", range(size))
        self._position = array("l", range(size))
        self._random = stream.random

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: int) -> bool:
        return self._position[item] != NOBODY

    def add(self, item: int) -> None:
        """Adds an item that is not there."""
        self._position[item] = len(self._items)
        self._items.append(item)

    def remove(self, item: int) -> None:
        """Removes an item that is there."""
        position = self._position[item]
        last = self._items.pop()
        if last != item:
            self._items[position] = last
            self._position[last] = position
        self._position[item] = NOBODY

    def pick(self) -> int:
        """An item, drawn uniformly; it stays in the set."""
        return self._items[int(self._random() * len(self._items))]


class LowestPick(RandomPick):
    """The same set, but the lowest item is picked."""

    def __init__(self, size: int, stream: random.Random) -> None:
        super().__init__(size, stream)
        self._heap = list(range(size))

    def add(self, item: int) -> None:
        """Adds an item that is not there."""
        super().add(item)
        heapq.heappush(self._heap, item)

    def remove(self, item: int) -> None:
        """Removes an item that is there."""
        super().remove(item)
        if self._heap[0] == item:
            heapq.heappop(self._heap)

    def pick(self) -> int:
        """The lowest item; it stays in the set."""
        while self._heap[0] not in self:
            heapq.heappop(self._heap)
        return self._heap[0]


class Placement:
    """How EC2 picks addresses of a subnet: at random, or the lowest first."""

    def __init__(self, addresses: str, prefixes: str) -> None:
        self.addresses = LowestPick if addresses == "low-first" else RandomPick
        self.prefixes = LowestPick if prefixes == "low-first" else RandomPick


def _emptied(placement: Placement, size: int, stream: random.Random) -> RandomPick:
    """A set for that many items without any in it."""
    items = placement.prefixes(size, stream)
    for item in range(size):
        items.remove(item)
    return items


class Subnet:
    """One subnet: which addresses are free, and who holds the others.

    Addresses are integers, as in ``int(ipaddress.IPv4Address(...))``.

    Args:
        name: name of the subnet.
        zone: its Availability Zone.
        first: its first address.
        size: number of its addresses, a power of two of at least 16.
        stream: random stream of its placement.
        placement: how addresses are picked.
        prefix_ranges: (first, size) of its reservations of type prefix.
        explicit_ranges: (first, size) of its reservations of type explicit.
        tags: its tags.
        cluster: name of the cluster, empty if its daemons do not know it.
        spill_over: whether prefixes come from outside of the reservations once those have none.
    """

    def __init__(  # noqa: PLR0913 (a subnet is all of these)
        self,
        name: str,
        zone: str,
        first: int,
        size: int,
        stream: random.Random,
        placement: Placement,
        prefix_ranges: Sequence[tuple[int, int]] = (),
        explicit_ranges: Sequence[tuple[int, int]] = (),
        tags: Mapping[str, str] = MappingProxyType({}),
        cluster: str = "",
        spill_over: bool = False,
    ) -> None:
        self.name = name
        self.zone = zone
        self.first = first
        self.size = size
        self._cluster = cluster
        self.set_tags(tags)
        self.free = size - AWS_RESERVED
        self.owner = array("l", [NOBODY]) * size
        self._lowest = 0  # no single address below is free
        self._used_in_block = array("b", [0]) * (size // PREFIX_SIZE)
        aws = {0, 1, 2, 3, size - 1}
        self._prefix_ranges, self._explicit_ranges = list(prefix_ranges), list(explicit_ranges)
        self._kept_from_singles = aws | set(self._offsets((*prefix_ranges, *explicit_ranges)))
        for offset in aws:
            self._used_in_block[offset // PREFIX_SIZE] += 1
        self._singles = placement.addresses(size, stream)
        for offset in sorted(self._kept_from_singles):
            self._singles.remove(offset)
        self._blocks = placement.prefixes(size // PREFIX_SIZE, stream)
        self._spill = _emptied(placement, size // PREFIX_SIZE, stream) if spill_over else None
        self._home: list[RandomPick | None] = [self._blocks] * (size // PREFIX_SIZE)
        for block, used in enumerate(self._used_in_block):
            if used:
                self._blocks.remove(block)
        self._settle_blocks()

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Its tags are these from now on.

        ``cni_tag`` is the value of kubernetes.io/role/cni, empty without it; ``is_for_cluster``
        says whether it has no tag of a cluster or one of this one, or the name of this one is not
        known (ValidSubnetTagsMatchingClusterName).
        """
        self.cni_tag = tags.get(CNI_TAG, "")
        clusters = [tag for tag in tags if tag.startswith(CLUSTER_TAG)]
        own = CLUSTER_TAG + self._cluster
        self.is_for_cluster = not (self._cluster and clusters) or own in clusters

    def _offsets(self, ranges: Iterable[tuple[int, int]]) -> Iterable[int]:
        for first, size in ranges:
            yield from range(first - self.first, first - self.first + size)

    def reserve(self, first: int, size: int, is_prefix: bool) -> None:
        """A CIDR reservation made now: what is in use inside stays so until it is given back."""
        (self._prefix_ranges if is_prefix else self._explicit_ranges).append((first, size))
        for offset in self._offsets([(first, size)]):
            if offset not in self._kept_from_singles:
                self._kept_from_singles.add(offset)
                if self.owner[offset] == NOBODY:
                    self._singles.remove(offset)
        self._settle_blocks()

    def _settle_blocks(self) -> None:
        """Has each /28 among those that prefixes come from first, or then, or never."""
        for block, home in enumerate(self._homes()):
            before, self._home[block] = self._home[block], home
            if before is home or self._used_in_block[block]:
                continue
            if before is not None:
                before.remove(block)
            if home is not None:
                home.add(block)

    def _homes(self) -> Iterator[RandomPick | None]:
        explicit = {offset // PREFIX_SIZE for offset in self._offsets(self._explicit_ranges)}
        reserved = set(self._offsets(self._prefix_ranges))
        inside = Counter(offset // PREFIX_SIZE for offset in reserved)
        for block in range(self.size // PREFIX_SIZE):
            if block in explicit:
                yield None
            else:
                is_first = not reserved or inside[block] == PREFIX_SIZE
                yield self._blocks if is_first else self._spill

    @property
    def usable(self) -> int:
        """Addresses without the five that AWS keeps."""
        return self.size - AWS_RESERVED

    @property
    def free_28s(self) -> int:
        """Prefixes that could be handed out now."""
        spill = self._spill
        return len(self._blocks) if spill is None else len(self._blocks) + len(spill)

    @property
    def free_singles(self) -> int:
        """Single addresses that could be handed out now."""
        return len(self._singles)

    def take_address(self, owner: int) -> int | None:
        """A single address for this owner; None if there is none."""
        if not self._singles:
            return None
        offset = self._singles.pick()
        self._take(offset, owner)
        return self.first + offset

    def take_primary_address(self, owner: int) -> int | None:
        """The primary address of an ENI of this owner's; None if there is none."""
        return self.take_address(owner)

    def take_lowest_address(self, owner: int) -> int | None:
        """The lowest single address that is free; None if there is none."""
        for offset in range(self._lowest, self.size):
            if offset in self._singles:
                self._lowest = offset + 1
                self._take(offset, owner)
                return self.first + offset
        return None

    def take_range(self, first: int, count: int, owner: int) -> None:
        """These addresses, which are free and none of AWS's own, are this owner's."""
        for offset in range(first - self.first, first - self.first + count):
            self._take(offset, owner)

    def take_prefix(self, owner: int) -> int | None:
        """The first address of a /28 for this owner; None if none is wholly free."""
        blocks = self._blocks if self._blocks or self._spill is None else self._spill
        if not blocks:
            return None
        start = blocks.pick() * PREFIX_SIZE
        for offset in range(start, start + PREFIX_SIZE):
            self._take(offset, owner)
        return self.first + start

    def give_back(self, address: int, count: int = 1) -> None:
        """``count`` addresses from ``address`` on are free again."""
        start = address - self.first
        for offset in range(start, start + count):
            self._give_back(offset)

    def _take(self, offset: int, owner: int) -> None:
        block = offset // PREFIX_SIZE
        home = self._home[block]
        if home is not None and not self._used_in_block[block]:
            home.remove(block)
        self._used_in_block[block] += 1
        if offset not in self._kept_from_singles:
            self._singles.remove(offset)
        self.owner[offset] = owner
        self.free -= 1

    def _give_back(self, offset: int) -> None:
        block = offset // PREFIX_SIZE
        self._used_in_block[block] -= 1
        home = self._home[block]
        if home is not None and not self._used_in_block[block]:
            home.add(block)
        if offset not in self._kept_from_singles:
            self._singles.add(offset)
        self.owner[offset] = NOBODY
        self.free += 1
        self._lowest = min(self._lowest, offset)
