"""``ipamd-sim run``."""

from __future__ import annotations

import click

from .examples import example
from .options import scenario_argument
from .output import FORMATS, show

LARGEST_SEED = 2**63 - 1


@click.command(epilog=example("run"))
@scenario_argument
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
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
def run(  # noqa: PLR0913 (one parameter an option)
    scenario: str,
    overrides: tuple[str, ...],
    seed: int | None,
    out: str | None,
    form: str,
    no_progress: bool,
) -> None:
    """Simulate SCENARIO and show what became of its addresses, EC2 requests and pods."""
    from sim.engine.run import run as simulate
    from sim.report.progress import progress_line
    from sim.results.store import check_target
    from sim.scenario.load import Scenario

    loaded = Scenario.load(scenario, overrides, seed)
    if out is not None:
        check_target(out)
    with progress_line(hidden=no_progress) as progress:
        result = simulate(loaded, progress=progress)
    if out is not None:
        result.save(out)
    show(result.summary, form, records=out)
