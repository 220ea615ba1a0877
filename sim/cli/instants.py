"""Instants of a run on the command line."""

from __future__ import annotations

import click


def instant_of(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Milliseconds from the start of a run, from an option's value such as 3h20m or 12.5s."""
    if text is None:
        return None
    from sim.scenario.units import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None
