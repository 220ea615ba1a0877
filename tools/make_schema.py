"""Writes scenarios/schema.json, which the modelines of the scenarios name for editors."""

from __future__ import annotations

import json
from pathlib import Path

from sim.scenario.schema import schema

TARGET = Path(__file__).parent.parent / "scenarios" / "schema.json"


def content() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
