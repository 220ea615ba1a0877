"""A finished run as plain rows: dictionaries of numbers and texts, read from its Parquet files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sim import Scenario
from sim.aws.instance_types import of_group
from sim.scenario.ipamd import Ipamd

Row = dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A run that is over. Only what lies in [start, end) counts."""

    scenario: Scenario
    tables: dict[str, list[Row]]
    names: dict[str, list[str]]
    start: int
    end: int

    @classmethod
    def read(cls, folder: Path, scenario: Scenario) -> Finished:
        """What is in a folder of results."""
        manifest = json.loads((folder / "manifest.json").read_text())
        end = manifest["end_ms"]
        tables = {path.stem: _rows(path, end) for path in folder.glob("*.parquet")}
        start = min(scenario.model.warm_up, end - 1)
        return cls(scenario, tables, manifest["names"], start, end)

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Node groups by node."""
        return {row["node"]: row["group"] for row in self.tables["nodes"]}

    @cached_property
    def subnets(self) -> list[str]:
        """In the scenario's order."""
        return [one.name for one in self.scenario.model.cluster.subnets]

    @cached_property
    def groups(self) -> list[str]:
        """In the scenario's order."""
        return [one.name for one in self.scenario.model.cluster.node_groups]

    @cached_property
    def prefix_settings(self) -> dict[str, Ipamd]:
        """The last settings with prefixes of each group that has some, and whose type can."""
        found = {}
        for group in self.scenario.model.cluster.node_groups:
            for _, settings in self.scenario.model.settings_over_time(group.name):
                if settings.ENABLE_PREFIX_DELEGATION and of_group(group).prefix_delegation:
                    found[group.name] = settings
        return found

    @cached_property
    def has_branch_enis(self) -> bool:
        """Whether ENABLE_POD_ENI is on somewhere at some time."""
        model = self.scenario.model
        of = (model.settings_over_time(group) for group in self.groups)
        return any(settings.ENABLE_POD_ENI for each in of for _, settings in each)

    def counted(self, table: str, time: str = "time_ms") -> list[Row]:
        """Rows of what happened in the part that counts."""
        return [row for row in self.tables[table] if row[time] >= self.start]


def _rows(path: Path, end: int) -> list[Row]:
    """In order of their first times; what happened at the end or later does not count."""
    rows: list[Row] = pq.read_table(path).to_pylist()
    if path.stem == "nodes":
        return rows
    first = next(name for name in pq.read_schema(path).names if name.endswith("_ms"))
    return sorted((row for row in rows if row[first] < end), key=lambda row: row[first])
