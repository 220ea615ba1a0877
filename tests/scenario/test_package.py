"""What ``import sim`` offers, and what it does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sim

HEAVY = ("numpy", "pandas", "pyarrow", "rich", "matplotlib")
POISSON = Path(__file__).parents[2] / "scenarios" / "poisson.yaml"


def loaded_after(code: str) -> list[str]:
    """The heavy packages that a fresh interpreter has loaded after the code."""
    show = f"import sys, json; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    command = [sys.executable, "-c", f"{code}\n{show}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(done.stdout)
    return loaded


def test_import_is_light() -> None:
    """Importing the package, and loading a scenario, load nothing that only a run needs."""
    assert loaded_after("import sim") == []
    assert loaded_after(f"import sim; sim.Scenario.load({str(POISSON)!r})") == []


def test_names() -> None:
    """The package offers what a script needs, and nothing by mistake."""
    from sim.results.result import Result
    from sim.scenario.errors import InputError
    from sim.scenario.load import Scenario

    assert sim.InputError is InputError
    assert sim.Scenario is Scenario
    assert sim.Result is Result
    assert callable(sim.run)
    assert sim.__version__.count(".") == 2
    assert set(sim.__all__) <= set(dir(sim))
    with pytest.raises(AttributeError, match="no attribute 'Scenari'"):
        sim.Scenari  # noqa: B018 (the access is what is tested)
