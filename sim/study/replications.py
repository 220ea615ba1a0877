"""The seeds of a scenario's replications."""

from __future__ import annotations

from sim.randomness import Streams


def replication_seeds(seed: int, n: int) -> list[int]:
    """The seeds of ``n`` replications of a scenario: its own first, the others made from it.

    More replications keep the seeds of fewer, so that what ran before need not run again.

    Args:
        seed: the scenario's.
        n: how many, at least 1.
    """
    streams = Streams(seed)
    return [seed, *(streams.key("replication", str(i)) >> 1 for i in range(1, n))]
