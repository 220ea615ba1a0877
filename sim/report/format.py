"""Numbers as people read them, the same on every screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOTHING = "-"
"""Stands for a figure that does not exist."""

UNSERVED = {
    "no node fits": "{} fitted on no node",
    "no free address": "{} found no free address on their node",
    "node not ready": "{} {were} on a node whose ipamd was not running",
    "starting": "{} {were} still starting",
}
"""Why pods got no address, in words, by the codes of the summary."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def count(value: float | None) -> str:
    """Whole numbers with thousands separators; others with one decimal below 100."""
    if value is None:
        return NOTHING
    decimals = 1 if isinstance(value, float) and abs(value) < 99.95 else 0
    return f"{value:,.{decimals}f}"


def number_of(value: float, noun: str, plural: str = "") -> str:
    """A count and what is counted: ``1 pod``, ``1,234 pods``."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def others_made(n: int) -> str:
    """How many seeds were made from the one before: `` and 9 made from it``; none for none."""
    if n == 1:
        return " and one more made from it"
    return f" and {count(n)} made from it" if n else ""


def modelled_by(versions: Mapping[str, str]) -> str:
    """What simulated what, as the end of a report has it."""
    return (
        f"ipamd-sim {versions['ipamd_sim']}, modelling VPC CNI {versions['cni']}, "
        f"instance limits {versions['limits_table']}"
    )


def unserved(reason: str, who: str) -> str:
    """A reason why pods got no address, in words: ``5 were still starting``."""
    return UNSERVED[reason].format(who, were="was" if who == "1" else "were")


def percent(share: float | None) -> str:
    """A share of 1 in percent, with one decimal below 10 %; only all is 100 %, only none 0 %."""
    if share is None:
        return NOTHING
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    decimals = 1 if 0 < share < 0.0995 else 0
    return f"{100 * share:.{decimals}f} %"


def duration(seconds: float | None) -> str:
    """Seconds in the two units that matter: ``0.25 s``, ``12.3 s``, ``4 min 05 s``, ``1 h 04 min``.

    A smaller unit that is 0 is left out; from two days on days are used.
    """
    if seconds is None:
        return NOTHING
    if 0 < seconds < 0.005:
        return "< 0.01 s"
    if seconds < 59.95:
        decimals = 0 if seconds == 0 else 2 if seconds < 0.995 else 1
        return f"{seconds:.{decimals}f} s"
    if round(seconds) < _HOUR:
        return _two_units(round(seconds), _MINUTE, "min", "s")
    minutes = round(seconds / _MINUTE)
    if minutes * _MINUTE < 2 * _DAY:
        return _two_units(minutes, _HOUR // _MINUTE, "h", "min")
    return _two_units(round(seconds / _HOUR), _DAY // _HOUR, "d", "h")


def _two_units(value: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(value, size)
    return f"{whole} {large} {rest:02d} {small}" if rest else f"{whole} {large}"


def at_least(text: str, is_lower_bound: bool) -> str:
    """The text, marked if what it says is only a lower bound."""
    return f"≥ {text}" if is_lower_bound else text


def wait(figures: Mapping[str, Any], name: str) -> str:
    """One figure of a wait, such as its ``p99``, marked if it is only a lower bound."""
    return at_least(duration(figures[name]), name in figures["at_least"])
