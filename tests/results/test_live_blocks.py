"""Blocks that are cut while a run goes on: as many as there may be, they change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import Scenario
from sim.engine import run as engine
from sim.engine.build import build
from sim.results.blocks import Block, InMemory, cut
from sim.results.causes import Late, LatePods
from sim.results.measured import Run, Stretches
from sim.results.summary import Tally
from sim.results.tables import Records

NODES = {"instance_type": "m5.large", "nodes": 6, "launch_delay": "10s"}
STORM: dict[str, Any] = {
    "name": "storm",
    "duration": "20m",
    "warm_up": "1m",
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/26"}, {"name": "b", "cidr": "10.0.1.0/25"}],
        "node_groups": [
            {"name": "g", **NODES},
            {"name": "h", **NODES, "ipamd": {"ENABLE_PREFIX_DELEGATION": True}},
        ],
    },
    "ipamd": {"WARM_IP_TARGET": 1},
    "aws": {"buckets": {"AssignPrivateIpAddresses": {"max": 1, "refill_per_s": 1}}},
    "workload": [
        {"kind": "poisson", "name": "churn", "arrivals_per_minute": 60, "lifetime": "3m"},
        {"kind": "deployment", "name": "web", "replicas": 60, "updates": [{"at": "8m"}]},
    ],
}
SCENARIO = Scenario.from_dict(STORM)


class Everything:
    """A sink that keeps tables, summary, causes of waits, and how many blocks there were."""

    def __init__(self, names: Any, end_ms: int) -> None:
        self.tally, self.memory = Tally(SCENARIO, names, end_ms), InMemory(names)
        self.stretches, self.blocks = Stretches(names), 0
        self.late = LatePods(Run(SCENARIO.model, names, SCENARIO.model.warm_up))

    def write(self, block: Block) -> None:
        self.blocks += 1
        self.tally.add(block)
        self.memory.write(block)
        self.late.add(self.stretches.of(block))


def played(rows: int, monkeypatch: pytest.MonkeyPatch) -> Everything:
    """The run in blocks of so many rows or a few more."""
    monkeypatch.setattr(engine, "LEAST_ROWS", rows)
    monkeypatch.setattr(engine, "ROWS_A_NODE", 0)
    monkeypatch.setattr(engine, "EVENTS_BETWEEN_LOOKS", 7)
    world = build(SCENARIO, SCENARIO.duration_ms)
    sink = Everything(world.recorder.names, world.duration_ms)
    engine.simulate(world, sink)
    return sink


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, Any], dict[str, Records], Late]:
    """The run in one block."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        sink = played(10**9, monkeypatch)
    assert sink.blocks == 1
    return sink.tally.summary(), sink.memory.tables(), sink.late.figures()


@pytest.mark.parametrize(("rows", "least"), [(60, 100), (2000, 4)])
def test_blocks_of_a_run(
    rows: int,
    least: int,
    whole: tuple[dict[str, Any], dict[str, Records], Late],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Records, figures and causes of long waits are those of the run in one block."""
    sink = played(rows, monkeypatch)
    summary, tables, late = whole
    assert sink.blocks >= least
    assert sink.tally.summary() == summary
    assert sink.late.figures() == late
    for name, records in sink.memory.tables().items():
        assert np.array_equal(records.matrix, tables[name].matrix), name


def test_whole_tables_cut_into_blocks(
    whole: tuple[dict[str, Any], dict[str, Records], Late],
) -> None:
    """What is cut afterwards gives the same figures as what was cut live."""
    summary, tables, _ = whole
    tally = Tally(SCENARIO, tables["pods"].names, SCENARIO.duration_ms)
    for block in cut(tables, SCENARIO.duration_ms, rows=97):
        tally.add(block)
    assert tally.summary() == summary


def test_the_run_is_a_storm(whole: tuple[dict[str, Any], dict[str, Records], Late]) -> None:
    """Pods waited long for several reasons, EC2 throttled, and a subnet ran out."""
    summary, _, late = whole
    assert sum(1 for count in late.by_cause if count) >= 3
    assert summary["ec2"]["throttled"]
    assert any(one["ran_out_at_s"] is not None for one in summary["addresses"]["subnets"].values())
