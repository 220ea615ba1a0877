"""Kubernetes quantities, exactly as the API server reads them."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any

from sim.scenario.errors import shown

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([a-zA-Z]*[+-]?[0-9]*)", re.ASCII)
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{1,2}", re.ASCII)
_BINARY = {f"{letter}i": Decimal(2 ** (10 * power)) for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {
    letter: Decimal(10) ** power
    for letter, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
}
_SUFFIXES = {"": Decimal(1), **_BINARY, **_DECIMAL}
_LONGEST = 60


@lru_cache(maxsize=4096)
def _read(text: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    number, suffix = Decimal(match[1]), match[2]
    if _EXPONENT.fullmatch(suffix):
        return number.scaleb(int(suffix[1:]))
    return number * _SUFFIXES[suffix] if suffix in _SUFFIXES else None


def parse_quantity(value: Any, unit: int = 1) -> int:
    """A quantity such as ``500m``, ``1.5``, ``2Gi``, ``1e3`` or ``128974848``.

    Args:
        value: a text, or a number as JSON may have it.
        unit: into how many parts one is divided: 1000 gives millicores of a cpu.

    Returns:
        That many parts, rounded up.

    Raises:
        ValueError: it is no quantity, or is negative.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = str(value) if is_number else value
    found = _read(text) if isinstance(text, str) else None
    if found is None or found < 0:
        raise ValueError(f"{shown(value)} is no Kubernetes quantity such as 500m or 2Gi")
    return int((found * unit).to_integral_value(ROUND_CEILING))
