"""A study that was read: its scenario, and the scenario at each of its points."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.errors import InputError, Path, Problem, did_you_mean, dotted, shown
from sim.scenario.factors import FACTORS, with_factors
from sim.scenario.findings import Findings
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel
from sim.scenario.reader import MAX_PROBLEMS, read
from sim.scenario.source import Source
from sim.scenario.variants import SETTINGS, path_of, with_value

from .designs import NAME, Point, keys_of, points_of, size_of
from .study_file import MOST_POINTS, NEEDS, StudyModel, Vary

MOST_RUNS = 100_000

SUFFIXES = (".yaml", ".yml", ".json")
"""Of a study's scenario, which may lie in another folder: what is none is not even opened."""

UNVARIED = {
    "seed": "replications have seeds of their own",
    **dict.fromkeys(("schema_version", "name", "description"), "it changes nothing in a run"),
    **dict.fromkeys(("expect", "variants", "prices"), "it changes nothing in a run"),
}
"""Keys of a scenario that a study does not vary, and why."""


@dataclass(frozen=True, eq=False)
class Study:
    """A valid study.

    Attributes:
        name: its name, or that of its file.
        model: what it says.
        scenario: what it varies.
        keys: the keys that vary, in order.
        points: its points, in order.
        scenarios: the scenario at each of them.
    """

    name: str
    model: StudyModel
    scenario: Scenario
    keys: tuple[str, ...]
    points: tuple[Point, ...]
    scenarios: tuple[Scenario, ...]

    @classmethod
    def load(cls, path: str | pathlib.Path, replications: int | None = None) -> Study:
        """Reads a study file and its scenario, and makes the scenario of every point.

        Args:
            path: a YAML file.
            replications: takes the place of the study's.

        Raises:
            InputError: with all that is wrong with the study, or else with its scenario, or else
                with the points.
        """
        path = pathlib.Path(path)
        document = read(path, NEEDS)
        source = Source(document.data, str(path), document.places)
        if replications is not None and isinstance(source.data, dict):
            said = f"--replications {replications}"
            source = source.with_value("replications", replications, said)
        model = _model(source, path.parent, list(document.problems))
        scenario = _without_answers(Scenario.load(path.parent / model.scenario))
        points = tuple(points_of(model.vary, model.seed))
        scenarios = _scenarios(scenario, points, source)
        name = model.name or path.stem
        return cls(name, model, scenario, tuple(keys_of(model.vary)), points, scenarios)


def _without_answers(scenario: Scenario) -> Scenario:
    """The scenario without its variants, which would be checked at every point."""
    data = {key: one for key, one in scenario.source.data.items() if key != "variants"}
    return replace(scenario, source=replace(scenario.source, data=data))


def _model(source: Source, folder: pathlib.Path, problems: list[Problem]) -> StudyModel:
    findings = Findings(source, problems)
    model = findings.model_of(StudyModel)
    if model is not None:
        found = [*_about_scenario(model, folder), *_about_points(model)]
        found += _about_keys(keys_of(model.vary))
        findings.problems += [source.problem(*one) for one in found]
    if findings.problems or model is None:
        raise InputError(_in_order(findings.problems))
    return model


_Found = tuple[Path, str, str]
"""Where something is wrong, what, and a remedy."""


def _about_scenario(model: StudyModel, folder: pathlib.Path) -> Iterator[_Found]:
    if pathlib.Path(model.scenario).suffix not in SUFFIXES:
        yield ("scenario",), f"{model.scenario} is no scenario", f"it ends with {SUFFIXES[0]}"
    elif not (folder / model.scenario).is_file():
        remedy = f"scenarios are looked for relative to {folder.resolve()}"
        yield ("scenario",), f"there is no file {model.scenario}", remedy


def _about_keys(keys: dict[str, Path]) -> Iterator[_Found]:
    known = [*FACTORS, *(key for key in ScenarioModel.model_fields if key not in UNVARIED)]
    first: dict[str, str] = {}
    for key, place in keys.items():
        path = path_of(key)
        root = path.replace("[", ".").partition(".")[0]
        if why := UNVARIED.get(root):
            yield place, "cannot be varied", why
        elif root not in known:
            yield place, "unknown key", did_you_mean(root, known)
        elif path in first:
            yield place, f"means the same as {first[path]}", "leave one out"
        first.setdefault(path, key)


def _about_points(model: StudyModel) -> Iterator[_Found]:
    size = size_of(model.vary)
    if size > MOST_POINTS:
        yield ("vary",), f"has {size:,} points, over {MOST_POINTS:,}", "take fewer values"
    elif size * model.replications > MOST_RUNS:
        message = f"{size:,} points run {model.replications:,} times are over {MOST_RUNS:,} runs"
        yield ("replications",), message, "take fewer"
    yield from _repeated(model.vary)
    yield from _about_names(model.vary)


def _repeated(vary: Vary) -> Iterator[_Found]:
    for key, values in (vary.grid or {}).items():
        for index, value in enumerate(values):
            if any(_is_same(value, other) for other in values[:index]):
                place = ("vary", "grid", key, index)
                yield place, f"{shown(value)} is given twice", "leave one out"


def _is_same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _about_names(vary: Vary) -> Iterator[_Found]:
    first: dict[str, int] = {}
    for index, point in enumerate(vary.list_ or []):
        name = point.get(NAME, "")
        place: Path = ("vary", "list", index, NAME)
        if not isinstance(name, str):
            yield place, f"{shown(name)} is no text", "put it in quotes"
        elif name in first:
            message = f"{dotted(('vary', 'list', first[name]))} has the name {name} already"
            yield place, message, "give each its own name"
        elif name:
            first[name] = index


# ---------------------------------------------------------------------- points


def _scenarios(base: Scenario, points: tuple[Point, ...], source: Source) -> tuple[Scenario, ...]:
    """The scenario at each point; of what is wrong at a place the first point that shows it."""
    scenarios, problems = [], []
    told: set[tuple[str, int | None, int | None]] = set()
    for point in points:
        try:
            scenarios.append(scenario_at(base, point))
        except InputError as error:
            new = [_told(one, point, source) for one in error.problems]
            problems += [one for one in new if (one.file, one.line, one.column) not in told]
            told.update((one.file, one.line, one.column) for one in new)
    if problems:
        raise InputError(_in_order(problems))
    return tuple(scenarios)


def scenario_at(base: Scenario, point: Point) -> Scenario:
    """The scenario with a point's values, and then with its factors.

    Raises:
        InputError: with all that is wrong; the problems of a value name its place in the study.
    """
    marks = {key: dotted(place) for key, place in point.places.items()}
    factors = {key: value for key, value in point.values.items() if key in FACTORS}
    source, problems = base.source, []
    settings = [key for key in point.values if key not in factors]
    for key in sorted(settings, key=lambda one: not path_of(one).startswith(SETTINGS)):
        try:  # those of one group after those of all
            source = with_value(source, path_of(key), point.values[key], marks[key])
        except InputError as error:
            problems += error.problems
    scenario = base
    try:
        scenario = base.with_source(source, problems)
    except InputError as error:
        problems = error.problems
    try:
        scenario = with_factors(scenario, factors, marks)
    except InputError as error:
        problems = [*problems, *error.problems]
    if problems:
        raise InputError(problems)
    return scenario


def _told(problem: Problem, point: Point, source: Source) -> Problem:
    """A point's problem, said of the value in the study, or of the scenario with the point."""
    for key, place in point.places.items():
        if problem.file == dotted(place):
            inner = problem.path and problem.path != path_of(key)
            message = f"{problem.path}: {problem.message}" if inner else problem.message
            return source.problem(place, message, problem.remedy)
    values = ", ".join(f"{key} {_short(value)}" for key, value in point.values.items())
    return replace(problem, message=f"with {values}: {problem.message}")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """The first problems, from the top of their file to its end."""
    ordered = sorted(
        dict.fromkeys(problems), key=lambda one: (one.file, one.line or 0, one.column or 0)
    )
    more = len(ordered) - MAX_PROBLEMS
    rest = [Problem(f"and {more:,} more problems", ordered[0].file)] if more > 0 else []
    return ordered[:MAX_PROBLEMS] + rest
