"""``ipamd-sim overlay``."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .examples import example
from .options import form_option
from .output import print_json

if TYPE_CHECKING:
    from sim.study.overlay import Overlay


def _since_1970(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time such as 2026-01-05T08:00:00Z"
        raise click.BadParameter(message) from None
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def _offset(_context: click.Context, _option: click.Parameter, text: str) -> int:
    from sim.scenario.units import parse_duration

    try:
        size = parse_duration(text.removeprefix("-"))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return -size if text.startswith("-") else size


@click.command(epilog=example("overlay"))
@click.argument("run")
@click.option(
    "--prometheus",
    "files",
    metavar="FILE",
    multiple=True,
    required=True,
    help="What Prometheus' query_range answered for ipamd's metrics; may be given several times.",
)
@click.option(
    "--at",
    "at_ms",
    metavar="TIME",
    callback=_since_1970,
    help="The measured time that is the run's time 0; UTC if no offset is given.  [default: the "
    "begin of the history that the run replays, or else the first sample]",
)
@click.option(
    "--offset",
    "offset_ms",
    metavar="DURATION",
    default="0s",
    callback=_offset,
    help="Added to that, such as 90s or -30s.",
)
@click.option(
    "--metric",
    "unnamed",
    metavar="NAME",
    default="",
    help="What series without a name are, such as those of a query sum(...).",
)
@click.option("--plot", metavar="FILE", help="Draw the series over each other, as PNG, SVG or PDF.")
@form_option("What is printed: one screen, or the figures as data.", "json", "csv")
def overlay(  # noqa: PLR0913 (one argument an option)
    run: str,
    files: tuple[str, ...],
    at_ms: int | None,
    offset_ms: int,
    unnamed: str,
    plot: str | None,
    form: str,
) -> None:
    """Lay a RUN over what was measured on a real cluster.

    RUN is a folder that ``run --out`` wrote. Says for each of ipamd's metrics how far the simulated
    series is from the measured one: the way to calibrate latencies.
    """
    from sim.results.result import Result
    from sim.study.overlay import overlay as lay

    found = lay(
        Result.load(run),
        [Path(one) for one in files],
        at_ms=at_ms,
        offset_ms=offset_ms,
        unnamed=unnamed,
    )
    if plot is not None:
        _draw(found, plot)
    _show(found, form)


def _show(found: Overlay, form: str) -> None:
    if form == "table":
        from sim.report.overlay import print_overlay

        print_overlay(found)
    elif form == "json":
        print_json(found.to_dict())
    else:
        text = io.StringIO()
        rows = [found.row(one) for one in found.lines]
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(text.getvalue(), nl=False)


def _draw(found: Overlay, file: str) -> None:
    from sim.files import problems_of
    from sim.report.overlay_plot import plot_overlay

    try:
        figure = plot_overlay(found)
    except ImportError:
        message = "--plot takes matplotlib: pip install 'ipamd-sim[plot]'"
        raise click.UsageError(message) from None
    with problems_of(Path(file), "cannot be written", "choose another file"):
        try:
            figure.savefig(file, dpi=120)
        except ValueError as error:  # an ending that it does not know
            raise click.UsageError(f"--plot {file}: {error}") from None
