"""Blocks of an overlay's addresses, by hand: what nodes claim, borrow and give back."""

from __future__ import annotations

import pytest

from sim.clock import Clock
from sim.overlay.calico import RELEASE_AFTER_MS, Block, IpPool, NodeBlocks

SIZE = 4


class Cluster:
    """Nodes on a pool of blocks of four addresses; the last row of each is remembered."""

    def __init__(self, blocks: int, nodes: int, blocks_per_node: int = 20) -> None:
        self.clock = Clock()
        self.held: dict[int, tuple[int, int]] = {}
        pool = IpPool(self.clock, blocks, SIZE, blocks_per_node, self._log)
        self.nodes = [NodeBlocks(pool, number) for number in range(nodes)]

    def _log(self, row: tuple[int, int, int, int]) -> None:
        self.held[row[1]] = row[2:]

    def start(self, node: int, pods: int) -> list[Block | None]:
        """Starts pods on a node."""
        return [self.nodes[node].assign_pod_ipv4_address(0) for _ in range(pods)]

    def stop(self, node: int, *pods: Block | None) -> None:
        """Ends pods of a node."""
        for pod in pods:
            assert pod is not None
            self.nodes[node].unassign_pod_ip_address(pod, 0)

    def wait(self, milliseconds: int) -> None:
        """Lets time go by."""
        self.clock.run(until=self.clock.now + milliseconds)


def test_a_node_claims_a_block_for_its_tunnel() -> None:
    """A node without pods holds one block, of which its tunnel takes one address."""
    cluster = Cluster(blocks=4, nodes=1)
    assert cluster.held == {0: (1, 0)}
    cluster.start(0, pods=3)
    assert cluster.held == {0: (1, 3)}  # 3 pods + the tunnel = 4 addresses


@pytest.mark.parametrize(("pods", "blocks"), [(3, 1), (4, 2), (7, 2), (8, 3)])
def test_a_full_block_is_followed_by_another(pods: int, blocks: int) -> None:
    """A node holds ceil((pods + 1) / 4) blocks of four."""
    cluster = Cluster(blocks=4, nodes=1)
    cluster.start(0, pods)
    assert cluster.held == {0: (blocks, pods)}


def test_an_exhausted_pool_lends_what_other_nodes_do_not_use() -> None:
    """With no block left, pods get addresses of other nodes' blocks until all are taken."""
    cluster = Cluster(blocks=2, nodes=2)
    got = cluster.start(0, pods=7)
    assert [pod is not None for pod in got] == [True] * 6 + [False]  # 8 addresses, 2 tunnels
    assert cluster.held == {0: (1, 6), 1: (1, 0)}


def test_a_node_at_its_most_blocks_borrows() -> None:
    """MaxBlocksPerHost bounds what a node claims, not what its pods get."""
    cluster = Cluster(blocks=9, nodes=2, blocks_per_node=1)
    got = cluster.start(0, pods=6)
    assert cluster.held[0] == (1, 6)
    assert None not in got


def test_an_empty_block_goes_after_its_grace_period() -> None:
    """A second block that stays empty for 15 minutes is given back, to the millisecond."""
    cluster = Cluster(blocks=4, nodes=1)
    pods = cluster.start(0, pods=4)
    cluster.stop(0, pods[3])
    cluster.wait(RELEASE_AFTER_MS)
    assert cluster.held == {0: (2, 3)}
    cluster.wait(1)
    assert cluster.held == {0: (1, 3)}


def test_a_block_in_use_again_stays() -> None:
    """A pod that comes within the grace period keeps the block, and the period begins anew."""
    cluster = Cluster(blocks=4, nodes=1)
    pods = cluster.start(0, pods=4)
    cluster.stop(0, pods[3])
    cluster.wait(RELEASE_AFTER_MS // 2)
    cluster.stop(0, *cluster.start(0, pods=1))
    cluster.wait(RELEASE_AFTER_MS)
    assert cluster.held == {0: (2, 3)}
    cluster.wait(1)
    assert cluster.held == {0: (1, 3)}


def test_a_node_that_goes_leaves_only_what_it_lent() -> None:
    """A block with a pod of another node stays until that pod ends."""
    cluster = Cluster(blocks=2, nodes=2)
    mine = cluster.start(0, pods=3)
    borrowed = cluster.start(0, pods=1)
    cluster.nodes[1].close(0)
    assert cluster.held == {0: (1, 4), 1: (1, 0)}
    cluster.stop(0, *borrowed)
    assert cluster.held == {0: (1, 3), 1: (0, 0)}
    assert None not in mine
