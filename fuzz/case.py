"""An input: its command, and the folder in which it is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A command to run in its folder, and how it may end.

    Attributes:
        arguments: what stands behind the command's name.
        may_take_long: it simulates what was asked for, which can be a lot.
    """

    arguments: tuple[str, ...]
    may_take_long: bool = False


@dataclass(frozen=True)
class Place:
    """Where an input is made.

    Attributes:
        folder: empty, for the input.
        good: the folder of `samples.make`.
    """

    folder: Path
    good: Path
