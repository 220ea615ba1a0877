"""Study files that are refused: what is said, where, and that all of it is said at once."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from small_study import SCENARIO, STUDY, varying, written

from sim.scenario.errors import InputError
from sim.scenario.reader import parse, read
from sim.study.study import Study
from sim.study.study_file import schema

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios" / "studies").glob("*.yaml"))


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files as they are given, here without a folder."""
    monkeypatch.chdir(tmp_path)


def refusal(study: str, scenario: str = SCENARIO, **options: Any) -> list[str]:
    """What is said about a study, line by line."""
    path = written(Path(), study, scenario)
    with pytest.raises(InputError) as refused:
        Study.load(path, **options)
    return str(refused.value).splitlines()


def said_of(vary: str) -> list[str]:
    """What is said about a study that varies this, without the file's name."""
    return [line.removeprefix("study.yaml:") for line in refusal(varying(vary))]


def test_points_are_scenarios() -> None:
    """Every point has the scenario with its values and factors."""
    study = Study.load(written(Path()))
    settings = [one.model.ipamd.WARM_IP_TARGET for one in study.scenarios]
    rates = [one.resolved()["workload"][0]["arrivals_per_minute"] for one in study.scenarios]
    assert settings == [1, 1, 4, 4]
    assert [rate[0]["arrivals_per_minute"] for rate in rates] == [6, 12, 6, 12]
    assert study.keys == ("WARM_IP_TARGET", "churn")


def test_a_setting_is_that_of_all_groups() -> None:
    """A setting replaces what a group has of its own, unless a point sets that as well."""
    own = SCENARIO.replace("nodes: 2}", "nodes: 2, ipamd: {WARM_IP_TARGET: 9}}")
    group = "cluster.node_groups.batch.ipamd.WARM_IP_TARGET"
    vary = f"{{list: [{{WARM_IP_TARGET: 2}}, {{{group}: 5, WARM_IP_TARGET: 2}}]}}"
    study = Study.load(written(Path(), varying(vary), own))
    of_group = [dict(one.model.group_settings())["batch"] for one in study.scenarios]
    assert [settings.WARM_IP_TARGET for settings in of_group] == [2, 5]


def test_replications_from_outside() -> None:
    """The number of replications can be replaced, and is held against the same limits."""
    assert Study.load(written(Path()), 7).model.replications == 7
    assert refusal(STUDY, replications=1001) == [
        "--replications 1001: replications: 1001 is above 1000"
    ]


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("{gird: {churn: [1]}}", "4:8: vary.gird: unknown key; did you mean grid?"),
        ("{}", "4:1: vary: give exactly one of grid, list, latin_hypercube"),
        (
            "{grid: {churn: [1]}, list: [{churn: 1}]}",
            "4:1: vary: give exactly one of grid, list, latin_hypercube",
        ),
        ("{grid: {churn: []}}", "4:15: vary.grid.churn: is empty; give at least one"),
        ("{grid: {churn: 2}}", "4:15: vary.grid.churn: 2 stands where a list belongs"),
        ("{grid: {chrun: [2]}}", "4:15: vary.grid.chrun: unknown key; did you mean churn?"),
        (
            "{grid: {ipamdd.WARM_IP_TARGET: [2]}}",
            '4:15: vary.grid["ipamdd.WARM_IP_TARGET"]: unknown key; did you mean ipamd?',
        ),
        (
            "{grid: {WARM_IP_TARGT: [2]}}",
            "4:31: vary.grid.WARM_IP_TARGT[0]: unknown key; did you mean WARM_IP_TARGET?",
        ),
        (
            "{grid: {seed: [1, 2]}}",
            "4:15: vary.grid.seed: cannot be varied; replications have seeds of their own",
        ),
        (
            "{grid: {ipamd.WARM_IP_TARGET: [2], WARM_IP_TARGET: [2]}}",
            "4:42: vary.grid.WARM_IP_TARGET: means the same as ipamd.WARM_IP_TARGET; leave one out",
        ),
        (
            "{grid: {churn: [1, 1.0]}}",
            "4:26: vary.grid.churn[1]: 1.0 is given twice; leave one out",
        ),
        (
            "{grid: {churn: [1, -2], quota: [1, 2, 3]}}",
            "4:26: vary.grid.churn[1]: -2 is no factor above 0 and up to 1000",
        ),
        (
            "{grid: {subnet: [0.01], cluster.subnets.a.others: [{count: 9}]}}",
            "4:24: vary.grid.subnet[0]: cluster.subnets[0].others.count: 257 addresses of others",
        ),
        (
            "{grid: {cluster.node_groups.bach.nodes: [1]}}",
            '4:48: vary.grid["cluster.node_groups.bach.nodes"][0]: cluster.node_groups: has no',
        ),
        (
            "{list: [{name: a}, {name: a}]}",
            "4:27: vary.list[1].name: vary.list[0] has the name a already; give each its own name",
        ),
        ("{list: [{name: 5}]}", "4:16: vary.list[0].name: 5 is no text; put it in quotes"),
        (
            "{latin_hypercube: {points: 0, ranges: {churn: {min: 1, max: 2}}}}",
            "4:26: vary.latin_hypercube.points: 0 is below 1",
        ),
        (
            "{latin_hypercube: {points: 3, ranges: {churn: {min: 2, max: 2}}}}",
            "4:46: vary.latin_hypercube.ranges.churn: max is not above min",
        ),
        (
            "{latin_hypercube: {points: 3, ranges: {churn: {min: 0, max: 2, log: true}}}}",
            "4:46: vary.latin_hypercube.ranges.churn: min is not above 0, as a range over",
        ),
        (
            "{latin_hypercube: {points: 3, ranges: {churn: {min: 1, max: 2s}}}}",
            "4:46: vary.latin_hypercube.ranges.churn: min and max are not of one kind",
        ),
        (
            "{latin_hypercube: {points: 3, ranges: {churn: {min: a, max: 2}}}}",
            "4:54: vary.latin_hypercube.ranges.churn.min: 'a' is no duration",
        ),
        (
            "{latin_hypercube: {points: 3, ranges: {churn: {min: 1.5, max: 2, integer: true}}}}",
            "4:46: vary.latin_hypercube.ranges.churn: min and max of whole numbers are no whole",
        ),
        (
            "{grid: {churn: [1, 2, 3, 4, 5], quota: [1, 2], WARM_IP_TARGET: "
            + f"{list(range(2000))}}}}}",
            "4:1: vary: has 20,000 points, over 10,000; take fewer values",
        ),
    ],
)
def test_refused(vary: str, said: str) -> None:
    """What is wrong with a design is one line, with its place and with what would be right."""
    (line,) = said_of(vary)
    assert line.startswith(said)


def test_a_range_that_needs_whole_numbers() -> None:
    """Of many points that are wrong in one range, the first is told."""
    (line,) = said_of("{latin_hypercube: {points: 9, ranges: {WARM_IP_TARGET: {min: 1, max: 9}}}}")
    assert line.startswith("4:46: vary.latin_hypercube.ranges.WARM_IP_TARGET: ")
    assert line.endswith("is no whole number")


def test_what_is_wrong_with_the_whole() -> None:
    """What the scenario says itself is told with the point that makes it wrong."""
    vary = "{grid: {warm_up: [5m, 9m], duration: [10m, 9m]}}"
    after = "is not below the duration; nothing would be measured"
    assert refusal(varying(vary)) == [f"study.yaml:4:29: vary.grid.warm_up[1]: {after}"]
    shorter = SCENARIO.replace("warm_up: 1m", "warm_up: 9m")
    assert refusal(varying("{grid: {duration: [10m, 9m, 8m]}}"), shorter) == [
        f"tiny.yaml:3:1: warm_up: with duration 9m: {after}"
    ]


MANY = """\
nam: small
scenario: tiny.yml
replications: 0
seed: x
vary:
  grid:
    chrun: [1]
    quota: {a: 1}
"""


def test_all_at_once() -> None:
    """What one mistake would hide is found all the same."""
    assert [line.split(": ")[:2] for line in refusal(MANY)] == [
        ["study.yaml:1:1", "nam"],
        ["study.yaml:2:1", "scenario"],
        ["study.yaml:3:1", "replications"],
        ["study.yaml:4:1", "seed"],
        ["study.yaml:7:5", "vary.grid.chrun"],
        ["study.yaml:8:5", "vary.grid.quota"],
    ]


def test_points_that_are_wrong_at_once() -> None:
    """Every wrong value of every point is told, once."""
    lines = said_of("{grid: {WARM_IP_TARGET: [1, -1, x], nodes: [1, 0], churn: [1, 2]}}")
    assert [line.split(": ")[1] for line in lines] == [
        "vary.grid.WARM_IP_TARGET[1]",
        "vary.grid.WARM_IP_TARGET[2]",
        "vary.grid.nodes[1]",
    ]


def test_other_files() -> None:
    """An empty file, another YAML and a scenario that is wrong are told as what they are."""
    assert refusal("") == ["study.yaml:1:1: is empty; a study needs at least scenario and vary"]
    assert refusal("- 1\n") == [
        "study.yaml:1:1: a list stands where a mapping of keys to values belongs"
    ]
    assert refusal(STUDY, SCENARIO.replace("nodes: 2", "nodes: -2"))[0].startswith(
        "tiny.yaml:8:46: "
    )
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        Study.load("none.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_studies(path: Path) -> None:
    """The shipped studies load, are valid by the schema and named as their files."""
    study = Study.load(path)
    assert study.name == path.stem
    Draft202012Validator(schema()).validate(read(path).data)
    validated = study.model.model_dump(mode="json", by_alias=True, exclude_none=True)
    Draft202012Validator(schema()).validate(validated)


@pytest.mark.parametrize(
    "vary",
    [
        "{gird: {a: [1]}}",
        "{}",
        "{grid: {churn: []}}",
        "{grid: {churn: 2}}",
        "{list: [1]}",
        "{latin_hypercube: {points: 0, ranges: {churn: {min: 1, max: 2}}}}",
        "{latin_hypercube: {points: 3, ranges: {churn: {min: 1}}}}",
    ],
)
def test_schema_refuses(vary: str) -> None:
    """What is wrong by itself is refused by the schema too."""
    validator = Draft202012Validator(schema())
    Draft202012Validator.check_schema(schema())
    validator.validate(parse(varying("{grid: {churn: [1]}}")).data)
    assert not validator.is_valid(parse(varying(vary)).data)


def test_committed_schema_is_current() -> None:
    """scenarios/studies/schema.json is what tools/make_schema.py writes, and has descriptions."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_schema.py"))
    assert tool["STUDIES"].read_text("utf-8") == tool["studies_content"]()
    made = json.loads(tool["studies_content"]())
    for model in (made, *made["$defs"].values()):
        assert all(one.get("description") for one in model["properties"].values())
