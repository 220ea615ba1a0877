"""``ipamd-sim validate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .examples import example
from .options import scenario_argument

if TYPE_CHECKING:
    from sim.scenario.load import Scenario


@click.command(epilog=example("validate"))
@scenario_argument
def validate(scenario: str, overrides: tuple[str, ...]) -> None:
    """Check SCENARIO and say in one line what it is; warnings go to standard error."""
    from sim.scenario.load import Scenario

    loaded = Scenario.load(scenario, overrides)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"{scenario}: {describe(loaded)}")
