"""Instants of a run on the command line."""

from __future__ import annotations

import re

import click

_AS_PRINTED = re.compile(r"[\d,.]+ (?:d|h|min|s)(?: \d+ (?:d|h|min|s))?", re.ASCII)


def instant_of(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Milliseconds from the start of a run, from an option's value such as 3h20m or 12.5s.

    Times as screens print them are understood, too: ``30 min 32 s``, ``1,832.301 s``.
    """
    if text is None:
        return None
    from sim.scenario.units import parse_duration

    if _AS_PRINTED.fullmatch(text):
        text = text.replace(",", "").replace("min", "m").replace(" ", "")
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None
