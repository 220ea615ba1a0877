"""All that is wrong with a scenario at once, and the model if nothing is.

Pydantic looks at a whole only when its parts are right, and the checks need a whole model. So what
is wrong is written down, taken out or replaced by a stand-in, and the rest is looked at again;
nothing is said about a stand-in.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from .errors import Path, Problem
from .messages import Complaint, at, complaint
from .models import ScenarioModel
from .source import Source

_STAND_INS: dict[str, Any] = {
    "arrivals_per_minute": 1,
    "at": "0s",
    "cidr": "240.0.0.0/28",
    "file": "unnamed",
    "instance_type": "m5.large",
    "ipv4_per_eni": 2,
    "kind": "job",
    "lifetime": "1s",
    "max_enis": 1,
    "mean": "1s",
    "memory": "1Gi",
    "name": "unnamed",
    "nodes": 1,
    "p50": "1s",
    "p99": "36500d",
    "replicas": 1,
    "schedule": "@hourly",
    "to": "36500d",
    "values": ["1s"],
    "vcpus": 1,
}
"""What a missing key is taken to be while the rest is looked at."""


Model = TypeVar("Model", bound=BaseModel)


class Findings:
    """What is wrong, with nothing said that only follows from something said before."""

    def __init__(self, source: Source, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        self._source = source
        self._said: set[Path] = set()
        self._above: set[Path] = set()  # and what misspelt keys were meant to be

    def add(self, complaints: Iterable[Complaint]) -> list[Complaint]:
        """Adds what does not follow from what was said before, and returns it."""
        new = [
            one for one in complaints if not (self._follows(one.path) or one.given in self._said)
        ]
        self.problems += [self._source.problem(c.path, c.message, c.remedy) for c in new]
        for one in new:
            self._mark(one.path)
            if one.meant:
                self._above.add((*one.path[:-1], one.meant))
        return new

    def _mark(self, path: Path) -> None:
        self._said.add(path)
        self._above.update(path[:length] for length in range(len(path)))

    def _follows(self, path: Path) -> bool:
        starts = (path[:length] for length in range(len(path) + 1))
        return path in self._above or any(start in self._said for start in starts)

    def model(self) -> ScenarioModel | None:
        """The scenario, with stand-ins for what is wrong; None if too much is."""
        return self.model_of(ScenarioModel)

    def model_of(self, root: type[Model]) -> Model | None:
        """The same for a file of another kind."""
        data = copy.deepcopy(self._source.data)
        while True:
            try:
                return root.model_validate(data)
            except ValidationError as error:
                found = _without_misspelt([complaint(one, data, root) for one in error.errors()])
            changed = [_take_out(data, one) for one in self.add(found)]
            changed += [_take_out(data, one) for one in found if self._is_spoilt(one.path)]
            changed += [self._fill_in(data, one) for one in found if one.error == "missing"]
            if not any(changed):
                return None

    def _is_spoilt(self, path: Path) -> bool:
        """Whether this is wrong for the first time, and only since a part of it was taken out."""
        if path in self._said or path not in self._above:
            return False
        self._said.add(path)
        return True

    def _fill_in(self, data: Any, missing: Complaint) -> bool:
        *way, key = missing.path
        here = at(data, way)
        if not isinstance(here, dict) or key in here or key not in _STAND_INS:
            return False
        if key == "kind":  # its other keys, and whether a duration is needed, depend on it
            self._mark(tuple(way))
            self._mark(("duration",))
        here[key] = copy.deepcopy(_STAND_INS[str(key)])
        return True


def _without_misspelt(found: list[Complaint]) -> list[Complaint]:
    """What was found, but no key called missing that an unknown one was meant to be."""
    meant = {(*one.path[:-1], one.meant) for one in found if one.error == "extra_forbidden"}
    return [one for one in found if one.error != "missing" or one.path not in meant]


def _take_out(data: Any, wrong: Complaint) -> bool:
    """Takes a wrong value out, or goes on with what was meant; whether anything changed."""
    if not wrong.path:
        return False
    *way, key = wrong.path
    here = at(data, way)
    if isinstance(here, list) and isinstance(key, int):
        if wrong.error in ("model_type", "model_attributes_type"):
            here[key] = {}
            return True
        return _take_out(data, Complaint(tuple(way), ""))
    if not isinstance(here, dict) or key not in here:
        return False
    value = here.pop(key)
    if wrong.meant:
        is_key = wrong.error == "extra_forbidden"
        here.setdefault(wrong.meant if is_key else key, value if is_key else wrong.meant)
    return True
