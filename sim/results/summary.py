"""The summary of a run: plain data, the same from the same records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.scenario.ipamd import Ipamd

from .addresses import address_figures
from .ec2 import ec2_figures
from .findings import findings
from .measured import Run
from .nodes import node_figures
from .pods import pod_figures
from .records import Names
from .steps import Window
from .tables import Records
from .versions import modelled_versions

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

SCHEMA_VERSION = 1


def scenario_digest(resolved: Mapping[str, Any]) -> str:
    """SHA-256 of a resolved scenario as canonical JSON, in hexadecimal."""
    text = json.dumps(resolved, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def changed_settings(settings: Ipamd) -> dict[str, Any]:
    """The settings that differ from the shipped manifest's."""
    defaults = Ipamd().model_dump()
    return {name: value for name, value in settings.model_dump().items() if value != defaults[name]}


def summarise(
    scenario: Scenario, tables: Mapping[str, Records], names: Names, end_ms: int
) -> dict[str, Any]:
    """The summary of a run.

    Args:
        scenario: what was run.
        tables: its records, as of `sim.results.tables.sorted_records`.
        names: what the numbers in the records stand for.
        end_ms: when the run ended.

    Returns:
        Plain JSON data, defined in docs/metrics.md.
    """
    model = scenario.model
    run = Run(model, tables, names, Window.after(model.warm_up, end_ms))
    pods = pod_figures(run)
    figures = {
        "nodes": node_figures(run),
        "addresses": address_figures(run),
        "ec2": ec2_figures(run, pods["started"]),
        "pods": pods,
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": {
            "name": scenario.name,
            "seed": model.seed,
            "duration_s": end_ms / 1000,
            "warm_up_s": model.warm_up / 1000,
            "digest": scenario_digest(scenario.resolved()),
        },
        "versions": modelled_versions(),
        "settings": {name: changed_settings(one) for name, one in run.settings.items()},
        **figures,
        "findings": findings(run, figures),
        "warnings": [str(warning) for warning in scenario.warnings],
    }
