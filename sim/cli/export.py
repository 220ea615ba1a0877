"""``ipamd-sim export``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .examples import example

if TYPE_CHECKING:
    from sim.results.result import Result

MIDNIGHT = "2026-01-01T00:00:00Z"
SHORTEST_MS = 1_000
IN_MEMORY, BLOCK = 2**26, 2**16


def _milliseconds(_context: click.Context, _option: click.Parameter, text: str) -> int:
    from sim.scenario.units import parse_duration

    try:
        step = parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if step < SHORTEST_MS:
        raise click.BadParameter(f"{text} is too short: give 1s or more")
    return step


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> int:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time such as {MIDNIGHT}"
        raise click.BadParameter(message) from None
    return int((start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp())


def _openmetrics(result: Result, step_ms: int, start_s: int, job: str) -> Iterator[str]:
    from sim.results.openmetrics import openmetrics

    return openmetrics(result, step_ms=step_ms, start_s=start_s, job=job)


def _prometheus(result: Result, step_ms: int, start_s: int, job: str) -> Iterator[str]:
    from sim.importing.churn.made.pods import pods_of_run
    from sim.importing.churn.made.series import Asked, answer_text, of_nodes, of_pods

    start_ms = start_s * 1000
    asked = Asked(start_ms, start_ms + result.end_ms, step_ms)
    of_ipamd = of_nodes(result, start_ms, asked, job)
    return answer_text(chain(of_ipamd, of_pods(pods_of_run(result, start_ms), asked)))


def _events(result: Result, _step_ms: int, start_s: int, _job: str) -> Iterator[str]:
    from sim.importing.churn.made.events import events_text
    from sim.importing.churn.made.pods import pods_of_run

    start_ms = start_s * 1000
    return events_text(pods_of_run(result, start_ms), start_ms, start_ms + result.end_ms)


def _print_whole(text: Iterator[str]) -> None:
    """Prints nothing before all of it is made: part of the run may turn out to be damaged."""
    from tempfile import SpooledTemporaryFile

    with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as whole:
        whole.writelines(text)
        whole.seek(0)
        while piece := whole.read(BLOCK):
            click.echo(piece, nl=False)


_TEXTS: dict[str, Callable[[Result, int, int, str], Iterator[str]]] = {
    "openmetrics": _openmetrics,
    "prometheus": _prometheus,
    "events": _events,
}


@click.command(epilog=example("export"))
@click.argument("form", metavar="FORMAT", type=click.Choice(list(_TEXTS)))
@click.argument("run")
@click.option("-o", "--output", metavar="FILE", help="Where to; standard output if not given.")
@click.option(
    "--step",
    "step_ms",
    metavar="DURATION",
    default="30s",
    show_default=True,
    callback=_milliseconds,
    help="Time between samples of a series.",
)
@click.option(
    "--start",
    "start_s",
    metavar="TIME",
    default=MIDNIGHT,
    show_default=True,
    callback=_seconds,
    help="When the run began; UTC if no offset is given.",
)
@click.option(
    "--job",
    metavar="NAME",
    default="ipamd-sim",
    show_default=True,
    help="Value of the label job, to tell runs apart.",
)
def export(form: str, run: str, output: str | None, step_ms: int, start_s: int, job: str) -> None:
    """Write a RUN for other tools.

    RUN is a folder that ``run --out`` wrote. FORMAT openmetrics: each node's series under the names
    of ipamd's own metrics, as OpenMetrics text with timestamps that Prometheus can take in;
    prometheus: the same, and kube-state-metrics' series of its pods, as Prometheus' query_range
    answers; events: its pods' events, as kubectl get events -o json gives them.
    """
    from sim.results.result import Result

    text = _TEXTS[form](Result.load(run), step_ms, start_s, job)
    if output is None:
        _print_whole(text)
    else:
        from sim.files import write_whole

        write_whole(Path(output), text)
