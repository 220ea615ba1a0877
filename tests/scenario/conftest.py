"""What tests of scenarios share."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_scenario import SMALL, Refusal, Write

from sim.scenario.errors import InputError
from sim.scenario.load import Scenario


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes s.yaml, the small scenario with one text replaced, into the working folder."""
    monkeypatch.chdir(tmp_path)

    def written(old: str = "", new: str = "") -> Path:
        assert SMALL.count(old) == 1 or not old
        path = Path("s.yaml")
        path.write_text(SMALL.replace(old, new) if old else SMALL, encoding="utf-8")
        return path

    return written


@pytest.fixture
def refusal(write: Write) -> Refusal:
    """What is said about the small scenario with one text replaced, line by line."""

    def said(old: str, new: str, *overrides: str) -> list[str]:
        with pytest.raises(InputError) as refused:
            Scenario.load(write(old, new), overrides)
        return str(refused.value).splitlines()

    return said
