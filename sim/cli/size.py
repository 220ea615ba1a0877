"""Sizes of memory on the command line."""

from __future__ import annotations

import re

import click

UNITS: dict[str, int] = {
    f"{prefix}{end}".lower(): base**power
    for base, ends in ((1000, ("", "B")), (1024, ("i", "iB")))
    for power, prefix in enumerate("KMGT", 1)
    for end in ends
}
NO_LIMIT = "none"

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)", re.ASCII)


def bytes_of(_context: click.Context, _option: click.Parameter, text: str) -> int | None:
    """Bytes of an option's value such as 4GiB; None if there is to be no limit."""
    if text == NO_LIMIT:
        return None
    match = _SIZE.fullmatch(text)
    unit = UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise click.BadParameter(f"{text!r} is no size such as 500MiB or 16GiB, nor {NO_LIMIT}.")
    return round(float(match[1]) * unit)
