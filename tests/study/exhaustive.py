"""The figures of every candidate of the ten generated scenarios, and the file they are kept in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from generated_scenarios import REPLICATIONS, TEN, generated

from sim.results.headline import Figures
from sim.scenario.load import Scenario
from sim.study.candidates import Candidate, Space, space, under
from sim.study.jobs import Job, run_job
from sim.study.replications import replication_seeds

FILE = Path(__file__).parent / "data" / "exhaustive.parquet"
KEPT = (
    "waste_mean",
    "ec2_calls",
    "throttled_share",
    "subnet_free_min",
    "pod_ip_wait_mean",
    "pod_ip_wait_p90",
    "pod_ip_wait_p99",
    "unserved_pods",
)
"""What the objectives and the limits of the ten scenarios look at."""


class Point(NamedTuple):
    """One run."""

    scenario: int
    candidate: Candidate
    replication: int


def spaces() -> dict[int, tuple[Scenario, Space]]:
    """Each of the ten scenarios with its candidates."""
    loaded = {number: Scenario.from_dict(generated(number)) for number in TEN}
    return {number: (one, space(one.model)) for number, one in loaded.items()}


def points() -> Iterator[Point]:
    """All runs, in the order of the file."""
    for number, (_, candidates) in spaces().items():
        for one in candidates.candidates:
            yield from (Point(number, one, replication) for replication in range(REPLICATIONS))


def digest() -> str:
    """SHA-256 of all that is run."""
    scenarios = {number: one.resolved() for number, (one, _) in spaces().items()}
    text = json.dumps([scenarios, list(points()), KEPT], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def figures_of(scenario: Scenario, candidate: Candidate, replication: int) -> Figures:
    """The figures of one run, those that are kept."""
    seed = replication_seeds(scenario.model.seed, replication + 1)[-1]
    outcome = run_job(Job.of(under(scenario, candidate), seed))
    assert outcome.figures is not None, outcome.error
    values, at_least = outcome.figures
    kept = {name: values[name] for name in KEPT}
    return Figures(kept, tuple(name for name in at_least if name in KEPT))


def read() -> dict[Point, Figures]:
    """The figures in the file, by what was run.

    Raises:
        ValueError: they are of other scenarios or candidates.
    """
    from pyarrow import parquet

    table = parquet.read_table(FILE)
    if table.schema.metadata[b"digest"].decode() != digest():
        raise ValueError(f"{FILE.name} is stale: python tools/make_exhaustive.py makes it anew")
    rows = table.to_pylist()
    return {point: _figures(row) for point, row in zip(points(), rows, strict=True)}


def _figures(row: dict[str, float | str]) -> Figures:
    at_least = tuple(str(row["at_least"]).split())
    return Figures({name: row[name] for name in KEPT}, at_least)  # type: ignore[misc]


def write(figures: list[Figures]) -> None:
    """Puts the figures of all points into the file."""
    import pyarrow
    from pyarrow import parquet

    columns = {name: [one.values[name] for one in figures] for name in KEPT}
    columns["at_least"] = [" ".join(one.at_least) for one in figures]
    table = pyarrow.table(columns).replace_schema_metadata({"digest": digest()})
    FILE.parent.mkdir(exist_ok=True)
    parquet.write_table(table, FILE, compression="zstd", compression_level=19)
