"""``run --profile``: where the time of a run went, in a file that can be given away."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pstats

MOST_FUNCTIONS = 10

Function = tuple[str, int, str]
"""File, line and name, as `pstats` has them."""


@contextmanager
def profiled(file: str | None) -> Iterator[None]:
    """Write a profile of what is done within, also if it is interrupted; nothing without a file.

    Raises:
        InputError: the file cannot be written.
    """
    if file is None:
        yield
        return
    import cProfile

    _check(Path(file))
    profile = cProfile.Profile()
    try:
        with profile:
            yield
    except KeyboardInterrupt:
        _write(profile, Path(file))
        raise
    _write(profile, Path(file))


def _check(file: Path) -> None:
    """Before a long run: whether there is a folder to write to, and no folder in its place."""
    if file.is_dir():
        raise _refused(file, "is a folder")
    if not file.absolute().parent.is_dir():
        raise _refused(file, "its folder does not exist")


def _refused(file: Path, message: str) -> Exception:
    from sim.scenario.errors import InputError, Problem

    return InputError([Problem(message, str(file), remedy="choose another file")])


def _write(profile: Any, file: Path) -> None:
    import marshal
    import pstats

    from sim.files import write_whole

    stats = pstats.Stats(profile)
    _shorten(stats)
    write_whole(file, marshal.dumps(vars(stats)["stats"]))  # as its dump_stats does
    click.echo(_report(stats, file), err=True)


def _shorten(stats: pstats.Stats) -> None:
    """Leaves no folder of this machine in it: files are named as they are imported."""
    roots = {*sys.path, *sysconfig.get_paths().values()}
    folders = sorted((f"{Path(root).resolve()}/" for root in roots), key=len, reverse=True)

    def short(function: Function) -> Function:
        file, line, name = function
        inside = (file.removeprefix(root) for root in folders if file.startswith(root))
        return next(inside, Path(file).name), line, name

    data: dict[Function, tuple[Any, ...]] = vars(stats)["stats"]
    vars(stats)["stats"] = {
        short(function): (*numbers, {short(one): cost for one, cost in callers.items()})
        for function, (*numbers, callers) in data.items()
    }


def _report(stats: pstats.Stats, file: Path) -> str:
    """Where it is, what reads it, and the functions with the most time of their own."""
    from sim.results.versions import all_versions

    data: dict[Function, tuple[Any, ...]] = vars(stats)["stats"]
    total = sum(own for _, _, own, *_ in data.values()) or 1.0
    ranked = sorted(data.items(), key=lambda item: -item[1][2])[:MOST_FUNCTIONS]
    versions = ", ".join(f"{name} {version}" for name, version in all_versions().items())
    return "\n".join(
        [
            f"profile: {file}, {total:.1f} s; read it with: python -m pstats {file}",
            f"  {versions}",
            "  own time   share       calls  function",
            *(_line(function, numbers, total) for function, numbers in ranked),
        ]
    )


def _line(function: Function, numbers: tuple[Any, ...], total: float) -> str:
    (file, line, name), (_, calls, own, *_) = function, numbers
    place = name if file == "~" else f"{file}:{line} {name}"
    return f"  {own:6.2f} s  {own / total:6.1%}  {calls:10,}  {place}"
