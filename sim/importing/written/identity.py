"""Ids and moments as Kubernetes writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .placed import digest

Object = dict[str, Any]
"""An object as JSON has it."""


def stamp(at: datetime) -> str:
    """A moment as Kubernetes writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def uid(*words: str) -> str:
    """A UUID that hangs on the words alone."""
    hexa = digest("uid", *words, length=32)
    return f"{hexa[:8]}-{hexa[8:12]}-4{hexa[13:16]}-8{hexa[17:20]}-{hexa[20:32]}"
