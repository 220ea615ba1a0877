"""Export as OpenMetrics: the format's rules, and numbers that are those of the summary."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from made_records import Made, scenario

from sim import Result, Scenario, run
from sim.results.openmetrics import openmetrics

PROMTOOL = shutil.which("promtool")
SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\} '
    r"(\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"
)
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SUFFIXES = {"gauge": ("",), "unknown": ("",), "counter": ("_total",), "summary": ("_sum", "_count")}


class Sample(NamedTuple):
    """One line: what, with which labels, how much, and when."""

    name: str
    labels: frozenset[tuple[str, str]]
    value: float
    time: float


def parse(text: str) -> list[Sample]:
    """Reads a text as strictly as OpenMetrics 1.0 asks for, as far as the export uses it.

    Families and, in them, sets of labels must not be interleaved, times must rise, counters must
    not fall, every sample must have a suffix of its family's type, and the text ends with # EOF.
    """
    assert text.endswith("# EOF\n")
    samples: list[Sample] = []
    families, done = set[str](), set[tuple[str, frozenset[tuple[str, str]]]]()
    family = kind = ""
    last: dict[str, Sample] = {}
    group: frozenset[tuple[str, str]] | None = None
    for line in text.splitlines()[:-1]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in families
            families.add(family)
            group, last = None, {}
        elif line.startswith("# HELP "):
            assert line.split(" ")[2] == family
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels = match[1], LABEL.findall(match[2])
            assert name.removeprefix(family) in SUFFIXES[kind]
            assert len(dict(labels)) == len(labels)
            one = Sample(name, frozenset(labels), float(match[3]), float(match[4]))
            if one.labels != group:
                assert (family, one.labels) not in done
                group, last = one.labels, {}
                done.add((family, one.labels))
            if before := last.get(name):
                assert one.time > before.time
                assert kind != "counter" or one.value >= before.value
            last[name] = one
            samples.append(one)
    return samples


def exported(result: Result, **options: Any) -> list[Sample]:
    """What a result is exported as."""
    return parse("".join(openmetrics(result, **options)))


def final(samples: list[Sample], name: str, **labels: str) -> float:
    """The last values of all series of a name, with these labels, added up."""
    ends: dict[frozenset[tuple[str, str]], float] = {}
    for one in samples:
        if one.name == name and labels.items() <= dict(one.labels).items():
            ends[one.labels] = one.value
    return math.fsum(ends.values())


@pytest.fixture(scope="module")
def storm() -> Result:
    """Forty nodes under throttling."""
    return run(
        Scenario.load(
            "scenarios/surprises/storm.yaml",
            [
                "duration=8m",
                "warm_up=0s",
                "cluster.node_groups.nodes.nodes=40",
                "aws.quota_multiplier=0.2",
                "workload.wave.replicas=[{at: 0s, replicas: 0}, {at: 3m, replicas: 300}]",
            ],
        )
    )


@pytest.fixture(scope="module")
def samples(storm: Result) -> list[Sample]:
    """The same, exported."""
    return exported(storm)


def test_counters_end_with_the_summarys_totals(storm: Result, samples: list[Sample]) -> None:
    """Requests, pods that started and failed ADDs come out as in the summary and the records."""
    ec2, pods = storm.summary["ec2"], storm.pods
    assert final(samples, "ipamd_sim_ec2_requests_total") == ec2["total"]
    throttled = final(samples, "ipamd_sim_ec2_requests_total", code="RequestLimitExceeded")
    assert throttled == ec2["throttled"] > 0
    for action, codes in ec2["requests"].items():
        named = final(samples, "ipamd_sim_ec2_requests_total", action=action)
        assert named == sum(codes.values())
    asked, failed = (
        final(samples, name)
        for name in ("awscni_add_ip_req_count", "awscni_no_available_ip_addresses")
    )
    assert asked == pods["adds"].sum()
    assert asked - failed == storm.summary["pods"]["started"]


def test_gauges_end_with_the_summarys_states(storm: Result, samples: list[Sample]) -> None:
    """Addresses are those of the data stores, primary ones left out."""
    ends = {
        name: one["end"]
        for name, one in storm.summary["addresses"]["cluster"].items()
        if isinstance(one, dict)
    }
    assert final(samples, "awscni_assigned_ip_addresses") == ends["assigned"]
    total = sum(ends[name] for name in ("assigned", "cooldown", "warm", "partial"))
    assert final(samples, "awscni_total_ip_addresses") == total
    assert final(samples, "awscni_eni_allocated") == ends["eni_primary"]
    assert final(samples, "awscni_eni_max") == 40 * 3
    assert final(samples, "awscni_ip_max") == 40 * 3 * 9


def test_calls_are_those_of_the_sdk(storm: Result, samples: list[Sample]) -> None:
    """Ipamd counts a call once with its retries, and as an error only if the last one failed."""
    calls = storm.ec2_calls.to_pandas()
    made = final(samples, "awscni_ec2api_req_count")
    assert made == (calls["attempt"] == 1).sum()
    errors = final(samples, "awscni_ec2api_error_count")
    assert made - errors == (calls["code"] == "OK").sum()
    assert errors == final(samples, "awscni_aws_api_error_count") > 0
    assert final(samples, "awscni_aws_api_latency_ms_count") == made
    assert final(samples, "awscni_aws_api_latency_ms_count", error="true") == errors


def test_latency_counts_retries_and_their_waits() -> None:
    """A call that is throttled twice lasts from its first request to its last answer."""
    made = Made()
    made.node()
    made.call(1_000, "CreateTags", "RequestLimitExceeded", answer_ms=1_100, attempt=1)
    made.call(2_100, "CreateTags", "RequestLimitExceeded", answer_ms=2_200, attempt=2)
    made.call(5_000, "CreateTags", "OK", answer_ms=5_300, attempt=3)
    made.call(6_000, "CreateTags", "OK", answer_ms=6_200, attempt=1)
    made.call(7_000, "DeleteNetworkInterface", "InvalidNetworkInterfaceID.NotFound", attempt=1)
    found = exported(made.result())
    assert final(found, "awscni_aws_api_latency_ms_sum", api="CreateTags") == 4_300 + 200
    assert final(found, "awscni_aws_api_latency_ms_count", api="CreateTags", status="200") == 2
    assert final(found, "awscni_ec2api_req_count") == 3
    assert final(found, "awscni_ec2api_error_count") == 0


def test_values_are_those_of_their_instant() -> None:
    """A sample shows what holds at its time, every step while the node is there, and at its end."""
    made = Made()
    made.node(ready_ms=15_000, terminated_ms=71_500)
    made.pool(15_000, enis=1, warm=9)
    made.pool(40_000, enis=1, assigned=1, warm=8)
    found = exported(made.result(), step_ms=20_000, start_s=1_000, job="try")
    of = defaultdict(list)
    for one in found:
        of[one.name].append((one.time, one.value))
    assert of["awscni_assigned_ip_addresses"] == [(1_020, 0), (1_040, 1), (1_060, 1), (1_071.5, 1)]
    assert [value for _time, value in of["awscni_total_ip_addresses"]] == [9, 9, 9, 9]
    assert found[0].labels == {("job", "try"), ("instance", "g-0")}


def test_adds_between_the_known_ones_are_spread_evenly() -> None:
    """A pod whose fifth ADD brought its address was refused four times before."""
    made = Made()
    made.node()
    made.served(20_000, 40_000, adds=5)
    made.served(100, host_network=1, adds=0)
    found = exported(made.result(), step_ms=10_000)
    refused = [one.value for one in found if one.name == "awscni_no_available_ip_addresses"]
    assert refused == [0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4]
    assert final(found, "awscni_add_ip_req_count") == 5


def test_adds_that_no_ipamd_saw_are_not_counted() -> None:
    """While its node's ipamd was not running, a pod's ADDs reached nobody."""
    made = Made()
    made.node(ready_ms=35_000)
    made.served(20_000, 40_000, adds=5)
    found = exported(made.result())
    assert final(found, "awscni_add_ip_req_count") == 3
    assert final(found, "awscni_no_available_ip_addresses") == 2


def test_dels_are_those_of_pods_that_went_by_themselves() -> None:
    """Pods that vanish with their node send no DEL."""
    made = Made()
    made.node()
    made.node(terminated_ms=50_000)
    made.served(1_000, ended_ms=9_000, released_ms=9_500)
    made.served(1_000, node=1, ended_ms=50_000, released_ms=50_000)
    made.served(1_000)
    found = exported(made.result())
    assert final(found, "awscni_del_ip_req_count", reason="PodDeleted") == 1


def test_prefixes_and_limits() -> None:
    """In prefix mode an ENI has sixteen addresses a slot, and /28s are counted."""
    of = scenario(ipamd={"ENABLE_PREFIX_DELEGATION": True, "MAX_ENI": 2})
    made = Made(of)
    made.node()
    made.pool(0, enis=1, prefixes=2, assigned=3, partial=13, warm=16)
    found = exported(made.result())
    assert final(found, "awscni_total_ipv4_prefixes") == 2
    assert final(found, "awscni_total_ip_addresses") == 32
    assert final(found, "awscni_eni_max") == 2
    assert final(found, "awscni_ip_max") == 2 * 9 * 16


def test_a_node_that_never_was_ready_has_no_series() -> None:
    """Nobody could have scraped it."""
    made = Made()
    made.node(ready_ms=-1)
    made.call(10)
    assert exported(made.result()) == []


def test_names_cannot_break_the_format() -> None:
    """Quotes and backslashes in labels are escaped."""
    made = Made()
    made.node()
    found = exported(made.result(), job='a"b\\c\nd')
    assert ("job", r"a\"b\\c\nd") in found[0].labels


# ------------------------------------------------------------------------ promtool


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is in Debian's package prometheus")
def test_prometheus_takes_it(storm: Result, samples: list[Sample], tmp_path: Path) -> None:
    """Prometheus' own tool makes blocks of it, and finds every sample in them."""
    file = tmp_path / "storm.om"
    file.write_text("".join(openmetrics(storm)))
    assert PROMTOOL is not None
    command = [
        PROMTOOL,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(file),
        str(tmp_path / "db"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = [int(line.split()[4]) for line in done.stdout.splitlines()[1:]]
    assert sum(counts) == len(samples)
