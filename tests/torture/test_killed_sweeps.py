"""Sweeps whose client is killed, and sweeps of several clients at once.

Each run that landed stays, is never run again, and the tables are the undisturbed ones.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest
from sweeps import IN_A_ROW, KILLS, below, completed, has_the_tables, tortured
from torture import LONG, started

AT_ONCE = 3 if LONG else 2
WORKERS = ("--workers", "2" if LONG else "1")


def test_the_client_is_killed(study: Path, tmp_path: Path) -> None:
    """None of its worker processes outlives it; started again it ends with the same tables."""
    killed = tried = 0
    while killed < KILLS:
        folder = tmp_path / str(tried // IN_A_ROW)
        with tortured(study, folder, *WORKERS) as (client, _):
            workers = below(client)
            client.kill()
        assert not psutil.wait_procs(workers, timeout=30)[1]
        killed += client.returncode == -signal.SIGKILL
        tried += 1
        if tried % IN_A_ROW == 0 or killed == KILLS:
            completed(study, folder)


@pytest.mark.parametrize("number", range(min(KILLS, 5)))
def test_clients_at_once(study: Path, tmp_path: Path, number: int) -> None:
    """Several that sweep one study into one folder all end well, with the same tables."""
    out = tmp_path / "out"
    call = ("sweep", str(study), "--out", str(out), "--no-progress", "--workers", "1")
    clients = []
    for _ in range(AT_ONCE):
        clients.append(started(*call))
        time.sleep(number * 0.1)
    for client in clients:
        _, err = client.communicate(timeout=300)
        assert (client.returncode, err) == (0, "")
    assert has_the_tables(out, study)
