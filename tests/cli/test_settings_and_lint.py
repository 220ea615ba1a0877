"""``settings`` and ``lint`` as commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.lint.rules import RULES

ROOT = Path(__file__).parents[2]
SURPRISE = str(ROOT / "scenarios" / "surprises" / "minimum-is-a-ceiling.yaml")
RECOMMENDED = {
    "choice": "WARM_IP_TARGET=1",
    "change": None,
}


WITHOUT = {
    "choice": None,
    "change": None,
    "closest": {"WARM_IP_TARGET=2": ["pod_ip_wait_p99"]},
    "no_choice": {"change": None},
}


def test_settings_of_a_scenario(command: Any, scenario: str) -> None:
    """The page has the lines and says that nothing was applied; each form of output agrees."""
    given = ("settings", scenario, "--set", "ipamd.WARM_IP_TARGET=5")
    ended = command(*given)
    assert ended.code == 0
    assert "WARM_IP_TARGET=5 MINIMUM_IP_TARGET-" in ended.out
    assert "nothing was applied" in ended.out
    data = json.loads(command(*given, "-o", "json").out)
    assert data["set"] == {"ENABLE_PREFIX_DELEGATION": "false", "WARM_IP_TARGET": "5"}
    assert data["unset"] == ["MINIMUM_IP_TARGET"]
    assert data["paste"]["text"] == command(*given, "-o", "paste").out.rstrip("\n")


def test_settings_of_a_run(command: Any, scenario: str, tmp_path: Path) -> None:
    """A saved run has the settings of its scenario, wherever the file is now."""
    folder = str(tmp_path / "out")
    change = ("--set", "ipamd.WARM_IP_TARGET=3")
    assert command("run", scenario, *change, "--out", folder, "--no-progress").code == 0
    for_run = command("settings", folder, "--for", "helm", "-o", "paste")
    assert for_run.out == command("settings", scenario, *change, "--for", "helm", "-o", "paste").out
    assert 'WARM_IP_TARGET: "3"' in for_run.out


def test_settings_on_top_of_an_imported_cluster(command: Any, scenario: str) -> None:
    """--set is what is wanted; what holds now is what the file has."""
    file = Path(scenario)
    file.write_text(file.read_text() + "\norigin: {kind: snapshot}\n")
    ended = command("settings", scenario, "--set", "ipamd.WARM_IP_TARGET=7", "-o", "json")
    change = json.loads(ended.out)["change"]
    assert change["is_before_known"]
    assert change["before"]["WARM_IP_TARGET"] != change["after"]["WARM_IP_TARGET"] == 7
    assert "Nothing changes" in command("settings", scenario).out


def test_lines_that_change_the_mode_come_with_a_warning(command: Any, scenario: str) -> None:
    """What is pasted alone would change all running nodes over; stdout has it alone still."""
    given = ("settings", scenario, "--set", "ipamd.ENABLE_PREFIX_DELEGATION=true", "-o", "paste")
    ended = command(*given)
    assert ended.out.startswith("kubectl set env")
    assert "on all running nodes, which is not safe" in ended.err


def test_settings_of_a_recommendation(command: Any, scenario: str, tmp_path: Path) -> None:
    """The answer of recommend, printed or kept, is what is set."""
    folder = tmp_path / "kept"
    given = ("recommend", scenario, "--replications", "2", "--no-progress", "--workers", "1")
    expect = ("--set", "expect={unserved_pods: '<= 0'}", "--set", "duration=2m")
    ended = command(*given, *expect, "--out", str(folder), "-o", "json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    file = tmp_path / "answer.json"
    file.write_text(ended.out)
    of_file, of_folder = (command("settings", str(one), "-o", "json") for one in (file, folder))
    assert of_file.code == 0, of_file.err
    assert of_file == of_folder
    words = answer["lines"]["kubectl"].split()[7:]
    data = json.loads(of_file.out)
    assert {word for word in words if "=" in word} == {f"{k}={v}" for k, v in data["set"].items()}
    assert [word[:-1] for word in words if "=" not in word] == data["unset"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (json.dumps(RECOMMENDED), 0, "nothing is to be changed"),
        (json.dumps(RECOMMENDED | {"choice": None}), 2, "no setting keeps the limits"),
        (json.dumps(RECOMMENDED | {"change": {"before": {}}}), 2, "its change cannot be read"),
        (json.dumps(RECOMMENDED | {"change": 5}), 2, "its change cannot be read"),
        (
            json.dumps(WITHOUT),
            2,
            "nothing is recommended; the closest, WARM_IP_TARGET=2, fails pod_ip_wait_p99; "
            "--closest prints its lines",
        ),
        ("{}", 2, "this is no recommendation"),
        ("[]", 2, "this is no recommendation"),
        ("{", 2, "is no JSON"),
    ],
)
def test_a_file_that_is_no_recommendation(
    command: Any, tmp_path: Path, text: str, code: int, said: str
) -> None:
    """What cannot be applied is refused in one line that says why."""
    file = tmp_path / "answer.json"
    file.write_text(text)
    ended = command("settings", str(file))
    assert ended.code == code
    assert said in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_settings_refuses_what_it_cannot_read(command: Any, tmp_path: Path) -> None:
    """A folder that is neither, a file that is not there, options that do not fit."""
    assert "holds neither a run nor" in command("settings", str(tmp_path)).err
    assert command("settings", str(tmp_path / "no.yaml")).code == 2
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "0.json").write_text("{}")
    unfinished = command("settings", str(tmp_path)).err
    assert "there are finished runs here (1), but no answer (recommendation.json) yet" in unfinished
    assert "run recommend with --out and this folder to its end" in unfinished
    (tmp_path / "a.json").write_text(json.dumps(RECOMMENDED))
    assert "are for a scenario" in command("settings", str(tmp_path / "a.json"), "--set", "a=1").err


def test_lint_exits_with_1_on_errors(command: Any) -> None:
    """Errors make the exit code 1, unless their rules are ignored."""
    assert command("lint", SURPRISE).code == 1
    ended = command("lint", SURPRISE, "--ignore", "IPAMD001,ipamd018")
    assert ended.code == 0
    assert "ignored: IPAMD001, IPAMD018" in ended.out
    assert command("lint", SURPRISE, "WARM_IP_TARGET=1").code == 0


def test_lint_fails_on_less(command: Any) -> None:
    """--fail-on makes warnings count."""
    given = ("lint", "IP_COOLDOWN_PERIOD=0")
    assert command(*given).code == 0
    assert command(*given, "--fail-on", "warning").code == 1


def test_lint_as_json(command: Any) -> None:
    """A finding has its id, its place and its source."""
    data = json.loads(command("lint", SURPRISE, "-o", "json").out)
    assert data["counts"] == {"error": 2, "warning": 0, "note": 0}
    first = data["findings"][0]
    assert (first["id"], first["file"]) == ("IPAMD001", SURPRISE)
    assert first["line"] > 1
    assert "datastoreTargetState" in first["source"]


def test_lint_says_what_it_did_not_look_for(command: Any) -> None:
    """Without a cluster only rules about the settings look, and the rest are named."""
    ended = command("lint", "WARM_IP_TARGET=1", "AWS_VPC_K8S_CNI_LOGLEVEL=DEBUG")
    assert ended.code == 0
    assert "not looked for without --nodes: IPAMD007" in ended.out
    assert "m5.large" not in ended.out


def test_lint_lists_its_rules(command: Any) -> None:
    """All rules, as text and as data."""
    text = command("lint", "--rules").out
    assert all(rule.id in text and rule.shown_by in text for rule in RULES)
    data = json.loads(command("lint", "--rules", "-o", "json").out)
    assert [one["id"] for one in data] == [rule.id for rule in RULES]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a scenario, or variables"),
        (("a.yaml", "b.yaml"), "one scenario at a time"),
        (("a.yaml", "--nodes", "3"), "use --set"),
        (("WARM_IP_TARGET=1", "--set", "seed=2"), "--set goes with a scenario"),
        (("WARM_IP_TARGE=1",), "WARM_IP_TARGE=1: ipamd.WARM_IP_TARGE: unknown key; did you mean"),
        (("WARM_IP_TARGET=x",), "WARM_IP_TARGET=x: ipamd.WARM_IP_TARGET: 'x' is no whole number"),
        (("WARM_IP_TARGET=1", "--ignore", "IPAMD1"), "there is no rule IPAMD1"),
        (("--instance-type", "m5.lage"), "did you mean m5.large"),
        (("--subnet", "10.0.0.0"), "cluster.subnets[0].cidr"),
    ],
)
def test_lint_refuses(command: Any, arguments: tuple[str, ...], said: str) -> None:
    """Bad input is one message and exit code 2."""
    ended = command("lint", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_both_are_light() -> None:
    """Neither loads what only a run needs."""
    code = (
        "import sys; from click.testing import CliRunner; from sim.cli import cli\n"
        f"for verb in ('lint', 'settings'): CliRunner().invoke(cli, [verb, {SURPRISE!r}])\n"
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'rich', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
