"""What a lock file of requirements says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement


class Locked(NamedTuple):
    """A line of a lock file: one version of one package, where the marker holds."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the package."""
        return self.requirement.name

    @property
    def version(self) -> str:
        """The one that is locked."""
        (one,) = self.requirement.specifier
        return one.version


def locked(file: Path) -> list[Locked]:
    """The lines of a lock file, in order.

    Raises:
        ValueError: a line locks no single version.
    """
    joined = file.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.partition("#")[0] for line in joined.splitlines())
    return [_locked(line) for line in lines if line.strip()]


def _locked(line: str) -> Locked:
    text, *hashes = line.split(" --hash=")
    requirement = Requirement(text)
    if [one.operator for one in requirement.specifier] != ["=="]:
        raise ValueError(f"locks no single version: {text.strip()}")
    return Locked(requirement, tuple(one.strip() for one in hashes))
