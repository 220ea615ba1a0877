"""The folder of a sweep: whose it is, its runs, and its tables.

``study.json`` says what study the folder belongs to, and what it was when it was swept last. A
study is the same as long as its name and the name of its scenario's file are: values, keys and
replications may be added, and the scenario may change, since every run is known by a key made of
all that its outcome depends on. So nothing that ran under other inputs is ever taken up.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files import WRITING, clean_up, problems_of, write_whole
from sim.results.store import refused
from sim.results.versions import modelled_versions

from .store import RUNS

if TYPE_CHECKING:
    from .study import Study

KIND = "ipamd-sim sweep"
SCHEMA_VERSION = 1
STUDY, ALL_RUNS, SUMMARY = "study.json", "runs.parquet", "summary.parquet"
FILES = (STUDY, ALL_RUNS, SUMMARY, RUNS)
ELSEWHERE = "choose another folder with --out"
MAKE_ROOM = "make room or choose another folder"


def check_folder(folder: Path, study: Study) -> None:
    """Makes sure that a study may be swept into this folder, and changes nothing.

    Raises:
        InputError: it holds another study, or something else, or cannot be read or made.
    """
    with problems_of(folder, "cannot be read"):
        if folder.exists() and not folder.is_dir():
            raise refused(folder, "is a file", ELSEWHERE)
        found = _names(folder)
    if STUDY in found:
        _check_identity(folder, study)
    elif found:
        message = f"holds something else than a sweep: {', '.join(found[:3])}"
        raise refused(folder, message, ELSEWHERE)
    nearest = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise refused(folder, f"cannot be written in {nearest}", ELSEWHERE)


def _names(folder: Path) -> list[str]:
    """What is in the folder, without what a killed sweep left."""
    if not folder.is_dir():
        return []
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith(WRITING))


def _check_identity(folder: Path, study: Study) -> None:
    with problems_of(folder / STUDY, "cannot be read"):
        written = (folder / STUDY).read_bytes()
    try:
        data = json.loads(written)
        theirs = {key: data["study"][key] for key in ("name", "scenario")}
        is_sweep = data["kind"] == KIND
    except (ValueError, KeyError, TypeError):
        is_sweep = False
    if not is_sweep:
        raise refused(folder, f"{STUDY} is not one of ipamd-sim", ELSEWHERE)
    if theirs != _identity(study):
        ours = _identity(study)
        message = (
            f"holds the sweep of another study: {theirs['name']} of {theirs['scenario']}, "
            f"not {ours['name']} of {ours['scenario']}"
        )
        raise refused(folder, message, ELSEWHERE)


def _identity(study: Study) -> dict[str, str]:
    return {"name": study.name, "scenario": Path(study.model.scenario).name}


def write_study(folder: Path, study: Study) -> None:
    """Marks the folder as that of the study.

    Raises:
        InputError: it cannot be written.
    """
    data: dict[str, Any] = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "study": study.model.model_dump(mode="json", by_alias=True) | _identity(study),
        "scenario": study.scenario.resolved(),
        "versions": modelled_versions(),
    }
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_in(folder, STUDY, text.encode())


def write_in(folder: Path, name: str, content: bytes) -> None:
    """Writes a file of the folder, which is made if it is not there.

    Raises:
        InputError: it cannot be written.
    """
    with problems_of(folder, "cannot be written", MAKE_ROOM):
        folder.mkdir(parents=True, exist_ok=True)
        clean_up(folder)
    write_whole(folder / name, content, MAKE_ROOM)
