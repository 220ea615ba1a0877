"""The forms a summary is printed in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

Summary = dict[str, Any]


def show(summary: Summary, form: str, *, records: str | None = None) -> None:
    """Print a summary on standard output.

    Args:
        summary: what `Result.summary` gives.
        form: table, or one of `DATA_FORMS`.
        records: the folder its records were written to; the table says where they are.
    """
    if form == "table":
        from sim.report.terminal import print_summary

        print_summary(summary, records=records)
    else:
        click.echo(_TEXTS[form](summary), nl=False)


def show_warnings(scenario: Scenario) -> None:
    """Say on standard error what is allowed but can hardly be meant."""
    for warning in scenario.warnings:
        click.echo(f"warning: {warning}", err=True)


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, plain value) of everything in nested data, in its order."""
    if not isinstance(value, dict | list):
        yield name, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield from flatten(inner, f"{name}.{key}" if name else str(key))


def print_json(data: Any) -> None:
    """Print plain data on standard output."""
    click.echo(_as_json(data), nl=False)


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _as_yaml(summary: Summary) -> str:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # annotated as None
    yaml.width = 4096  # a sentence stays on its line
    text = io.StringIO()
    yaml.dump(summary, text)
    return text.getvalue()


def _as_csv(summary: Summary) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("metric", "value"))
    writer.writerows(flatten(summary))
    return text.getvalue()


_TEXTS: dict[str, Callable[[Summary], str]] = {
    "json": _as_json,
    "yaml": _as_yaml,
    "csv": _as_csv,
}

DATA_FORMS = tuple(_TEXTS)
"""The whole summary as data, besides the table: one screen for people."""
