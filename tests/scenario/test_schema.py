"""The JSON Schema of scenarios: as strict and as lenient as the loader, and its copies current."""

from __future__ import annotations

import copy
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from small_scenario import SMALL
from test_scenario_properties import EVERYTHING, EXAMPLES

from sim.scenario.load import Scenario
from sim.scenario.reader import parse, read
from sim.scenario.schema import schema

ROOT = Path(__file__).parents[2]
REFUSALS = YAML(typ="safe").load((Path(__file__).parent / "refusals.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """A validator of the schema."""
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, validator: Draft202012Validator) -> None:
    """The shipped scenarios, and what they resolve to, are valid by the schema."""
    validator.validate(read(path).data)
    validator.validate(Scenario.load(path).resolved())


def test_everything(validator: Draft202012Validator) -> None:
    """A scenario of every kind of key is valid by the schema."""
    validator.validate(parse(EVERYTHING).data)


SPELLINGS: list[tuple[str, Any]] = [
    ("duration", "1.5h"),
    ("duration", " 90s "),
    ("warm_up", 0),
    ("cluster.node_groups.batch.nodes", [{"at": "0s", "nodes": 0}]),
    ("cluster.node_groups.batch.max_pods", "default_enis * 4"),
    ("cluster.node_groups.batch.max_pods", 17),
    ("cluster.node_groups.batch.launch_delay", 0),
    ("cluster.node_groups.batch.launch_delay", {"uniform": {"min": "1s", "max": "2s"}}),
    ("cluster.node_groups.batch.reserved", {"cpu": 0.5, "memory": 1e9}),
    ("cluster.subnets.a.tags", {"kubernetes.io/role/cni": 0}),
    ("ipamd.ENABLE_PREFIX_DELEGATION", "True"),
    ("ipamd.ENABLE_PREFIX_DELEGATION", 0),
    ("ipamd.WARM_IP_TARGET", " 4 "),
    ("aws.buckets", {"CreateTags": None}),
    ("aws.quota_multiplier", 3),
    ("workload.web.requests.memory", "1.5Gi"),
    ("workload.web.updates", [{"at": "1h", "maxSurge": "25%", "maxUnavailable": 0}]),
]


@pytest.mark.parametrize(("target", "value"), SPELLINGS)
def test_accepts_what_loads(target: str, value: Any, validator: Draft202012Validator) -> None:
    """Every way of writing a value that the loader accepts is valid by the schema."""
    scenario = Scenario.from_dict(parse(SMALL).data).with_values({target: value})
    validator.validate(scenario.source.data)
    validator.validate(scenario.resolved())


ONLY_THE_LOADER = (
    "10.0.0.0/29",
    "10.0.0.5/24",
    "'ten'",
    "is longer than",
    "is missing; give one",
    "is not below",
    "overlaps",
    "already",
    "of others in",
    "lies outside",
    "must rise",
    "there is no",
    "'default_enis",
    "p99 is below",
    "unknown instance type",
    "is refused",
    "both 0",
    "schedule",
    "2 values",
    "'0s' is not above",
    "is empty; give at least one",
    "nan is no finite",
    "stays what it was",
)
"""What takes more than one field, or more than JSON Schema, to be found wrong."""


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["says"][:60])
def test_refuses_what_does_not_load(case: dict[str, str], validator: Draft202012Validator) -> None:
    """What is wrong by itself is refused by the schema too, as far as JSON Schema can say it."""
    data = parse(SMALL.replace(case["replace"], case["by"])).data
    if validator.is_valid(data):
        assert any(words in case["says"] for words in ONLY_THE_LOADER)


def test_defaults_are_valid() -> None:
    """Every default that the schema names may be written out."""
    definitions = schema()["$defs"]
    for name, model in {**definitions, "Scenario": schema()}.items():
        for key, value in model["properties"].items():
            if value.get("default") is not None:
                part = copy.deepcopy(value) | {"$defs": definitions}
                assert Draft202012Validator(part).is_valid(value["default"]), (name, key)


def test_every_key_is_described() -> None:
    """Every key of every model has a description."""
    for name, model in {**schema()["$defs"], "Scenario": schema()}.items():
        for key, value in model["properties"].items():
            assert value.get("description"), (name, key)


def made_by(tool: str) -> dict[str, Any]:
    """The names of one of the project's tools."""
    return runpy.run_path(str(ROOT / "tools" / f"{tool}.py"))


def test_committed_schema_is_current() -> None:
    """scenarios/schema.json is what tools/make_schema.py writes."""
    tool = made_by("make_schema")
    assert tool["TARGET"].read_text("utf-8") == tool["content"]()


def test_documentation_is_current() -> None:
    """The tables of docs/scenario.md are what tools/make_scenario_docs.py writes."""
    tool = made_by("make_scenario_docs")
    text = tool["TARGET"].read_text("utf-8")
    assert tool["document"](text) == text


def test_documentation_is_whole() -> None:
    """Every model has its table in docs/scenario.md, and every link leads to a heading."""
    text = (ROOT / "docs" / "scenario.md").read_text("utf-8")
    shown = set(re.findall(r"<!-- keys: (\w+)", text))
    steps = {"NodeStep", "ReplicaStep", "RateStep"}
    assert set(schema()["$defs"]) - shown <= steps
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 _-]", "", h.lower()).replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


BASE = parse(SMALL.replace("batch", "general")).data
BLOCKS = (ROOT / "docs" / "scenario.md").read_text("utf-8").split("```yaml\n")[1:]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_documentation_examples(
    block: str, tmp_path: Path, validator: Draft202012Validator
) -> None:
    """Every example of docs/scenario.md, put into a scenario, is valid."""
    given = parse(block.split("```", maxsplit=1)[0]).data
    (tmp_path / "monday.csv").write_text("start,end,cpu,memory\n0,95.5,500m,1Gi\n12,,2,4Gi\n")
    data = BASE | {"cluster": {**BASE["cluster"], **given.pop("cluster", {})}} | given
    validator.validate(data)
    Scenario.from_dict(data, tmp_path)
