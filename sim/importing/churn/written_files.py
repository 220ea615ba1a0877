"""Writes a trace, and a scenario with it: all files or none, and no file over another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from sim.files import write_whole
from sim.scenario.checks import leads_out
from sim.scenario.errors import InputError, Problem
from sim.scenario.load import Scenario
from sim.scenario.reader import read

from .read import Churn
from .replaced import Groups, Replaced, new_scenario, replaced, trace_paths
from .trace_file import trace_lines


def write_files(
    churn: Churn, trace: Path, loaded: Scenario | None, new: Path | None, *, force: bool
) -> list[Path]:
    """Writes the trace, and the new scenario if one is wanted.

    Args:
        churn: the pods.
        trace: the file of the trace; pods that may go to some node groups only get files beside it.
        loaded: the scenario, from a file, whose workloads they replace; None: only a trace.
        new: the file of the new scenario.
        force: whether files that are there are replaced.

    Returns:
        The files.

    Raises:
        InputError: a file is there already or cannot be written, or the new scenario would be
            refused.
    """
    if loaded is None or loaded.path is None or new is None:
        _check([trace], [], force=force)
        write_whole(trace, trace_lines(churn.lives, churn.begin_ms, lambda _life: None))
        return [trace]
    made = replaced(loaded, churn)
    paths = trace_paths(trace, made.parts)
    _check([*paths.values(), new], [loaded.path], force=force)
    text = loaded.path.read_text(encoding="utf-8")
    folder = new.parent
    written = new_scenario(
        loaded,
        text,
        made,
        churn,
        lambda groups: _from(folder, paths[groups]),
        lambda file: _from(folder, loaded.folder / file),
    )
    _try(loaded, text, made, churn)
    _write_traces(paths, made, churn)
    write_whole(new, [written])
    return [*paths.values(), new]


def _from(folder: Path, path: Path) -> str:
    """A trace's name in a scenario of this folder.

    Raises:
        InputError: it lies elsewhere.
    """
    name = Path(os.path.relpath(path, folder)).as_posix()
    if leads_out(name):
        message = f"the new scenario, in {folder.absolute()}, cannot name it: it lies elsewhere"
        remedy = "give -o and --scenario-out files of one folder, that of other traces included"
        raise InputError([Problem(message, str(path), remedy=remedy)])
    return name


def _try(loaded: Scenario, text: str, made: Replaced, churn: Churn) -> None:
    """Reads the new scenario from a folder that goes away again, to see whether it is accepted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = trace_paths(folder / "trace.csv", made.parts)
        _write_traces(paths, made, churn)
        there = str(loaded.folder.absolute())
        new = new_scenario(
            loaded,
            text,
            made,
            churn,
            lambda groups: str(paths[groups]),
            lambda file: os.path.join(there, file),
        )
        write_whole(folder / "scenario.yaml", [new])
        try:
            Scenario.from_dict(read(folder / "scenario.yaml").data, folder)
        except InputError as error:
            first = error.problems[0]
            message = f"with the history it would be refused: {first.path}: {first.message}"
            problem = Problem(message, str(loaded.path or ""), remedy=first.remedy)
            raise InputError([problem]) from None


def _write_traces(paths: Mapping[Groups, Path], made: Replaced, churn: Churn) -> None:
    for groups, path in paths.items():
        write_whole(path, trace_lines(made.parts[groups], churn.begin_ms, made.requests_of))


def _check(files: Iterable[Path], sources: Iterable[Path], *, force: bool) -> None:
    """Refuses to write over a file.

    Raises:
        InputError: one is there, and nobody asked to replace it; or it is what is read.
    """
    read = {os.path.realpath(one) for one in sources}
    for path in files:
        if os.path.realpath(path) in read:
            message, remedy = "is the scenario that is read", "choose another file"
            raise InputError([Problem(message, str(path), remedy=remedy)])
        if path.exists() and not force:
            remedy = "choose another file, or give --force"
            raise InputError([Problem("is there already", str(path), remedy=remedy)])
