"""Reads a folder of recordings, by default the one that ships with the package."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "recordings"


def decisions(folder: Path = SHIPPED) -> Iterator[dict[str, str]]:
    """The recorded decision states, one mapping of columns each."""
    with gzip.open(folder / "decisions.tsv.gz", "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def doc_tables(folder: Path = SHIPPED) -> list[dict[str, str]]:
    """The rows of upstream's documentation tables."""
    with (folder / "doc_tables.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def timelines(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded timelines by name."""
    paths = sorted((folder / "timelines").glob("*.json.gz"))
    return {path.name.removesuffix(".json.gz"): _story(path) for path in paths}


def stories(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """The recorded random stories by name."""
    with gzip.open(folder / "stories.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return {story["case"]["name"]: story for story in found}


def _story(path: Path) -> dict[str, Any]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        story: dict[str, Any] = json.load(text)
    return story
