"""Colours and marks of what reports show, defined once for screens, plots and pages.

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

FRAGMENTS: dict[str, Look] = {
    "whole": Look("whole", "#009E73", "."),
    "kept": Look("whole, but no prefix comes from there", "#A6C8B8", ","),
    "prefix": Look("a node's prefix", "#0072B2", "#"),
    "one_eni_primary": Look("broken by one ENI primary", "#CC79A7", "E"),
    "one_secondary_ip": Look("broken by one secondary IP", "#E69F00", "s"),
    "one_other": Look("broken by one address of others", "#882255", "o"),
    "several": Look("broken by several", "#F0E442", "x"),
    "full": Look("full of single addresses", "#5F5F5F", "@"),
    "aws": Look("has AWS's own addresses", "#BBBBBB", "a"),
}
"""The states of a /28 by the names in `sim.results.fragments`, the whole ones first."""

BAD = "#D55E00"
"""What went wrong: throttled requests, pods without an address."""

GOOD = "#009E73"
"""What came out as expected."""

ACTIONS: dict[str, str] = {
    "AssignPrivateIpAddresses": "#0072B2",
    "UnassignPrivateIpAddresses": "#56B4E9",
    "CreateNetworkInterface": "#E69F00",
    "AttachNetworkInterface": "#F0E442",
    "DetachNetworkInterface": "#CC79A7",
    "DeleteNetworkInterface": "#882255",
    "ModifyNetworkInterfaceAttribute": "#009E73",
    "CreateTags": "#44AA99",
    "DescribeNetworkInterfaces": "#999999",
    "DescribeInstances": "#5F5F5F",
    "DescribeSubnets": "#BBBBBB",
}
"""EC2's actions: those about addresses in blues, about ENIs in warm colours, those that only look
in greys. Two colours are of Paul Tol's muted scheme, made for the same readers."""

SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#882255", "#44AA99")
"""Lines that stand beside each other, such as the settings of a comparison, in this order."""

SERIES_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Their marks, as matplotlib names them, so that no line is told by its colour alone."""

QUIET = "#5F5F5F"
"""What others are compared with: the current setting, limits, what an axis is drawn with."""

HEAT = ("#00204D", "#414D6B", "#7C7B78", "#BCAF6F", "#FFEA46")
"""From little to much, as in the map cividis: even to the eye, with any kind of colour vision."""
