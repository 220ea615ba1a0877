"""Recorded ensembles: stories in which chance matters, compared as distributions.

The band of a metric: the means of both differ by at most three combined standard errors plus half a
percent of the daemon's mean. For the sum of waits, the mean of held addresses and the number of
calls a two-sample Kolmogorov-Smirnov test must not reject at 0.001.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.results.records import NEVER, POD_COLUMNS, POOL_COLUMNS, Recorder

from .story import asks_of, pods_in_order, restarts

STATES = ("enis", "total_ips", "assigned_ips", "cooldown_ips", "prefixes")
BAND_ERRORS = 3.0
BAND_SHARE = 0.005
SERIES_SHARE = 0.01
KS_METRICS = ("wait_s_sum", "mean_total_ips", "calls")
KS_LEVEL = 0.001

Metrics = dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """One metric of both, and whether it lies in its band."""

    metric: str
    daemon_mean: float
    model_mean: float
    error: float
    inside: bool

    @property
    def distance(self) -> float:
        """Difference of the means in combined standard errors."""
        difference = abs(self.model_mean - self.daemon_mean)
        if self.error:
            return difference / self.error
        return math.inf if difference else 0.0

    def __str__(self) -> str:
        return (
            f"{self.metric}: daemon {self.daemon_mean:.6g}, model {self.model_mean:.6g}, "
            f"standard error {self.error:.3g}"
        )


def measure(recorder: Recorder, case: Mapping[str, Any]) -> Metrics:
    """A run of the model in the metrics of a recorded run."""
    pods = _pods(recorder, case)
    nodes = recorder.nodes.matrix()
    again = [end for _, end, _ in restarts(recorder)]
    ready = np.concatenate([nodes[:, 5], np.array(again, np.int64)])
    ready = ready[ready != NEVER]
    metrics = _calls(recorder) | _looked_at(recorder, case) | pods
    metrics["nodes_ready"] = len(ready)
    metrics["last_ready_ms"] = int(ready.max()) if len(ready) else 0
    metrics["boot_failures"] = int(nodes[:, 8].sum())
    return metrics | _subnets(recorder)


def recorded_metrics(replica: Mapping[str, Any]) -> Metrics:
    """A recorded run in the same form."""
    metrics: Metrics = {f"calls {name}": count for name, count in replica["calls"].items()}
    metrics["calls"] = sum(replica["calls"].values())
    for subnet, (free, blocks) in replica["subnets_free_end"].items():
        metrics[f"free {subnet}"], metrics[f"free_28s {subnet}"] = free, blocks
    skipped = ("calls", "subnets_free_end")
    return metrics | {name: value for name, value in replica.items() if name not in skipped}


def compare(daemon: Sequence[Metrics], model: Sequence[Metrics]) -> list[Comparison]:
    """Every metric of either, in the order of names."""
    names = sorted({name for metrics in (*daemon, *model) for name in metrics})
    return [_compare_one(name, daemon, model) for name in names]


def _compare_one(name: str, daemon: Sequence[Metrics], model: Sequence[Metrics]) -> Comparison:
    theirs = [metrics.get(name, 0.0) for metrics in daemon]
    ours = [metrics.get(name, 0.0) for metrics in model]
    error = math.hypot(_standard_error(theirs), _standard_error(ours))
    mean = statistics.fmean(theirs)
    difference = abs(statistics.fmean(ours) - mean)
    inside = difference <= BAND_ERRORS * error + BAND_SHARE * abs(mean) + 1e-9
    if inside and name in KS_METRICS:
        inside = ks_p_value(theirs, ours) >= KS_LEVEL
    return Comparison(name, mean, statistics.fmean(ours), error, inside)


def _standard_error(values: Sequence[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def ks_p_value(one: Sequence[float], other: Sequence[float]) -> float:
    """Asymptotic p of the two-sample Kolmogorov-Smirnov test (Stephens' correction)."""
    a, b = np.sort(one), np.sort(other)
    both = np.concatenate([a, b])
    below = np.searchsorted(a, both, side="right") / len(a)
    below_other = np.searchsorted(b, both, side="right") / len(b)
    distance = float(np.abs(below - below_other).max())
    root = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(max(2 * float(sum(terms)), 0.0), 1.0)


def series(recorder: Recorder, case: Mapping[str, Any], times: Sequence[int]) -> Any:
    """The cluster's states at the last look before each of these ms, shape (times, states)."""
    every, first = case["sample_ms"], case["sample_ms"] // 2
    looks = (np.asarray(times, dtype=np.int64) - first) // every * every + first
    return _cluster(recorder, looks)


def series_steps_inside(
    recorded: Sequence[Sequence[float]], model: Any, daemon_runs: int
) -> tuple[int, int]:
    """(steps inside, steps) of the recorded series against the model's runs.

    ``model`` has shape (runs, times, states); a recorded row has mean and deviation of each state
    over ``daemon_runs`` runs. A step is inside if the means differ by at most
    three combined standard errors plus one percent.
    """
    runs = model.shape[0]
    ours, our_error = model.mean(axis=0), model.std(axis=0, ddof=1) / math.sqrt(runs)
    table: Any = np.asarray(recorded, dtype=float)[:, 1:]
    theirs, sd = table[:, 0::2], table[:, 1::2]
    error = np.hypot(our_error, sd / math.sqrt(daemon_runs))
    inside = np.abs(ours - theirs) <= BAND_ERRORS * error + SERIES_SHARE * np.abs(theirs) + 1e-9
    return int(inside.sum()), inside.size


# --------------------------------------------------------------------- the parts


def _calls(recorder: Recorder) -> Metrics:
    names = recorder.names
    rows = recorder.ec2_calls.matrix()
    pairs = Counter(zip(rows[:, 3].tolist(), rows[:, 7].tolist(), strict=True))
    metrics: Metrics = {
        f"calls {names.actions[action]} {names.codes[code]}": count
        for (action, code), count in pairs.items()
    }
    metrics["calls"] = len(rows)
    return metrics


def _looked_at(recorder: Recorder, case: Mapping[str, Any]) -> Metrics:
    """What is seen at a look counts until the next one; before the first look it is nothing."""
    every = case["sample_ms"]
    looks = np.arange(every // 2, case["end_ms"], every, dtype=np.int64)
    seen = _cluster(recorder, looks)
    lasts = np.diff(looks, append=case["end_ms"])
    metrics: Metrics = {}
    for number, state in enumerate(STATES):
        column = seen[:, number]
        metrics[f"mean_{state}"] = round(float((column * lasts).sum()) / case["end_ms"], 4)
        metrics[f"peak_{state}"] = int(column.max())
        metrics[f"final_{state}"] = int(column[-1])
    return metrics


def _cluster(recorder: Recorder, times: Any) -> Any:
    """Sums over all nodes that were ready, shape (times, states)."""
    rows = recorder.pool.matrix()
    ready = np.full(len(recorder.names.nodes), np.iinfo(np.int64).max)
    for row in recorder.nodes.matrix().tolist():
        if row[5] != NEVER:
            ready[row[0]] = row[5]
    column = {name: rows[:, number] for number, name in enumerate(POOL_COLUMNS)}
    order = np.lexsort((np.arange(len(rows)), column["subnet"], column["node"]))
    total = column["assigned"] + column["cooldown"] + column["warm"] + column["partial"]
    parts = (column["enis"], total, column["assigned"], column["cooldown"], column["prefixes"])
    states = np.stack(parts, axis=1)[order]
    node, subnet = column["node"][order], column["subnet"][order]
    deltas = np.diff(states, axis=0, prepend=0)
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (node[1:] != node[:-1]) | (subnet[1:] != subnet[:-1])
    deltas[first] = states[first]
    when = np.maximum(column["time_ms"][order], ready[node])
    by_time = np.argsort(when, kind="stable")
    sums = np.vstack([np.zeros((1, len(STATES)), dtype=np.int64), deltas[by_time].cumsum(axis=0)])
    return sums[np.searchsorted(when[by_time], times, side="right")]


def _pods(recorder: Recorder, case: Mapping[str, Any]) -> Metrics:
    rows = recorder.pods.matrix()
    column = {name: rows[:, number] for number, name in enumerate(POD_COLUMNS)}
    in_order = pods_in_order(case)
    deletes = np.array([pod[3] for pod in in_order], dtype=np.int64)[column["pod"]]
    asks = asks_of(recorder, case, in_order)
    counted = (deletes == 0) | (deletes < case["end_ms"])
    has_address = column["address_ms"] != NEVER
    started = counted & has_address
    waits = (column["address_ms"] - column["created_ms"])[started] / 1000
    failed = (np.array([asks[pod] for pod in column["pod"]]) - has_address)[counted]
    ordered = np.sort(waits).tolist()
    return {
        "pods_started": int(started.sum()),
        "pods_deleted_before_start": int((counted & ~has_address & (deletes > 0)).sum()),
        "failed_adds": int(failed.sum()),
        "pods_that_waited": int((waits > 0).sum()),
        "wait_s_sum": float(waits.sum()),
        "wait_s_p50": _percentile(ordered, 50),
        "wait_s_p90": _percentile(ordered, 90),
        "wait_s_p99": _percentile(ordered, 99),
        "wait_s_max": ordered[-1] if ordered else 0.0,
    }


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The recordings' percentile: the value at the rank n x percent / 100, from 0."""
    return ordered[len(ordered) * percent // 100] if ordered else 0.0


def _subnets(recorder: Recorder) -> Metrics:
    metrics: Metrics = {}
    for row in recorder.subnets.matrix().tolist():
        name = recorder.names.subnets[row[1]]
        metrics[f"free {name}"], metrics[f"free_28s {name}"] = row[4], row[5]
    return metrics
