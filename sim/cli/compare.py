"""``ipamd-sim compare``."""

from __future__ import annotations

import csv
import io
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
    from sim.scenario.load import Scenario
    from sim.study.comparison import Comparison


@click.command(epilog=example("compare"))
@scenario_argument
@click.option(
    "--variant",
    "texts",
    multiple=True,
    metavar="'NAME: KEY=V ...'",
    help="A setting to compare the current one with, such as 'lean: WARM_IP_TARGET=5 "
    "MINIMUM_IP_TARGET=10'; keys are environment variables of aws-node, or paths as in --set. May "
    "be given several times; if not at all, the scenario's variants are taken.",
)
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    metavar="N",
    default=10,
    show_default=True,
    help="Runs of each setting, each with another seed.",
)
@replications_seed
@click.option(
    "--out",
    metavar="DIR",
    help="Keep the outcomes of runs in this folder: a repeated comparison takes them up, and only "
    "runs what is missing.",
)
@where_options
@html_option
@form_option(
    "What is printed: one screen; all figures with intervals and differences; or a row a "
    "setting and replication.",
    "json",
    "csv",
)
@click.pass_context
def compare(  # noqa: PLR0913 (one argument an option)
    context: click.Context,
    scenario: str,
    overrides: tuple[str, ...],
    texts: tuple[str, ...],
    replications: int,
    seed: int | None,
    out: str | None,
    where: Where,
    html: str | None,
    form: str,
) -> None:
    """Put settings side by side, on the same pods and luck.

    SCENARIO is run as it stands and under each variant, with the same seeds. Differences are taken
    run by run; those that chance could explain are marked. Exits with 1 if a run failed.
    """
    from sim.scenario.load import Scenario
    from sim.scenario.variants import parse_variants
    from sim.study.compare import compare as run_all
    from sim.study.compare import variant_scenarios
    from sim.study.store import Store

    loaded = Scenario.load(scenario, overrides, seed)
    variants = parse_variants(texts) if texts else loaded.model.variants
    scenarios = variant_scenarios(loaded, variants)
    _show_all_warnings(loaded, scenarios)
    store = None if out is None else Store(out)
    with keeping(out), where.executor() as here, where.progress() as progress:
        comparison = run_all(
            loaded,
            variants,
            replications=replications,
            where=here,
            progress=progress,
            store=store,
        )
    _show(comparison, form, out)
    if html is not None:
        _write_page(html, comparison, {comparison.current.name: loaded, **scenarios}, out)
    if failed := len(comparison.failed()):
        _say_failed(failed, len(comparison.runs()), context.command_path)
        context.exit(ExitCode.NOT_HELD)


def _write_page(
    html: str, comparison: Comparison, scenarios: dict[str, Scenario], out: str | None
) -> None:
    from sim.report.html import first_runs, write_html

    runs = first_runs(scenarios, comparison.seeds[0])
    write_html(comparison, html, records=out, first_runs=runs)


def _show_all_warnings(current: Scenario, variants: dict[str, Scenario]) -> None:
    """Those of the scenario, then what is new in each variant."""
    show_warnings(current)
    known = {str(warning) for warning in current.warnings}
    for name, variant in variants.items():
        for warning in variant.warnings:
            if str(warning) not in known:
                click.echo(f"warning: variant {name}: {warning}", err=True)


def _show(comparison: Comparison, form: str, out: str | None) -> None:
    if form == "table":
        from sim.report.comparison import print_comparison

        print_comparison(comparison, records=out)
    elif form == "json":
        print_json(comparison.to_dict())
    else:
        click.echo(_as_csv(comparison), nl=False)


def _as_csv(comparison: Comparison) -> str:
    text = io.StringIO()
    rows = comparison.runs()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _say_failed(failed: int, runs: int, command: str) -> None:
    remedy = "the others are kept with --out DIR, and only the failed ones run again"
    click.echo(f"{command}: {failed:,} of {runs:,} runs failed; {remedy}", err=True)
