"""Runs of IPv4 addresses, written as one address, as a CIDR, or as ``first-last``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from .errors import shown

_MOST_CHARACTERS = 40


class Range(NamedTuple):
    """Addresses in a row, as integers; the last one belongs to it."""

    first: int
    last: int

    def __str__(self) -> str:
        first, last = ipaddress.IPv4Address(self.first), ipaddress.IPv4Address(self.last)
        return str(first) if first == last else f"{first}-{last}"

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return self.last - self.first + 1


def parse_range(value: Any) -> Range:
    """The addresses that ``10.0.0.7``, ``10.0.0.16/28`` or ``10.0.0.20-10.0.0.23`` stands for.

    Raises:
        ValueError: for anything else.
    """
    text = value.strip() if isinstance(value, str) and len(value) <= _MOST_CHARACTERS else ""
    try:
        if "/" in text:
            network = ipaddress.IPv4Network(text)
            return Range(int(network[0]), int(network[-1]))
        first, _, last = text.partition("-")
        ends = [int(ipaddress.IPv4Address(end.strip())) for end in (first, last or first)]
    except ValueError:
        message = "write it like 10.0.0.7, 10.0.0.16/28 or 10.0.0.20-10.0.0.23"
        raise ValueError(f"{shown(value)} are no IPv4 addresses: {message}") from None
    if ends[1] < ends[0]:
        raise ValueError(f"{text} ends before it starts")
    return Range(*ends)


def ranges_of(addresses: Iterable[int]) -> Iterator[Range]:
    """The fewest ranges that hold these addresses and no others, from the lowest up."""
    first = last = None
    for address in sorted(set(addresses)):
        if first is None or last is None:
            first = last = address
        elif address == last + 1:
            last = address
        else:
            yield Range(first, last)
            first = last = address
    if first is not None and last is not None:
        yield Range(first, last)


def overlap(ranges: Sequence[Range]) -> tuple[int, int] | None:
    """The places, in their order, of two ranges that share an address; None if there are none."""
    order = sorted(range(len(ranges)), key=lambda place: (ranges[place], place))
    furthest: int | None = None
    for place in order:
        if furthest is not None and ranges[place].first <= ranges[furthest].last:
            early, late = sorted((furthest, place))
            return early, late
        furthest = place
    return None


_PATTERN = r"^\s*[0-9.]+(\s*-\s*[0-9.]+|/[0-9]+)?\s*$"
Addresses = Annotated[
    Range,
    PlainValidator(parse_range),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "title": "addresses",
            "type": "string",
            "pattern": _PATTERN,
            "examples": ["10.0.0.7", "10.0.0.16/28", "10.0.0.20-10.0.0.23"],
        }
    ),
]
"""A `Range`; written as one address, a CIDR or ``first-last``."""
