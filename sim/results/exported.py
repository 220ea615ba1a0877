"""A run's time series by ipamd's metric names, one after the other, as a scrape would name them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .openmetrics import SUMMARY, families, values_at
from .records import NEVER
from .scraped import Counted
from .steps import Ints

if TYPE_CHECKING:
    from .result import Result

GAUGE = "gauge"
_SUFFIXES = {"summary": SUMMARY, "counter": ("_total",)}


class Exported(NamedTuple):
    """One series of one node.

    Attributes:
        name: of its metric, as Prometheus has it.
        is_gauge: whether it may fall; it is a counter if not.
        node: the node's name, which is the label ``instance``.
        labels: those of its kind.
        begin_ms, end_ms: from when on the node is scraped and until when, on the run's clock.
        counted: how it went.
    """

    name: str
    is_gauge: bool
    node: str
    labels: dict[str, str]
    begin_ms: int
    end_ms: int
    counted: Counted

    def at(self, times: Ints) -> Ints:
        """Its values at times of the run, which may be any; shape (times,)."""
        return np.array(values_at(self.counted, times), np.int64)


def exported(result: Result) -> Iterator[Exported]:
    """All series of a run, metric by metric; nodes that never were ready have none."""
    spans = _spans(result)
    for family in families(result):
        suffixes = cycle(_SUFFIXES.get(family.kind, ("",)))
        for one, suffix in zip(family.series(), suffixes, strict=False):
            if one.node in spans:
                labels, name = dict(family.labels(one.kind)), f"{family.name}{suffix}"
                node, is_gauge = result.names.nodes[one.node], family.kind == GAUGE
                yield Exported(name, is_gauge, node, labels, *spans[one.node], one)


def _spans(result: Result) -> dict[int, tuple[int, int]]:
    """(ready, gone) of each node that ever was ready."""
    nodes = result.nodes
    gone = np.where(nodes["terminated_ms"] == NEVER, result.end_ms, nodes["terminated_ms"])
    rows = np.flatnonzero(nodes["ready_ms"] != NEVER)
    columns = (one[rows].tolist() for one in (nodes["node"], nodes["ready_ms"], gone))
    return {node: (ready, end) for node, ready, end in zip(*columns, strict=True)}
