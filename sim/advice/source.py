"""Where a change comes from: a scenario, a saved run, a saved recommendation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from sim.scenario.errors import InputError, Problem, did_you_mean, dotted

from .change import Change, after_its_change, change_between, change_from_manifest

if TYPE_CHECKING:
    from sim.scenario.load import Scenario
    from sim.scenario.models import ScenarioModel

RECOMMENDATION = "recommendation.json"
"""The file of a recommendation in the folder of `recommend --out`."""

_MANIFEST = "manifest.json"
_OF_CHANGE = "the settings before its `change:` to those after it"
_OF_CLUSTER = "the cluster's own settings, as they were imported"
_LARGEST = 32 * 2**20


class Saved(NamedTuple):
    """What was read; its change is None if nothing is to be changed."""

    change: Change | None


def change_of_scenario(
    scenario: Scenario, variant: str | None = None, given: Scenario | None = None
) -> Change:
    """From what holds now to what a scenario, its ``change:`` or one of its variants asks for.

    What holds now are the scenario's own settings where it says what to change, those of the file
    where that was made of a cluster, and else the shipped manifest's.

    Args:
        scenario: what is wanted.
        variant: one of its variants, if that is wanted.
        given: the scenario as its file has it, without values set on top.

    Raises:
        InputError: it has no such variant.
    """
    model = scenario.model
    if variant is not None:
        changed = _variant(scenario, variant)
        return change_between(model, after_its_change(changed))
    now = (given or scenario).model
    if now.origin is not None:
        return change_between(now, after_its_change(model), _OF_CLUSTER)
    return _of_model(model)


def _of_model(model: ScenarioModel) -> Change:
    if model.change:
        return change_between(model, after_its_change(model), _OF_CHANGE)
    return change_from_manifest(model)


def _variant(scenario: Scenario, variant: str) -> ScenarioModel:
    model, what = scenario.model, scenario.source.file
    if variant not in model.variants:
        remedy = did_you_mean(variant, list(model.variants)) or "the scenario has none"
        raise InputError([Problem(f"there is no variant {variant}", what, remedy=remedy)])
    from sim.scenario.variants import variant_scenario

    return variant_scenario(scenario, variant, model.variants[variant]).model


def saved_change(what: str, *, closest: bool = False) -> Saved | None:
    """The change that an outcome on disk asks for; None if this is no outcome.

    Args:
        what: a folder or file.
        closest: of a recommendation in which no setting keeps the limits, the closest setting's.

    Raises:
        InputError: it is one, but holds no change that could be applied.
    """
    path = Path(what)
    if path.is_dir():
        if (path / RECOMMENDATION).is_file():
            return _recommended(path / RECOMMENDATION, closest)
        if (path / _MANIFEST).is_file():
            return _of_run(path)
        raise InputError([_no_outcome(path)])
    return _recommended(path, closest) if path.suffix == ".json" and path.is_file() else None


def _no_outcome(folder: Path) -> Problem:
    """What is missing in a folder."""
    from sim.study.store import finished

    if runs := finished(folder):
        message = f"there are finished runs here ({runs:,}), but no answer ({RECOMMENDATION}) yet"
        remedy = "run recommend with --out and this folder to its end: it goes on from these runs"
    else:
        message = "this folder holds neither a run nor a recommendation"
        remedy = f"a run has a {_MANIFEST}, the folder of recommend --out a {RECOMMENDATION}"
    return Problem(message, str(folder), remedy=remedy)


def _of_run(folder: Path) -> Saved:
    from sim.results.result import Result

    return Saved(_of_model(Result.load(folder).scenario.model))


def _recommended(path: Path, closest: bool) -> Saved:
    data = _read(path)
    if "choice" not in data or "change" not in data:
        raise _refused(path, "this is no recommendation", "give what recommend -o json printed")
    change = data["change"] if data["choice"] is not None else _of_closest(path, data, closest)
    if change is None:
        return Saved(None)
    try:
        return Saved(Change.from_dict(change))
    except ValidationError as error:
        first = error.errors()[0]
        message = f"its change cannot be read: {dotted(first['loc'])}: {first['msg']}"
        raise _refused(path, message, "run recommend again with this version") from None


def _of_closest(path: Path, data: dict[str, Any], closest: bool) -> Any:
    """The change to the setting that oversteps the limits least, if it is asked for."""
    without, names = data.get("no_choice"), data.get("closest")
    message = "no setting keeps the limits, so that nothing is recommended"
    if not (isinstance(without, dict) and isinstance(names, dict) and names):
        raise _refused(path, message, "see its obstacles")
    if not closest:
        name, fails = next(iter(names.items()))
        which = f"the closest, {name}, fails {', '.join(map(str, fails))}"
        raise _refused(path, f"{message}; {which}", "--closest prints its lines all the same")
    return without.get("change")


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, "this is too large for a recommendation", "give another file")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", "") from None
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"is no JSON: {error}", "") from None
    if not isinstance(data, dict):
        raise _refused(path, "this is no recommendation", "give what recommend -o json printed")
    return data


def _refused(path: Path, message: str, remedy: str) -> InputError:
    return InputError([Problem(message, str(path), remedy=remedy)])
