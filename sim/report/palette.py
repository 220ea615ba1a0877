"""Colours and marks of what reports show, defined once for screens and plots.

The colours are those of Okabe and Ito (2008), made to be told apart with any kind of colour
vision. Where there is no colour, every state of an address has a character of its own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How one state of an address is shown."""

    label: str
    colour: str  # #rrggbb
    mark: str  # one ASCII character, used where there is no colour
    block: str = "█"  # used where there is


STATES: dict[str, Look] = {
    "assigned": Look("assigned", "#0072B2", "#"),
    "cooldown": Look("cooling", "#56B4E9", "~"),
    "warm": Look("warm", "#E69F00", "+"),
    "partial": Look("partial", "#F0E442", "%"),
    "eni_primary": Look("ENI primaries", "#CC79A7", "E"),
    "in_transition": Look("in transition", "#009E73", ">"),
    "other": Look("other", "#999999", "o"),
    "free": Look("free", "#5F5F5F", ".", "░"),
}
"""The states of a subnet's addresses by their names in the summary, in the order of a bar."""

BAD = "#D55E00"
"""What went wrong: throttled requests, pods without an address."""
