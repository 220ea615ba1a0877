"""A run's records in blocks, one stretch of its time after the other.

A block ends at the end of an instant: all records of one millisecond are in the same block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .records import NEVER, TABLES, Names
from .steps import Ints
from .tables import Records, sorted_records

ROWS = 1 << 16
"""Rows of the longest table in a block that is cut from whole tables: few enough for the
processor's cache, enough that the cost of a block is that of its rows."""


@dataclass(frozen=True)
class Block:
    """The records of a stretch of a run: all that was recorded since the block before.

    Attributes:
        tables: by the names of `TABLES`, each sorted by its first time. Of the pods those that are
            gone, in the last block all others too. Of the nodes all there are, as they are now.
        until_ms: everything up to and including this instant has happened and is recorded.
        settled_ms: EC2 requests made before this instant are all recorded; those made from it on
            may still come, since a request is recorded when it is answered.
        waiting: rows of the pods' table for pods that are not gone, have asked for an address, and
            have none yet or got it since the block before, but not at once; none in the last block.
    """

    tables: Mapping[str, Records]
    until_ms: int
    settled_ms: int
    waiting: Records


class Sink(Protocol):
    """Where a run's blocks go while it runs."""

    def write(self, block: Block) -> None:
        """Takes the next block."""


class InMemory:
    """Keeps a run's blocks as whole tables."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._parts: dict[str, list[Ints]] = {name: [] for name in TABLES}

    def write(self, block: Block) -> None:
        """Takes the next block."""
        self._parts["nodes"].clear()
        for name, records in block.tables.items():
            self._parts[name].append(records.matrix)

    def tables(self) -> dict[str, Records]:
        """All records by the names of `TABLES`, each sorted by time; can be had once."""
        whole = {name: np.concatenate(self._parts.pop(name)) for name in TABLES}
        return sorted_records(whole, self._names)


# ---------------------------------------------------------------------- cutting


def cut(tables: Mapping[str, Records], end_ms: int, rows: int = ROWS) -> Iterator[Block]:
    """A run's whole tables in blocks, as the run could have made them.

    Args:
        tables: all records, each sorted by its first time.
        end_ms: when the run ended.
        rows: how many of the longest table make a block.
    """
    longest = max(tables.values(), key=len)
    times = longest.times[rows - 1 :: rows]
    return cut_at(tables, [*np.unique(times[times < end_ms]).tolist(), end_ms])


def cut_at(tables: Mapping[str, Records], instants: list[int]) -> Iterator[Block]:
    """Blocks that end at these instants, the last of which is the end of the run."""
    recorded = {name: _Recorded(records) for name, records in tables.items()}
    waits = _Waits(tables["pods"])
    before = NEVER
    for until in instants[:-1]:
        cuts = {name: one.up_to(until) for name, one in recorded.items()}
        cuts["nodes"] = _as_they_were(cuts["nodes"], until)
        settled = recorded["ec2_calls"].first_to_come(until + 1)
        yield Block(cuts, until, settled, waits.at(before, until))
        before = until
    rest = {name: one.up_to(None) for name, one in recorded.items()}
    yield Block(rest, instants[-1], instants[-1], tables["pods"].only(slice(0)))


def _gone(pods: Records) -> Ints:
    """When each pod was gone, the latest time there is for those that never were."""
    released, unserved = pods["released_ms"] != NEVER, pods["address_ms"] == NEVER
    is_gone = (pods["ended_ms"] != NEVER) & (released | unserved)
    times = [pods[column] for column in pods.columns if column.endswith("_ms")]
    return np.where(is_gone, np.maximum.reduce(times), np.iinfo(np.int64).max)


class _Recorded:
    """A table in the order in which its rows were recorded, to be taken bit by bit."""

    def __init__(self, records: Records) -> None:
        self._records, self._taken = records, 0
        if records.name == "pods":
            times = _gone(records)
        elif records.name == "ec2_calls":
            times = records["answer_ms"]
        elif records.name == "passes":
            ended = records["end_ms"]
            times = np.where(ended == NEVER, np.iinfo(np.int64).max, ended)
        else:
            times = records.times
        self._order = np.argsort(times, kind="stable")
        self._times = times[self._order]
        first = records.times[self._order]
        self._soonest = np.minimum.accumulate(first[::-1])[::-1]  # of a row and all after it

    def up_to(self, until: int | None) -> Records:
        """What was recorded up to an instant since the last time; None: all the rest."""
        end = len(self._times)
        if until is not None:
            end = int(np.searchsorted(self._times, until, side="right"))
        begin = 0 if self._records.name == "nodes" else self._taken
        self._taken = end
        return self._records.only(np.sort(self._order[begin:end]))

    def first_to_come(self, latest: int) -> int:
        """The earliest first time of the rows that were not taken yet, if before ``latest``."""
        return int(self._soonest[self._taken : self._taken + 1].min(initial=latest))


class _Waits:
    """Pods that waited for their address, to be looked at as they were at some instant."""

    def __init__(self, pods: Records) -> None:
        asked, got = pods["first_add_ms"], pods["address_ms"]
        waited = (asked != NEVER) & ((got == NEVER) | (got > asked)) & (pods["host_network"] == 0)
        self._pods = pods.only(waited)
        self._gone = _gone(self._pods)

    def at(self, before: int, until: int) -> Records:
        """The rows of `Block.waiting` at the end of a block, given that of the block before."""
        pods, got = self._pods, self._pods["address_ms"]
        waits = (got == NEVER) | (got > before)
        rows = waits & (pods["first_add_ms"] <= until) & (self._gone > until)
        return _as_they_were(pods.only(rows), until)


def _as_they_were(records: Records, until: int) -> Records:
    """Rows without the times that were still to come at an instant."""
    is_time = np.array([column.endswith("_ms") for column in records.columns])
    is_later = (records.matrix > until) & is_time
    return Records(records.name, np.where(is_later, NEVER, records.matrix), records.names)
