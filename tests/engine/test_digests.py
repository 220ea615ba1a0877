"""Ten shipped scenarios give what they gave before, whatever order things are hashed in."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.results.records import TABLES

TOOL = Path(__file__).parents[2] / "tools" / "make_digests.py"
MADE: dict[str, Any] = runpy.run_path(str(TOOL))
AGAIN = "if that is meant: python tools/make_digests.py"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """All that the ten give."""
    return {name: MADE["described"](name) for name in MADE["TEN"]}


@pytest.mark.parametrize("name", MADE["TEN"])
def test_what_it_gave_before(name: str, described: dict[str, Any]) -> None:
    """Events, records and summary are those of the file, bit by bit."""
    assert MADE["digests"](described[name]) == MADE["known"]()[name], AGAIN


def test_the_file_is_of_these() -> None:
    """The file speaks of the ten scenarios, and of no other."""
    assert len(MADE["TEN"]) == 10
    assert list(MADE["known"]()) == list(MADE["TEN"])


def test_every_table_is_in_it(described: dict[str, Any]) -> None:
    """A change of any table would be seen: each has rows in one of the ten."""
    assert set().union(*(one["rows"] for one in described.values())) == set(TABLES)


@pytest.mark.parametrize("hash_seed", ["0", "4242"])  # tests are started with another
def test_another_hash_seed_gives_the_same(hash_seed: str) -> None:
    """No order of a set or of hashes comes into a run."""
    command = [sys.executable, str(TOOL), "--check"]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "")


def test_another_digest_is_seen(described: dict[str, Any]) -> None:
    """One event, one row or one figure more is another digest."""
    one = next(iter(described.values()))
    digests = MADE["digests"]
    for name, value in (("events", -1), ("records", "?"), ("figures", {})):
        assert digests(one | {name: value}) != digests(one)
