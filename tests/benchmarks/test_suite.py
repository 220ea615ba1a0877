"""The benchmark suite at a size that says nothing of speed: what it checks, writes and refuses."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SWEEPS = {"sweep_processes", "sweep_dask"}
KEYS = {"busy", "busy_prefixes", "quiet", "idle_week", "growth", "memory_month"}


class Files(NamedTuple):
    """Where a run of the suite reads and writes."""

    expected: Path
    out: Path

    def entries(self) -> dict[str, dict[str, Any]]:
        """The expected values by run."""
        known: dict[str, dict[str, Any]] = json.loads(self.expected.read_text())["tiny"]
        return known


Suite = Callable[..., int]


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    """The suite is no part of the package: it is imported from the root of the checkout."""
    sys.path.insert(0, str(ROOT))
    yield
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The suite's command."""
    main = import_module("benchmarks.command").main
    return lambda files, *arguments: main(
        ["--size=tiny", f"--expected={files.expected}", f"--out={files.out}", *arguments]
    )


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory, suite: Suite) -> Files:
    """The files after a whole run whose events and records were taken as the expected ones."""
    folder = tmp_path_factory.mktemp("bench")
    files = Files(folder / "expected.json", folder / "new" / "latest.json")
    assert suite(files, "--accept") == 0
    return files


def test_one_ratio_a_key(accepted: Files) -> None:
    """The file of ratios has a positive number for each goal, and the details beside them."""
    written = json.loads(accepted.out.read_text())
    details = written.pop("details")
    assert set(written) == KEYS
    assert all(isinstance(ratio, float) and ratio > 0 for ratio in written.values())
    assert {row["case"] for row in details["rows"]} == KEYS | {"start"} | SWEEPS
    assert {"date", "machine", "versions", "size", "notes"} <= set(details)


def test_the_floor_does_nothing_else() -> None:
    """The floor has a start, two timeouts and an end for each pod, and no more events."""
    floor = import_module("benchmarks.pods").floor
    nothing = floor([], duration_ms=100).events
    gone, there_at_the_end = (10, 20, 0), (30, 200, 0)
    assert floor([gone], duration_ms=100).events - nothing == 4
    assert floor([gone, there_at_the_end], duration_ms=100).events - nothing == 4 + 3


def test_events_and_records_repeat(accepted: Files, suite: Suite) -> None:
    """A second run makes the events and records of the first, at each repetition."""
    before = accepted.expected.read_text()
    assert suite(accepted, "--only", "busy", "quiet", "idle_week", "growth") == 0
    assert accepted.expected.read_text() == before


def test_idle_time_makes_no_events(accepted: Files) -> None:
    """Without the hourly look a week of idling has the events of six hours."""
    entries = accepted.entries()
    short, long = (entries[f"idle_week, no look/{length}"] for length in ("6h", "7d"))
    assert long["events"] <= 1.05 * short["events"]


@pytest.mark.parametrize(("key", "value"), [("digest", "0123456789abcdef"), ("events", 1)])
def test_a_difference_fails(
    accepted: Files,
    suite: Suite,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    key: str,
    value: Any,
) -> None:
    """Other records, or another number of events, than expected end in a message and in 1."""
    entries = accepted.entries()
    changed = Files(tmp_path / "expected.json", tmp_path / "latest.json")
    entries["busy/model"][key] = value
    changed.expected.write_text(json.dumps({"tiny": entries}))
    assert suite(changed, "--only", "busy") == 1
    assert "failed: busy/model: " in capsys.readouterr().err
    assert not changed.out.exists()


def test_nothing_expected_fails(
    suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case that nothing is expected of fails, and the message says how to accept it."""
    assert suite(Files(tmp_path / "none.json", tmp_path / "latest.json"), "--only", "busy") == 1
    assert "--accept" in capsys.readouterr().err


def test_a_command_that_fails_is_told(
    accepted: Files,
    suite: Suite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """If the command fails the case has no ratio, the others have theirs, and the suite fails."""
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(import_module("benchmarks.commands"), "IPAMD_SIM", failing)
    assert suite(accepted, "--only", "busy", "memory_month") == 1
    out, err = capsys.readouterr()
    assert "failed: memory_month: " in err
    assert out.splitlines()[1].startswith("busy ")


def test_a_needless_import_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that --help or validate should not import is named, and the suite fails."""
    commands, measuring = map(import_module, ("benchmarks.commands", "benchmarks.measuring"))
    monkeypatch.setattr(commands, "HEAVY", {"click", "no_such_module"})
    ledger = measuring.Ledger("tiny")
    commands.check_imports("start", ledger)
    assert ledger.failures == ["start: --help imports click", "start: validate imports click"]


@pytest.mark.parametrize("arguments", [["--sise=tiny"], ["--only", "bussy"], ["more"]])
def test_wrong_flags_are_refused(
    accepted: Files, suite: Suite, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """What it does not know is refused in one line, with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        suite(accepted, *arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_has_the_committed_table() -> None:
    """docs/performance.md shows what benchmarks/results.json holds."""
    filled: Any = runpy.run_path(str(ROOT / "tools" / "make_performance_docs.py"))["filled"]
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "<!-- made: table -->" in page
    assert filled(page) == page
