"""What is told of a run: lines with their instants, and the sentence that answers why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """What happened at an instant, or from it on.

    Attributes:
        at_ms: when.
        text: what, in one or two sentences.
        details: what belongs to it, a line each, such as the requests of a pass.
        until_ms: when the last of several such things happened; None if it was one.
        is_bad: whether it is what nobody wants: a refused pod, a throttled request.
    """

    at_ms: int
    text: str
    details: tuple[str, ...] = ()
    until_ms: int | None = None
    is_bad: bool = False


@dataclass(frozen=True)
class Story:
    """What the records tell of a pod, a node or a subnet.

    Attributes:
        kind: ``pod``, ``node`` or ``subnet``.
        name: which.
        about: what it is: where it ran, with which settings.
        answer: the reason in one sentence or two.
        lines: what happened, in order.
        since_ms: where times are counted from; None: from the start of the run only.
        notes: what else is to be known.
    """

    kind: str
    name: str
    about: str
    answer: str
    lines: tuple[Line, ...]
    since_ms: int | None = None
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data; times in milliseconds from the start of the run."""
        data = asdict(self)
        data["lines"] = [asdict(line) | {"details": list(line.details)} for line in self.lines]
        return data | {"notes": list(self.notes)}

    def __str__(self) -> str:
        told = [f"{self.kind} {self.name}: {self.about}", self.answer]
        for line in self.lines:
            told.append(f"{seconds(line.at_ms)}  {line.text}")
            told.extend(f"    {detail}" for detail in line.details)
        return "\n".join([*told, *self.notes])


def seconds(ms: int) -> str:
    """An instant to the millisecond, as it stands in the records: ``61.137 s``."""
    return f"{ms / 1000:,.3f} s"


def lasting(ms: int) -> str:
    """How long something took, in few digits: ``0.14 s``, ``24.1 s``, ``4 min 05 s``."""
    from sim.report.format import duration

    return duration(ms / 1000)


def listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1] if parts else "")))
