"""Instants as options take them."""

from __future__ import annotations

import click
import pytest

from sim.cli.instants import instant_of

OPTION = click.Option(["--at"])


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("3h20m", 12_000_000),
        ("12.5s", 12_500),
        ("1,832.301 s", 1_832_301),
        ("30 min 32 s", 1_832_000),
        ("12.3 s", 12_300),
        ("4 min", 240_000),
        ("1 h 04 min", 3_840_000),
        ("2 d 5 h", 190_800_000),
    ],
)
def test_what_is_read_and_what_is_printed(text: str, milliseconds: int) -> None:
    """Durations as in a scenario, and times as screens print them."""
    assert instant_of(click.Context(click.Command("show")), OPTION, text) == milliseconds


@pytest.mark.parametrize("text", ["30 min 32", "1,832", "soon", "5 parsecs"])
def test_what_is_no_time(text: str) -> None:
    """Everything else is refused."""
    with pytest.raises(click.BadParameter):
        instant_of(click.Context(click.Command("show")), OPTION, text)
