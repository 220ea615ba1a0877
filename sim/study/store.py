"""Outcomes on disk: one small file a run, written whole or not at all.

The file of a run is named by its key, so that what is there is taken up whoever asks for it, and
several may write to one folder at the same time: equal keys have equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sim.files import clean_up, problems_of, write_whole
from sim.scenario.headlines import HEADLINES

from .jobs import Figures, Needed, Outcome, canonical

RUNS = "runs"
_REMEDY = "make room or choose another folder; what is there already is taken up again"


class Store:
    """The outcomes of runs in a folder, which is made when the first is put there.

    Args:
        folder: the study's folder; the outcomes are in ``runs`` in it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._runs = Path(folder) / RUNS

    def get(self, key: str) -> Outcome | None:
        """The outcome of a job; None if it is not there or its file is damaged.

        Raises:
            InputError: the file is there but cannot be read.
        """
        path = self._path(key)
        with problems_of(path, "cannot be read"):
            try:
                written = path.read_bytes()
            except FileNotFoundError:
                return None
        return _outcome(written, key)

    def put(self, outcome: Outcome) -> None:
        """Keeps an outcome; failed ones are not kept, so that they run again.

        Raises:
            InputError: the folder cannot be written.
        """
        if outcome.figures is None:
            return
        with problems_of(self._runs, "cannot be written", _REMEDY):
            self._runs.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(outcome.key), [_text(outcome)], _REMEDY)

    def prepare(self) -> None:
        """Makes sure that outcomes can be put here, and removes what killed processes left.

        Raises:
            InputError: the folder cannot be written.
        """
        with problems_of(self._runs, "cannot be written", _REMEDY):
            self._runs.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._runs):
                pass
            clean_up(self._runs)

    def _path(self, key: str) -> Path:
        return self._runs / f"{key}.json"


def finished(folder: str | os.PathLike[str]) -> int:
    """How many runs' outcomes are kept in a study's folder; 0 if it is none."""
    try:
        return sum(one.suffix == ".json" for one in (Path(folder) / RUNS).iterdir())
    except OSError:
        return 0


def _text(outcome: Outcome) -> str:
    return _signed(canonical(_data(outcome)))


def _signed(data: str) -> str:
    """The text of a file: canonical data with its digest."""
    return f'{{"sha256":"{_sha256(data)}","outcome":{data}}}\n'


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _data(outcome: Outcome) -> dict[str, Any]:
    assert outcome.figures is not None
    assert outcome.needed is not None
    figures, needed = outcome.figures._asdict(), outcome.needed._asdict()
    return {"key": outcome.key, "figures": figures, "needed": needed}


def _outcome(written: bytes, key: str) -> Outcome | None:
    """What was written, if it is whole and for this key."""
    try:
        data = json.loads(written)
        outcome = data["outcome"]
        if outcome["key"] != key or written != _signed(canonical(outcome)).encode():
            return None
        values, at_least = outcome["figures"]["values"], outcome["figures"]["at_least"]
        needed = Needed(**outcome["needed"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if set(values) != set(HEADLINES):  # of a version that had others
        return None
    in_order = {name: values[name] for name in HEADLINES}
    return Outcome(key, Figures(in_order, tuple(at_least)), needed)
