"""Arrivals of a trace file, and all of them as one chunk."""

from __future__ import annotations

from array import array
from pathlib import Path

from sim.randomness import Streams
from sim.scenario.workload import Trace
from sim.workload.arrivals import Arrivals, Chunk, trace
from sim.workload.traces import read_trace


def replayed(spec: Trace, folder: Path, seed: int = 1, until_ms: int | None = None) -> Arrivals:
    """The arrivals of a trace whose file is in the folder."""
    return trace(spec, read_trace(spec, folder), Streams(seed), until_ms)


def whole(arrivals: Arrivals) -> Chunk:
    """All chunks in one."""
    result = Chunk(*(array("q") for _ in range(5)))
    for chunk in arrivals.chunks:
        *numbers, nodes = chunk
        joined = (old + new for old, new in zip(result[:5], numbers, strict=True))
        result = Chunk(*joined, nodes=nodes and [*(result.nodes or []), *nodes])
    return result
