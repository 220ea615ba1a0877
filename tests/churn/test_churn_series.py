"""Series of Prometheus: gaps, what ipamd counts, and forms of the file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from made_history import answer, event, event_list, series, write_json

from sim.importing.churn.lives import Rules
from sim.importing.churn.read import read_churn
from sim.scenario.errors import InputError

T0 = 1_767_600_000
POD = {"namespace": "shop", "pod": "web-5d8f7c9b4-abcde", "uid": "u-1"}
OTHER = {"namespace": "shop", "pod": "web-5d8f7c9b4-fghjk", "uid": "u-2"}


def every(step: int, count: int, value: object = 1) -> list[tuple[float, object]]:
    return [(T0 + step * place, value) for place in range(count)]


def test_an_end_lies_between_the_last_sample_and_the_next_of_anyone(tmp_path: Path) -> None:
    """When all scrapes fail for a while, the end is put in the middle of the gap, and marked."""
    times = [0, 30, 60, 300, 330]  # nothing was scraped between 60 and 300
    here = series("kube_pod_created", [(T0 + one, T0) for one in times], **POD)
    gone = series("kube_pod_created", [(T0 + one, T0) for one in times[:3]], **OTHER)
    churn = read_churn([write_json(tmp_path / "p.json", answer(here, gone))])
    ends = {one.pod.name[-5:]: one.end for one in churn.lives}
    assert ends["abcde"].how == "stays"
    assert (ends["fghjk"].time_ms, ends["fghjk"].how) == ((T0 + 180) * 1000, "bounded")


def test_a_deletion_timestamp_is_the_request_and_the_grace_period(tmp_path: Path) -> None:
    """The delete request came a grace period before it, and not after it was first seen."""
    pod = series("kube_pod_created", every(30, 5, T0), **POD)
    mark = series("kube_pod_deletion_timestamp", [(T0 + 120, T0 + 130)], **POD)
    later = series("kube_pod_created", every(30, 9, T0), **OTHER)
    churn = read_churn([write_json(tmp_path / "p.json", answer(pod, mark, later))])
    (end,) = [one.end for one in churn.lives if one.pod.name.endswith("abcde")]
    assert end.time_ms == (T0 + 100) * 1000


def test_host_network_and_requests_come_from_kube_state_metrics(tmp_path: Path) -> None:
    """Pods on their node's network are left out; containers' requests add up."""
    files = answer(
        series("kube_pod_info", every(30, 3), host_network="true", **OTHER),
        series("kube_pod_created", every(30, 3, T0), **OTHER),
        series("kube_pod_created", every(30, 3, T0), **POD),
        *(
            series("kube_pod_container_resource_requests", every(30, 3, value), **POD, **labels)
            for value, labels in (
                (0.1, {"resource": "cpu", "container": "a"}),
                (0.25, {"resource": "cpu", "container": "b"}),
                (2**27, {"resource": "memory", "container": "a"}),
            )
        ),
    )
    churn = read_churn([write_json(tmp_path / "p.json", files)])
    (life,) = churn.lives
    assert (life.pod.cpu, life.pod.memory) == (350, 128)
    assert any("node's network" in one for one in churn.notes.left_out)


def test_ipamds_counters_give_pods_that_nobody_names(tmp_path: Path) -> None:
    """How many are there is as measured at every sample; refused ADDs are no pods."""
    values = {
        "awscni_assigned_ip_addresses": [3, 5, 4, 4],
        "awscni_add_ip_req_count": [10, 14, 14, 16],
        "awscni_no_available_ip_addresses": [0, 1, 1, 1],
        "awscni_del_ip_req_count": [7, 8, 9, 11],
    }
    found = [
        series(name, [(T0 + 60 * i, one) for i, one in enumerate(of)], instance="node-1")
        for name, of in values.items()
    ]
    churn = read_churn([write_json(tmp_path / "c.json", answer(*found))])
    assert not churn.are_named
    for place, there in enumerate(values["awscni_assigned_ip_addresses"]):
        now = (T0 + 60 * place) * 1000
        alive = [
            one
            for one in churn.lives
            if (one.start.time_ms or 0) <= now < (one.end.time_ms or now + 1)
        ]
        assert len(alive) == there
    assert len(churn.lives) == 3 + 3 + 0 + 2


def test_a_counter_that_begins_anew_is_no_negative_number(tmp_path: Path) -> None:
    """After a restart of ipamd counters begin at 0."""
    found = [
        series("awscni_assigned_ip_addresses", [(T0, 0), (T0 + 60, 2)], instance="n"),
        series("awscni_add_ip_req_count", [(T0, 50), (T0 + 60, 3)], instance="n"),
        series("awscni_del_ip_req_count", [(T0, 40), (T0 + 60, 1)], instance="n"),
    ]
    churn = read_churn([write_json(tmp_path / "c.json", answer(*found))])
    assert len(churn.lives) == 3


def test_assigned_addresses_alone_understate_churn_and_it_is_said(tmp_path: Path) -> None:
    """Without counters only the changes between samples are seen."""
    gauge = series("awscni_assigned_ip_addresses", [(T0, 2), (T0 + 60, 5), (T0 + 120, 4)])
    churn = read_churn([write_json(tmp_path / "c.json", answer(gauge))])
    assert len(churn.lives) == 5
    assert any("understated" in one for one in churn.notes.guessed)


@pytest.mark.parametrize("form", ["list", "packed", "two answers", "byte order mark"])
def test_files_come_in_several_forms(tmp_path: Path, form: str) -> None:
    """Promtool's bare list, gzip, answers one after the other, and a byte order mark are read."""
    one = series("kube_pod_created", every(30, 3, T0), **POD)
    two = series("kube_pod_created", every(30, 3, T0), **OTHER)
    text = json.dumps(answer(one, two)).encode()
    data = {
        "list": json.dumps([one, two]).encode(),
        "packed": gzip.compress(text),
        "two answers": json.dumps(answer(one)).encode() + b"\n" + json.dumps(answer(two)).encode(),
        "byte order mark": b"\xef\xbb\xbf" + text,
    }[form]
    path = tmp_path / "pods.json"
    path.write_bytes(data)
    assert len(read_churn([path]).lives) == 2


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (
            answer({"metric": {"__name__": "x"}, "values": [[1, "2"], ["a"]]}),
            "values[1]",
            "no samp",
        ),
        (
            answer({"metric": {"__name__": "x"}, "values": [[5, "2"], [1, "2"]]}),
            "values[1]",
            "not aft",
        ),
        (answer({"metric": [], "values": []}), "metric", "no mapping"),
        ({"status": "error", "errorType": "bad_data", "error": "no step"}, "", "bad_data: no step"),
        ([3], "[0]", "no series of Prometheus"),
    ],
)
def test_wrong_answers_are_named_with_their_place(
    tmp_path: Path, data: object, place: str, message: str
) -> None:
    """The message says which sample of which series of which file."""
    path = write_json(tmp_path / "pods.json", data)
    with pytest.raises(InputError, match=message) as caught:
        read_churn([path])
    problem = caught.value.problems[0]
    assert problem.file == str(path)
    assert problem.path.endswith(place)


def test_nothing_of_use_is_an_error(tmp_path: Path) -> None:
    """Files that tell of no pod are refused, with what would be read."""
    path = write_json(tmp_path / "pods.json", answer(series("up", every(30, 3))))
    with pytest.raises(InputError, match="nothing tells of a pod"):
        read_churn([path])
    empty = write_json(tmp_path / "events.json", event_list())
    with pytest.raises(InputError, match="nothing tells of a pod"):
        read_churn([empty])


def test_events_that_tell_nothing_are_counted(tmp_path: Path) -> None:
    """What was read and not used is said."""
    path = write_json(
        tmp_path / "e.json",
        event_list(event("Scheduled", 1), event("BackOff", 2), event("BackOff", 3)),
    )
    assert any("2 events BackOff" in one for one in read_churn([path]).notes.left_out)


def test_pods_of_daemonsets_are_not_counted_again(tmp_path: Path) -> None:
    """The first pods of each node are its DaemonSets', which a scenario has in its node groups."""
    there = {"a": [3, 3, 4], "b": [0, 2, 2]}
    gauges = (
        series(
            "awscni_assigned_ip_addresses",
            [(T0 + 60 * i, one) for i, one in enumerate(of)],
            instance=node,
        )
        for node, of in there.items()
    )
    path = write_json(tmp_path / "c.json", answer(*gauges))
    churn = read_churn([path], rules=Rules(always=2))
    assert [one.pod.node for one in churn.lives] == ["a", "a"]
    assert any("DaemonSets" in one for one in churn.notes.left_out)
