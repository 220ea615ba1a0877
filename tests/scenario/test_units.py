"""Durations and quantities, and the texts they are written as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.units import format_duration, parse_cpu, parse_duration, parse_memory

READ: list[tuple[Callable[[Any], int], Any, int]] = [
    (parse_duration, "90s", 90_000),
    (parse_duration, "1h30m", 5_400_000),
    (parse_duration, "1.5h", 5_400_000),
    (parse_duration, "250ms", 250),
    (parse_duration, "1s5ms", 1_005),
    (parse_duration, "2d", 172_800_000),
    (parse_duration, " 5m ", 300_000),
    (parse_duration, 0, 0),
    (parse_cpu, "500m", 500),
    (parse_cpu, 2, 2_000),
    (parse_cpu, 1.5, 1_500),
    (parse_cpu, "0.1", 100),
    (parse_memory, "2Gi", 2_048),
    (parse_memory, "1Mi", 1),
    (parse_memory, "1Ki", 1),
    (parse_memory, "1M", 1),
    (parse_memory, "1k", 1),
    (parse_memory, "1G", 954),
    (parse_memory, 2**20 + 1, 2),
    (parse_memory, 0, 0),
]


@pytest.mark.parametrize(("parse", "value", "expected"), READ)
def test_read(parse: Callable[[Any], int], value: Any, expected: int) -> None:
    """Durations become milliseconds, cpu millicores, memory MiB, rounded up."""
    assert parse(value) == expected


REFUSED: list[tuple[Callable[[Any], int], Any]] = [
    *((parse_duration, value) for value in ("", "5", "5 s", "-5s", "5y", "1e3s", "\u0665s", "s")),
    *((parse_duration, value) for value in (5, 0.5, True, None, [], {}, "9" * 99 + "d", "5s" * 99)),
    *((parse_cpu, value) for value in ("", "1 core", "-1", "m", True, None, [], "9" * 99)),
    *((parse_memory, value) for value in ("", "1GB", "1K", "1ki", "-1Gi", True, None, "9" * 99)),
]


@pytest.mark.parametrize(("parse", "value"), REFUSED)
def test_refused(parse: Callable[[Any], int], value: Any) -> None:
    """What has no unit, the wrong one, or is out of all proportion is a ValueError."""
    with pytest.raises(ValueError, match=r"is no|needs a unit|is over|is longer"):
        parse(value)


@given(milliseconds=st.integers(0, 36_500 * 86_400_000))
def test_durations_come_back(milliseconds: int) -> None:
    """A duration's text is read back to the same milliseconds."""
    assert parse_duration(format_duration(milliseconds)) == milliseconds
