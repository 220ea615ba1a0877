"""``ipamd-sim sweep``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .examples import example
from .exits import ExitCode
from .options import Where, form_option, html_option, where_options
from .output import print_json, show_warnings

if TYPE_CHECKING:
    from sim.study.sweep import SweepResult

MOST_FAILED = 20


@click.command(epilog=example("sweep"))
@click.argument("study")
@click.option(
    "--out",
    metavar="DIR",
    help="Folder of the study's runs and tables; runs that are there are taken up.  [default: the "
    "study's name and .sweep]",
)
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    metavar="N",
    help="Runs of each point, instead of as many as the study says.",
)
@where_options
@html_option
@form_option(
    "What is printed: one screen, or a row a point as data.",
    "json",
    "csv",
)
@click.pass_context
def sweep(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    study: str,
    out: str | None,
    replications: int | None,
    where: Where,
    html: str | None,
    form: str,
) -> None:
    """Run a scenario at every point of a study.

    STUDY is a file that says what varies. Each run lands in the folder as it ends: the same command
    takes up what is there and runs the rest. A table of all runs (runs.parquet) and one of all
    points (summary.parquet) are written at the end. Exits with 1 if a run raised; the same command
    runs only those again.
    """
    from sim.study.study import Study
    from sim.study.sweep import sweep as run_all

    loaded = Study.load(study, replications)
    folder = out or f"{loaded.name}.sweep"
    show_warnings(loaded.scenario)
    with where.executor() as here, where.progress() as progress, _what_is_kept(context, folder):
        result = run_all(loaded, folder, where=here, progress=progress)
    _show(result, form)
    if html is not None:
        from sim.report.html import write_html

        write_html(result, html)
    if result.failed:
        _say_failed(result, context.command_path)
        context.exit(ExitCode.NOT_HELD)


@contextmanager
def _what_is_kept(context: click.Context, folder: str) -> Iterator[None]:
    """Says, when it is interrupted, that nothing that was done is lost."""
    try:
        yield
    except KeyboardInterrupt:
        said = f"runs that are done are in {folder}; the same command runs the rest"
        click.echo(f"{context.command_path}: {said}", err=True)
        raise


def _show(result: SweepResult, form: str) -> None:
    if form == "table":
        from sim.report.sweep import print_sweep

        print_sweep(result)
    elif form == "json":
        print_json(_data(result))
    else:
        click.echo(_as_csv(result), nl=False)


def _data(result: SweepResult) -> dict[str, Any]:
    from sim.results.versions import modelled_versions
    from sim.study.sweep import summary_rows

    return {
        "study": result.study.name,
        "scenario": result.study.scenario.name,
        "seed": result.study.scenario.model.seed,
        "versions": modelled_versions(),
        "points": summary_rows(result),
        "failed": [
            {
                "point": run.point.number,
                "values": dict(run.point.values),
                "replication": run.replication,
                "seed": run.seed,
                "key": run.outcome.key,
                "error": run.outcome.error,
            }
            for run in result.failed
        ],
    }


def _as_csv(result: SweepResult) -> str:
    from sim.study.sweep import summary_rows

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(result.summary.column_names)
    for row in summary_rows(result):
        writer.writerow(" ".join(one) if isinstance(one, list) else one for one in row.values())
    return text.getvalue()


def _say_failed(result: SweepResult, command: str) -> None:
    from sim.report.sweep import failure

    failed = result.failed
    for run in failed[:MOST_FAILED]:
        click.echo(f"{command}: {failure(run)}", err=True)
    if (more := len(failed) - MOST_FAILED) > 0:
        click.echo(f"{command}: and {more:,} more", err=True)
    again = "the same command runs only these again, and takes up the others"
    click.echo(
        f"{command}: runs raised: {len(failed):,} of {len(result.runs):,}; {again}", err=True
    )
