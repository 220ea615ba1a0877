"""Reads a folder of recordings, by default the one that ships with the package."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.scenario.errors import InputError, Problem

SHIPPED = Path(__file__).parent / "recordings"


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what a damaged file raises into a message.

    Raises:
        InputError: the file is not what its name says.
    """
    try:
        yield
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        message = f"is damaged, or no recording: {error}"
        raise InputError([Problem(message, str(path), remedy="make it anew")]) from error


def _lines(path: Path) -> list[str]:
    with _reading(path), gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return lines.readlines()


def decisions(folder: Path = SHIPPED) -> Iterator[dict[str, str]]:
    """The recorded decision states, one mapping of columns each; none without the file."""
    path = folder / "decisions.tsv.gz"
    if path.exists():
        yield from csv.DictReader(_lines(path), delimiter="\t")


def doc_tables(folder: Path = SHIPPED) -> list[dict[str, str]]:
    """The rows of upstream's documentation tables."""
    path = folder / "doc_tables.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def timelines(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded timelines by name."""
    return _each(folder / "timelines")


def stories(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded random stories by name."""
    path = folder / "stories.jsonl.gz"
    if not path.exists():
        return {}
    with _reading(path):
        found = [json.loads(line) for line in _lines(path)]
        return {story["case"]["name"]: story for story in found}


def ensembles(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded ensembles by name."""
    return _each(folder / "ensembles")


def placement(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded placements by name."""
    path = folder / "placement.json"
    if not path.exists():
        return {}
    with _reading(path):
        return {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))}


def world_stories(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded stories of what clusters switch on around the pool, by feature/name."""
    found = stories(folder / "world").items()
    return {f"{story['case'].get('feature', 'any')}/{name}": story for name, story in found}


def world_ensembles(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded ensembles of the same by name."""
    return ensembles(folder / "world")


def require(folder: Path) -> None:
    """Makes sure that a folder holds recordings.

    Raises:
        InputError: it holds none.
    """
    names = ("decisions.tsv.gz", "doc_tables.csv", "timelines", "stories.jsonl.gz", "ensembles")
    if not any((folder / name).exists() for name in (*names, "placement.json", "world")):
        message, remedy = "holds no recordings", f"it needs one of {', '.join(names)}"
        raise InputError([Problem(message, str(folder), remedy=remedy)])


def _each(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(folder.glob("*.json.gz")):
        with _reading(path):
            found[path.name.removesuffix(".json.gz")] = json.loads("".join(_lines(path)))
    return found
