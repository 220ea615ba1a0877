"""What a user writes under ``cluster.overlay``: a pod network with addresses of its own."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .base import Strict
from .cidr import Cidr


class Overlay(Strict):
    """Calico in place of the VPC CNI: pods get addresses that lie in no subnet of the VPC."""

    kind: Literal["calico-vxlan"] = Field(description="Which one it is.")
    cidr: Cidr = Field(
        ipaddress.IPv4Network("192.168.0.0/16"),
        description="Its IP pool, apart from the VPC's addresses. Source: Calico's manifests.",
    )
    block_prefix_length: Annotated[int, Field(ge=20, le=32)] = Field(
        26, description="Size of the blocks that nodes claim. Source: Calico, IPPool blockSize."
    )
    blocks_per_node: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        20, description="Blocks a node claims at most. Source: Calico, MaxBlocksPerHost."
    )

    @model_validator(mode="after")
    def _has_a_block(self) -> Self:
        if self.cidr.prefixlen > self.block_prefix_length:
            raise ValueError(
                f"a block of /{self.block_prefix_length} is larger than the pool {self.cidr}"
            )
        return self

    @property
    def block_size(self) -> int:
        """Addresses in a block."""
        return 1 << (32 - self.block_prefix_length)

    @property
    def blocks(self) -> int:
        """Blocks in the pool."""
        return 1 << (self.block_prefix_length - self.cidr.prefixlen)
