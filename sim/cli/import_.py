"""``ipamd-sim import``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .examples import example
from .output import show_warnings

if TYPE_CHECKING:
    from sim.importing.churn.notes import Notes
    from sim.importing.scenario import Imported

WIDTH = 100


class _WithChurn(click.Command):
    """Hands what stands behind ``churn`` to the command for a cluster's history."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of this command, or of the other one."""
        if args[:1] == ["churn"]:
            from .import_churn import import_churn

            return import_churn.make_context(f"{info_name} churn", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command("import", cls=_WithChurn, epilog=example("import"))
@click.argument("files", metavar="FILE...", nargs=-1)
@click.option("-o", "--output", metavar="FILE", help="Where to; standard output if not given.")
@click.option(
    "--limits",
    multiple=True,
    metavar="TYPE=ENISxADDRESSES",
    help="Most ENIs, and most IPv4 addresses of an ENI, of an instance type that the shipped table "
    "does not have, such as m99.large=3x10; may be given several times.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option(
    "--example",
    "folder",
    metavar="DIR",
    help="Write the files of a made-up cluster of 300 nodes to this folder, to try it with.",
)
def import_(
    files: tuple[str, ...],
    output: str | None,
    limits: tuple[str, ...],
    force: bool,
    folder: str | None,
) -> None:
    """Make a scenario of a real cluster's own files.

    Each FILE is recognised by what it holds, and may be packed by gzip: kubectl get
    nodes,pods,daemonsets,replicasets -A -o json (and jobs,cronjobs), aws ec2 describe-subnets, and,
    for what others hold address by address, aws ec2 describe-network-interfaces. Says what it
    understood, guessed and left out; the scenario has that at its head too.

    ``ipamd-sim import churn`` makes a trace of how pods came and went.
    """
    if folder is not None:
        if files or output:
            raise click.UsageError("--example writes files and reads none")
        _write_example(Path(folder), force=force)
    elif not files:
        raise click.UsageError("give the files of a cluster, or --example DIR for some to try")
    else:
        _import(files, output, limits, force=force)


def _import(
    files: tuple[str, ...], output: str | None, limits: tuple[str, ...], *, force: bool
) -> None:
    from sim.files import write_whole
    from sim.importing.groups import parse_limits
    from sim.importing.scenario import import_files

    if output is not None:
        _check_new(Path(output), files, force=force)
    imported = import_files(files, parse_limits(limits))
    _check(imported)
    say(imported.notes)
    if output is None:
        click.echo(imported.text, nl=False)
    else:
        write_whole(Path(output), [imported.text])
        click.echo(f"written: {output}", err=True)


def _check(imported: Imported) -> None:
    """Reads the scenario as ``validate`` does, and shows its warnings.

    Raises:
        InputError: it is too large, or has what a scenario cannot have.
    """
    from dataclasses import replace

    from sim.scenario.errors import InputError, Problem
    from sim.scenario.load import Scenario
    from sim.scenario.reader import MAX_BYTES

    if (size := len(imported.text.encode())) > MAX_BYTES:
        message = f"the scenario would have {size:,} bytes, and at most {MAX_BYTES:,} are read"
        raise InputError([Problem(message, remedy="export fewer namespaces (without -A)")])
    try:
        scenario = Scenario.from_dict(imported.data)
    except InputError as error:
        raise InputError(
            replace(one, file="the imported scenario") for one in error.problems
        ) from None
    show_warnings(scenario)


def say(notes: Notes) -> None:
    """Say on standard error what was understood, guessed and left out."""
    import textwrap

    for title, sentences in notes.sections():
        click.echo(title, err=True)
        for sentence in sentences:
            text = textwrap.fill(
                sentence,
                WIDTH,
                initial_indent="  - ",
                subsequent_indent="    ",
                break_on_hyphens=False,
                break_long_words=False,
            )
            click.echo(text, err=True)


def _check_new(path: Path, sources: tuple[str, ...], *, force: bool) -> None:
    from sim.scenario.errors import InputError, Problem

    if os.path.realpath(path) in map(os.path.realpath, sources):
        raise InputError([Problem("is read", str(path), remedy="choose another file")])
    if path.exists() and not force:
        remedy = "choose another file, or give --force"
        raise InputError([Problem("is there already", str(path), remedy=remedy)])


def _write_example(folder: Path, *, force: bool) -> None:
    from sim.files import problems_of
    from sim.importing.churn.made.plan_history import write_history
    from sim.importing.written.example import EXAMPLE
    from sim.importing.written.files import NAMES, write_files

    for name in (*NAMES, "events"):
        _check_new(folder / f"{name}.json.gz", (), force=force)
    with problems_of(folder, "cannot be written", "choose another folder"):
        paths = write_files(EXAMPLE, folder, suffix=".json.gz")
        events = write_history(EXAMPLE, folder, suffix=".json.gz")
    names = " ".join(map(str, paths))
    click.echo(f"written: {names} {events}", err=True)
    click.echo(f"next: ipamd-sim import {names} -o my-cluster.yaml", err=True)
    click.echo(
        f"then: ipamd-sim import churn {events} -o trace.csv --scenario my-cluster.yaml", err=True
    )
