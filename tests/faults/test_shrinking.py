"""A failing scenario is made small, saved, and fails again from its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faults import command
from faults.command import Failure, Plan, again, drive
from faults.shrink import shrunk, smaller
from faults.trial import drawn
from sim.engine.build import World
from sim.ipamd.context import CHECK

SEED = 3


def test_all_that_can_go_goes() -> None:
    """What is left is needed, and its numbers are the smallest that do."""
    data = {"a": [1, {"b": 70, "c": True}, 9], "d": "text", "e": {"f": 3}}

    def fails(one: Any) -> bool:
        return isinstance(one, dict) and any(
            isinstance(it, dict) and it.get("b", 0) > 12 for it in one.get("a", [])
        )

    assert shrunk(data, fails) == {"a": [{"b": 13}]}


def test_it_ends_when_it_has_asked_often_enough() -> None:
    """No more questions than allowed are asked."""
    asked: list[Any] = []
    shrunk(list(range(50)), lambda one: bool(asked.append(one)), most_tries=7)
    assert len(asked) == 7


def test_steps_are_one_at_a_time() -> None:
    """A key, an item, or one number less."""
    assert list(smaller({"a": [2]})) == [{}, {"a": []}, {"a": [0]}, {"a": [1]}]
    assert list(smaller(True)) == [False]


def test_a_failure_is_saved_and_fails_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds a small scenario and says how to see it again; seeds that hold leave none."""
    found = "pods were there"

    def wrong(world: World, *_: object) -> None:
        if world.api.kubelets.pods_started > CHECK:
            raise AssertionError(found)

    monkeypatch.setattr("faults.trial._check_rest", wrong)
    monkeypatch.setattr(command, "MOST_TRIES", 25)
    failure = Failure(SEED, f"AssertionError: {found}")
    path = tmp_path / "seed.yaml"
    data = command.small(failure, sleeping=False)
    command.save(path, data, failure)
    assert len(str(data)) < len(str(drawn(SEED)))
    assert path.read_text().startswith(f"# AssertionError: {found}\n# From seed {SEED};")
    assert again(path) == 1
    monkeypatch.undo()
    assert again(path) == 0
    assert "all held" in capsys.readouterr().out


def test_seeds_in_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each seed is tried once, wherever it runs, and what there was is counted."""
    assert drive(Plan(every=2, keep=tmp_path / "none"), range(40, 44), workers=1) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("4 seeds in ")
    assert "2 compared with every pass" in printed
    assert not (tmp_path / "none").exists()
