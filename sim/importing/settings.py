"""Settings of ipamd from the environment of the container aws-node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from sim.scenario.environment import INSTEAD
from sim.scenario.ipamd import NOT_ABOUT_THE_POOL, WOULD_DO, Ipamd

from .snapshot import DaemonSet, Snapshot, Variable

CODE_DEFAULTS = {"WARM_PREFIX_TARGET": 0}
"""Where a variable that is not there at all means something else than in the shipped manifest."""

ALWAYS = (
    "WARM_ENI_TARGET",
    "WARM_PREFIX_TARGET",
    "WARM_IP_TARGET",
    "MINIMUM_IP_TARGET",
    "ENABLE_PREFIX_DELEGATION",
)
"""Variables that are written down even where they have their defaults."""

_GO_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_GO_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_GO_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


@dataclass
class Settings:
    """What an environment says.

    Attributes:
        values: settings as a scenario has them.
        unknown: ``NAME: value`` of variables that nothing is known of.
        guessed: sentences on values that the daemon takes otherwise than they are written.
        left_out: sentences on settings that are not modelled, or not in the files.
        version: of the VPC CNI, from the image's tag; empty if it has none.
    """

    values: dict[str, Any] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    version: str = ""


def settings_of(daemon_set: DaemonSet, snapshot: Snapshot) -> Settings:
    """The settings that a DaemonSet gives its container aws-node."""
    found = Settings(version=_version(daemon_set.image))
    given = {}
    for variable in daemon_set.settings or ():
        if (text := _text(variable, daemon_set, snapshot, found)) is not None:
            given[variable.name] = text
    for name, text in given.items():
        if name in Ipamd.model_fields:
            _take(name, text, found)
        elif name not in NOT_ABOUT_THE_POOL:
            hint = f"  ({INSTEAD[name]})" if name in INSTEAD else ""
            found.unknown.append(f"{name}: {text}{hint}")
    for name, value in CODE_DEFAULTS.items():
        if name not in given:
            found.values[name] = value
            found.guessed.append(f"aws-node has no {name}: its code then takes {value}")
    defaults = Ipamd().model_dump()
    found.values = {
        name: value
        for name, value in sorted(found.values.items())
        if name in ALWAYS or value != defaults[name]
    }
    return found


def _text(
    variable: Variable, daemon_set: DaemonSet, snapshot: Snapshot, found: Settings
) -> str | None:
    """The text of a variable; None if it is not about the pool or cannot be known."""
    if not variable.source:
        return variable.value
    kind, *words = variable.source.split("/")
    if kind == "configMapKeyRef" and len(words) == 2:
        data = snapshot.config_maps.get((daemon_set.owner.namespace, words[0]), {})
        if words[1] in data:
            return data[words[1]]
    if variable.name not in NOT_ABOUT_THE_POOL:
        where = f"{kind} {'/'.join(words)}"
        message = f"{variable.name} of aws-node comes from {where}, which is not in the files"
        found.left_out.append(f"{message}: its default is taken")
        found.unknown.append(f"{variable.name}: from {where}")
    return None


def _take(name: str, text: str, found: Settings) -> None:
    """Takes a variable as the daemon does: what it cannot read has its default."""
    default = Ipamd.model_fields[name].default
    value = _as_go_reads(text, default)
    if value is None:
        value = CODE_DEFAULTS.get(name, default)
        found.guessed.append(f"{name} of aws-node is {text!r}, for which the daemon takes {value}")
    elif not isinstance(value, bool) and isinstance(value, int) and value < 0:
        would, value = WOULD_DO.get(name, ("take 0", 0))
        found.guessed.append(f"{name} of aws-node is {text}; the daemon would {would}")
    if complaint := _refusal(name, value):
        found.left_out.append(f"{name}={text} of aws-node: {complaint}")
        found.unknown.append(f"{name}: {text}")
    else:
        found.values[name] = value


def _as_go_reads(text: str, default: Any) -> Any:
    """The value that Go's strconv makes of a text; None if it makes none."""
    if isinstance(default, bool):
        return True if text in _GO_TRUE else False if text in _GO_FALSE else None
    if isinstance(default, int):
        return int(text) if _GO_INTEGER.fullmatch(text) else None
    return text


def _refusal(name: str, value: Any) -> str:
    try:
        Ipamd.model_validate({name: value})
    except ValidationError as error:
        words = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        return words.removeprefix(f"{name}=true is refused: ")
    return ""


def _version(image: str) -> str:
    tag = image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""
    return tag.removeprefix("v").partition("-")[0]


def main_and_others(
    daemon_sets: Mapping[Any, DaemonSet],
) -> tuple[DaemonSet | None, list[DaemonSet]]:
    """The DaemonSet aws-node, and others with a container of that name."""
    agents = [one for _, one in sorted(daemon_sets.items()) if one.settings is not None]
    agents.sort(key=lambda one: one.owner.name != "aws-node")
    return (agents[0], agents[1:]) if agents else (None, [])
