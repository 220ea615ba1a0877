"""Calico's IPAM: blocks of an overlay's own addresses, claimed by nodes as their pods need them.

Source: projectcalico/calico, libcalico-go/lib/ipam/ipam.go (autoAssign: a node's own blocks first,
then a new one, then one address borrowed of another node's block) and kube-controllers'
pkg/controllers/node/ipam.go (releaseUnusedBlocks: an empty block goes after a grace period, unless
it is the node's only one). Addresses lie in no VPC subnet, and no EC2 call is made.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.clock import Clock, Order

RELEASE_AFTER_MS = 900_000
"""A block has to be empty for this long (LeakGracePeriod, 15 minutes by default)."""

Log = Callable[[tuple[int, int, int, int]], None]
"""Called with each change at a node: (ms, node, its blocks, addresses its pods hold)."""


class Block:
    """Addresses that one node has claimed; some may be lent to other nodes' pods."""

    __slots__ = ("empty_since", "node", "used")

    def __init__(self, node: NodeBlocks) -> None:
        self.node = node
        self.used = 0
        self.empty_since = 0


class IpPool:
    """The overlay's own addresses, shared by all nodes.

    Args:
        clock: the simulation's clock.
        blocks: how many blocks the pool has.
        block_size: addresses in each.
        blocks_per_node: the most that one node claims (MaxBlocksPerHost).
        log: gets each change of what a node holds.
    """

    def __init__(
        self, clock: Clock, blocks: int, block_size: int, blocks_per_node: int, log: Log
    ) -> None:
        self.clock = clock
        self.block_size = block_size
        self.blocks_per_node = blocks_per_node
        self.log = log
        self.free_blocks = blocks
        self._claimed: dict[Block, None] = {}  # in the order of their claims

    def claim(self, node: NodeBlocks) -> Block | None:
        """A new block for a node, None if the pool has none."""
        if not self.free_blocks:
            return None
        self.free_blocks -= 1
        block = Block(node)
        self._claimed[block] = None
        return block

    def borrow(self) -> Block | None:
        """A block of whichever node with an address to lend, None if all are full."""
        return next((block for block in self._claimed if block.used < self.block_size), None)

    def release(self, block: Block) -> None:
        """The block is nobody's again."""
        del self._claimed[block]
        self.free_blocks += 1


class NodeBlocks:
    """What one node holds of the pool: it hands out addresses as ipamd's data store does.

    The node's own tunnel takes one address, which is why it claims a block at once (VXLAN).
    """

    has_trunk = False

    def __init__(self, pool: IpPool, number: int) -> None:
        self._pool = pool
        self._number = number
        self._blocks: list[Block] = []
        self._assigned = 0  # to pods
        self._is_gone = False
        self._tunnel = self._take()
        self._log()

    def assign_pod_ipv4_address(self, _now: int) -> Block | None:
        """The block in which a pod now holds one address, None if there is no free one."""
        block = self._take()
        if block is not None:
            self._assigned += 1
            self._log()
        return block

    def unassign_pod_ip_address(self, block: Block, _now: int) -> None:
        """A pod gives its address back; it may be handed out again at once."""
        self._assigned -= 1
        self._give_back(block)
        self._log()

    def close(self, _now: int) -> None:
        """The node is gone; so are its blocks, but those that lend to others' pods."""
        self._is_gone = True
        if self._tunnel is not None:
            self._give_back(self._tunnel)
        for block in [one for one in self._blocks if not one.used]:
            self._release(block)
        self._log()

    # ----------------------------------------------------------------- internal

    def _take(self) -> Block | None:
        pool = self._pool
        block = next((one for one in self._blocks if one.used < pool.block_size), None)
        if block is None and len(self._blocks) < pool.blocks_per_node:
            block = pool.claim(self)
            if block is not None:
                self._blocks.append(block)
        if block is None:
            block = pool.borrow()
        if block is not None:
            block.used += 1
        return block

    def _give_back(self, block: Block) -> None:
        block.used -= 1
        if not block.used:
            block.node.is_empty(block)

    def is_empty(self, block: Block) -> None:
        """The last address of one of its blocks was given back."""
        clock = self._pool.clock
        block.empty_since = clock.now
        if self._is_gone:
            self._release(block)
            self._log()
        else:
            looked_at = block, clock.now
            clock.call(RELEASE_AFTER_MS, Order.POD_DELETE, self._look, looked_at)

    def _look(self, looked_at: tuple[Block, int]) -> None:
        block, since = looked_at
        is_still_empty = not block.used and block.empty_since == since
        if is_still_empty and block in self._blocks and len(self._blocks) > 1:
            self._release(block)
            self._log()

    def _release(self, block: Block) -> None:
        self._blocks.remove(block)
        self._pool.release(block)

    def _log(self) -> None:
        pool = self._pool
        pool.log((pool.clock.now, self._number, len(self._blocks), self._assigned))
