"""From pods to what a cluster's tools write of them, and back to the pods."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_history import BEGIN_MS, STEP_MS, pod, write_events, write_series

from sim.cli.export import _events, _prometheus  # the files that `export` writes
from sim.engine.run import run
from sim.importing.churn.made.pods import MadePod, pods_of_run
from sim.importing.churn.read import read_churn
from sim.importing.churn.trace_file import trace_lines
from sim.scenario.load import Scenario

END_S = 3600
TIMES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def pods(draw: st.DrawFn, kind: str, *, finished: bool) -> list[MadePod]:
    """Pods of a controller, among them one that is there from begin to end."""
    times = st.tuples(st.integers(0, END_S - 1), st.integers(STEP_MS // 1000 + 1, END_S))
    found = [pod(0, 0, None)]
    for number, (created, lasts) in enumerate(draw(st.lists(times, max_size=12)), start=1):
        ended = created + lasts if created + lasts < END_S - 60 else None
        is_over = finished and ended is not None
        found.append(
            pod(number, created, ended, kind=kind, finished=is_over, listed_s=60 * is_over)
        )
    return found


def known(churn_pods: Sequence[MadePod]) -> dict[str, tuple[int, int | None]]:
    return {one.name: (one.created_ms, one.ended_ms) for one in churn_pods}


@TIMES
@given(pods("Deployment", finished=False))
def test_events_give_back_creation_and_life(tmp_path: Path, made: list[MadePod]) -> None:
    """A Deployment's pods come back to the second, the others are said to stay."""
    churn = read_churn([write_events(tmp_path / "events.json", made)])
    found = {one.pod.name: (one.start.time_ms, one.end.time_ms) for one in churn.lives}
    assert found == known(made)


@TIMES
@given(pods("CronJob", finished=True))
def test_events_of_jobs_give_back_their_pods(tmp_path: Path, made: list[MadePod]) -> None:
    """A Job of one pod tells its end when it is complete."""
    churn = read_churn([write_events(tmp_path / "events.json", made)])
    found = {one.pod.name: (one.start.time_ms, one.end.time_ms) for one in churn.lives}
    for name, (created, ended) in known(made).items():
        assert found[name][0] == created
        assert ended is None or found[name][1] == ended


@TIMES
@given(pods("Deployment", finished=False))
def test_series_give_back_creation_and_life_within_a_step(
    tmp_path: Path, made: list[MadePod]
) -> None:
    """Creation is exact; a deleted pod's end lies between its last sample and the next."""
    churn = read_churn([write_series(tmp_path / "pods.json", made)])
    found = {one.pod.name: one for one in churn.lives}
    for name, (created, ended) in known(made).items():
        life = found[name]
        assert life.start.time_ms == created
        if ended is None:
            assert life.end.how == "stays"
        else:
            assert life.end.time_ms is not None
            assert abs(life.end.time_ms - ended) <= STEP_MS


@TIMES
@given(pods("CronJob", finished=True))
def test_series_of_finished_pods_are_exact(tmp_path: Path, made: list[MadePod]) -> None:
    """kube_pod_completion_time tells the end to the second as long as the pod is listed."""
    churn = read_churn([write_series(tmp_path / "pods.json", made)])
    found = {one.pod.name: (one.start.time_ms, one.end.time_ms) for one in churn.lives}
    assert found == known(made)


@TIMES
@given(pods("Deployment", finished=False))
def test_two_sources_of_the_same_pods_count_them_once(tmp_path: Path, made: list[MadePod]) -> None:
    """Events and series together give the same pods, with the better of both ends."""
    files = [
        write_series(tmp_path / "pods.json", made),
        write_events(tmp_path / "events.json", made),
    ]
    churn = read_churn(files)
    assert {one.pod.name: (one.start.time_ms, one.end.time_ms) for one in churn.lives} == known(
        made
    )


RUN = {
    "duration": "12m",
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/22"}],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 2}],
    },
    "workload": [
        {"kind": "deployment", "name": "shop.web", "replicas": 6, "updates": [{"at": "5m"}]},
        {
            "kind": "poisson",
            "name": "tasks",
            "arrivals_per_minute": 6,
            "lifetime": {"uniform": {"min": "40s", "max": "2m"}},
        },
    ],
}


def test_a_run_comes_back_as_a_trace_that_can_be_run(tmp_path: Path) -> None:
    """Run -> files -> trace: the same creations to the second, the same lives, and pods to run."""
    result = run(Scenario.from_dict(RUN))
    begin_s = BEGIN_MS // 1000
    made = list(pods_of_run(result, BEGIN_MS))
    created = sorted((one.created_ms - BEGIN_MS) // 1000 for one in made)
    ends = [(one.ended_ms - BEGIN_MS) / 1000 for one in made if one.ended_ms is not None]
    for name, write in (("events", _events), ("prometheus", _prometheus)):
        path = tmp_path / f"{name}.json"
        path.write_text("".join(write(result, STEP_MS, begin_s, "aws-node")))
        churn = read_churn([path])
        starts = [one.start.time_ms for one in churn.lives if one.start.time_ms is not None]
        assert [start // 1000 - begin_s for start in sorted(starts)] == created
        (tmp_path / "trace.csv").write_text(
            "".join(trace_lines(churn.lives, BEGIN_MS, lambda _: None))
        )
        again = RUN | {"workload": [{"kind": "trace", "name": "history", "file": "trace.csv"}]}
        replayed = run(Scenario.from_dict(again, tmp_path))
        assert len(list(pods_of_run(replayed, 0))) == len(created)
        assert abs(_mean_end_s(tmp_path) - sum(ends) / len(ends)) < STEP_MS / 1000


def _mean_end_s(folder: Path) -> float:
    with (folder / "trace.csv").open() as file:
        ends = [float(row["end"]) for row in csv.DictReader(file) if row["end"]]
    return sum(ends) / len(ends)
