"""Sweeps whose worker processes, scheduler or the workers of that are killed again and again."""

from __future__ import annotations

from pathlib import Path

from sweeps import (
    IN_A_ROW,
    KILLS,
    below,
    completed,
    has_the_tables,
    more_landed,
    scheduler,
    tortured,
    worker,
)

from sim.study.job_queue import MOST_LOSSES


def test_worker_processes_are_killed(study: Path, tmp_path: Path) -> None:
    """Others take their place; the sweep goes on by itself, and loses nothing."""
    killed = tried = 0
    while killed < KILLS:
        folder = tmp_path / str(tried)
        with tortured(study, folder, "--workers", "2") as (client, _):
            for _ in range(MOST_LOSSES - 1):  # a run that is lost more often has failed
                more_landed(folder, client)
                for one in below(client)[:1]:
                    one.kill()
                    killed += 1
            assert client.wait(120) == 0
        assert has_the_tables(folder, study)
        tried += 1


def test_the_scheduler_is_killed(study: Path, tmp_path: Path) -> None:
    """The client says so and what to do; only the rest runs afterwards."""
    killed = tried = 0
    while killed < KILLS:
        folder = tmp_path / str(tried // IN_A_ROW)
        with (
            scheduler(tmp_path) as (process, address),
            worker(tmp_path, address),
            tortured(study, folder, "--scheduler", address) as (client, _),
        ):
            process.kill()
            _, err = client.communicate(timeout=120)
        if client.returncode:  # else it was done before
            assert client.returncode == 2, err
            assert "is gone; what is done is kept: start it and repeat" in err
            killed += 1
        tried += 1
        if tried % IN_A_ROW == 0 or killed == KILLS:
            completed(study, folder)


def test_the_workers_of_a_scheduler_are_killed(study: Path, tmp_path: Path) -> None:
    """Others that come take their place; the sweep goes on by itself, and loses nothing."""
    out = tmp_path / "out"
    with (
        scheduler(tmp_path) as (_, address),
        worker(tmp_path, address) as first,
        tortured(study, out, "--scheduler", address) as (client, _),
    ):
        victim = first
        for _ in range(KILLS):
            victim.kill()
            with worker(tmp_path, address) as victim:
                more_landed(out, client)
        with worker(tmp_path, address):
            assert client.wait(120) == 0
    assert has_the_tables(out, study)
