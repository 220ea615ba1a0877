"""``ipamd-sim show``."""

from __future__ import annotations

import click

from .examples import example
from .instants import instant_of
from .options import form_option
from .output import print_json


@click.command(epilog=example("show"))
@click.argument("run", metavar="RUN")
@click.option(
    "--at",
    "at_ms",
    metavar="TIME",
    callback=instant_of,
    help="The instant, from the start of the run, such as 3h20m.  [default: the end]",
)
@form_option(
    "What is printed: one screen, or the same as data.",
    "json",
)
def show(run: str, at_ms: int | None, form: str) -> None:
    """Show the cluster of a saved run at an instant.

    RUN is a folder that run --out wrote.
    """
    from sim.explain.states import snapshot
    from sim.results.result import Result

    result = Result.load(run)
    found = snapshot(result, at_ms)
    if form == "json":
        print_json(found.to_dict())
        return
    from sim.report.cluster import print_snapshot

    print_snapshot(found, result.summary, run)
