"""Headline figures, and means of them over replications, as people read them."""

from __future__ import annotations

from sim.scenario.headlines import HEADLINES

from .format import NOTHING, count, duration, percent


def value(metric: str, mean: float | None) -> str:
    """A figure in its unit.

    Args:
        metric: a name of `HEADLINES`.
        mean: the figure, or its mean; None if it does not exist.
    """
    unit = HEADLINES[metric].unit
    if unit == "s":
        return duration(mean)
    return percent(mean) if unit == "share" else number(mean)


def number(mean: float | None) -> str:
    """A mean of counts: whole ones without decimals; what is there at all is never shown as 0."""
    if mean is None:
        return NOTHING
    if 0 < mean < 0.05:
        return "< 0.1"
    return count(int(mean) if mean == int(mean) else mean)
