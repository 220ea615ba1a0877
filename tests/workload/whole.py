"""Arrivals as one chunk."""

from __future__ import annotations

from array import array

from sim.workload.arrivals import Arrivals, Chunk


def whole(arrivals: Arrivals) -> Chunk:
    """All chunks in one."""
    result = Chunk(*(array("q") for _ in range(5)))
    for chunk in arrivals.chunks:
        *numbers, nodes = chunk
        joined = (old + new for old, new in zip(result[:5], numbers, strict=True))
        result = Chunk(*joined, nodes=nodes and [*(result.nodes or []), *nodes])
    return result
