"""Writes results to a folder, at once or while a run goes on.

The folder appears whole or not at all: it is written under a hidden name beside its place, and
then renamed.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sim.files import problems_of
from sim.scenario.load import Scenario

from .blocks import Block
from .records import TABLES, Names
from .steps import Window
from .store import (
    FILES,
    MANIFEST,
    PARQUET,
    SUMMARY,
    Manifest,
    StoredTables,
    check_target,
    sha256,
)
from .summary import Tally, summarise
from .tables import FLAGS, Records

if TYPE_CHECKING:
    from .result import Result

LEFT_BEHIND_S = 86_400.0
GROUP_ROWS = 1 << 13
"""Rows of a Parquet row group: enough for compression, and all that is kept in memory."""


class TableFile:
    """One table's Parquet file, written row group by row group.

    Texts that occur in a row group are its dictionary, so new names may come at any time.
    """

    def __init__(self, path: Path, table: str, names: Names) -> None:
        self._path, self._table, self._names = path, table, names
        self._waiting = [np.empty((0, len(TABLES[table])), np.int64)]

    @cached_property
    def _file(self) -> Any:
        import pyarrow.parquet as pq

        from .arrow import schema_of

        first_time = next(name for name in TABLES[self._table] if name.endswith("_ms"))
        rising = [name for name in TABLES[self._table] if name.endswith("_ms") or name == "pod"]
        return pq.ParquetWriter(
            self._path,
            schema_of(self._table),
            compression="zstd",
            use_dictionary=[n for n in TABLES[self._table] if n not in (*rising, *FLAGS)],
            column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
            write_statistics=[first_time],
        )

    def append(self, records: Records) -> None:
        """Takes some rows."""
        self._waiting.append(records.matrix)
        if sum(map(len, self._waiting)) >= GROUP_ROWS:
            rows = np.concatenate(self._waiting)
            whole = len(rows) // GROUP_ROWS * GROUP_ROWS
            for begin in range(0, whole, GROUP_ROWS):
                self._write(rows[begin : begin + GROUP_ROWS])
            self._waiting = [rows[whole:].copy()]

    def _write(self, rows: Any) -> None:
        self._file.write_table(Records(self._table, rows, self._names).to_arrow())

    def close(self) -> None:
        """Writes what is left."""
        rows = np.concatenate(self._waiting)
        if len(rows):
            self._write(rows)
        self._file.close()

    def abandon(self) -> None:
        """Closes the file, whatever becomes of it."""
        with contextlib.suppress(OSError):
            self._file.close()


class _Folder:
    """A folder of results in the making.

    ``new`` is where it is until it takes the place of ``target``.
    """

    def __init__(self, target: Path) -> None:
        self.target = target.resolve()
        self.new = target.with_name(f".{target.name}.{uuid.uuid4().hex}.new")
        with self.problems():
            _clean_up(target)
            self.new.mkdir(parents=True)

    def problems(self) -> contextlib.AbstractContextManager[None]:
        """Within it the system's errors are the folder's."""
        return problems_of(self.target, "cannot be written")

    def complete(self, manifest: Manifest, summary: Mapping[str, Any]) -> Manifest:
        """Adds summary and manifest; the manifest with the digests of all files."""
        _write_json(self.new / SUMMARY, summary)
        files = {name: sha256(self.new / name) for name in FILES if name != MANIFEST}
        full = manifest.model_copy(update={"files": files}).signed()
        _write_json(self.new / MANIFEST, full.model_dump(mode="json", by_alias=True))
        return full

    def put(self, target: Path) -> None:
        """Takes the place of an earlier run."""
        old = self.new.with_suffix(".old")
        try:
            if target.exists():
                target.rename(old)
            self.new.rename(target)
        except BaseException:
            if old.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def remove(self) -> None:
        """Leaves nothing of it, unless it was put in its place."""
        shutil.rmtree(self.new, ignore_errors=True)


def _clean_up(target: Path) -> None:
    """Removes what runs to this folder left that were killed: nobody has written to it for long."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        with contextlib.suppress(OSError):  # another cleans up as well
            last = max(one.stat().st_mtime for one in (left, *left.iterdir()))
            if time.time() - last > LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)


def _write_json(path: Path, data: Any) -> None:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write(
    folder: str | os.PathLike[str],
    manifest: Manifest,
    summary: Mapping[str, Any],
    tables: Mapping[str, Records],
) -> None:
    """Writes results to a folder, in place of an earlier run's.

    Args:
        folder: made if it does not exist, with its parents.
        manifest: what they were made from; ``files`` is filled in.
        summary: the summary.
        tables: all records; those of another folder are copied as they are.

    Raises:
        InputError: the folder cannot be written, or holds something else.
    """
    place = _Folder(check_target(folder))
    try:
        with place.problems():
            for name in TABLES:
                path = place.new / PARQUET[name]
                if isinstance(tables, StoredTables):
                    shutil.copyfile(tables.checked(path.name), path)
                else:
                    _write_table(tables[name], path)
            place.complete(manifest, summary)
            place.put(place.target)
    finally:
        place.remove()


def _write_table(records: Records, path: Path) -> None:
    file = TableFile(path, records.name, records.names)
    file.append(records)
    file.close()


class RunWriter:
    """Writes a run's blocks to a folder while it runs, and its summary in the end.

    To be used in a ``with`` statement; what is neither finished nor kept as partial at its end is
    removed.

    Args:
        folder: where the result goes, in place of an earlier run's.
        scenario: what is run.
        names: what the numbers in its records stand for; they may grow.
        end_ms: when the run will end.

    Raises:
        InputError: the folder, or the one for a partial run beside it, cannot be written or holds
            something else; or a trace cannot be read.
    """

    def __init__(
        self, folder: str | os.PathLike[str], scenario: Scenario, names: Names, end_ms: int
    ) -> None:
        target = check_target(folder).resolve()
        self._partial = check_target(target.with_name(f"{target.name}.partial"))
        self._scenario, self._names = scenario, names
        self._manifest = Manifest.of(scenario, names, end_ms)  # a trace may change while it runs
        self._tally = Tally(scenario, names, end_ms)
        self._until_ms = 0
        self._nodes = Records("nodes", np.empty((0, len(TABLES["nodes"])), np.int64), names)
        self._place = _Folder(target)
        self._files = {
            name: TableFile(self._place.new / file, name, names) for name, file in PARQUET.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.abandon()
        self._place.remove()

    def write(self, block: Block) -> None:
        """Takes the next block.

        Raises:
            InputError: the disk is full, or refuses for another reason.
        """
        self._until_ms, self._nodes = block.until_ms, block.tables["nodes"]
        self._tally.add(block)
        with self._place.problems():
            for name, records in block.tables.items():
                if name != "nodes":  # they change until the end
                    self._files[name].append(records)

    def finish(self) -> Result:
        """Puts the folder in its place after the last block.

        Returns:
            What is in it; records are read when they are asked for.

        Raises:
            InputError: as `write`.
        """
        from .result import Result

        self._close_tables()
        summary, target = self._tally.summary(), self._place.target
        manifest = self._put(target, self._manifest, summary)
        tables = StoredTables(target, manifest.files, self._names)
        result = Result(self._scenario, tables, self._names, manifest.end_ms)
        result.manifest, result.summary = manifest, summary
        return result

    def partial(self) -> Path:
        """Keeps the blocks so far as a run that ended with the last of them.

        Returns:
            Where it is: beside the folder, with ``.partial`` after its name.

        Raises:
            InputError: as `write`.
        """
        self._close_tables()
        end_ms = max(self._until_ms, 1)
        update = {"end_ms": end_ms, "partial": True}
        self._put(self._partial, self._manifest.model_copy(update=update), self._so_far(end_ms))
        return self._partial

    def _so_far(self, end_ms: int) -> dict[str, Any]:
        """The summary of a run that ended now."""
        warm_up = self._scenario.model.warm_up
        ends = (end_ms, self._manifest.end_ms)
        now, planned = (Window.after(warm_up, end).start for end in ends)
        if now == planned and end_ms == self._until_ms:
            return self._tally.summary()
        files = {file: sha256(self._place.new / file) for file in PARQUET.values()}
        tables = StoredTables(self._place.new, files, self._names)
        return summarise(self._scenario, tables, self._names, end_ms)

    def _close_tables(self) -> None:
        with self._place.problems():
            self._files["nodes"].append(self._nodes)
            for file in self._files.values():
                file.close()

    def _put(self, target: Path, manifest: Manifest, summary: dict[str, Any]) -> Manifest:
        with self._place.problems():
            named = manifest.model_copy(update={"names": self._names})
            full = self._place.complete(named, summary)
            self._place.put(target)
        return full
