"""Small words of an import's sentences."""

from __future__ import annotations

from collections.abc import Sequence


def number_of(count: int, what: str) -> str:
    """``1 pod``, ``2,500 pods``, ``3 addresses``."""
    ending = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count:,} {what}{ending}"


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def some(names: Sequence[str], most: int = 8) -> str:
    """The first of the names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
