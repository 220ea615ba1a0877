"""Runs the ten scenarios with other versions of Python and NumPy, and compares what they gave.

Usage: python tools/check_versions.py [PYTHON ...]

Without arguments these are Python 3.11 to 3.13, as far as they are found on the path or among
pyenv's. Each gets an environment of its own in .bench/versions, with the locked versions of what
a run needs; the oldest gets another one with the oldest NumPy that pyproject.toml allows, and the
newest one with the newest NumPy there is.

Events, records and counts have to be those of the Python that runs this, and other figures the same
to 1e-9. Exits with 1 if some are not.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any, NamedTuple

from lock_file import Locked, locked
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".bench" / "versions"
LOCK = ROOT / "requirements.lock"
VERSIONS = ("3.11", "3.12", "3.13")
CLOSE = 1e-9


class Environment(NamedTuple):
    """A Python, and what is installed in place of the locked NumPy; empty: that."""

    python: str
    version: str
    numpy: str = ""

    @property
    def folder(self) -> Path:
        """Where it is made."""
        return FOLDER / "-".join(filter(None, (self.version, re.sub(r"[=>]", "", self.numpy))))

    @property
    def name(self) -> str:
        """What it is called in the table."""
        installed = said([str(self.folder / "bin" / "python"), "-c", NUMPY]).strip()
        return f"Python {self.version}, NumPy {installed}"


NUMPY = "import numpy; print(numpy.__version__)"
VERSION = "import sys; print('{}.{}'.format(*sys.version_info))"


def said(command: list[str]) -> str:
    """What a command prints that can import what is here."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    done = subprocess.run(command, check=True, stdout=pipe, text=True, cwd=ROOT, env=environment)
    return done.stdout


def found() -> Iterator[str]:
    """The Pythons there are, one a version."""
    for version in VERSIONS:
        of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        path = shutil.which(f"python{version}")
        yield from [*map(str, of_pyenv), *([path] if path else [])][:1]


def needed() -> set[str]:
    """Names of all that a run needs, by what is installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    todo = [Requirement(one) for one in project["dependencies"]]
    names: set[str] = set()
    while todo:
        name = canonicalize_name(todo.pop().name)
        if name not in names:
            names.add(name)
            further = map(Requirement, requires(name) or ())
            todo += [one for one in further if not one.marker or one.marker.evaluate({"extra": ""})]
    return names


def oldest_numpy() -> str:
    """The requirement of the oldest NumPy that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (numpy,) = (one for one in map(Requirement, project["dependencies"]) if one.name == "numpy")
    (bound,) = numpy.specifier
    return f"numpy=={bound.version}"


def environments(pythons: list[str]) -> Iterator[Environment]:
    """Every Python with the locked NumPy, the first with the oldest, the last with the newest."""
    known = [Environment(one, said([one, "-c", VERSION]).strip()) for one in pythons]
    yield from known
    if known:
        yield known[0]._replace(numpy=oldest_numpy())
        yield known[-1]._replace(numpy="numpy>=2")


def make(one: Environment) -> None:
    """Makes an environment, unless it is there."""
    pip = [str(one.folder / "bin" / "pip"), "install", "--quiet"]
    if (one.folder / "made").exists():
        return
    subprocess.run([one.python, "-m", "venv", "--clear", str(one.folder)], check=True)
    lines = [line(each) for each in locked(LOCK) if canonicalize_name(each.name) in needed()]
    (one.folder / "lock.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lock = ["--require-hashes", "-r", str(one.folder / "lock.txt")]
    subprocess.run([*pip, "--no-deps", *lock], check=True)
    if one.numpy:
        subprocess.run([*pip, "--upgrade", one.numpy, *OF_NUMPY], check=True)
    (one.folder / "made").touch()


OF_NUMPY = ("pandas", "scipy")
"""What is chosen to go with another NumPy."""


def line(one: Locked) -> str:
    """A requirement with its hashes."""
    return " ".join([str(one.requirement), *(f"--hash={each}" for each in one.hashes)])


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two pieces of plain data differ; floats may by 1e-9 of themselves."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE):
            yield f"{path}: {one!r} and {other!r}"
    elif type(one) is not type(other) or one != other:
        yield f"{path}: {one!r} and {other!r}"


def figures(python: str) -> Any:
    """What the ten scenarios give with a Python."""
    return json.loads(said([python, "tools/make_digests.py", "--print"]))


def main() -> int:
    """Makes the environments, runs the scenarios and prints what differs."""
    here, failed = figures(sys.executable), False
    for one in environments(sys.argv[1:] or list(found())):
        make(one)
        there = figures(str(one.folder / "bin" / "python"))
        found_here = sorted(differences(here, there))
        same = "the same bytes" if here == there else "the same to 1e-9"
        print(f"{one.name}: {f'{len(found_here)} differences' if found_here else same}", flush=True)
        print("".join(f"  {each}\n" for each in found_here[:10]), end="")
        failed |= bool(found_here)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
