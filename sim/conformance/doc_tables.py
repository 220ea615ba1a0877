"""Upstream's documentation tables: settings and a number of pods in, ENIs and CIDRs out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import one_node_case

FIRST_POD_MS = 60_000
BETWEEN_PODS_MS = 2_000
END_MS = 1_800_000


def case_of(row: Mapping[str, str]) -> dict[str, Any]:
    """A recording's case in which a row's pods come one after the other, and stay."""
    settings = dict(text.split("=") for text in row["settings"].split())
    pods = [(f"p{i}", "n1", FIRST_POD_MS + i * BETWEEN_PODS_MS, 0) for i in range(int(row["pods"]))]
    name = f"{row['instance_type']} {row['settings']} {row['pods']} pods"
    return one_node_case(name, settings, row["instance_type"], END_MS, pods)


def settled(pool: tuple[Any, ...], row: Mapping[str, str]) -> tuple[int, int, int]:
    """(ENIs, CIDRs, total addresses) of the last pool row, for a row of the tables."""
    _, _, enis, total, _, prefixes = pool
    is_prefix_mode = "ENABLE_PREFIX_DELEGATION=true" in row["settings"]
    return enis, prefixes if is_prefix_mode else total, total
