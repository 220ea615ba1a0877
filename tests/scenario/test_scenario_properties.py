"""Whatever a scenario file says, it loads or is refused with problems, and nothing else."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.scenario.errors import InputError
from sim.scenario.load import Scenario

EXAMPLES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))

EVERYTHING = """\
name: all
seed: 3
duration: 2h
warm_up: 5m
cluster:
  subnets:
    - name: a
      cidr: 10.0.0.0/22
      zone: z1
      tags: {kubernetes.io/role/cni: 1}
      reservations: [{cidr: 10.0.1.0/24, type: prefix}]
      others: {count: 9, placement: low-first}
    - {name: b, cidr: 10.0.4.0/24}
  node_groups:
    - name: web
      instance_type: m5.large
      subnets: [a, b]
      nodes: [{at: 0s, nodes: 3}, {at: 30m, nodes: 6}]
      launch_delay: {lognormal: {p50: 30s, p99: 90s}}
      launch_retry: null
      max_pods: default_enis * (ips_per_eni - 1) + 2
      ipamd: {WARM_IP_TARGET: "2"}
      reserved: {cpu: 100m, memory: 1Gi}
      daemonsets: [{name: log, requests: {cpu: 10m}}]
      cordons: [1h]
    - name: odd
      instance_type: x9.huge
      limits: {max_enis: 4, ipv4_per_eni: 15, vcpus: 8, memory: 32Gi}
      nodes: 1
ipamd: {ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: 2}
aws:
  quota_multiplier: 2
  buckets: {CreateTags: {max: 5, refill_per_s: 1}, DescribeSubnets: null}
  latency: {CreateTags: 50ms}
  other_requests: {DescribeInstances: 0.5}
kube: {scheduling: most_allocated, image_pull_time: {exponential: {mean: 2s}}}
workload:
  - kind: deployment
    name: d
    replicas: [{at: 0s, replicas: 5}, {at: 1h, replicas: 9}]
    updates: [{at: 30m, maxSurge: 2, maxUnavailable: 0%}]
    node_groups: [web]
  - {kind: job, name: j, at: 5m, completions: 4, lifetime: {empirical: {values: [1s]}}}
  - {kind: cronjob, name: c, schedule: "*/5 * * * *", lifetime: 20s, activeDeadlineSeconds: 30}
  - kind: poisson
    name: p
    arrivals_per_minute: [{at: 0s, arrivals_per_minute: 5}]
    lifetime: {uniform: {min: 1s, max: 9s}}
  - {kind: pattern, name: n, pattern: several-bursts, min: 1, max: 9, hold: 2m, lifetime: 5m}
  - kind: trace
    name: t
    file: t.csv
    columns: {start: s, end: e, cpu: null, memory: null}
    window: {from: 10s, to: 20s}
"""
BASE = YAML(typ="safe").load(EVERYTHING)

TEXTS = ["", "x", "5s", "1h", "-1", "2Gi", "a b", "é", "\x00", "10.0.0.0/24", "m5.large", "9" * 400]
NUMBERS = [0, 1, -1, 3, 10**6, 10**30, -(10**30), 0.5, -0.0, math.nan, math.inf, True, False, None]
KEYS = ["name", "kind", "nodes", "WARM_IP_TARGET", "lifetime", "constant", "at", "zzz", "", "from"]
junk = st.recursive(
    st.sampled_from([*TEXTS, *NUMBERS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the trace that the scenario names."""
    path = tmp_path_factory.mktemp("scenarios")
    (path / "t.csv").write_text("s,e\n12,30\n")
    return path


def containers(data: Any) -> list[Any]:
    """All mappings and lists within the data, itself included."""
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    inner = [found for part in parts for found in containers(part)]
    return [data, *inner] if isinstance(data, dict | list) else inner


def outcome(load: Callable[[], Scenario]) -> Scenario | None:
    """The scenario, or None if it was refused, by problems of one line each."""
    try:
        return load()
    except InputError as error:
        lines, count = str(error).splitlines(), len(error.problems)
    assert len(lines) == count > 0
    return None


def check_round_trip(scenario: Scenario | None) -> None:
    """What a scenario resolves to gives the same model and the same warnings."""
    if scenario is not None:
        again = Scenario.from_dict(scenario.resolved(), scenario.folder)
        assert again.model == scenario.model
        assert [one.message for one in again.warnings] == [one.message for one in scenario.warnings]


@settings(max_examples=200, deadline=None)
@given(choose=st.data())
def test_mutated_data(choose: st.DataObject, folder: Path) -> None:
    """A scenario with some values changed, added or taken away loads or is refused."""
    data = copy.deepcopy(BASE)
    for _ in range(choose.draw(st.integers(1, 3))):
        here = choose.draw(st.sampled_from(containers(data)))
        keys: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
        if isinstance(here, dict):
            keys += KEYS
        if not keys:
            continue
        key = choose.draw(st.sampled_from(keys))
        if choose.draw(st.booleans()):
            here[key] = choose.draw(junk)
        elif isinstance(here, list) or key in here:
            del here[key]
    check_round_trip(outcome(lambda: Scenario.from_dict(data, folder)))


PIECES = [*"{}[]:,-#&*!|>'\"%@? \n\t\\~.09abU", "\n  ", ": ", "- ", "é", "\u2028", "\ufeff"]


@settings(max_examples=150, deadline=None)
@given(choose=st.data())
def test_mutated_text(choose: st.DataObject, folder: Path) -> None:
    """A scenario file with characters changed, added or cut out loads or is refused."""
    text = EVERYTHING
    for _ in range(choose.draw(st.integers(1, 4))):
        at = choose.draw(st.integers(0, len(text)))
        cut = choose.draw(st.integers(0, 12))
        text = text[:at] + choose.draw(st.sampled_from(PIECES)) + text[at + cut :]
    path = folder / "mutated.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    check_round_trip(outcome(lambda: Scenario.load(path)))


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes(content: bytes, folder: Path) -> None:
    """A file of any bytes is refused: none of so few is a scenario."""
    path = folder / "any.yaml"
    path.write_bytes(content)
    assert outcome(lambda: Scenario.load(path)) is None


def test_everything_loads(folder: Path) -> None:
    """The scenario that the tests above start from uses every kind of key and is valid."""
    (folder / "all.yaml").write_text(EVERYTHING)
    scenario = Scenario.load(folder / "all.yaml")
    check_round_trip(scenario)
    assert scenario.resolved()["cluster"]["node_groups"][0]["ipamd"] == {"WARM_IP_TARGET": 2}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    """Each shipped scenario is valid, without a warning, named as its file and for editors."""
    scenario = Scenario.load(path)
    check_round_trip(scenario)
    assert scenario.warnings == []
    assert scenario.name == path.stem
    assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")
