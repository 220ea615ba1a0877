"""Writes a page of whatever can be shown as one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.files import problems_of, target_of, write_whole
from sim.scenario.errors import InputError, Problem

from . import embed
from .page import Page

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.scenario.load import Scenario
    from sim.study.comparison import Comparison
    from sim.study.recommendation import Recommendation
    from sim.study.sweep import SweepResult

    Shown = Result | Comparison | SweepResult | Recommendation

MOST_FIRST_RUNS = 8
"""As many lines as can be told apart."""


def page_of(
    what: Shown, records: str | None = None, first_runs: Iterable[tuple[str, Result]] = ()
) -> Page:
    """The page of a result, a comparison, a sweep or a recommendation.

    Args:
        what: what is shown.
        records: the folder that its records or runs were kept in; None if they were not.
        first_runs: for a comparison, see `first_runs`.
    """
    from sim.results.result import Result
    from sim.study.comparison import Comparison
    from sim.study.recommendation import Recommendation

    from .comparison import comparison_page
    from .recommendation import recommendation_page
    from .run import run_page
    from .sweep import sweep_page

    if isinstance(what, Result):
        return run_page(what, records)
    if isinstance(what, Comparison):
        return comparison_page(what, records, first_runs)
    if isinstance(what, Recommendation):
        return recommendation_page(what, records)
    return sweep_page(what)


def check_html(file: str | os.PathLike[str]) -> None:
    """Refuses what cannot be written; to be asked before a long run.

    Raises:
        InputError: Bokeh is not installed, or the file cannot be written.
    """
    embed.check()
    path = Path(file)
    folder = path.absolute().parent
    if path.is_dir() or path.is_socket():
        raise _refused(path, "is a folder" if path.is_dir() else "is a socket")
    with problems_of(path, "cannot be written", "choose another file"):
        target_of(path)
    if not folder.is_dir():
        raise _refused(path, f"cannot be written: there is no folder {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise _refused(path, "cannot be written: permission denied")


def _refused(path: Path, message: str) -> InputError:
    return InputError([Problem(message, file=str(path), remedy="choose another file")])


def write_html(
    what: Shown,
    file: str | os.PathLike[str],
    records: str | None = None,
    first_runs: Iterable[tuple[str, Result]] = (),
) -> None:
    """Write the page to a file, whole or not at all.

    Args:
        what: see `page_of`.
        file: an earlier one is replaced.
        records: see `page_of`.
        first_runs: see `page_of`.

    Raises:
        InputError: Bokeh is not installed, or the file cannot be written.
    """
    check_html(file)
    text = page_of(what, records, first_runs).html()
    write_whole(Path(file), [text])


def first_runs(scenarios: Mapping[str, Scenario], seed: int) -> Iterator[tuple[str, Result]]:
    """The run of each setting of a comparison on its first replication, with all its records.

    A comparison keeps figures only, so that they run again here, one after the other. Their records
    go to a folder that is gone when the next is asked for: they need no more memory than the
    comparison did.

    Args:
        scenarios: by the names of the settings, the current one first.
        seed: of the first replication.
    """
    from sim.engine.run import run

    for name, scenario in list(scenarios.items())[:MOST_FIRST_RUNS]:
        with tempfile.TemporaryDirectory() as folder:
            yield name, run(scenario, seed=seed, out=Path(folder) / "run")
