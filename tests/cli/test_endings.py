"""The ways a command ends: exit code and message."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sim.engine.run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEAVY = {"numpy", "pandas", "pyarrow", "rich"}


def process(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    call = [sys.executable, "-m", "sim", *arguments]
    return subprocess.Popen(call, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "ipamd-sim run: Missing argument 'SCENARIO'."),
        (["run", "x.yaml", "--sed", "1"], "ipamd-sim run: No such option"),
        (["run", "x.yaml", "--seed", "one"], "ipamd-sim run: Invalid value for '--seed'"),
        (["walk"], "ipamd-sim: No such command 'walk'."),
        (["max-pods"], "ipamd-sim max-pods: Missing option '-i'"),
        (["max-pods", "-i", "m5.large", "--cni-max-eni", "0"], "ipamd-sim max-pods: Invalid value"),
    ],
)
def test_a_wrong_call_is_one_line(command: Any, arguments: list[str], message: str) -> None:
    """Each mistake in a call has one line that names it and where to look, and exit code 2."""
    ended = command(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(message)
    assert re.fullmatch(r"[^\n]* --help lists what it takes\)\n", ended.err)


def test_bad_input_is_told_all_at_once(command: Any, scenario: str) -> None:
    """Each problem of a scenario is a line with its place; no traceback, nothing on stdout."""
    settings = ("--set", "ipamd.WARM_IP_TARGE=5", "--set", "duration=5", "--seed", "-1")
    ended = command("run", scenario, *settings)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 3
    for words in ("did you mean WARM_IP_TARGET", "a duration needs a unit", "--seed -1"):
        assert words in ended.err


@pytest.mark.parametrize("verb", ["run", "validate"])
def test_a_missing_scenario(command: Any, verb: str) -> None:
    """A file that is not there is bad input."""
    ended = command(verb, "nowhere.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(r"nowhere\.yaml: [^\n]+\n", ended.err)


def test_a_fault_of_ours(command: Any, scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault exits with 70 and prints what a report needs: version, command, traceback."""

    def broken(*_: Any, **__: Any) -> None:
        raise EOFError("this cannot be")

    monkeypatch.setattr(sim.engine.run, "run", broken)
    ended = command("run", scenario, "--set", "name=two words")
    assert (ended.code, ended.out) == (70, "")
    said, traceback = ended.err.split("Traceback (most recent call last):")
    assert "Please report it" in said
    assert re.search(r"^version: ipamd_sim \S+, cni v1\.23\.1, .*python \d", said, re.MULTILINE)
    assert f"command: ipamd-sim run {scenario} --set 'name=two words'\n" in said
    assert traceback.endswith("EOFError: this cannot be\n")


def test_nobody_reads_the_output() -> None:
    """A reader that stops early, such as head, is no error."""
    with process("schema", stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert (running.stderr.read(), running.wait(20)) == ("", 0)


def test_output_that_cannot_be_written() -> None:
    """A full disk behind standard output is said in one line, with exit code 2."""
    with Path("/dev/full").open("w") as full:
        running = process("schema", stdout=full)
        _, err = running.communicate(timeout=20)
    assert running.returncode == 2
    assert err == "standard output: No space left on device; free some space\n"


def test_a_terminal_without_all_characters(scenario: str) -> None:
    """Where a character cannot be shown a question mark stands in for it."""
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    options = ("--set", "workload.web.replicas=70", "--no-progress")
    running = process("run", scenario, *options, stdout=subprocess.PIPE, env=environ)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "? " in out


@pytest.mark.parametrize(("environ", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_only_where_it_is_wanted(
    scenario: str, environ: dict[str, str], colours: bool
) -> None:
    """A terminal gets colours, but not with NO_COLOR."""
    main_end, terminal = pty.openpty()
    options = {"TERM": "xterm-256color", "COLORTERM": "", "COLUMNS": "80", **environ}
    environ = {**os.environ, **options}
    with process("run", scenario, "--no-progress", stdout=terminal, env=environ) as running:
        os.close(terminal)
        seen = _all(main_end)
        assert running.wait(20) == 0
    assert "IP addresses" in seen
    assert ("\x1b[38;5;" in seen) == colours


def loaded_by(*arguments: str) -> set[str]:
    """The packages that the command has imported when it ends."""
    code = (
        "import sys, json, sim\nfrom sim.cli import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(json.dumps(sorted(sys.modules)))"
    )
    call = [sys.executable, "-c", code, *arguments]
    ended = subprocess.run(call, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(ended.stderr)}
    assert "click" in loaded
    return loaded


@pytest.mark.parametrize("verb", ["--help", "--version", "validate", "max-pods", "schema"])
def test_quick_verbs_import_nothing_heavy(scenario: str, verb: str) -> None:
    """Verbs that simulate nothing start without NumPy, pandas, PyArrow and rich."""
    rest = {"validate": [scenario], "max-pods": ["-i", "m5.large"]}.get(verb, [])
    assert not loaded_by(verb, *rest) & HEAVY


def test_validate_of_every_workload_imports_nothing_heavy() -> None:
    """Reading a trace, and reckoning what each kind of workload brings, takes none of them."""
    for name in ("quickstart", "poisson", "cron-batch"):
        assert not loaded_by("validate", str(SCENARIOS / f"{name}.yaml")) & HEAVY


def test_a_run_imports_no_pandas(scenario: str, tmp_path: Path) -> None:
    """Records are written without pandas, and only writing them takes PyArrow."""
    assert not loaded_by("run", scenario, "--no-progress") & {"pandas", "pyarrow"}
    out = str(tmp_path / "results")
    assert "pandas" not in loaded_by("run", scenario, "--no-progress", "--out", out)


def _all(descriptor: int) -> str:
    """What was written to a terminal until its last user left."""
    chunks = []
    while True:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:  # how Linux says that the terminal is gone
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(descriptor)
    return b"".join(chunks).decode()
