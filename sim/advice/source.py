"""Where a change comes from: a scenario, a saved run, a saved recommendation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.errors import InputError, Problem, did_you_mean

from .change import Change, change_between, change_from_manifest

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

RECOMMENDATION = "recommendation.json"
"""The file of a recommendation in the folder of `recommend --out`."""

_MANIFEST = "manifest.json"
_LARGEST = 256 * 2**20


class Saved(NamedTuple):
    """What was read; its change is None if nothing is to be changed."""

    change: Change | None


def change_of_scenario(scenario: Scenario, variant: str | None = None) -> Change:
    """From the shipped manifest to a scenario's settings, or from those to one of its variants.

    Raises:
        InputError: it has no such variant.
    """
    model, what = scenario.model, scenario.source.file
    if variant is None:
        return change_from_manifest(model)
    if variant not in model.variants:
        remedy = did_you_mean(variant, list(model.variants)) or "the scenario has none"
        raise InputError([Problem(f"there is no variant {variant}", what, remedy=remedy)])
    from sim.scenario.variants import variant_scenario

    changed = variant_scenario(scenario, variant, model.variants[variant])
    return change_between(model, changed.model)


def saved_change(what: str) -> Saved | None:
    """The change that an outcome on disk asks for; None if this is no outcome.

    Raises:
        InputError: it is one, but holds no change that could be applied.
    """
    path = Path(what)
    if path.is_dir():
        if (path / RECOMMENDATION).is_file():
            return _recommended(path / RECOMMENDATION)
        if (path / _MANIFEST).is_file():
            return _of_run(path)
        remedy = f"a run has a {_MANIFEST}, the folder of recommend --out a {RECOMMENDATION}"
        raise InputError([Problem("this folder holds neither", what, remedy=remedy)])
    return _recommended(path) if path.suffix == ".json" and path.is_file() else None


def _of_run(folder: Path) -> Saved:
    from sim.results.result import Result

    return Saved(change_from_manifest(Result.load(folder).scenario.model))


def _recommended(path: Path) -> Saved:
    data = _read(path)
    if "choice" not in data or "change" not in data:
        raise _refused(path, "this is no recommendation", "give what recommend -o json printed")
    if data["choice"] is None:
        message = "no setting keeps the limits, so that nothing is recommended"
        raise _refused(path, message, "see its obstacles")
    if data["change"] is None:
        return Saved(None)
    try:
        return Saved(Change.from_dict(data["change"]))
    except (TypeError, ValueError, KeyError) as error:
        message = f"its change cannot be read: {error.__class__.__name__}"
        raise _refused(path, message, "run recommend again with this version") from None


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
