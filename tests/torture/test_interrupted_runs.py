"""Ctrl-C and SIGTERM at any moment of a run leave whole records, or partial ones that load."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from small_study import SCENARIO
from torture import LONG, started, times

from sim import Result

pytestmark = pytest.mark.usefixtures("signals_arrive")

SIGNALS = times("SIGNALS")
BUSY = SCENARIO.replace("duration: 10m", "duration: 6h").replace("minute: 6,", "minute: 120,")
ABOUT_S = 2.0
"""What the command takes, roughly; the run and its records are more than half of that."""


@pytest.fixture(scope="module")
def takes_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """What the command takes here and now, when nobody disturbs it."""
    if not LONG:
        return ABOUT_S
    folder, began = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    (folder / "busy.yaml").write_text(BUSY)
    call = ("run", str(folder / "busy.yaml"), "--no-progress", "--out", str(folder / "out"))
    one = started(*call)
    one.communicate(timeout=300)
    assert one.returncode == 0
    return time.monotonic() - began


@pytest.mark.parametrize("number", range(SIGNALS))
def test_at_any_moment(number: int, takes_s: float, tmp_path: Path) -> None:
    """What is there in the end is the whole run, the run so far, or nothing; nothing else is."""
    (tmp_path / "busy.yaml").write_text(BUSY)
    chance = random.Random(number)
    out = tmp_path / "made" / "out"
    out.parent.mkdir()
    one = started("run", str(tmp_path / "busy.yaml"), "--no-progress", "--out", str(out))
    time.sleep(1.1 * takes_s * (number + chance.random()) / SIGNALS)  # some come too late
    sent = chance.choice([signal.SIGINT, signal.SIGTERM])
    one.send_signal(sent)
    _, err = one.communicate(timeout=60)
    left = [found.name for found in out.parent.iterdir()]
    assert left in ([], ["out"], ["out.partial"])
    ended_by_itself = (
        0,
        130,
        -signal.SIGINT,
    )  # Python's way to say 130, for some interrupted imports
    assert one.returncode in (*ended_by_itself, -sent)
    assert (one.returncode == 0) <= (left == ["out"])
    assert "Traceback" not in err or left == []  # of modules that were being imported
    for name in left:
        result = Result.load(out.parent / name)
        assert result.manifest is not None
        assert result.manifest.partial == (name == "out.partial")
        assert len(result.pods) >= result.summary["pods"]["created"]
        assert name == "out" or f"the records so far are in {out}.partial" in err
