"""Traces on the scenario's clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from whole import replayed, whole

from sim.scenario.errors import InputError
from sim.scenario.workload import Trace
from sim.workload.arrivals import CHUNK_PODS, STAYS, Chunk, trace_end_ms
from sim.workload.traces import read_trace

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ROWS = "start,end,cpu,memory\n30,90,3,1\n-5,20,1,1\n10,,2,1\n-9,-2,9,1\n10,40,4,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a trace of five pods in t.csv."""
    (tmp_path / "t.csv").write_text(ROWS)
    return tmp_path


def spec(**given: Any) -> Trace:
    """A trace workload of t.csv."""
    return Trace.model_validate({"kind": "trace", "name": "t", "file": "t.csv", **given})


def pods(folder: Path, *, seed: int = 1, until_ms: int | None = None, **given: Any) -> Chunk:
    """All pods of t.csv."""
    return whole(replayed(spec(**given), folder, seed, until_ms))


@pytest.mark.parametrize(
    ("given", "created_s", "lifetime_s", "cores"),
    [
        # pods from before time 0 start at 0 and keep their end; -9 to -2 never lives
        ({}, [0, 10, 10, 30], [20, STAYS, 30, 60], [1, 2, 4, 3]),
        ({"at": "7s"}, [0, 2, 17, 17, 37], [5, 25, STAYS, 30, 60], [9, 1, 2, 4, 3]),
        ({"time_scale": 0.5}, [0, 5, 5, 15], [10, STAYS, 15, 30], [1, 2, 4, 3]),
        ({"at": "1m", "time_scale": 2}, [42, 50, 80, 80, 120], [14, 50, STAYS, 60, 120],
         [9, 1, 2, 4, 3]),
        # at 20 s three pods have come: one ends right then, two go on
        ({"window": {"from": "20s", "to": "30s"}}, [0, 0], [STAYS, 20], [2, 4]),
        ({"window": {"from": "19s", "to": "31s"}, "at": "1s", "time_scale": 2},
         [1, 1, 1, 23], [2, STAYS, 42, 120], [1, 2, 4, 3]),
    ],
    ids=["plain", "at", "scale", "both", "window", "all"],
)  # fmt: skip
def test_times(
    folder: Path, given: dict[str, Any], created_s: list[int], lifetime_s: list[int],
    cores: list[int],
) -> None:  # fmt: skip
    """Times are laid at ``at``, stretched and clipped; equal ones keep the order of the rows."""
    arrivals = pods(folder, **given)
    assert list(arrivals.created_ms) == [1_000 * time for time in created_s]
    expected = [time if time == STAYS else 1_000 * time for time in lifetime_s]
    assert list(arrivals.lifetime_ms) == expected
    assert list(arrivals.cpu) == [1_000 * number for number in cores]
    assert replayed(spec(**given), folder).lifetime_from == "created"


def test_pods_after_the_end_are_left_out(folder: Path) -> None:
    """Only pods created before the run's end are given, and a window without pods is an error."""
    assert list(pods(folder, until_ms=30_000).cpu) == [1_000, 2_000, 4_000]
    assert list(replayed(spec(at="1h"), folder, until_ms=30_000).chunks) == []
    (folder / "t.csv").write_text("start,end,cpu,memory\n30,90,3,1\n")
    with pytest.raises(InputError, match="no pod of the trace is alive in the window"):
        replayed(spec(window={"from": "1h", "to": "2h"}), folder)


def test_pinned_pods(folder: Path) -> None:
    """Node names follow their pods into the order of creation."""
    (folder / "t.csv").write_text("start,end,on\n9,10,a\n3,4,\n5,,b\n")
    columns = {"cpu": None, "memory": None, "node": "on"}
    assert pods(folder, columns=columns).nodes == ["", "b", "a"]


def test_chunks(folder: Path) -> None:
    """A long trace comes in chunks, each with its own part of every column."""
    count = 2 * CHUNK_PODS + 5
    lines = [f"{count - i},,{i},n{i}" for i in range(count)]
    (folder / "t.csv").write_text("\n".join(["start,end,cpu,on", *lines]))
    columns = {"memory": None, "node": "on"}
    given = spec(columns=columns, units={"time": "ms", "cpu": "millicores"})
    chunks = list(replayed(given, folder).chunks)
    assert [len(chunk.created_ms) for chunk in chunks] == [CHUNK_PODS, CHUNK_PODS, 5]
    assert list(chunks[2].created_ms) == list(range(count - 4, count + 1))
    assert list(chunks[2].cpu) == [4, 3, 2, 1, 0]
    assert chunks[2].nodes == ["n4", "n3", "n2", "n1", "n0"]


def end_ms(workload: Trace, folder: Path) -> int:
    """When a trace ends."""
    return trace_end_ms(workload, read_trace(workload, folder))


@pytest.mark.parametrize(
    ("given", "end_s"),
    [
        ({}, 90),
        ({"at": "10s"}, 100),
        ({"time_scale": 2}, 180),
        ({"window": {"from": "20s", "to": "50s"}, "at": "5s", "time_scale": 2}, 65),
    ],
)
def test_end(folder: Path, given: dict[str, Any], end_s: int) -> None:
    """A trace ends with its last end or start, or with its window."""
    assert end_ms(spec(**given), folder) == 1_000 * end_s


def test_end_of_pods_that_stay(folder: Path) -> None:
    """Where no pod has an end, the last start is the end."""
    (folder / "t.csv").write_text("start,end,cpu,memory\n30,,3,1\n9,,3,1\n")
    assert end_ms(spec(), folder) == 30_000


def test_random_terminations_depend_on_seed_and_name_alone(folder: Path) -> None:
    """Termination times are drawn from a stream of the workload's own."""
    given = {"termination_time": {"uniform": {"min": "0s", "max": "30s"}}}
    base = pods(folder, **given).termination_ms
    assert pods(folder, **given, at="1m").termination_ms[:4] == base
    assert pods(folder, **given, seed=2).termination_ms != base
    assert pods(folder, **given, name="other").termination_ms != base


def test_shipped_day() -> None:
    """The shipped extract holds 603 pods of the day and 40 that ran when it began."""
    day = spec(file="data/openb-day148.csv")
    starts = read_trace(day, SCENARIOS).start_ms
    assert (sum(start < 0 for start in starts), sum(start >= 0 for start in starts)) == (40, 603)
    assert max(starts) < 86_400_000
    assert list(starts) == sorted(starts)
    arrivals = whole(replayed(day, SCENARIOS))
    assert len(arrivals.created_ms) == 643
    assert (max(arrivals.cpu), max(arrivals.memory)) == (88_000, 327_680)
    assert end_ms(day, SCENARIOS) == 115_760_000
