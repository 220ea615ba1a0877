"""A rule on a headline figure: ``<= 5s``, ``<= 0.1%``, ``>= 200``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from .errors import nearest, shown
from .headlines import HEADLINES
from .units import parse_duration

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
}
_MEANT = {"=<": "<=", "≤": "<=", "=>": ">=", "≥": ">=", "=": "=="}
_RULE = re.compile(r"\s*([<>=!~≤≥]*)\s*(.*?)\s*", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_SHARE = re.compile(rf"({_NUMBER.pattern})\s*(%?)")


class Rule(NamedTuple):
    """What a headline figure is expected to be.

    Attributes:
        metric: a name of `HEADLINES`.
        operator: a key of `OPERATORS`.
        limit: in the figure's unit: seconds, a share of 1, or a count.
        text: operator and limit as they were written, such as ``<= 5s``.
    """

    metric: str
    operator: str
    limit: float
    text: str

    def allows(self, value: float) -> bool:
        """Whether the value is as expected."""
        return OPERATORS[self.operator](value, self.limit)


def _seconds(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        return parse_duration(text) / 1000
    return parse_duration(float(text) if "." in text else int(text)) / 1000


def _share(text: str) -> float:
    match = _SHARE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is none: write it like 0.1% or 0.001")
    share = float(match[1]) / (100 if match[2] else 1)
    if share > 1:
        raise ValueError(f"{shown(text)} is over 100 %: write one percent as 1% or 0.01")
    return share


def _count(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is none: write it as a plain number, such as 200")
    return float(text)


class _Limit(NamedTuple):
    """How limits of a unit are written."""

    what: str
    read: Callable[[str], float]
    pattern: str
    example: str


_LIMITS = {
    "s": _Limit("a time", _seconds, r"(([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+|0)", "5s"),
    "share": _Limit("a share", _share, r"[0-9]+(\.[0-9]+)?\s*%?", "0.1%"),
}
_COUNTS = _Limit("a count", _count, r"[0-9]+(\.[0-9]+)?", "200")


def parse_rule(metric: str, value: Any) -> Rule:
    """The rule that a text says.

    Args:
        metric: a name of `HEADLINES`.
        value: an operator and a limit, such as ``<= 5s``.

    Raises:
        ValueError: the operator or the limit is none, or the limit has the wrong unit.
    """
    match = _RULE.fullmatch(value) if isinstance(value, str) else None
    sign, written = match.groups() if match else ("", "")
    if sign and sign not in OPERATORS:
        raise ValueError(f"{shown(sign)} is no operator; {_meant(sign)}")
    if not (sign and written):
        lacks = "limit" if sign else "operator"
        raise ValueError(f"{shown(value)} has no {lacks}: write it like '{_example(metric)}'")
    limit = _limit(metric)
    try:
        return Rule(metric, sign, limit.read(written), f"{sign} {written}")
    except ValueError as error:
        raise ValueError(f"this is {limit.what}, and {error}") from None


def _limit(metric: str) -> _Limit:
    return _LIMITS.get(HEADLINES[metric].unit, _COUNTS)


def _example(metric: str) -> str:
    sign = "<=" if HEADLINES[metric].better == "low" else ">="
    return f"{sign} {_limit(metric).example}"


def _meant(sign: str) -> str:
    meant = _MEANT.get(sign) or "".join(nearest(sign, list(OPERATORS)))
    return f"did you mean {meant}?" if meant else f"give one of {', '.join(OPERATORS)}"


def rule_on(metric: str) -> Any:
    """The type of a scenario's rule on a figure."""
    signs = "|".join(OPERATORS)
    schema = {
        "title": "rule",
        "type": "string",
        "pattern": rf"^\s*({signs})\s*{_limit(metric).pattern}\s*$",
        "examples": [_example(metric)],
    }
    return Annotated[
        Rule,
        PlainValidator(partial(parse_rule, metric)),
        PlainSerializer(lambda rule: rule.text, return_type=str),
        WithJsonSchema(schema),
    ]
