"""``ipamd-sim schema``."""

from __future__ import annotations

import json

import click

from .examples import example


@click.command(epilog=example("schema"))
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from sim.scenario.models import ScenarioModel

    click.echo(json.dumps(ScenarioModel.model_json_schema(), indent=2))
