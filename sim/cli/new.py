"""``ipamd-sim new``: scenarios that ship, as files to change."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .examples import example

if TYPE_CHECKING:
    from sim.scenario.presets import Preset

WIDTH = 98
"""Of a line of the list at most, as far as names allow."""


@click.command(epilog=example("new"))
@click.argument("name", metavar="PRESET", required=False)
@click.option("--list", "listed", is_flag=True, help="List the presets, with what each is about.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to; standard output if not given. Trace files that it needs are copied beside it.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def new(name: str | None, *, listed: bool, output: str | None, force: bool) -> None:
    """Write a scenario to start from.

    PRESET is one of the scenario files that ship: questions that people asked with their figures,
    patterns of load, first examples. Its comments say where the figures are from.
    """
    from sim.scenario.presets import find

    if listed == (name is not None):
        raise click.UsageError("give the name of a preset, or --list")
    if name is None:
        _list()
        return
    preset = find(name)
    if output is None:
        _print(preset)
    else:
        _write(preset, Path(output), force)


def _list() -> None:
    import shutil
    import textwrap

    from sim.scenario.presets import folders, presets

    width = min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDTH)
    for folder, title in folders().items():
        click.echo(f"{title}:")
        for one in presets():
            if one.folder == folder:
                click.echo(f"  {one.name}")
                click.echo(textwrap.indent(textwrap.fill(one.title, width - 6), "      "))
        click.echo()
    click.echo("ipamd-sim new NAME -o my.yaml writes one of them.")


def _print(preset: Preset) -> None:
    click.echo(preset.text_for(f"{preset.name}.yaml"), nl=False)
    if files := preset.data_files():
        click.echo(f"it needs {', '.join(files)}: -o FILE copies that too", err=True)


def _write(preset: Preset, target: Path, force: bool) -> None:
    """Writes the scenario and what it needs, all or nothing of what is in the way."""
    from sim.files import problems_of, replacing

    contents = {target: preset.text_for(str(target)).encode()}
    for file, path in preset.data_files().items():
        contents[target.parent / file] = path.read_bytes()  # beside it, as the scenario says
    if not force:
        _refuse_to_overwrite(target, contents)
    with ExitStack() as whole:  # all of them, or none
        for path, content in contents.items():
            with problems_of(path, "cannot be written", "choose another file"):
                path.parent.mkdir(parents=True, exist_ok=True)
            written = whole.enter_context(replacing(path))
            written.write(content)
            written.flush()
    click.echo(f"written: {', '.join(map(str, contents))}", err=True)
    click.echo(f"next: ipamd-sim run {target}", err=True)


def _refuse_to_overwrite(target: Path, contents: Mapping[Path, bytes]) -> None:
    """Of the files of traces, those that hold the same already are in nobody's way."""
    from sim.scenario.errors import InputError, Problem

    remedy = "choose another file, or --force to overwrite it"
    there = [
        Problem("is there already", str(path), remedy=remedy)
        for path, content in contents.items()
        if path.exists() and (path == target or path.read_bytes() != content)
    ]
    if there:
        raise InputError(there)
