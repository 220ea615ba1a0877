"""Results on disk: a folder with summary.json, manifest.json and one Parquet file a table.

A folder appears whole or not at all: it is written beside its place and then renamed. Equal
records give equal bytes; no file holds a time of the wall clock, a path or a machine's name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.scenario.errors import InputError, Problem
from sim.scenario.models import ScenarioModel

from .records import NEVER, TABLES, Names, Recorder
from .steps import Ints
from .summary import SCHEMA_VERSION
from .tables import Records, texts_of

KIND = "ipamd-sim run"
MANIFEST, SUMMARY = "manifest.json", "summary.json"
PARQUET = {name: f"{name}.parquet" for name in TABLES}
FILES = (MANIFEST, SUMMARY, *PARQUET.values())


class Manifest(BaseModel):
    """What a folder of results was made from.

    ``scenario`` is the resolved scenario, ``inputs`` the SHA-256 of each trace file by its name in
    the scenario, ``names`` what the numbers in the records stand for, ``files`` the SHA-256 of the
    folder's other files as they were written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["ipamd-sim run"] = "ipamd-sim run"
    schema_version: int = SCHEMA_VERSION
    scenario: ScenarioModel
    scenario_sha256: str
    seed: int
    end_ms: int
    versions: dict[str, str]
    inputs: dict[str, str]
    names: Names
    files: dict[str, str] = {}


class Stored(NamedTuple):
    """What a folder of results holds."""

    manifest: Manifest
    summary: dict[str, Any]
    recorder: Recorder


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
        with _problems_of(folder / name, "cannot be read", "keep it until the run is saved"):
            result[name] = sha256(folder / name)
    return result


def refused(path: Path, message: str, remedy: str) -> InputError:
    """The error about a folder of results, or about a file."""
    return InputError([Problem(message, file=str(path), remedy=remedy)])


# ---------------------------------------------------------------------- writing


def check_target(folder: str | os.PathLike[str]) -> Path:
    """The folder, if results can be written to it; to be asked before a long run.

    Raises:
        InputError: it holds something else than an earlier run, or it cannot be made.
    """
    target = Path(folder)
    remedy = "choose another folder"
    with _problems_of(target, "cannot be written"):
        if target.is_dir():
            others = sorted(one.name for one in target.iterdir() if one.name not in FILES)
            if others:
                message = f"holds something else than an earlier run: {', '.join(others[:3])}"
                raise refused(target, message, remedy)
            if any(target.iterdir()):
                _manifest_data(target)
        elif target.exists():
            raise refused(target, "is a file", remedy)
        nearest = next(one for one in target.absolute().parents if one.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise refused(target, f"cannot be made in {nearest}", remedy)
    return target


def write(
    folder: str | os.PathLike[str],
    manifest: Manifest,
    summary: Mapping[str, Any],
    tables: Mapping[str, Records],
) -> None:
    """Write results to a folder, in place of an earlier run's.

    Args:
        folder: made if it does not exist, with its parents.
        manifest: what they were made from; ``files`` is filled in.
        summary: the summary.
        tables: all records.

    Raises:
        InputError: the folder cannot be written, or holds something else.
    """
    target = check_target(folder).resolve()
    with _problems_of(target, "cannot be written"), _beside(target) as (new, old):
        for name, records in tables.items():
            _write_parquet(records, new / PARQUET[name])
        _write_json(new / SUMMARY, summary)
        files = {name: sha256(new / name) for name in FILES if name != MANIFEST}
        full = manifest.model_copy(update={"files": files})
        _write_json(new / MANIFEST, full.model_dump(mode="json", by_alias=True))
        if target.exists():
            target.rename(old)
        new.rename(target)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[tuple[Path, Path]]:
    """Two places beside the target, for the new folder and the old one; gone afterwards."""
    new, old = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("new", "old"))
    try:
        new.mkdir(parents=True)
        yield new, old
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        for one in (new, old):
            shutil.rmtree(one, ignore_errors=True)


@contextlib.contextmanager
def _problems_of(path: Path, what: str, remedy: str = "choose another folder") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise refused(path, f"{what}: {error.strerror or error}", remedy) from error


def _write_json(path: Path, data: Any) -> None:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_parquet(records: Records, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(records.to_arrow(), path, compression="zstd")


# ---------------------------------------------------------------------- reading


def read(folder: str | os.PathLike[str]) -> Stored:
    """Everything in a folder of results.

    Raises:
        InputError: there is no such folder, it holds something else, another version wrote it, or
            a file is missing or differs from what was written.
    """
    source = Path(folder)
    if not source.is_dir():
        raise refused(source, "there is no such folder", "give one that a run was saved to")
    with _problems_of(source, "cannot be read"):
        manifest = _read_manifest(source)
        _check_files(source, manifest.files)
        summary = json.loads((source / SUMMARY).read_text(encoding="utf-8"))
        recorder = Recorder()
        recorder.names = manifest.names
        for name, table in recorder.tables().items():
            matrix = _read_parquet(source / PARQUET[name], table.columns, recorder.names)
            table.values.frombytes(matrix.tobytes())
    return Stored(manifest, summary, recorder)


def _manifest_data(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that an ipamd-sim wrote, whatever its version."""
    remedy = "give a folder that ipamd-sim run --out wrote"
    if not (folder / MANIFEST).is_file():
        raise refused(folder, f"holds no results: there is no {MANIFEST}", remedy)
    try:
        data = json.loads((folder / MANIFEST).read_bytes())
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise refused(folder, f"{MANIFEST} is not one of ipamd-sim", remedy)
    return data


def _read_manifest(folder: Path) -> Manifest:
    data = _manifest_data(folder)
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        message = f"has schema_version {version}, this ipamd-sim reads {SCHEMA_VERSION}"
        raise refused(folder, message, "run the scenario again")
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        places = dict.fromkeys(".".join(map(str, one["loc"])) for one in error.errors())
        message = f"{MANIFEST} is damaged: {', '.join(places)}"
        raise refused(folder, message, "run the scenario again") from None


def _check_files(folder: Path, digests: Mapping[str, str]) -> None:
    problems = []
    for name in FILES[1:]:
        path = folder / name
        if not path.is_file():
            problems.append(Problem("is missing", str(path), remedy="run the scenario again"))
        elif sha256(path) != digests.get(name):
            message = f"differs from what was written (its SHA-256 is not that in {MANIFEST})"
            problems.append(Problem(message, str(path), remedy="run the scenario again"))
    if problems:
        raise InputError(problems)


def _read_parquet(path: Path, columns: tuple[str, ...], names: Names) -> Ints:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return np.column_stack([_numbers(table[column], texts_of(column, names)) for column in columns])


def _numbers(column: Any, texts: Sequence[str] | None) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts is not None:
        column = pc.index_in(column.cast(pa.string()), pa.array(texts, pa.string()))
    return column.cast(pa.int64()).fill_null(NEVER).to_numpy()
