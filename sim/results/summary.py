"""The summary of a run: plain data, the same from the same records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.scenario.ipamd import Ipamd
from sim.scenario.models import ABOUT_ANSWERS

from .account import AccountFigures
from .addresses import Addresses
from .blocks import Block, cut
from .branch_enis import BranchFigures
from .causes import LatePods
from .changes import ChangeFigures
from .ec2 import Ec2Figures
from .findings import Facts, findings
from .headline import headline_figures
from .measured import Run, Stretch, Stretches
from .nodes import NodeFigures
from .overlay import OverlayFigures
from .pods import PodFigures
from .records import Names
from .steps import Window
from .tables import Records
from .verdicts import check
from .versions import modelled_versions

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

SCHEMA_VERSION = 1


def scenario_digest(resolved: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of what a resolved scenario says of its run, as canonical JSON."""
    of_run = {key: value for key, value in resolved.items() if key not in ABOUT_ANSWERS}
    text = json.dumps(of_run, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def changed_settings(settings: Ipamd) -> dict[str, Any]:
    """The settings that differ from the shipped manifest's."""
    defaults = Ipamd().model_dump()
    return {name: value for name, value in settings.model_dump().items() if value != defaults[name]}


class Tally:
    """A run's figures, counted block by block.

    However a run is cut into blocks, its figures are the same. What is kept between blocks grows
    with the number of nodes and of pods that wait, not with the length of the run.

    Args:
        scenario: what is run.
        names: what the numbers in its records stand for; they may grow.
        end_ms: when the run will end.
    """

    def __init__(self, scenario: Scenario, names: Names, end_ms: int) -> None:
        self._scenario = scenario
        self._run = Run(scenario.model, names, Window.after(scenario.model.warm_up, end_ms).start)
        self._stretches = Stretches(names)
        self._nodes, self._pods = NodeFigures(self._run), PodFigures(self._run)
        self._addresses, self._ec2 = Addresses(self._run), Ec2Figures(self._run)
        self._late, self._overlay = LatePods(self._run), OverlayFigures(self._run)
        self._branches, self._account = BranchFigures(self._run), AccountFigures(self._run)
        self._changes = ChangeFigures(self._run)
        self._end_ms = 0

    def add(self, block: Block) -> Stretch:
        """Counts the next block, and returns what was counted."""
        stretch = self._stretches.of(block)
        for part in (
            *(self._nodes, self._pods, self._addresses, self._ec2),
            *(self._late, self._overlay, self._branches, self._account, self._changes),
        ):
            part.add(stretch)
        self._end_ms = block.until_ms
        return stretch

    def summary(self) -> dict[str, Any]:
        """The summary of a run that ended with the last block.

        Returns:
            Plain JSON data, defined in docs/metrics.md.
        """
        scenario, model = self._scenario, self._scenario.model
        pods = self._pods.figures()
        figures: dict[str, Any] = {
            "nodes": self._nodes.figures(),
            "addresses": self._addresses.figures(),
            "ec2": self._ec2.figures(pods["started"]),
            "pods": pods,
        }
        if self._run.model.cluster.overlay is not None:
            figures["overlay"] = self._overlay.figures()
        if self._run.has_branch_enis:
            figures["branch_enis"] = self._branches.figures()
        if self._run.names.tenants:
            figures["account"] = self._account.figures()
        if model.change:
            figures["changes"] = self._changes.figures()
        late, failed = self._late.figures(), self._nodes.failed_launches()
        facts = Facts(self._run.names, failed, late, self._run.fault_codes, model.warm_up > 0)
        verdicts = check(model.expect, headline_figures(figures))
        return {
            "schema_version": SCHEMA_VERSION,
            "scenario": {
                "name": scenario.name,
                "seed": model.seed,
                "duration_s": self._end_ms / 1000,
                "warm_up_s": model.warm_up / 1000,
                "digest": scenario_digest(scenario.resolved()),
            },
            "versions": modelled_versions(model.cni_version),
            "settings": {name: changed_settings(one) for name, one in self._run.settings.items()},
            "expectations": [verdict.data() for verdict in verdicts],
            **figures,
            "findings": findings(facts, figures),
            "warnings": [str(warning) for warning in scenario.warnings],
        }


def summarise(
    scenario: Scenario, tables: Mapping[str, Records], names: Names, end_ms: int
) -> dict[str, Any]:
    """The summary of a run of which all records are there.

    Args:
        scenario: what was run.
        tables: its records, each sorted by its first time.
        names: what the numbers in the records stand for.
        end_ms: when the run ended.
    """
    tally = Tally(scenario, names, end_ms)
    for block in cut(tables, end_ms):
        tally.add(block)
    return tally.summary()
