"""``ipamd-sim conformance``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .examples import example
from .exits import ExitCode
from .options import form_option

if TYPE_CHECKING:
    from sim.conformance.check import CaseResult


@click.command(epilog=example("conformance"))
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of recordings; those that ship with the package if not given.",
)
@click.option(
    "--only",
    type=click.Choice(
        ["decisions", "doc", "timelines", "stories", "ensembles", "placement", "world"]
    ),
    multiple=True,
    help="Compare this kind only; may be given more than once.",
)
@click.option("--case", "pattern", default="*", metavar="GLOB", help="Only cases with such a name.")
@click.option(
    "--runs",
    type=click.IntRange(min=2),
    default=None,
    metavar="N",
    help="Runs of the model for each ensemble and placement, instead of as many as recorded.",
)
@form_option(
    "One line a case, or one object with counts and differences.",
    "json",
)
@click.option("--no-progress", is_flag=True, help="No progress bar on standard error.")
@click.pass_context
def conformance(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    data: Path | None,
    only: tuple[str, ...],
    pattern: str,
    runs: int | None,
    form: str,
    no_progress: bool,
) -> None:
    """Compare the model with recordings of the real daemon.

    Decisions, documentation tables, timelines and stories must be exact, ensembles and placement
    lie within bands. Of the world around the pool both kinds are recorded; --case 'custom/*' takes
    one feature's stories. Exits with 1 if anything differs.
    """
    from sim.conformance.check import KINDS, Request, check
    from sim.conformance.recorded import SHIPPED, require
    from sim.conformance.verdict import Verdict, lines_of
    from sim.report.progress import job_progress

    require(data or SHIPPED)
    request = Request(data or SHIPPED, only or KINDS, pattern, runs or 0)
    results: list[CaseResult] = []
    with job_progress("comparing", hidden=no_progress) as progress:
        for result in check(request, progress):
            results.append(result)
            if form == "table":
                for line in lines_of(result):
                    click.echo(line)
    verdict = Verdict(results)
    click.echo(json.dumps(verdict.data(), indent=2) if form == "json" else verdict.text())
    if not verdict.holds:
        context.exit(ExitCode.NOT_HELD)
