"""calico-node in aws-node's place: it asks EC2 for nothing, and restarts lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.ipamd.context import Steps
from sim.overlay.calico import IpPool, NodeBlocks

from .aws_node import AwsNode

if TYPE_CHECKING:
    from .nodes import Node


class CalicoNode(AwsNode):
    """A node's part of an overlay; it is ready as soon as its kubelet is.

    Args:
        node: the node it is on.
        pool: the overlay's addresses.
    """

    def __init__(self, node: Node, pool: IpPool) -> None:
        super().__init__(node)
        self._pool = pool
        self._blocks: NodeBlocks | None = None

    def _run(self) -> Steps:
        if self._blocks is None:
            self._blocks = NodeBlocks(self._pool, self._node.number)
        self._is_ready(self._blocks)
        yield from ()

    def end(self) -> None:
        """The node is gone, and its blocks with it."""
        if self._blocks is not None:
            self._blocks.close(self._node.services.clock.now)
        super().end()
