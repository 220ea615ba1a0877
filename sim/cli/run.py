"""``ipamd-sim run``."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

from .examples import example
from .exits import ExitCode
from .options import form_option, html_option, scenario_argument
from .output import DATA_FORMS, show, show_warnings
from .profile import profiled
from .size import bytes_of

if TYPE_CHECKING:
    from sim.report.progress import Shower


@click.command(epilog=example("run"))
@scenario_argument
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Seed of all randomness, instead of the scenario's.",
)
@click.option(
    "--out",
    metavar="DIR",
    help="Write summary.json, manifest.json and the records (Parquet) to this folder while the "
    "run goes on; an earlier run's is replaced. What an interrupted run has recorded is kept in "
    "DIR.partial.",
)
@html_option
@form_option(
    "What is printed: one screen, or the summary as data.",
    *DATA_FORMS,
)
@click.option(
    "--max-memory",
    metavar="SIZE",
    default="8GiB",
    show_default=True,
    callback=bytes_of,
    help="Refuse a run that is expected to need more memory than this, such as 500MiB or 16GiB; "
    "none: start it in any case. With --out it needs far less.",
)
@click.option(
    "--profile",
    metavar="FILE",
    help="Write a profile of the run (pstats) to this file, to be attached to a report about "
    "speed; it holds names of functions and times, none of the scenario. Slows the run down.",
)
@click.option("--no-progress", is_flag=True, help="No progress line on standard error.")
@click.pass_context
def run(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    scenario: str,
    overrides: tuple[str, ...],
    seed: int | None,
    out: str | None,
    html: str | None,
    form: str,
    max_memory: int | None,
    profile: str | None,
    no_progress: bool,
) -> None:
    """Simulate SCENARIO and show what happened.

    One screen tells who held the addresses, how many EC2 requests were made and throttled, and
    how long pods waited. Warnings and progress go to standard error. Exits with 99 if a rule of
    the scenario's ``expect`` fails.
    """
    from sim.engine.run import run as simulate
    from sim.results.store import check_target
    from sim.scenario.load import Scenario

    loaded = Scenario.load(scenario, overrides, seed)
    if out is not None:
        check_target(out)
    if form != "table":  # the table has them
        show_warnings(loaded)
    with profiled(profile), _progress(hidden=no_progress) as progress:
        result = simulate(loaded, progress=progress, out=out, max_memory=max_memory)
        summary = result.summary
    show(summary, form, records=out)
    if html is not None:
        from sim.report.html import write_html

        write_html(result, html, records=out)
    if failed := [one.rule.metric for one in result.expectations if not one.holds]:
        click.echo(f"{context.command_path}: expectations failed: {', '.join(failed)}", err=True)
        context.exit(ExitCode.EXPECTATION_FAILED)


def _progress(*, hidden: bool) -> AbstractContextManager[Shower | None]:
    """Shows how far the run is; rich is not imported if it is not to show anything."""
    if hidden:
        return nullcontext()
    from sim.report.progress import progress_line

    return progress_line()
