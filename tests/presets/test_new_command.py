"""``ipamd-sim new``: copies of presets that run where they are put, and never in a file's place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim import Scenario
from sim.cli.command import cli, main
from sim.scenario.presets import folders, presets, root

ROOT = Path(__file__).parents[2]


def new(*arguments: str) -> Result:
    """What the verb prints, and how it ends if nothing is refused."""
    return CliRunner().invoke(cli, ["new", *arguments])


def refused(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What it says when it refuses."""
    with pytest.raises(SystemExit) as ended:
        main(["new", *arguments])
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_the_list_names_all() -> None:
    """Every preset is in the list with its first sentence, under the title of its folder."""
    printed = " ".join(new("--list").stdout.split())
    assert all(one.name in printed and one.title in printed for one in presets())
    assert all(title in printed for title in folders().values())
    assert {"Examples", "Patterns of load", "Surprises"} <= set(folders().values())


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.name)
def test_a_copy_is_the_preset(preset: object, tmp_path: Path) -> None:
    """A copy means the same wherever it is put, data files and all, and says how to run itself."""
    from sim.scenario.presets import Preset

    assert isinstance(preset, Preset)
    target = tmp_path / "deep" / "my.yaml"
    done = new(preset.name, "-o", str(target))
    assert (done.exit_code, done.stdout) == (0, "")
    assert Scenario.load(target).resolved() == Scenario.load(preset.path).resolved()
    text = target.read_text()
    assert "$schema=schema.json" in text
    assert f"scenarios/{preset.folder}/{preset.name}.yaml" not in text


def test_without_a_file_it_is_printed() -> None:
    """The scenario goes to standard output; what else it needs is said beside it."""
    done = new("quickstart")
    assert done.stdout.startswith("# yaml-language-server")
    assert done.stderr == "it needs data/openb-day148.csv: -o FILE copies that too\n"
    assert "ipamd-sim compare batch-cronjobs.yaml" in new("batch-cronjobs.yaml").stdout


def test_a_file_is_never_overwritten_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there stays, unless --force says otherwise; nothing is written beside it."""
    target = tmp_path / "my.yaml"
    target.write_text("mine")
    said = refused("quickstart", "-o", str(target), capsys=capsys)
    assert said == f"{target}: is there already; choose another file, or --force to overwrite it\n"
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"]
    assert target.read_text() == "mine"
    assert new("quickstart", "-o", str(target), "--force").exit_code == 0
    assert Scenario.load(target).name == "quickstart"


def test_other_data_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A trace of the same name with other rows is in the way; the same one is not."""
    assert new("quickstart", "-o", str(tmp_path / "one.yaml")).exit_code == 0
    assert new("quickstart", "-o", str(tmp_path / "two.yaml")).exit_code == 0
    trace = tmp_path / "data" / "openb-day148.csv"
    trace.write_text("start,end\n0,1\n")
    assert str(trace) in refused("quickstart", "-o", str(tmp_path / "three.yaml"), capsys=capsys)
    assert not (tmp_path / "three.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["quickstrat"], "there is no preset quickstrat; did you mean quickstart?"),
        (["zzz"], "there is no preset zzz; ipamd-sim new --list names them"),
        ([], "give the name of a preset, or --list"),
        (["quickstart", "--list"], "give the name of a preset, or --list"),
        (["cron-batch", "-o", "/proc/none/my.yaml"], "/proc/none/my.yaml: cannot be written: "),
        (["cron-batch", "-o", "/proc"], "/proc: is there already"),
    ],
)
def test_what_is_refused(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each in one line, with a remedy."""
    said = refused(*arguments, capsys=capsys)
    assert says in said
    assert said.count("\n") == 1


def test_they_are_in_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel holds every scenario, where an installed package looks for them."""
    from hatchling.builders.wheel import WheelBuilder

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1577836800")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    packed = set(zipfile.ZipFile(wheel).namelist())
    for one in presets():
        assert f"sim/scenarios/{one.path.relative_to(root())}" in packed
        assert {f"sim/scenarios/{file}" for file in one.data_files()} <= packed
