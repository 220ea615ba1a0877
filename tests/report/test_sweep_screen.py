"""The screen of a sweep: its heads, how it breaks, and what it marks."""

from __future__ import annotations

from typing import Any

import pytest
from rich.text import Text

from sim.report.sweep import Column, best_points, broken, cell, is_constant, packed


def row(
    point: int, mean: float | None, high: float | None = None, *at_least: str
) -> dict[str, Any]:
    """A point's row of the summary, with its wait."""
    wait = {"pod_ip_wait_p99": mean, "pod_ip_wait_p99_high": high}
    return {"point": point, "at_least": at_least, **wait}


WAIT = "pod_ip_wait_p99"


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("churn", ["churn"]),
        ("WARM_IP_TARGET", ["WARM_IP_", "TARGET"]),
        ("ENABLE_PREFIX_DELEGATION", ["ENABLE_", "PREFIX_", "DELEGATION"]),
        ("cluster.node_groups.x.nodes", ["cluster.", "node_groups.", "x.nodes"]),
    ],
)
def test_heads(key: str, lines: list[str]) -> None:
    """A long key is a head of several short lines, broken where its words end."""
    assert broken(key) == "\n".join(lines)


def test_best() -> None:
    """The best mean is marked, of several all; lower bounds are no candidates."""
    assert best_points([row(1, 5.0), row(2, 3.0), row(3, 3.0), row(4, 1.0, None, WAIT)], WAIT) == [
        2,
        3,
    ]
    assert best_points([row(1, 5.0), row(2, 5.0), row(3, None)], WAIT) == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (row(1, 5.0, 6.5), "5.0 s ±1.5 s*"),
        (row(1, 5.0, 5.0), "5.0 s*"),
        (row(1, 5.0), "5.0 s*"),
        (row(1, 5.0, 5.001), "5.0 s ±<0.01 s*"),
        (row(1, 5.0, 6.0, WAIT), "≥ 5.0 s ±1.0 s*"),
        (row(1, None), "-*"),
    ],
)
def test_cells(given: dict[str, Any], text: str) -> None:
    """A mean stands with half of its interval, if there is one, and with its signs."""
    assert cell(given, WAIT, is_best=True).plain == text


def test_constant() -> None:
    """A figure that is the same in all runs needs no column."""
    assert is_constant([row(1, 0.0, 0.0), row(2, 0.0, None)], WAIT)
    assert not is_constant([row(1, 0.0, 0.5), row(2, 0.0, 0.0)], WAIT)
    assert not is_constant([row(1, 0.0), row(2, 1.0)], WAIT)
    assert not is_constant([row(1, None), row(2, None)], WAIT)


def test_packed() -> None:
    """Columns that do not fit beside each other go into tables of their own."""
    columns = [Column("x", [Text("y" * width)]) for width in (8, 8, 8, 30, 1)]
    assert [len(group) for group in packed(columns, room=22)] == [2, 1, 1, 1]
    assert packed([], room=5) == []
