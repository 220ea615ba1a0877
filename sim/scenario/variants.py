"""Variants: named sets of values that a scenario is compared under.

A variant holds values by path, as ``--set`` does. A name that begins with a capital is one of the
aws-node container's environment variables: ``WARM_IP_TARGET`` means ``ipamd.WARM_IP_TARGET``, for
every node group, those included that have a value of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .errors import InputError, Path, Problem
from .messages import at
from .reader import MAX_PROBLEMS
from .source import Source, written_value

if TYPE_CHECKING:
    from .load import Scenario

CURRENT = "current"
"""The scenario as it stands, which variants are compared with."""

OPTIMUM = "optimum"
"""What no setting can do better than."""

TAKEN = {CURRENT: "the scenario as it stands", OPTIMUM: "what no setting can attain"}

THE_SAME_FOR_ALL = ("seed", "duration", "warm_up", "variants", "expect", "prices")
"""Keys that no variant can change: what is compared has the same pods, luck and measures."""

SETTINGS = "ipamd."
LONGEST_NAME = 40
MOST_VARIANTS = 1_000

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Z]\w*")
_WRITE_IT = 'write it like "lean: WARM_IP_TARGET=5 MINIMUM_IP_TARGET=10"'


def parse_variant(text: str) -> tuple[str, dict[str, Any]]:
    """A variant as the command line gives it: ``lean: WARM_IP_TARGET=5 MINIMUM_IP_TARGET=10``.

    Args:
        text: a name, a colon, and KEY=VALUE pairs with blanks between them; values are YAML
            without blanks.

    Returns:
        Its name, and its values by path.

    Raises:
        InputError: it is not written like that, or its name cannot be one.
    """
    name, colon, pairs = (part.strip() for part in text.partition(":"))
    said_by = f"--variant {text}"
    if not colon or "=" in name:
        raise InputError([Problem("has no name", said_by, remedy=_WRITE_IT)])
    problems = [*_about_name(name, said_by), *_about_size(pairs, said_by)]
    values: dict[str, Any] = {}
    for pair in pairs.split():
        try:
            _add(values, pair, said_by)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return name, values


def parse_variants(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Several variants as the command line gives them, by name.

    Raises:
        InputError: with all that is wrong, two of the same name included.
    """
    variants: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for text in texts:
        try:
            name, values = parse_variant(text)
        except InputError as error:
            problems += error.problems
            continue
        if name in variants:
            message, remedy = f"there is a variant {name} already", "give each its own name"
            problems.append(Problem(message, f"--variant {text}", remedy=remedy))
        variants.setdefault(name, values)
    if problems:
        raise InputError(problems)
    return variants


def _add(values: dict[str, Any], pair: str, said_by: str) -> None:
    key, equals, written = pair.partition("=")
    if not equals or not key:
        raise InputError([Problem(f"{pair} is no KEY=VALUE", said_by, remedy=_WRITE_IT)])
    path = path_of(key)
    if path in values:
        raise InputError([Problem(f"{key} is given twice", said_by, remedy="leave one out")])
    values[path] = written_value(written, said_by)


def _about_name(name: str, said_by: str) -> Iterator[Problem]:
    if why := name_fault(name):
        yield Problem(why, said_by, remedy="choose another name")


def _about_size(pairs: str, said_by: str) -> Iterator[Problem]:
    if not pairs:
        yield Problem("changes nothing", said_by, remedy=_WRITE_IT)


def name_fault(name: str) -> str:
    """Why a variant cannot have this name; empty if it can."""
    if name in TAKEN:
        return f"{name} is {TAKEN[name]}"
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        return f"{name!r} is no name of up to {LONGEST_NAME} letters, digits, '-', '_' and '.'"
    return ""


def path_of(key: str) -> str:
    """The path that a variant's key stands for: ``WARM_IP_TARGET`` is ``ipamd.WARM_IP_TARGET``."""
    return SETTINGS + key if _VARIABLE.fullmatch(key) else key


def variant_scenario(
    scenario: Scenario, name: str, values: Mapping[str, Any], set_by: str = ""
) -> Scenario:
    """The scenario under a variant.

    Args:
        scenario: what it is a variant of; stays as it is.
        name: the variant's, for messages.
        values: values by path, or by the names of environment variables.
        set_by: the argument that says so, for messages; empty: the scenario's file, or the caller.

    Raises:
        InputError: with all that is wrong, each with the variant and its key.
    """
    source, problems = _without_variants(scenario.source), []
    in_order = sorted(values, key=lambda key: not path_of(key).startswith(SETTINGS))
    keys = {f"variant {name}: {key}": key for key in in_order}  # of groups after those of all
    for mark, key in keys.items():
        try:
            source = _with_value(source, path_of(key), values[key], mark)
        except InputError as error:
            problems += error.problems
    try:
        return scenario.with_source(source, problems)
    except InputError as error:
        told = (_told(one, scenario.source, name, keys, set_by) for one in error.problems)
        raise InputError(dict.fromkeys(told)) from None


def variant_problems(scenario: Scenario) -> list[Problem]:
    """What is wrong in the variants that a scenario's file names."""
    problems: list[Problem] = []
    if len(scenario.model.variants) > MOST_VARIANTS:
        message = f"{len(scenario.model.variants):,} variants are over {MOST_VARIANTS:,}"
        return [scenario.source.problem(("variants",), message, "a study varies by the thousand")]
    for name, values in scenario.model.variants.items():
        if len(problems) > MAX_PROBLEMS:
            break
        place: Path = ("variants", name)
        if why := name_fault(name):
            problems.append(scenario.source.problem(place, why, "choose another name"))
            continue
        if not values:
            remedy = "give it values, such as {WARM_IP_TARGET: 5}"
            problems.append(scenario.source.problem(place, "changes nothing", remedy))
        try:
            variant_scenario(scenario, name, values)
        except InputError as error:
            problems += error.problems
    return problems


def _without_variants(source: Source) -> Source:
    return replace(source, data={k: v for k, v in source.data.items() if k != "variants"})


def _with_value(source: Source, path: str, value: Any, mark: str) -> Source:
    if path.partition(".")[0] in THE_SAME_FOR_ALL:
        remedy = "leave it out, or change it for all with --set"
        raise InputError([Problem("has to be the same for all variants", mark, remedy=remedy)])
    return with_value(source, path, value, mark)


def with_value(source: Source, path: str, value: Any, mark: str) -> Source:
    """The source with a value; a setting of all node groups replaces what groups have of it.

    Raises:
        InputError: as `Source.with_value`.
    """
    source = source.with_value(path, value, mark)
    for group in _groups_with(path, source.data):
        source = source.with_value(f"{group}.{path}", value, mark)
    return source


def _groups_with(path: str, data: Any) -> list[str]:
    """The node groups that have a setting of their own."""
    setting = path.removeprefix(SETTINGS)
    groups = at(data, ("cluster", "node_groups"))
    if setting == path or not isinstance(groups, list):
        return []
    own = [at(group, ("ipamd",)) for group in groups]
    having = (i for i, one in enumerate(own) if isinstance(one, dict) and setting in one)
    return [f"cluster.node_groups[{i}]" for i in having]


def _told(
    problem: Problem, source: Source, name: str, keys: Mapping[str, str], set_by: str
) -> Problem:
    """The problem, said of the variant and of what stands there."""
    if problem.file not in keys:  # in what the scenario itself says, and only with the variant
        return replace(problem, message=f"with variant {name}, {problem.message}")
    key = keys[problem.file]
    if set_by:
        return replace(problem, file=set_by, path=path_of(key))
    return source.problem(("variants", name, key), problem.message, problem.remedy)
