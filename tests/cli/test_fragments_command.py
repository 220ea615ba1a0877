"""``ipamd-sim fragments`` on a folder of a run, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_command import SCENARIO, Command


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that recorded who has each address, and one that did not, in two folders."""
    from sim import Scenario, run

    folder = tmp_path_factory.mktemp("runs")
    path = folder / "small.yaml"
    path.write_text(SCENARIO)
    loaded = Scenario.load(path)
    run(loaded, out=folder / "without")
    run(loaded.with_values({"cluster.record_addresses": True}), out=folder / "with")
    return folder


def test_the_screen(command: Command, saved: Path) -> None:
    """It names the subnet and the instant, and ends as every report."""
    ended = command("fragments", str(saved / "with"), "b", "--at", "5m")
    assert ended.code == 0
    assert ended.out.startswith("b at 5 min")
    assert f"records: {saved / 'with'}" in ended.out


def test_data(command: Command, saved: Path) -> None:
    """JSON and CSV have every /28; the tightest subnet is taken if none is named."""
    found = json.loads(command("fragments", str(saved / "with"), "-o", "json").out)
    assert found["subnet"] == "b"
    assert len(found["blocks"]) == 8
    assert len(found["over_time"]["whole"]) == len(found["over_time"]["at_s"])
    lines = command("fragments", str(saved / "with"), "a", "-o", "csv").out.splitlines()
    assert len(lines) == 1 + 16
    assert lines[1].startswith("10.0.0.0/28,aws,")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("RUN/with c", "no subnet 'c'"),
        ("RUN/with a --at 3h", "the run ended at 10m, before 3h"),
        ("RUN/with a --at soon", "soon"),
        ("RUN/without a", "--set cluster.record_addresses=true"),
        ("RUN/nowhere", "nowhere"),
    ],
)
def test_refusals(command: Command, saved: Path, arguments: str, says: str) -> None:
    """One line says what is wrong, and the code is 2."""
    ended = command("fragments", *arguments.replace("RUN", str(saved)).split())
    assert ended.code == 2
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1
