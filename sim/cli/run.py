"""``ipamd-sim run``."""

from __future__ import annotations

import click

from .examples import example
from .options import scenario_argument
from .output import FORMATS, show, show_warnings


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
    help="Write summary.json, manifest.json and the records (Parquet) to this folder; an earlier "
    "run's is replaced.",
)
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="What is printed: one screen, or the summary as data.",
)
@click.option("--no-progress", is_flag=True, help="No progress line on standard error.")
def run(
    scenario: str,
    overrides: tuple[str, ...],
    seed: int | None,
    out: str | None,
    form: str,
    no_progress: bool,
) -> None:
    """Simulate SCENARIO and show what happened.

    One screen tells who held the addresses, how many EC2 requests were made and throttled, and
    how long pods waited. Warnings and progress go to standard error.
    """
    from sim.engine.run import run as simulate
    from sim.report.progress import progress_line
    from sim.results.store import check_target
    from sim.scenario.load import Scenario

    loaded = Scenario.load(scenario, overrides, seed)
    if out is not None:
        check_target(out)
    if form != "table":  # the table has them
        show_warnings(loaded)
    with progress_line(hidden=no_progress) as progress:
        result = simulate(loaded, progress=progress)
    if out is not None:
        result.save(out)
    show(result.summary, form, records=out)
