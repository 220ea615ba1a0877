"""Runs settings side by side, on the same pods and the same luck."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.results.versions import modelled_versions
from sim.scenario.errors import InputError, Problem
from sim.scenario.load import Scenario
from sim.scenario.variants import CURRENT, name_fault, path_of, variant_scenario

from .comparison import Comparison, Setting
from .executors import run_jobs
from .jobs import Job
from .replications import replication_seeds

if TYPE_CHECKING:
    from .executors import Executor, Progress
    from .store import Store

REPLICATIONS = 10

NO_VARIANTS = Problem(
    "there is nothing to compare the current setting with",
    remedy='give --variant "lean: WARM_IP_TARGET=5 MINIMUM_IP_TARGET=10", or variants: in the '
    "scenario",
)


def compare(
    scenario: Scenario | str | os.PathLike[str],
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    replications: int = REPLICATIONS,
    where: Executor | None = None,
    progress: Progress | None = None,
    store: Store | None = None,
) -> Comparison:
    """Runs a scenario as it stands and under variants, each with the same seeds.

    Args:
        scenario: what to run, or the file it is in.
        variants: by name the values they change, by path or by the names of environment
            variables: ``{"lean": {"WARM_IP_TARGET": 5}}``; those of the scenario if not given.
        replications: runs of each setting.
        where: what runs them; this process if not given.
        progress: called with the runs that are done, all of them, and those taken from the store.
        store: runs that are there are not run again.

    Raises:
        InputError: the scenario cannot be read, a variant is wrong, or there is none.
    """
    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(os.fspath(scenario))
    if variants is None:
        variants = scenario.model.variants
    scenarios = {CURRENT: scenario} | variant_scenarios(scenario, variants)
    seeds = replication_seeds(scenario.model.seed, replications)
    jobs = {name: [Job.of(one, seed) for seed in seeds] for name, one in scenarios.items()}
    by_replication = [job for same_luck in zip(*jobs.values(), strict=True) for job in same_luck]
    outcomes = run_jobs(by_replication, where, store, progress)
    settings = (
        Setting(name, _by_path(variants.get(name, {})), tuple(outcomes[job.key] for job in of_one))
        for name, of_one in jobs.items()
    )
    return Comparison(
        scenario.name,
        tuple(seeds),
        scenario.duration_ms / 1000,
        scenario.model.warm_up / 1000,
        modelled_versions(),
        tuple(settings),
        scenario.model.expect,
    )


def _by_path(values: Mapping[str, Any]) -> dict[str, Any]:
    return {path_of(key): value for key, value in values.items()}


def variant_scenarios(
    scenario: Scenario, variants: Mapping[str, Mapping[str, Any]]
) -> dict[str, Scenario]:
    """The scenario under each variant, by name.

    Raises:
        InputError: with all that is wrong, or because there is no variant.
    """
    scenarios, problems = {}, [] if variants else [NO_VARIANTS]
    for name, values in variants.items():
        said_by = f"variant {name}"
        if why := name_fault(name):
            problems.append(Problem(why, said_by, remedy="choose another name"))
        try:
            scenarios[name] = variant_scenario(scenario, name, values, said_by)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return scenarios
