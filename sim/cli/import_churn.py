"""``ipamd-sim import churn``."""

from __future__ import annotations

from pathlib import Path

import click

from .examples import example


def _milliseconds(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> int | None:
    from sim.scenario.units import parse_duration

    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("churn", epilog=example("import churn"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", required=True, help="The trace, a CSV file.")
@click.option(
    "--scenario",
    metavar="FILE",
    help="Write a new scenario, too, that replays the trace in place of the workloads of this one "
    "that the history covers.",
)
@click.option(
    "--scenario-out",
    metavar="FILE",
    help="The new scenario.  [default: NAME-with-churn.yaml beside the scenario]",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="WHAT=COLUMN,...",
    help="Columns of a CSV file, such as start=created_at,end=deleted_at; WHAT is start, end, pod, "
    "namespace, owner_kind, owner, node, cpu or memory. Others are recognised by their names.",
)
@click.option(
    "--time-unit",
    type=click.Choice(["ms", "s"]),
    default="s",
    show_default=True,
    help="Of times in a CSV file that are plain numbers, counted from 1970.",
)
@click.option(
    "--open-ends",
    type=click.Choice(["by-kind", "estimate", "stay"]),
    default="by-kind",
    show_default=True,
    help="Pods whose end no file tells: estimate it from the lives of the same controller's pods, "
    "or let them stay; by-kind: estimate it for Jobs and CronJobs.",
)
@click.option(
    "--grace-period",
    "grace_ms",
    metavar="DURATION",
    default="30s",
    show_default=True,
    callback=_milliseconds,
    help="From a delete request to a pod's deletionTimestamp.",
)
@click.option(
    "--life",
    "life_ms",
    metavar="DURATION",
    callback=_milliseconds,
    help="How long pods live whose end is to be estimated where no such life is known; they stay "
    "if not given.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def import_churn(  # noqa: PLR0913 (one argument an option)
    files: tuple[str, ...],
    output: str,
    scenario: str | None,
    scenario_out: str | None,
    columns: tuple[str, ...],
    time_unit: str,
    open_ends: str,
    grace_ms: int,
    life_ms: int | None,
    force: bool,
) -> None:
    """Make a trace of how a cluster's pods came and went.

    Each FILE is recognised by what it holds: Kubernetes events (kubectl get events -A -o json),
    answers of Prometheus for series of kube-state-metrics or of ipamd, or a CSV of pods. Says what
    it understood, guessed and left out.
    """
    from sim.importing.churn.csv_pods import parse_columns
    from sim.importing.churn.lives import Rules
    from sim.importing.churn.read import read_churn
    from sim.importing.churn.replaced import daemonset_pods
    from sim.importing.churn.written_files import write_files
    from sim.scenario.load import Scenario

    from .import_ import say

    if scenario_out is not None and scenario is None:
        raise click.UsageError("--scenario-out goes with --scenario")
    loaded = None if scenario is None else Scenario.load(scenario)
    always = 0 if loaded is None else daemonset_pods(loaded)
    churn = read_churn(
        [Path(one) for one in files],
        columns=parse_columns(columns),
        unit=time_unit,
        rules=Rules(grace_ms, open_ends, life_ms, always),  # type: ignore[arg-type]  # click checked the choice
    )
    new = _new_name(scenario, scenario_out) if scenario else None
    written = write_files(churn, Path(output), loaded, new, force=force)
    say(churn.notes)
    click.echo(f"written: {', '.join(map(str, written))}", err=True)


def _new_name(scenario: str, given: str | None) -> Path:
    path = Path(scenario)
    return Path(given) if given else path.with_name(f"{path.stem}-with-churn{path.suffix}")
