"""``ipamd-sim export``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from .examples import example

MIDNIGHT = "2026-01-01T00:00:00Z"
SHORTEST_MS = 1_000


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


@click.command(epilog=example("export"))
@click.argument("form", metavar="FORMAT", type=click.Choice(["openmetrics"]))
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
    """Write time series of a RUN for other tools.

    RUN is a folder that ``run --out`` wrote. FORMAT openmetrics: each node's series under the names
    of ipamd's own metrics, as OpenMetrics text with timestamps that Prometheus can take in.
    """
    from sim.results.openmetrics import openmetrics
    from sim.results.result import Result

    assert form == "openmetrics"
    text = openmetrics(Result.load(run), step_ms=step_ms, start_s=start_s, job=job)
    if output is None:
        for piece in text:
            click.echo(piece, nl=False)
    else:
        _write(Path(output), text)


def _write(path: Path, text: Iterable[str]) -> None:
    """Writes a file, whole or not at all."""
    from sim.results.store import problems_of

    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with problems_of(path, "cannot be written", "choose another file"):
            with new.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(text)
            new.replace(path)
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
