"""``ipamd-sim schema``."""

from __future__ import annotations

import json

import click

from .examples import example


@click.command(epilog=example("schema"))
@click.option("--study", is_flag=True, help="That of study files, which sweep takes.")
def schema(*, study: bool) -> None:
    """Print the JSON Schema of scenario files."""
    if study:
        from sim.study.study_file import schema as of_files
    else:
        from sim.scenario.schema import schema as of_files
    click.echo(json.dumps(of_files(), indent=2))
