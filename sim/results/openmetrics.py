"""A run as time series under ipamd's own metric names, in the text format of OpenMetrics 1.0.

Each node is scraped as Prometheus would scrape its ipamd: every so often, from when it is ready
until it is gone, and once more in its last instant, so that no event is missed. The text comes in
small pieces, one a node and set of labels, so that memory does not grow with its length.

Source of the names and of what they mean: amazon-vpc-cni-k8s v1.23.1, utils/prometheusmetrics. The
format: OpenMetrics 1.0.0. Its counters must end in ``_total``, which those of ipamd do not, so that
ipamd's are of the type ``unknown`` and keep their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .measured import Run
from .records import NEVER
from .scraped import Calls, Counted, Events, adds, counted, deletes, gauge, on_every_node
from .steps import Ints

if TYPE_CHECKING:
    from .result import Result

JOB = "ipamd-sim"
STEP_MS = 30_000
SUMMARY = ("_sum", "_count")
ADDRESSES = ("assigned", "cooldown", "warm", "partial")
IPS_PER_PREFIX = 16

Labels = tuple[tuple[str, str], ...]


class Family(NamedTuple):
    """One metric.

    Attributes:
        name: ipamd's, or one of ours.
        kind: its type in OpenMetrics.
        text: its help.
        series: what there is of each node; of a summary its sums and its numbers, in turn.
        labels: those that stand for the kind of a series.
    """

    name: str
    kind: str
    text: str
    series: Callable[[], Iterable[Counted]]
    labels: Callable[[int], Labels] = lambda _kind: ()


def openmetrics(
    result: Result, *, step_ms: int = STEP_MS, start_s: int = 0, job: str = JOB
) -> Iterator[str]:
    """The text, piece by piece.

    Args:
        result: what is exported.
        step_ms: between scrapes.
        start_s: when the run began, in seconds since 1970 (UTC).
        job: value of the label ``job``; that of ``instance`` is the node's name.
    """
    scrapes = _Scrapes(result, step_ms, start_s)
    for family in families(result):
        suffixes = {"summary": SUMMARY, "counter": ("_total",)}.get(family.kind, ("",))
        yield f"# TYPE {family.name} {family.kind}\n# HELP {family.name} {_escaped(family.text)}\n"
        for together in _in_groups(family.series(), len(suffixes)):
            node, kind = together[0].node, together[0].kind
            own = (("job", job), ("instance", result.names.nodes[node]), *family.labels(kind))
            text = ",".join(f'{key}="{_escaped(value)}"' for key, value in own)
            names = [f"{family.name}{suffix}{{{text}}} " for suffix in suffixes]
            yield scrapes.lines(node, names, together)
    yield "# EOF\n"


def _in_groups(series: Iterable[Counted], size: int) -> Iterator[tuple[Counted, ...]]:
    every = iter(series)
    return zip(*[every] * size, strict=True)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class _Scrapes:
    """When each node is scraped."""

    def __init__(self, result: Result, step_ms: int, start_s: int) -> None:
        self._start_ms, self._end = start_s * 1000, result.end_ms
        self._times = np.arange(0, result.end_ms + 1, step_ms, dtype=np.int64)
        self._stamps = [self._stamp(time) for time in self._times.tolist()]
        nodes = result.nodes
        span = zip(nodes["ready_ms"].tolist(), nodes["terminated_ms"].tolist(), strict=True)
        self._spans = dict(zip(nodes["node"].tolist(), span, strict=True))

    def _stamp(self, time_ms: int) -> str:
        """Seconds since 1970, without more digits than it takes."""
        seconds, rest = divmod(self._start_ms + time_ms, 1000)
        return f"{seconds}.{rest:03d}\n" if rest else f"{seconds}\n"

    def lines(self, node: int, names: list[str], series: tuple[Counted, ...]) -> str:
        """The samples of one or several series of a node, those of one scrape together."""
        ready, gone = self._spans.get(node, (NEVER, NEVER))
        if ready == NEVER:
            return ""
        last = self._end if gone == NEVER else gone
        begin, end = (int(np.searchsorted(self._times, time)) for time in (ready, last))
        times = np.append(self._times[begin:end], last)
        stamps = [*self._stamps[begin:end], self._stamp(last)]
        columns = [values_at(one, times) for one in series]
        rows = zip(stamps, *columns, strict=True)
        return "".join(
            f"{name}{value} {stamp}"
            for stamp, *values in rows
            for name, value in zip(names, values, strict=True)
        )


def values_at(one: Counted, times: Ints) -> list[int]:
    """What it was at each of these instants, after all that happened in them."""
    known = np.append(0, one.values)
    values: list[int] = known[np.searchsorted(one.times, times, side="right")].tolist()
    return values


# --------------------------------------------------------------------- families


def families(result: Result) -> Iterator[Family]:
    """All that the model knows, in the order in which they are written."""
    yield from _gauges(result)
    yield from _cni_requests(result)
    yield from _SdkCalls(result).families()
    yield from _requests(result)


def _gauges(result: Result) -> Iterator[Family]:
    def family(name: str, text: str, of: dict[str, int]) -> Family:
        return Family(name, "gauge", text, lambda: gauge(result, of))

    limits = _limits(result)
    yield Family(
        "awscni_eni_max",
        "gauge",
        "ENIs the instance may have.",
        lambda: _constant(result, limits[0]),
    )
    yield Family(
        "awscni_ip_max",
        "gauge",
        "IP addresses that the instance may have for pods.",
        lambda: _constant(result, limits[1]),
    )
    yield family("awscni_eni_allocated", "ENIs in the data store.", {"enis": 1})
    yield family(
        "awscni_total_ip_addresses",
        "IP addresses in the data store, those of prefixes counted, primary ones not.",
        dict.fromkeys(ADDRESSES, 1),
    )
    yield family("awscni_assigned_ip_addresses", "IP addresses that pods have.", {"assigned": 1})
    yield family("awscni_total_ipv4_prefixes", "/28 prefixes in the data store.", {"prefixes": 1})


def _limits(result: Result) -> tuple[list[int], list[int]]:
    """(ENIs, addresses for pods) that a node of each group may have."""
    from sim.aws.instance_types import of_group
    from sim.kube.daemon_settings import daemon_settings

    model = result.scenario.model
    run = Run(model, result.names, 0)
    enis, addresses = [], []
    for group in model.cluster.node_groups:
        unmanaged = group.unmanaged_enis
        settings = daemon_settings(run.settings[group.name], of_group(group), 0, unmanaged)
        size = IPS_PER_PREFIX if settings.prefix_delegation else 1
        managed = settings.max_enis - settings.unmanaged_enis
        enis.append(managed)
        addresses.append(managed * settings.slots * size)
    return enis, addresses


def _constant(result: Result, of_group: list[int]) -> Iterator[Counted]:
    start = np.zeros(1, np.int64)
    nodes = result.nodes
    for node, group in zip(nodes["node"].tolist(), nodes["group"].tolist(), strict=True):
        yield Counted(node, 0, start, np.array([of_group[group]], np.int64))


def _cni_requests(result: Result) -> Iterator[Family]:
    yield Family(
        "awscni_add_ip_req_count",
        "unknown",
        "CNI ADDs that ipamd was asked for.",
        lambda: counted(on_every_node(result, adds(result, failed=False))),
    )
    yield Family(
        "awscni_no_available_ip_addresses",
        "unknown",
        "CNI ADDs that failed for lack of an IP address.",
        lambda: counted(on_every_node(result, adds(result, failed=True))),
    )
    yield Family(
        "awscni_del_ip_req_count",
        "unknown",
        "CNI DELs that ipamd was asked for.",
        lambda: counted(deletes(result)),
        lambda _kind: (("reason", "PodDeleted"),),
    )


class _SdkCalls:
    """What ipamd counts of its calls of EC2's API."""

    def __init__(self, result: Result) -> None:
        self._calls = Calls(result)
        self._actions, self._codes = result.names.actions, result.names.codes
        self._with_code = self._calls.action * max(len(self._codes), 1) + self._calls.code
        self._every = np.ones(len(self._calls.end), bool)

    def families(self) -> Iterator[Family]:
        """Their metrics."""
        calls = self._calls
        yield Family(
            "awscni_ec2api_req_count",
            "unknown",
            "Calls of EC2's API, each with its retries.",
            lambda: counted(calls.events(self._every, calls.action)),
            self._function,
        )
        yield Family(
            "awscni_ec2api_error_count",
            "unknown",
            "Calls of EC2's API that failed in the end.",
            lambda: counted(calls.events(calls.is_error, calls.action)),
            self._function,
        )
        yield Family(
            "awscni_aws_api_error_count",
            "unknown",
            "Calls of EC2's API that failed in the end, by the error.",
            lambda: counted(calls.events(calls.is_error, self._with_code)),
            self._error,
        )
        yield Family(
            "awscni_aws_api_latency_ms",
            "summary",
            "How long calls of EC2's API took, retries and the waits between them included.",
            self._latencies,
            self._answer,
        )

    def _latencies(self) -> Iterator[Counted]:
        calls = self._calls
        lasted = calls.events(self._every, self._with_code, calls.end - calls.begin)
        ended = calls.events(self._every, self._with_code)
        both = zip(counted(lasted), counted(ended), strict=True)
        return (one for pair in both for one in pair)

    def _function(self, action: int) -> Labels:
        return (("fn", self._actions[action]),)

    def _error(self, kind: int) -> Labels:
        action, code = divmod(kind, len(self._codes))
        return (("api", self._actions[action]), ("error", self._codes[code]))

    def _answer(self, kind: int) -> Labels:
        action, code = divmod(kind, len(self._codes))
        failed = code != self._calls.ok
        status = self._codes[code] if failed else "200"
        error = str(failed).lower()
        return (("api", self._actions[action]), ("error", error), ("status", status))


def _requests(result: Result) -> Iterator[Family]:
    """What ipamd does not count: single requests, among them those that were throttled."""
    calls, names = result.ec2_calls, result.names
    n = max(len(names.codes), 1)
    kind = calls["action"] * n + calls["code"]

    def requests() -> Iterator[Counted]:
        return counted(Events(calls["answer_ms"], calls["node"], kind, np.ones_like(kind)))

    yield Family(
        "ipamd_sim_ec2_requests",
        "counter",
        "Requests to EC2 by their answer, each attempt of the SDK counted.",
        requests,
        lambda kind: (("action", names.actions[kind // n]), ("code", names.codes[kind % n])),
    )
