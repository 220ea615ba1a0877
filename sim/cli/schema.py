"""``ipamd-sim schema``."""

from __future__ import annotations

import json

import click

from .examples import example


@click.command(epilog=example("schema"))
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from sim.scenario.schema import schema as of_scenarios

    click.echo(json.dumps(of_scenarios(), indent=2))
