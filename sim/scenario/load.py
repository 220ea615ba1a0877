"""Scenarios from files, mappings and arguments, with everything that is wrong said at once."""

from __future__ import annotations

import copy
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from .checks import errors, last_end, read_traces, time_errors
from .cni_versions import ATTEMPTS_V1, SDK_V2, SUBNET_DISCOVERY, has
from .doubts import doubts
from .errors import InputError, Problem
from .findings import Findings
from .fit import misfits
from .models import ScenarioModel
from .reader import MAX_PROBLEMS, read
from .source import Source
from .too_late import too_late
from .variants import variant_problems

if TYPE_CHECKING:
    from ..workload.traces import TracePods


@dataclass(frozen=True, eq=False)
class Scenario:
    """A valid scenario and where it came from.

    Attributes:
        model: What it says, every default and its duration filled in.
        path: Its file; None if it was made from a mapping.
        folder: What the names of its trace files are relative to.
        warnings: What is allowed but can hardly be meant, such as pods that can never fit.
        source: What it was written in.
        traces: The pods of its traces by the names of their workloads.
    """

    model: ScenarioModel
    path: pathlib.Path | None
    folder: pathlib.Path
    warnings: list[Problem]
    source: Source
    traces: Mapping[str, TracePods] = field(default_factory=dict, repr=False)

    @classmethod
    def load(
        cls,
        path: str | pathlib.Path,
        overrides: Sequence[str] = (),
        seed: int | None = None,
    ) -> Scenario:
        """Reads a scenario file.

        Args:
            path: A YAML file.
            overrides: Values set on top of it, such as ``ipamd.WARM_IP_TARGET=5``; items of lists
                by index or name, such as ``cluster.node_groups.batch.nodes=20``.
            seed: Replaces the scenario's seed.

        Raises:
            InputError: with all that is wrong.
        """
        path = pathlib.Path(path)
        document = read(path)
        source = Source(document.data, str(path), document.places)
        problems = list(document.problems)
        for text in overrides:
            try:
                source = source.with_override(text)
            except InputError as error:
                problems += error.problems
        if seed is not None and isinstance(source.data, dict):
            source = source.with_value("seed", seed, f"--seed {seed}")
        return _scenario(source, path, path.parent, problems)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], folder: str | pathlib.Path = ".") -> Scenario:
        """A scenario from a mapping such as a YAML file would give.

        Raises:
            InputError: with all that is wrong.
        """
        source = Source(copy.deepcopy(dict(data)))
        return _scenario(source, None, pathlib.Path(folder), [])

    @classmethod
    def of_checked(cls, resolved: Mapping[str, Any], traces: Mapping[str, TracePods]) -> Scenario:
        """The scenario that gave this, quickly: nothing is read or checked again.

        Args:
            resolved: What its `resolved` gave.
            traces: Its traces.
        """
        model = ScenarioModel.model_validate(resolved)
        return cls(model, None, pathlib.Path(), [], Source(resolved), traces)

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The same scenario with other values; this one stays as it is.

        Args:
            values: Values by path, such as ``{"ipamd.WARM_IP_TARGET": 5}``.

        Raises:
            InputError: with all that is wrong.
        """
        source, problems = self.source, []
        for target, value in values.items():
            try:
                source = source.with_value(target, value, f"{target}={value}")
            except InputError as error:
                problems += error.problems
        return self.with_source(source, problems)

    def with_source(self, source: Source, problems: Iterable[Problem] = ()) -> Scenario:
        """A scenario from the same place that was written in another source.

        Args:
            source: what it says.
            problems: what was found wrong when the source was made.

        Raises:
            InputError: with all that is wrong, these problems included.
        """
        return _scenario(source, self.path, self.folder, list(problems))

    def resolved(self) -> dict[str, Any]:
        """Plain JSON data with every default filled in; `from_dict` makes the same model of it."""
        data = self.model.model_dump(mode="json", by_alias=True)
        if not has(SUBNET_DISCOVERY, self.model.cni):
            data["ipamd"].pop("ENABLE_SUBNET_DISCOVERY")  # this version does not read it
        return data

    @property
    def name(self) -> str:
        """The scenario's name, or that of its file."""
        return self.model.name or "scenario"

    @property
    def duration_ms(self) -> int:
        """How long the run is, in simulated milliseconds."""
        assert self.model.duration is not None, "filled in when the scenario was made"
        return self.model.duration


def _scenario(
    source: Source, path: pathlib.Path | None, folder: pathlib.Path, problems: list[Problem]
) -> Scenario:
    findings = Findings(source, problems)
    model = findings.model()
    if model is not None:
        findings.add(islice(errors(model), MAX_PROBLEMS))
        traces, of_names, of_rows = read_traces(model, folder, source.is_written_at)
        findings.add(of_names)
        findings.problems += of_rows
        if not (of_names or of_rows):
            duration = model.duration if model.duration is not None else last_end(model, traces)
            findings.add(time_errors(model, duration))
            name = model.name or (path.stem if path else "")
            given = {"name": name, "duration": duration}
            model = model.model_copy(update=given | _of_version(model))
    if findings.problems or model is None:
        raise InputError(_in_order(findings.problems, source.file))
    scenario = Scenario(model, path, folder, _warnings(model, source), source, traces)
    if wrong := variant_problems(scenario):
        raise InputError(_in_order(wrong, source.file))
    return scenario


def _of_version(model: ScenarioModel) -> dict[str, Any]:
    """What the CNI's version makes of what is not said."""
    if has(SDK_V2, model.cni) or "retry_attempts" in model.aws.model_fields_set:
        return {}
    return {"aws": model.aws.model_copy(update={"retry_attempts": ATTEMPTS_V1})}


def _warnings(model: ScenarioModel, source: Source) -> list[Problem]:
    every = [*doubts(model), *too_late(model), *misfits(model)]
    more = len(every) - MAX_PROBLEMS
    rest = [Problem(f"and {more:,} more warnings", source.file)] if more > 0 else []
    first = [source.problem(one.path, one.message, one.remedy) for one in every[:MAX_PROBLEMS]]
    return first + rest


def _in_order(problems: Iterable[Problem], file: str) -> list[Problem]:
    """The first problems without repetition, those of the file first, from its top to its end."""
    ordered = sorted(
        dict.fromkeys(problems), key=lambda p: (p.file != file, p.line or 0, p.column or 0)
    )
    more = len(ordered) - MAX_PROBLEMS
    rest = [Problem(f"and {more:,} more problems", file)] if more > 0 else []
    return ordered[:MAX_PROBLEMS] + rest
