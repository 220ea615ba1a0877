"""``ipamd-sim diff``."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import click

from .examples import example
from .options import form_option
from .output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.study.diff import Change, Diff


@click.command(epilog=example("diff"))
@click.argument("old", metavar="RUN")
@click.argument("new", metavar="RUN")
@form_option(
    "What is printed: one screen, or everything that differs as data.",
    "json",
    "csv",
)
def diff(old: str, new: str, form: str) -> None:
    """Show what changed between two saved runs.

    Each RUN is a folder that run --out wrote. Inputs come first, then results.
    """
    from sim.study.diff import diff as between

    found = between(old, new)
    if form == "table":
        from sim.report.diff import print_diff

        print_diff(found)
    elif form == "json":
        print_json(_data(found))
    else:
        click.echo(_as_csv(found), nl=False)


def _data(found: Diff) -> dict[str, Any]:
    return {
        "old": str(found.folders[0]),
        "new": str(found.folders[1]),
        "identical": found.is_identical,
        "only_the_seed_differs": found.is_chance,
        "inputs": _changes(found.inputs),
        "headlines": _changes(found.headlines),
        "figures": _changes(found.figures),
    }


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [one._asdict() | {"change": one.difference} for one in changes]


def _as_csv(found: Diff) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("part", "name", "old", "new"))
    for part in ("inputs", "headlines", "figures"):
        writer.writerows((part, *change) for change in getattr(found, part))
    return text.getvalue()
