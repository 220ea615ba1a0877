"""The ten scenarios whose digests are kept give the same bytes wherever they run."""

from __future__ import annotations

import pytest
from ten_scenarios import here, ten

from sim.study.executors import executor, run_jobs


@pytest.mark.parametrize("workers", [2, 3])
def test_the_same_bytes_in_processes(workers: int) -> None:
    """Two and three processes give the outcomes that this one gives."""
    with executor(workers) as where:
        assert repr(run_jobs(ten(), where)) == here()
