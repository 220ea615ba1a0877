"""What a rule is: its place in the table, and the pure function that looks for the trap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sim.scenario.errors import Path

from .case import Case


class Severity(StrEnum):
    """How bad a trap is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


ORDER = tuple(Severity)
"""From the worst to the least."""


class Trap(NamedTuple):
    """A trap that a rule found.

    Attributes:
        path: where the scenario says what leads into it.
        message: what happens, with this cluster's numbers.
        remedy: what to do here; empty: the rule's.
    """

    path: Path
    message: str
    remedy: str = ""


Look = Callable[[Case], Iterator[Trap]]


@dataclass(frozen=True)
class Rule:
    """A trap that ipamd-sim knows.

    Attributes:
        id: its name for good, such as IPAMD001.
        severity: how bad it is.
        title: what it is, in a few words.
        source: the function of upstream, or the document, that it follows from.
        remedy: what to do about it.
        shown_by: a shipped scenario whose run shows it.
        look: finds it.
        needs: what has to be known of the cluster besides its settings, of `NEEDS`.
    """

    id: str
    severity: Severity
    title: str
    source: str
    remedy: str
    shown_by: str
    look: Look
    needs: frozenset[str] = frozenset()
