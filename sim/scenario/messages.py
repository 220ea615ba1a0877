"""Pydantic's findings in plain words, at the path the user wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from .cidr import NOT_ITS_START, network_of
from .distributions import OneDistribution
from .environment import INSTEAD
from .errors import Path, did_you_mean, dotted, known_here, nearest, shown
from .expect import Expect
from .ipamd import NOT_ABOUT_THE_POOL, Ipamd
from .models import ScenarioModel


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong with the data.

    Attributes:
        path: What it is about.
        message: What is wrong.
        remedy: What to do about it, or empty.
        meant: The key or kind that an unknown one was probably meant to be, or empty.
        error: Pydantic's type of the error, or empty.
        given: What it was held against; if that is wrong, this may not be.
    """

    path: Path
    message: str
    remedy: str = ""
    meant: str = ""
    error: str = ""
    given: Path | None = None


def complaint(
    error: Mapping[str, Any], data: Any, root: type[BaseModel] = ScenarioModel
) -> Complaint:
    """What pydantic found, told by the path in the data and in plain words.

    Args:
        error: One of ``ValidationError.errors()``.
        data: What was validated.
        root: The model that it was validated by.
    """
    name, loc = error["type"], tuple(error["loc"])
    path = _written_path(loc, data, adds_key=name == "missing")
    if name == "extra_forbidden":
        return _unknown_key(loc, path, root)
    if name == "union_tag_not_found":
        return _missing_kind(path)
    if name == "union_tag_invalid":
        return _unknown_kind(error, path)
    if error["input"] is None and name != "missing":
        remedy = "give it a value, or leave it out"
        return Complaint(path, "is empty", remedy, error=name)
    if name == NOT_ITS_START:
        return _not_its_start(error, path, data)
    message, remedy = _WORDS.get(name, _as_pydantic_says)(error)
    return Complaint(path, message, remedy, error=name)


def _without_kind(loc: Path) -> Path:
    """The loc without the kind that pydantic puts after a workload's index."""
    return loc[:2] + loc[3:] if loc[:1] == ("workload",) else loc


def _written_path(loc: Path, data: Any, *, adds_key: bool) -> Path:
    """The part of the loc that stands in the data, without what pydantic adds to it."""
    path: Path = ()
    here, loc = data, _without_kind(loc)
    for position, step in enumerate(loc):
        is_last = position == len(loc) - 1
        if isinstance(here, dict) and (step in here or (adds_key and is_last)):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            break
        path = (*path, step)
    return path


_SCHEMA_LISTS = "ipamd-sim schema lists those there are"
_FITS = "is not modelled: the scheduler looks at cpu, memory, max pods and node groups"
_NAMES_GROUPS = "write node_groups, the names of those in which the pods may run"
NOT_MODELLED = {
    **dict.fromkeys(("nodeSelector", "affinity", "tolerations", "taints"), (_FITS, _NAMES_GROUPS)),
    **dict.fromkeys(
        ("topologySpreadConstraints", "priorityClassName", "preemptionPolicy", "schedulerName"),
        (_FITS, "leave it out"),
    ),
}
"""Keys that manifests have and scenarios do not: what is said of each, and what to do."""


def _unknown_key(loc: Path, path: Path, root: type[BaseModel]) -> Complaint:
    key = str(loc[-1])
    models = _models_at(loc[:-1], root)
    known = [name for model in models for name in _keys(model)]
    if said := _of_daemon(key, root):
        return Complaint(path, *said, error="extra_forbidden")
    if key in NOT_MODELLED:
        return Complaint(path, *NOT_MODELLED[key], error="extra_forbidden")
    if models == [OneDistribution]:
        remedy = f"give one of {', '.join(known)}"
        return Complaint(path, "there is no such distribution", remedy, error="extra_forbidden")
    if models == [Expect]:
        remedy = did_you_mean(key, known) or _SCHEMA_LISTS
        return Complaint(path, "there is no such metric", remedy, error="extra_forbidden")
    meant = "".join(nearest(key, [name for name in known if _digits(name) == _digits(key)]))
    remedy = f"did you mean {meant}?" if meant else known_here(known) or _SCHEMA_LISTS
    return Complaint(path, "unknown key", remedy, meant, "extra_forbidden")


def _of_daemon(key: str, root: type[BaseModel]) -> tuple[str, str] | None:
    """(message, remedy) of an environment variable of the daemon where it is none of the keys."""
    if key in Ipamd.model_fields and root is ScenarioModel:
        return "does not belong here", f"write {key} under ipamd"
    if key == "CLUSTER_NAME" and root is ScenarioModel:
        return "does not belong here", "write cluster.name"
    if key in INSTEAD:
        return "is said by another key", INSTEAD[key]
    if key in NOT_ABOUT_THE_POOL:
        return "does not touch the address pool, and is not modelled", "leave it out"
    return None


def _digits(key: str) -> str:
    """The digits of a key: p90 is no p99 misspelt."""
    return re.sub(r"\D", "", key)


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _models_at(loc: Path, root: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that pydantic may have been in at this loc: one, or the kinds of a union."""
    models: list[type[BaseModel]] = [root]
    for step in loc:
        fields = [model.model_fields.get(str(step)) for model in models]
        if found := [info.annotation for info in fields if info]:
            models = [model for annotation in found for model in _models_in(annotation)]
        models = [model for model in models if _kind(model) == step] or models
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _kind(model: type[BaseModel]) -> str | None:
    info = model.model_fields.get("kind")
    return get_args(info.annotation)[0] if info else None


def _kinds() -> list[str]:
    return [kind for model in _models_at(("workload", 0), ScenarioModel) if (kind := _kind(model))]


def _missing_kind(path: Path) -> Complaint:
    remedy = f"give one of {', '.join(_kinds())}"
    return Complaint((*path, "kind"), "is missing", remedy, error="missing")


def _unknown_kind(error: Mapping[str, Any], path: Path) -> Complaint:
    given = error["input"]["kind"]
    meant = "".join(nearest(str(given), _kinds()))
    remedy = f"did you mean {meant}?" if meant else f"give one of {', '.join(_kinds())}"
    return Complaint((*path, "kind"), f"{shown(given)} is no kind of workload", remedy, meant)


def _not_its_start(error: Mapping[str, Any], path: Path, data: Any) -> Complaint:
    """A CIDR with an address inside of it; the whole is offered if it overlaps none beside it."""
    meant, message = error["ctx"]["network"], str(error["msg"])
    *way, here, key = path
    beside = enumerate(at(data, way)) if isinstance(here, int) else ()
    for index, one in beside:
        other = network_of(one.get(key)) if isinstance(one, dict) else None
        if index != here and other is not None and other.overlaps(meant):
            clash = f"{message}, and {meant} overlaps {other} of {dotted((*way, index))}"
            return Complaint(path, clash, error=NOT_ITS_START)
    return Complaint(path, message, f"did you mean {meant}?", error=NOT_ITS_START)


def at(data: Any, path: Iterable[str | int]) -> Any:
    """What stands at the path; None if nothing does any more."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            return None
    return data


def _not_among(error: Mapping[str, Any]) -> tuple[str, str]:
    values = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    known = [value for value in values if value] or [error["ctx"]["expected"]]
    near = nearest(str(error["input"]), known)
    remedy = f"did you mean {near[0]}?" if near else f"give one of {', '.join(known)}"
    return f"{shown(error['input'])} is not known here", remedy


def _as_pydantic_says(error: Mapping[str, Any]) -> tuple[str, str]:
    message = str(error["msg"]).removeprefix("Input ")
    return f"{shown(error['input'])} {message[:1].lower()}{message[1:]}", ""


def _says(template: str, remedy: str = "") -> Callable[[Mapping[str, Any]], tuple[str, str]]:
    def words(error: Mapping[str, Any]) -> tuple[str, str]:
        bounds = {key: _bound(value) for key, value in error.get("ctx", {}).items()}
        return template.format(value=shown(error["input"]), **bounds), remedy

    return words


def _bound(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_TEXT = _says("{value} is no text", "put it in quotes")
_WHOLE = _says("{value} is no whole number")
_MAPPING = _says("{value} stands where a mapping of keys to values belongs")

_WORDS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "missing": _says("is missing"),
    "literal_error": _not_among,
    "value_error": lambda error: (str(error["ctx"]["error"]), ""),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _says("{value} is no number"),
    "float_parsing": _says("{value} is no number"),
    "finite_number": _says("{value} is no finite number"),
    "bool_type": _says("{value} is neither true nor false"),
    "bool_parsing": _says("{value} is neither true nor false"),
    "string_type": _TEXT,
    "string_too_long": _says("{value} has over {max_length} characters"),
    "string_pattern_mismatch": _says(
        "{value} is no name",
        "use letters, digits, '-', '_' and '.', with a letter or digit at both ends",
    ),
    "list_type": _says("{value} stands where a list belongs"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "too_short": _says("is empty", "give at least one"),
    "greater_than": _says("{value} is not above {gt}"),
    "greater_than_equal": _says("{value} is below {ge}"),
    "less_than": _says("{value} is not below {lt}"),
    "less_than_equal": _says("{value} is above {le}"),
}
