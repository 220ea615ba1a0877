"""The headline figures of a run, read from its summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.scenario.headlines import HEADLINES, Headline

__all__ = ["HEADLINES", "Figures", "Headline", "headline_figures"]


class Figures(NamedTuple):
    """The headline figures of one run.

    Attributes:
        values: by every name of `HEADLINES`; None if the figure does not exist, such as a wait
            where there were no pods.
        at_least: names whose value is only a lower bound, because waits never ended, in the order
            of `HEADLINES`.
    """

    values: dict[str, float | None]
    at_least: tuple[str, ...]


def headline_figures(summary: Mapping[str, Any]) -> Figures:
    """The headline figures in what `Result.summary` gives."""
    values = {name: _value(summary, one.path) for name, one in HEADLINES.items()}
    at_least = (name for name, one in HEADLINES.items() if _is_lower_bound(summary, one.path))
    return Figures(values, tuple(at_least))


def _value(summary: Mapping[str, Any], path: str) -> float | None:
    whole, _, less = path.partition(" - ")
    value = _least(summary, whole.split("."))
    return value - (_least(summary, less.split(".")) or 0) if value and less else value


def _least(data: Any, keys: list[str]) -> float | None:
    """The value behind some keys, the least of those behind a ``*``; None if there is none."""
    for position, key in enumerate(keys):
        if key == "*":
            found = (_least(inner, keys[position + 1 :]) for inner in data.values())
            return min((value for value in found if value is not None), default=None)
        data = data.get(key)
        if data is None:
            return None
    return data  # type: ignore[no-any-return]  # a number, as docs/metrics.md says


def _is_lower_bound(summary: Mapping[str, Any], path: str) -> bool:
    *way, figure = path.split(".")
    data: Any = summary
    for key in way:
        data = data.get(key) if isinstance(data, Mapping) else None
    return isinstance(data, Mapping) and figure in data.get("at_least", ())
