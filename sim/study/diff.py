"""What changed between two saved runs: what went in first, then what came out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sim.results.headline import headline_figures
from sim.results.store import Manifest, Stored, read
from sim.scenario.headlines import HEADLINES
from sim.scenario.models import ABOUT_ANSWERS

NOT_RESULTS = (
    "schema_version",
    "scenario",
    "versions",
    "settings",
    "expectations",
    "findings",
    "warnings",
)
"""Parts of a summary that repeat the inputs, or the figures in words."""

SEED = "seed"
CHANGES_NOTHING = {"name", "description"} | ABOUT_ANSWERS
"""Keys of a scenario that change nothing in a run."""


class Change(NamedTuple):
    """One value that differs.

    Attributes:
        name: its path, or the name of a headline figure.
        old: in the first run; None if it is not there.
        new: in the second run; None if it is not there.
    """

    name: str
    old: Any
    new: Any

    @property
    def difference(self) -> float | None:
        """New minus old, of numbers."""
        sides = (self.old, self.new)
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in sides):
            return float(self.new - self.old)
        return None


@dataclass(frozen=True)
class Diff:
    """What changed from one run to the other.

    Attributes:
        folders: of the first and of the second run.
        inputs: values of the scenario by their path as in ``--set``, digests of traces, versions,
            and when the run was interrupted.
        headlines: headline figures that differ.
        at_least: headline figures that are only lower bounds in either run.
        figures: all other figures that differ, by their place in the summary.
        seed: of the first and of the second run.
        versions: of the tool, of the CNI and of the limits table, in the second run.
    """

    folders: tuple[Path, Path]
    inputs: tuple[Change, ...]
    headlines: tuple[Change, ...]
    at_least: tuple[frozenset[str], frozenset[str]]
    figures: tuple[Change, ...]
    seed: tuple[int, int]
    versions: Mapping[str, str]

    @property
    def has_same_results(self) -> bool:
        """Whether no figure differs."""
        return not (self.headlines or self.figures)

    @property
    def is_identical(self) -> bool:
        """Whether nothing differs."""
        return self.has_same_results and not self.inputs

    @property
    def is_chance(self) -> bool:
        """Whether of all that can change a run only the seed differs."""
        names = [one.name for one in self.inputs]
        return [one for one in names if one.split(".")[0] not in CHANGES_NOTHING] == [SEED]


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> Diff:
    """What changed from one saved run to another.

    Args:
        old: folder of the first run, as ``ipamd-sim run --out`` wrote it.
        new: folder of the second.

    Raises:
        InputError: a folder is no saved run, or is damaged.
    """
    first, second = read(old), read(new)
    figures = headline_figures(first.summary), headline_figures(second.summary)
    headlines = [Change(name, *(one.values[name] for one in figures)) for name in HEADLINES]
    bounds = [frozenset(one.at_least) for one in figures]
    return Diff(
        (Path(old), Path(new)),
        tuple(_changes(_inputs(first.manifest), _inputs(second.manifest))),
        tuple(one for one in headlines if one.old != one.new),
        (bounds[0], bounds[1]),
        tuple(_changes(_results(first), _results(second))),
        (first.manifest.seed, second.manifest.seed),
        second.summary["versions"],
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What differs, in the order of the first, and then what only the second has."""
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) != new.get(name):
            yield Change(name, old.get(name), new.get(name))


def _inputs(manifest: Manifest) -> dict[str, Any]:
    resolved = manifest.scenario.model_dump(mode="json", by_alias=True)
    inputs = dict(_values(resolved))
    inputs |= {f"traces.{name}": digest for name, digest in manifest.inputs.items()}
    inputs |= {f"versions.{name}": version for name, version in manifest.versions.items()}
    interrupted = manifest.end_ms / 1000 if manifest.partial else None
    return inputs | {"interrupted_at_s": interrupted}


def _results(run: Stored) -> dict[str, Any]:
    """All figures that are no headline figures."""
    shown = {one.path for one in HEADLINES.values()}
    parts = {name: part for name, part in run.summary.items() if name not in NOT_RESULTS}
    return {name: one for name, one in _values(parts) if name not in shown}


def _values(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(path, plain value) of everything in nested data; items of lists by name if they have one."""
    if isinstance(data, dict):
        for key, inner in data.items():
            yield from _values(inner, f"{name}.{key}" if name else str(key))
    elif (steps := _steps(data, name)) is not None:
        yield name, steps
    elif isinstance(data, list):
        for index, inner in enumerate(data):
            key = inner.get("name", index) if isinstance(inner, dict) else index
            yield from _values(inner, f"{name}.{key}")
    else:
        yield name, data


def _steps(data: Any, name: str) -> Any:
    """A number that changes in steps: the steps, or the number if it does not; else None."""
    key = name.rpartition(".")[2]
    if not isinstance(data, list) or not all(isinstance(one, dict) and key in one for one in data):
        return None
    return data[0][key] if len(data) == 1 and data[0]["at"] == "0s" else data or None
