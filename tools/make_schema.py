"""Writes the JSON Schemas that the modelines of scenarios and studies name for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.scenario.schema import schema
from sim.study.study_file import schema as study_schema

TARGET = Path(__file__).parent.parent / "scenarios" / "schema.json"
STUDIES = TARGET.parent / "studies" / "schema.json"


def content() -> str:
    """That of scenarios."""
    return _text(schema())


def studies_content() -> str:
    """That of studies."""
    return _text(study_schema())


def _text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
    STUDIES.write_text(studies_content(), encoding="utf-8")
