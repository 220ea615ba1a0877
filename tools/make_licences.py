"""Make docs/licences.md from the metadata of what requirements.lock locks.

python tools/make_licences.py

Of packages, or of versions, that are not installed here the wheels are fetched for a moment.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from functools import cache
from pathlib import Path

from lock_file import Locked, locked
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK, TARGET = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"

INTRODUCTION = """\
# Licences of what ipamd-sim needs

Every package in `requirements.lock`, with the licence that its own metadata states. ipamd-sim
contains none of them: they are installed beside it. *Made by `make licences`.*

*run*: `pip install ipamd-sim` installs it; *extra*: only an extra such as `ipamd-sim[html]` does;
*development*: only `make env` does.

"""

NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "ISC license": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""SPDX's names of what metadata calls otherwise; where that says only BSD, of three clauses."""

EXTRAS = ("dask", "html", "plot")
"""Those whose packages are locked."""
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
    {"sys_platform": "win32", "platform_system": "Windows"},
)

LONGEST_NAME = 40
"""A longer text is the licence itself, and the classifier has its name."""


def licence(metadata: Message) -> str:
    """The SPDX expression of a package's licence.

    Raises:
        ValueError: its metadata has none that is known here.
    """
    if expression := metadata.get("License-Expression"):
        return str(expression)
    stated = str(metadata.get("License") or "")
    classifiers = metadata.get_all("Classifier") or []
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::")]
    found = [stated] if "\n" not in stated and len(stated) <= LONGEST_NAME else []
    for name in (*found, *names):
        known = NAMES.get(name, name)
        if re.fullmatch(r"[A-Za-z0-9.-]+( (AND|OR) [A-Za-z0-9.-]+)*", known) and known != "UNKNOWN":
            return known
    raise ValueError(f"{metadata.get('Name')}: unknown licence {found} {names}: add it to NAMES")


def _metadata(one: Locked) -> Message:
    try:
        here = importlib.metadata.distribution(one.name)
    except importlib.metadata.PackageNotFoundError:
        return _fetched(one)
    return here.metadata if here.version == one.version else _fetched(one)  # type: ignore[return-value]


def _fetched(one: Locked) -> Message:
    """The metadata of a wheel that is not for this platform or this Python."""
    call = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--python-version=3.13"]
    with tempfile.TemporaryDirectory() as folder:
        what = f"{one.name}=={one.version}"
        subprocess.run([*call, *options, "--dest", folder, what], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            return Parser().parsestr(archive.read(name).decode())


def _closure(first: list[Requirement]) -> set[str]:
    """What requirements need, directly or not, on any platform."""
    seen: set[tuple[str, str]] = set()
    waiting = [*first]
    while waiting:
        one = waiting.pop()
        for extra in ("", *sorted(one.extras)):
            if (key := (canonicalize_name(one.name), extra)) not in seen:
                seen.add(key)
                waiting += [more for more in _requirements(one.name) if _holds(more, extra)]
    return {name for name, _ in seen}


def _holds(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra} | one) for one in PLATFORMS)


@cache
def _requirements(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in importlib.metadata.requires(name) or []]
    except importlib.metadata.PackageNotFoundError:  # of another platform
        return []


def purposes() -> dict[str, str]:
    """What each locked package is for: run, extra or development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    run = _closure([Requirement(one) for one in project["dependencies"]])
    extra = _closure([Requirement(one) for name in EXTRAS for one in optional[name]])
    names = [canonicalize_name(one.name) for one in locked(LOCK)]
    return {n: "run" if n in run else "extra" if n in extra else "development" for n in names}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Name, version, what it is for and licence of each locked package."""
    what_for = purposes()
    for one in locked(LOCK):
        yield one.name, one.version, what_for[canonicalize_name(one.name)], licence(_metadata(one))


def content() -> str:
    """The whole document."""
    lines = ["| Package | Version | For | Licence |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows()]
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
