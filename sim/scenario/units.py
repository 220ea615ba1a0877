"""Units a scenario is written in, and the whole numbers they become.

Durations become integer milliseconds, cpu becomes millicores, memory becomes MiB. Kubernetes
quantities (``500m``, ``2Gi``) are read as Kubernetes reads them.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from .errors import shown

MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_CPU = re.compile(r"(\d+(?:\.\d+)?)(m?)", re.ASCII)
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)([EPTGMk]|[EPTGMK]i)?", re.ASCII)
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BYTES = _BINARY | _DECIMAL
_LONGEST = 36_500 * MILLISECONDS["d"]
_MOST_CPU = 1_000_000_000
_MOST_MEMORY = 2**40
_MOST_CHARACTERS = 100


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= _MOST_CHARACTERS else ""


def parse_duration(value: Any) -> int:
    """Milliseconds of a duration such as ``90s``, ``1h30m`` or ``250ms``.

    Raises:
        ValueError: for anything else; a bare number is refused since its unit would be a guess.
    """
    if value == 0 and not isinstance(value, bool):
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        raise ValueError(f"a duration needs a unit: write {value}s, {value}m or {value}h")
    text = _text(value)
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{shown(value)} is no duration: write it like 90s, 1h30m or 250ms")
    parts = _DURATION_PART.findall(text)
    milliseconds = sum(float(number) * MILLISECONDS[unit] for number, unit in parts)
    if milliseconds > _LONGEST:
        raise ValueError(f"{shown(value)} is longer than 100 years")
    return round(milliseconds)


def format_duration(milliseconds: int) -> str:
    """The shortest text that `parse_duration` reads back to the same milliseconds."""
    if milliseconds == 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, milliseconds = divmod(milliseconds, MILLISECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def parse_cpu(value: Any) -> int:
    """Millicores of a Kubernetes cpu quantity: ``500m``, ``1.5``, ``2``."""
    match = _CPU.fullmatch(_number_text(value))
    if match is None:
        raise ValueError(f"{shown(value)} is no cpu quantity: write it like 500m or 1.5")
    millicores = float(match[1]) * (1 if match[2] else 1000)
    if millicores > _MOST_CPU:
        raise ValueError(f"{shown(value)} is over a million cores")
    return round(millicores)


def parse_memory(value: Any) -> int:
    """MiB, rounded up, of a Kubernetes memory quantity: ``2Gi``, ``512Mi``, or plain bytes."""
    match = _MEMORY.fullmatch(_number_text(value))
    if match is None:
        raise ValueError(f"{shown(value)} is no memory quantity: write it like 2Gi or 512Mi")
    mebibytes = float(match[1]) * _BYTES.get(match[2] or "", 1) / 2**20
    if mebibytes > _MOST_MEMORY:
        raise ValueError(f"{shown(value)} is over 1 Ei")
    return math.ceil(mebibytes)


def _number_text(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _text(str(value) if is_number else value)


def _quantity(title: str, pattern: str, examples: list[str]) -> WithJsonSchema:
    number = {"type": "number", "minimum": 0}
    text = {"type": "string", "pattern": pattern, "examples": examples}
    return WithJsonSchema({"title": title, "anyOf": [text, number]})


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {
            "title": "duration",
            "anyOf": [
                {
                    "type": "string",
                    "pattern": r"^\s*([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+\s*$",
                    "examples": ["90s", "1h30m", "250ms"],
                },
                {"const": 0},
            ],
        }
    ),
]
"""Integer milliseconds; written ``90s``, ``6h``, ``1d``."""

Cpu = Annotated[
    int,
    BeforeValidator(parse_cpu),
    PlainSerializer(lambda m: f"{m}m", return_type=str),
    _quantity("cpu", r"^\s*[0-9]+(\.[0-9]+)?m?\s*$", ["500m", "2"]),
]
"""Integer millicores; written ``500m`` or ``2``."""

Memory = Annotated[
    int,
    BeforeValidator(parse_memory),
    PlainSerializer(lambda m: f"{m}Mi", return_type=str),
    _quantity("memory", r"^\s*[0-9]+(\.[0-9]+)?([KMGTPE]i|[kMGTPE])?\s*$", ["2Gi", "512Mi"]),
]
"""Integer MiB; written ``2Gi``."""
