"""A month of four nodes: figures do not drift from the records, and are those that are expected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def long() -> Iterator[Any]:
    """The module, which is no part of the package."""
    sys.path.insert(0, str(ROOT))
    yield import_module("benchmarks.long")
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def month(long: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """(what is measured of the smallest size, where it was written)."""
    folder = tmp_path_factory.mktemp("long")
    return long.measured(long.SIZES["month"], folder), folder / "out"


def test_a_month_does_not_drift(long: Any, month: tuple[Any, Path]) -> None:
    """Averages and counts are those of the records, memory is as reckoned, figures as before."""
    measured, _ = month
    assert measured.wrong == []
    assert measured.digest == json.loads(long.EXPECTED.read_text())["month"]


def test_drift_is_seen(long: Any, month: tuple[Any, Path]) -> None:
    """An average that is off by its last bits, or one pod too many, is named."""
    _, folder = month
    summary = json.loads((folder / "summary.json").read_text())
    summary["addresses"]["subnets"]["a"]["warm"]["mean"] *= 1 + 1e-15
    summary["addresses"]["cluster"]["waste_ip_hours"] += 1e-9
    summary["pods"]["created"] += 1
    (folder / "summary.json").write_text(json.dumps(summary))
    assert [one.split(":")[0] for one in sorted(long.drift(folder))] == [
        "cluster.waste_ip_hours",
        "subnets.a.warm",
    ]
    assert [one.split(":")[0] for one in long.miscounted(folder)] == ["pods"]
