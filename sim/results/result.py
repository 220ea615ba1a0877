"""What a run gives back: its records, and what is derived from them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario.errors import Problem
from sim.scenario.load import Scenario
from sim.scenario.source import Source

from .headline import headline_figures
from .html import summary_html
from .records import Names
from .store import Manifest, StoredTables, read
from .summary import summarise
from .tables import Records
from .verdicts import Verdict, check
from .writer import write

if TYPE_CHECKING:
    from sim.report.plots import ResultPlots

    from .fragments import Fragmentation


class Result:
    """The result of one run.

    Args:
        scenario: what was run.
        tables: its records by the names of `sim.results.records.TABLES`, each sorted by its first
            time.
        names: what the numbers in the records stand for.
        end_ms: when the run ended.

    Attributes:
        scenario: what was run.
        tables: the records; those that are in a folder are read when they are asked for first.
        names: what the numbers in the records stand for.
        end_ms: when the run ended.
        pods, ec2_calls, pool, subnets, nodes, launch_failures, passes, overlay, branch_enis: the
            records, see `sim.results.records` for their columns.
    """

    def __init__(
        self, scenario: Scenario, tables: Mapping[str, Records], names: Names, end_ms: int
    ) -> None:
        self.scenario, self.tables, self.names, self.end_ms = scenario, tables, names, end_ms

    @property
    def pods(self) -> Records:
        """One row a pod."""
        return self.tables["pods"]

    @property
    def ec2_calls(self) -> Records:
        """One row a request, each attempt of the SDK counted."""
        return self.tables["ec2_calls"]

    @property
    def pool(self) -> Records:
        """One row a change of what a node's data store holds in a subnet."""
        return self.tables["pool"]

    @property
    def subnets(self) -> Records:
        """One row a change of whose a subnet's addresses are."""
        return self.tables["subnets"]

    @property
    def nodes(self) -> Records:
        """One row a node."""
        return self.tables["nodes"]

    @property
    def launch_failures(self) -> Records:
        """One row a node launch that failed for lack of an address."""
        return self.tables["launch_failures"]

    @property
    def passes(self) -> Records:
        """One row a pass of a daemon's loop that took time."""
        return self.tables["passes"]

    def fragmentation(
        self, subnet: str | None = None, times_ms: Sequence[int] | None = None
    ) -> Fragmentation:
        """The /28s of a subnet over time: whole ones, prefixes, and by whom others are broken.

        Args:
            subnet: its name; if not given the one with the fewest /28s left at any time.
            times_ms: instants, rising; if not given evenly over the run.

        Raises:
            InputError: there is no such subnet, or cluster.record_addresses was off.
        """
        from .fragments import fragmentation

        return fragmentation(self, subnet, times_ms)

    @property
    def tenants(self) -> Records:
        """One row a second, tenant and action with requests of others in the account."""
        return self.tables["tenants"]

    @property
    def addresses(self) -> Records:
        """One row a change of who has an address, if cluster.record_addresses was on."""
        return self.tables["addresses"]

    @property
    def overlay(self) -> Records:
        """One row a change of what a node holds of an overlay's own addresses."""
        return self.tables["overlay"]

    @property
    def branch_enis(self) -> Records:
        """One row a change of a node's branch ENIs."""
        return self.tables["branch_enis"]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """All metrics as plain data; docs/metrics.md defines each."""
        return summarise(self.scenario, self.tables, self.names, self.end_ms)

    @cached_property
    def expectations(self) -> list[Verdict]:
        """What became of each rule of the scenario's ``expect``; empty if it has none."""
        return check(self.scenario.model.expect, headline_figures(self.summary))

    @cached_property
    def manifest(self) -> Manifest:
        """What this result was made from."""
        return Manifest.of(self.scenario, self.names, self.end_ms)

    @cached_property
    def plot(self) -> ResultPlots:
        """Plots, with matplotlib: ``result.plot.addresses()`` and others."""
        from sim.report.plots import ResultPlots

        return ResultPlots(self)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write everything to a folder, whole or not at all, in place of an earlier run's.

        Raises:
            InputError: the folder cannot be written, or holds something else than a run.
        """
        write(folder, self.manifest, self.summary, self.tables)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Result:
        """A result that was saved. Its trace files need not be there.

        Records are read, and checked against their digests, when they are asked for first.

        Raises:
            InputError: the folder is not there, holds no run, or is damaged.
        """
        manifest, summary, tables = read(folder)
        model = manifest.scenario
        warnings = [Problem(text) for text in summary["warnings"]]
        source = Source(model.model_dump(mode="json", by_alias=True))
        scenario = Scenario(model, None, Path(folder), warnings, source)
        result = cls(scenario, tables, manifest.names, manifest.end_ms)
        result.manifest, result.summary = manifest, summary
        return result

    def __repr__(self) -> str:
        tables = self.tables
        rows = tables.rows if isinstance(tables, StoredTables) else lambda name: len(tables[name])
        counts = ", ".join(f"{rows(name):,} {name}" for name in tables if rows(name))
        return f"<Result of {self.scenario.name}: {counts}>"

    def _repr_html_(self) -> str:
        return summary_html(self.summary)
