"""The scenario files that ship, and copies of them to start from."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .errors import InputError, Problem, did_you_mean
from .reader import parse

_PACKAGE = pathlib.Path(__file__).parents[1]
FOLDERS = {
    "": "Examples",
    "questions": "Questions that people asked",
    "patterns": "Patterns of load",
    "learn": "What people learn the settings from",
    "upstream": "Upstream's performance runs",
    "surprises": "Surprises",
    "world": "Faults, tags of subnets, custom networking",
    "nodes": "Nodes that come and go",
    "changes": "Changes of aws-node on a live cluster",
    "versions": "Upgrades of the VPC CNI",
    "lint": "Traps that lint knows",
}
"""Folders with presets, in the order in which they are listed, and their titles."""

_NO_PRESETS = ("studies",)


@dataclass(frozen=True)
class Preset:
    """A scenario file that ships.

    Attributes:
        name: what `find` knows it by: its file without ``.yaml``.
        folder: where it lies among the scenarios.
        path: its file.
    """

    name: str
    folder: str
    path: pathlib.Path

    @property
    def data(self) -> dict[str, Any]:
        """What the file says, unchecked."""
        data: dict[str, Any] = parse(self.text, str(self.path)).data
        return data

    @property
    def text(self) -> str:
        """The file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def description(self) -> str:
        """What it is about, on one line."""
        return " ".join(str(self.data.get("description", "")).split())

    @property
    def title(self) -> str:
        """The first sentence of that."""
        return re.split(r"(?<=[.?])\s", self.description, maxsplit=1)[0].removesuffix(".")

    def text_for(self, file: str) -> str:
        """The file as it reads under another name, its schema beside it."""
        where = f"scenarios/{self.folder}/{self.name}.yaml".replace("//", "/")
        return self.text.replace("$schema=../schema.json", "$schema=schema.json", 1).replace(
            where, file
        )

    def data_files(self) -> dict[str, pathlib.Path]:
        """The files that its traces name, by what they are named."""
        workload: Any = self.data.get("workload")
        given = [one.get("file") for one in workload]
        return {str(file): self.path.parent / str(file) for file in given if file}


def root() -> pathlib.Path:
    """The folder of the scenarios: in the package, or beside it in a checkout."""
    inside = _PACKAGE / "scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def folders() -> dict[str, str]:
    """All folders with presets, and their titles: a folder's name if it has no other."""
    every = sorted({path.parent.name for path in root().glob("*/*.yaml")} - {*_NO_PRESETS})
    return FOLDERS | {name: name.capitalize() for name in every if name not in FOLDERS}


@cache
def presets() -> tuple[Preset, ...]:
    """All of them, by folder and then by name."""
    return tuple(_found())


def _found() -> Iterator[Preset]:
    for folder in folders():
        for path in sorted((root() / folder).glob("*.yaml")):
            yield Preset(path.stem, folder, path)


def find(name: str) -> Preset:
    """The preset of this name.

    Raises:
        InputError: there is none.
    """
    known = {one.name: one for one in presets()}
    wanted = re.sub(r"\.ya?ml$", "", pathlib.PurePath(name).name)
    if wanted not in known:
        remedy = did_you_mean(wanted, list(known)) or "ipamd-sim new --list names them"
        raise InputError([Problem(f"there is no preset {name}", "new", remedy=remedy)])
    return known[wanted]
