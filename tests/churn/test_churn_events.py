"""Kubernetes events: which of their many fields count, and what they tell of a pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_history import event, event_list, write_json

from sim.importing.churn.lives import Life
from sim.importing.churn.read import read_churn
from sim.scenario.errors import InputError

AT_0 = 1_767_600_000_000  # 2026-01-05T08:00:00Z


def lives(tmp_path: Path, *events: dict[str, Any]) -> list[Life]:
    return read_churn([write_json(tmp_path / "events.json", event_list(*events))]).lives


def seconds(time_ms: int | None) -> float:
    assert time_ms is not None
    return (time_ms - AT_0) / 1000


SCHEDULED = event(
    "Scheduled",
    0,
    "Successfully assigned shop/web-5d8f7c9b4-abcde to node-7",
    eventTime="2026-01-05T08:00:01.250000Z",
    firstTimestamp=None,
    lastTimestamp=None,
)


def test_scheduler_events_have_only_an_event_time(tmp_path: Path) -> None:
    """The scheduler's event gives the start in microseconds, and the node by its message."""
    (life,) = lives(tmp_path, SCHEDULED)
    assert seconds(life.start.time_ms) == 1.25
    assert life.pod.node == "node-7"


def test_killing_is_an_end_unless_a_container_starts_again(tmp_path: Path) -> None:
    """A restart is no end: the last Killing counts if nothing is started after it."""
    restart = event("Killing", 60, "Container app failed liveness probe, will be restarted")
    stopped, again = event("Killing", 70, "Stopping container app"), event("Started", 75)
    (life,) = lives(tmp_path, SCHEDULED, event("Started", 3), restart, stopped, again)
    assert life.end.how == "stays"
    (life,) = lives(tmp_path, SCHEDULED, event("Started", 3), restart, again, event("Killing", 90))
    assert (seconds(life.end.time_ms), life.end.source) == (90, "killed")


def test_a_series_counts_until_it_was_last_seen(tmp_path: Path) -> None:
    """Of repeated events the last time counts, in whichever field it stands."""
    repeated = event("Killing", 10, "Stopping container app")
    newer = repeated | {"series": {"count": 3, "lastObservedTime": "2026-01-05T08:02:00.5Z"}}
    (life,) = lives(tmp_path, SCHEDULED, newer)
    assert seconds(life.end.time_ms) == 120.5
    (life,) = lives(tmp_path, SCHEDULED, repeated | {"lastTimestamp": "2026-01-05T08:03:00Z"})
    assert seconds(life.end.time_ms) == 180


def test_the_newer_api_has_other_names_for_the_same(tmp_path: Path) -> None:
    """events.k8s.io calls them regarding, note and deprecatedFirstTimestamp."""
    old = event("Killing", 30, "Stopping container app")
    new = {key: old[key] for key in ("kind", "reason")} | {
        "regarding": old["involvedObject"],
        "note": old["message"],
        "eventTime": None,
        "deprecatedFirstTimestamp": old["firstTimestamp"],
        "deprecatedLastTimestamp": old["lastTimestamp"],
        "deprecatedSource": {"component": "kubelet", "host": "node-7"},
    }
    (life,) = lives(tmp_path, new)
    assert seconds(life.end.time_ms) == 30
    assert life.pod.node == "node-7"


def test_controllers_name_their_pods(tmp_path: Path) -> None:
    """SuccessfulCreate and SuccessfulDelete give creation, end and controller by the pod's name."""
    about = {"kind": "ReplicaSet", "namespace": "shop", "name": "web-5d8f7c9b4", "uid": "r"}
    made = event("SuccessfulCreate", 0, "Created pod: web-5d8f7c9b4-abcde", involvedObject=about)
    gone = event("SuccessfulDelete", 50, "Deleted pod: web-5d8f7c9b4-abcde", involvedObject=about)
    (life,) = lives(tmp_path, made, SCHEDULED, gone, event("Killing", 51))
    assert (seconds(life.start.time_ms), seconds(life.end.time_ms)) == (0, 50)
    assert life.controller == ("Deployment", "shop", "web")


def test_pods_of_daemonsets_are_left_out(tmp_path: Path) -> None:
    """A scenario has them as part of its node groups."""
    about = {"kind": "DaemonSet", "namespace": "shop", "name": "agent", "uid": "d"}
    made = event("SuccessfulCreate", 0, "Created pod: agent-x2x2x", involvedObject=about)
    churn = read_churn([write_json(tmp_path / "e.json", event_list(made, SCHEDULED))])
    assert [life.pod.name for life in churn.lives] == ["web-5d8f7c9b4-abcde"]
    assert any("DaemonSets" in one for one in churn.notes.left_out)


def test_a_pod_seen_to_end_only_was_there_before(tmp_path: Path) -> None:
    """Its start is the begin of the history, and marked."""
    other = event("Scheduled", 5)
    other["involvedObject"] = other["involvedObject"] | {"uid": "u-2", "name": "other"}
    found = lives(tmp_path, event("Killing", 30, "Stopping container app"), other)
    starts = {one.pod.name: one.start for one in found}
    assert starts["web-5d8f7c9b4-abcde"].how == "before"
    assert seconds(starts["web-5d8f7c9b4-abcde"].time_ms) == 5


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (event("Killing", 1) | {"firstTimestamp": "soon"}, "'soon' is no time"),
        (event("Killing", 1) | {"firstTimestamp": None}, "the event has no time"),
        ({"kind": "Event", "reason": "Killing"}, "what it is about"),
        ({"kind": "Pod", "metadata": {}}, "this is a Pod, no event"),
    ],
)
def test_each_error_names_file_and_place(
    tmp_path: Path, broken: dict[str, Any], message: str
) -> None:
    """The message says which item of which file is wrong."""
    path = write_json(
        tmp_path / "events.json", event_list(SCHEDULED, broken | {"lastTimestamp": None})
    )
    with pytest.raises(InputError, match=message) as caught:
        read_churn([path])
    (problem,) = caught.value.problems
    assert (problem.file, problem.path) == (str(path), "items[1]")


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    """A file that was cut off says where it ends."""
    path = tmp_path / "events.json"
    path.write_text('{"items": [\n{"kind": "Event",\n"reason": "Killing"')
    with pytest.raises(InputError) as caught:
        read_churn([path])
    assert str(caught.value).startswith(f"{path}:3:")
