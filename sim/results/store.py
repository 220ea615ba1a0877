"""Results on disk: a folder with summary.json, manifest.json and one Parquet file a table.

Equal records give equal bytes; no file holds a time of the wall clock, a path or a machine's name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.files import problems_of
from sim.scenario.errors import InputError, Problem
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel

from .records import TABLES, Names
from .summary import SCHEMA_VERSION, scenario_digest
from .tables import Records, sorted_table
from .versions import all_versions

KIND = "ipamd-sim run"
MANIFEST, SUMMARY = "manifest.json", "summary.json"
PARQUET = {name: f"{name}.parquet" for name in TABLES}
FILES = (MANIFEST, SUMMARY, *PARQUET.values())
AGAIN = "run the scenario again"


class Manifest(BaseModel):
    """What a folder of results was made from.

    ``scenario`` is the resolved scenario, ``inputs`` the SHA-256 of each trace file by its name in
    the scenario, ``names`` what the numbers in the records stand for, ``files`` the SHA-256 of the
    folder's other files as they were written, and ``sha256`` that of the manifest's own data
    without it. A ``partial`` run was interrupted at ``end_ms``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["ipamd-sim run"] = "ipamd-sim run"
    schema_version: int = SCHEMA_VERSION
    scenario: ScenarioModel
    scenario_sha256: str
    seed: int
    end_ms: int
    partial: bool = False
    versions: dict[str, str]
    inputs: dict[str, str]
    names: Names
    files: dict[str, str] = {}
    sha256: str = ""

    def signed(self) -> Manifest:
        """The same with its own digest."""
        data = self.model_dump(mode="json", by_alias=True)
        return self.model_copy(update={"sha256": _digest_of(data)})

    @classmethod
    def of(cls, scenario: Scenario, names: Names, end_ms: int) -> Manifest:
        """That of a scenario's run.

        Raises:
            InputError: a trace cannot be read.
        """
        model = scenario.model
        traces = [one.file for one in model.workload if one.kind == "trace"]
        return cls(
            scenario=model,
            scenario_sha256=scenario_digest(scenario.resolved()),
            seed=model.seed,
            end_ms=end_ms,
            versions=all_versions(),
            inputs=digests(scenario.folder, traces),
            names=names,
        )


def _digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's data, its own digest left out."""
    rest = {key: value for key, value in data.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files by their names, which are relative to the folder.

    Raises:
        InputError: one is not there any more.
    """
    result = {}
    for name in files:
        with problems_of(folder / name, "cannot be read", "keep it until the run is saved"):
            result[name] = sha256(folder / name)
    return result


def refused(path: Path, message: str, remedy: str) -> InputError:
    """The error about a folder of results, or about a file."""
    return InputError([Problem(message, file=str(path), remedy=remedy)])


def check_target(folder: str | os.PathLike[str]) -> Path:
    """The folder, if results can be written to it; to be asked before a long run.

    Raises:
        InputError: it holds something else than an earlier run, or it cannot be made.
    """
    target = Path(folder)
    remedy = "choose another folder"
    with problems_of(target, "cannot be written"):
        if target.is_dir():
            others = sorted(one.name for one in target.iterdir() if one.name not in FILES)
            if others:
                message = f"holds something else than an earlier run: {', '.join(others[:3])}"
                raise refused(target, message, remedy)
            if any(target.iterdir()):
                _manifest_data(target)
        elif target.exists() or target.is_symlink():
            raise refused(target, "is a file, or a link to nowhere", remedy)
        nearest = next(one for one in target.absolute().parents if os.path.lexists(one))
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise refused(target, f"cannot be made in {nearest}", remedy)
    return target


# ---------------------------------------------------------------------- reading


class StoredTables(Mapping[str, Records]):
    """The tables of a folder of results, each read when it is asked for first.

    Args:
        folder: where they are.
        files: the SHA-256 of each file as it was written.
        names: what the numbers in the records stand for.
    """

    def __init__(self, folder: Path, files: Mapping[str, str], names: Names) -> None:
        self._folder, self._files, self._names = folder, files, names
        self._read: dict[str, Records] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def __getitem__(self, name: str) -> Records:
        """A table, sorted by time.

        Raises:
            InputError: the file is gone, or is not what was written.
        """
        if name not in self._read:
            path = self.checked(PARQUET[name])
            with problems_of(path, "cannot be read", AGAIN):
                self._read[name] = _read_parquet(path, name, self._names)
        return self._read[name]

    def checked(self, file: str) -> Path:
        """Where a file is.

        Raises:
            InputError: it is gone, or is not what was written.
        """
        path = self._folder / file
        with problems_of(path, "cannot be read", AGAIN):
            if sha256(path) != self._files.get(file):
                message = f"differs from what was written (its SHA-256 is not that in {MANIFEST})"
                raise refused(path, message, AGAIN)
        return path

    def rows(self, name: str) -> int:
        """How many rows a table has, without reading it."""
        import pyarrow.parquet as pq

        return int(pq.read_metadata(self._folder / PARQUET[name]).num_rows)


class Stored(NamedTuple):
    """What a folder of results holds."""

    manifest: Manifest
    summary: dict[str, Any]
    tables: StoredTables


def read(folder: str | os.PathLike[str]) -> Stored:
    """What is in a folder of results.

    Raises:
        InputError: there is no such folder, it holds something else, another version wrote it, or
            a file is missing or differs from what was written.
    """
    source = Path(folder)
    if not source.is_dir():
        raise refused(source, "there is no such folder", "give one that a run was saved to")
    with problems_of(source, "cannot be read"):
        manifest = _read_manifest(source)
        missing = [source / name for name in FILES if not (source / name).is_file()]
        if missing:
            raise InputError([Problem("is missing", str(path), remedy=AGAIN) for path in missing])
        tables = StoredTables(source, manifest.files, manifest.names)
        summary = _read_summary(tables.checked(SUMMARY))
    return Stored(manifest, summary, tables)


def _read_summary(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise refused(path, "is no summary", AGAIN)
    return data


def _manifest_data(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that an ipamd-sim wrote, whatever its version."""
    remedy = "give a folder that ipamd-sim run --out wrote"
    if not (folder / MANIFEST).is_file():
        raise refused(folder, f"holds no results: there is no {MANIFEST}", remedy)
    try:
        data = json.loads((folder / MANIFEST).read_bytes())
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise refused(folder, f"{MANIFEST} is not one of ipamd-sim", remedy)
    return data


def _read_manifest(folder: Path) -> Manifest:
    data = _manifest_data(folder)
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        message = f"has schema_version {version}, this ipamd-sim reads {SCHEMA_VERSION}"
        raise refused(folder, message, AGAIN)
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        places = dict.fromkeys(".".join(map(str, one["loc"])) for one in error.errors())
        message = f"{MANIFEST} is damaged: {', '.join(places)}"
        raise refused(folder, message, AGAIN) from None
    if manifest.sha256 not in ("", _digest_of(data)):
        message = f"{MANIFEST} is damaged: it differs from what was written"
        raise refused(folder, message, AGAIN)
    return manifest


def _read_parquet(path: Path, name: str, names: Names) -> Records:
    """A table from its file, row group by row group."""
    import pyarrow.parquet as pq

    from .arrow import fill

    with pq.ParquetFile(path) as file:
        if file.schema_arrow.names != list(TABLES[name]):
            raise refused(path, "has other columns than this ipamd-sim writes", AGAIN)
        matrix = np.empty((file.metadata.num_rows, len(TABLES[name])), np.int64)
        begin = 0
        for number in range(file.metadata.num_row_groups):
            group = file.read_row_group(number, columns=list(TABLES[name]))
            end = begin + len(group)
            fill(matrix[begin:end], group, names)
            begin = end
    return sorted_table(name, matrix, names)
