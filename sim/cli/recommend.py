"""``ipamd-sim recommend``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .examples import example
from .exits import ExitCode
from .kept import keeping
from .options import (
    Where,
    form_option,
    html_option,
    replications_seed,
    scenario_argument,
    where_options,
)
from .output import print_json, show_warnings

if TYPE_CHECKING:
    from sim.study.recommendation import Recommendation


@click.command(epilog=example("recommend"))
@scenario_argument
@click.option(
    "--objective",
    type=click.Choice(["waste", "calls", "wait"]),
    default="waste",
    show_default=True,
    help="What is to be least among the settings that keep the limits: waste (held addresses "
    "without a pod), calls (EC2 requests) or wait (of pods for their address).",
)
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    metavar="N",
    default=10,
    show_default=True,
    help="Runs of each setting in the final choice, each with another seed; the choice is then "
    "confirmed by as many again.",
)
@replications_seed
@click.option(
    "--assume-churn",
    type=click.Choice(["low", "medium", "high"]),
    help="For a scenario made of a snapshot, which does not know how its pods come and go: what to "
    "assume. The answer then shows all three.",
)
@click.option(
    "--out",
    metavar="DIR",
    help="Keep the outcomes of runs in this folder: what is there is taken up, and only what is "
    "missing runs.",
)
@where_options
@html_option
@form_option(
    "What is printed: one screen, or all of it as data.",
    "json",
)
@click.pass_context
def recommend(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    scenario: str,
    overrides: tuple[str, ...],
    objective: str,
    replications: int,
    seed: int | None,
    assume_churn: str | None,
    out: str | None,
    where: Where,
    html: str | None,
    form: str,
) -> None:
    """Find the settings that keep the limits of SCENARIO.

    Limits are its expect: rules; what they leave open is assumed, and said. Prints the
    choice beside the current settings, how near each limit is, what breaks the choice, the
    alternatives, the lines to paste, and whether the choice hangs on what is assumed. Exits with
    1 if no setting keeps the limits.
    """
    from sim.scenario.load import Scenario
    from sim.study.recommend import recommend as answer
    from sim.study.store import Store

    loaded = Scenario.load(scenario, overrides, seed)
    show_warnings(loaded)
    store = None if out is None else Store(out)
    with keeping(out), where.executor() as here, where.progress(is_bound=True) as progress:
        found = answer(
            loaded,
            objective=objective,
            replications=replications,
            where=here,
            progress=progress,
            store=store,
            assume_churn=assume_churn,
        )
    _show(found, form, out)
    _write(found, out, html)
    if found.choice is None or found.effort.failed:
        context.exit(ExitCode.NOT_HELD)


def _write(found: Recommendation, out: str | None, html: str | None) -> None:
    if out is not None:
        _keep(found, out)
    if html is not None:
        from sim.report.html import write_html

        write_html(found, html, records=out)


def _keep(found: Recommendation, out: str) -> None:
    """Writes the answer beside its runs, for `settings`."""
    import json
    from pathlib import Path

    from sim.advice.source import RECOMMENDATION
    from sim.files import write_whole

    text = json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(Path(out) / RECOMMENDATION, [text, "\n"], "choose another folder")


def _show(found: Recommendation, form: str, out: str | None) -> None:
    if form == "table":
        from sim.report.recommendation import print_recommendation

        print_recommendation(found, records=out)
    else:
        print_json(found.to_dict())
