"""What is told of a pod, from records written by hand."""

from __future__ import annotations

from typing import Any

import pytest
from made_records import Made, scenario

from sim.explain.pod import explain_pod
from sim.explain.retries import adds_of
from sim.scenario.errors import InputError

TWO_TO_SPARE = {"WARM_IP_TARGET": 2}
KUBE = {"add_retry": "10s", "not_initialised_retry": "1s", "sync_tick": "0s"}


def made(ipamd: dict[str, Any] | None = None, **top: Any) -> Made:
    """A run whose kubelets ask again every 10 s to the ms."""
    return Made(scenario(ipamd=ipamd or TWO_TO_SPARE, kube=KUBE, **top))


def texts(one: Made, name: str | None = None) -> list[tuple[int, str]]:
    """(ms, text) of each line."""
    return [(line.at_ms, line.text) for line in explain_pod(one.result(), name).lines]


def cooling() -> Made:
    """27 held: 22 assigned and 5 cooling at 10 s; the last has cooled off at 35 s."""
    one = made({"WARM_IP_TARGET": 5})
    one.node()
    one.pool(0, enis=2, warm=27, unused=27)
    one.pool(10_000, enis=2, assigned=22, cooldown=5, unused=5)
    one.pool(35_000, enis=2, assigned=22, cooldown=4, warm=1, unused=5)
    one.pool(41_137, enis=2, assigned=23, cooldown=4, unused=4)
    times = {"bound_ms": 10_900, "first_add_ms": 11_137, "address_ms": 41_137, "running_ms": 43_000}
    one.pod(10_800, "tasks", node=0, adds=4, **times)
    return one


def test_a_pod_that_waited_for_a_cooled_address() -> None:
    """ADDs at 11.1, 21.1, 31.1 and 41.1 s; checks every 5 s from 2.5 s on find 5 to spare."""
    lines = dict(texts(cooling()))
    refused = "ADD refused: 27 held, 22 assigned, 5 cooling, 0 usable; ipamd counted 5 to spare"
    assert [ms for ms, text in lines.items() if text == refused] == [11_137, 21_137, 31_137]
    assert lines[12_500].startswith(
        "pool checks, here and at 17.500 s, asked for nothing: it counted"
    )
    assert (
        "5 to spare (27 held - 22 assigned, all cooling); WARM_IP_TARGET=5 wants 5" in lines[12_500]
    )
    assert set(lines) >= {10_800, 10_900, 12_500, 22_500, 32_500, 41_137, 43_000}
    assert lines[41_137].startswith("address: ADD number 4 brought it")


def test_the_reason_is_said_first() -> None:
    """30 s, three refused ADDs, five checks that met none, cooled at 35 s, asked 6.1 s later."""
    assert explain_pod(cooling().result()).answer == (
        "It waited 30.0 s for its address, through 3 refused ADDs. At the first, none of the 27 "
        "addresses of g-0 was usable: 22 assigned, 5 cooling. 5 pool checks found none usable and "
        "asked EC2 for nothing: ipamd counts cooling addresses as spare. At 35.000 s an address "
        "had cooled off; the kubelet asked again 6.1 s later."
    )


def test_others_that_were_served_first() -> None:
    """Pods of the same node with an address from after the first ADD to before the last."""
    one = cooling()
    for wait in (0, 1, 29_999, 30_000):
        one.served(11_137, wait)
    assert "Meanwhile 2 other pods on the node got an address." in explain_pod(one.result()).answer


def test_a_pod_whose_pool_had_to_grow() -> None:
    """The check at 12.5 s asks for 3, throttled once, and the address is there at 15 s."""
    one = made()
    one.node()
    one.pool(0, enis=1, assigned=3)
    one.call(12_500, "AssignPrivateIpAddresses", "RequestLimitExceeded", asked=3, granted=0, eni=1)
    one.call(
        14_000, "AssignPrivateIpAddresses", asked=3, granted=3, attempt=2, answer_ms=15_000, eni=1
    )
    one.a_pass(12_500, 15_000)
    one.pool(15_000, enis=1, assigned=3, warm=3, unused=3)
    times = {"bound_ms": 10_900, "first_add_ms": 11_000, "address_ms": 21_000, "running_ms": 23_000}
    one.pod(10_800, node=0, adds=2, **times)
    story = explain_pod(one.result(), "w-0")
    (grew,) = [line for line in story.lines if line.at_ms == 12_500]
    assert grew.text.endswith("WARM_IP_TARGET=2 wants 2 to spare: got 3 addresses, after 2.5 s")
    assert grew.details == (
        "12.500 s  AssignPrivateIpAddresses, 3 addresses, eni-1: throttled once, done after 2.5 s",
    )
    assert "1 request was throttled; the first that succeeded did at 15.000 s." in story.answer
    assert "At 15.000 s new addresses came from EC2" in story.answer


def test_a_pod_on_a_node_that_was_not_ready() -> None:
    """ADDs come each second until ipamd is ready at 12 s."""
    one = made()
    one.node(ready_ms=12_000)
    one.pool(12_000, enis=1, warm=3, unused=3)
    times = {"bound_ms": 9_900, "first_add_ms": 10_000, "address_ms": 12_000, "running_ms": 13_000}
    one.pod(9_000, node=0, adds=3, **times)
    story = explain_pod(one.result())
    assert "ipamd on g-0 was ready at 12.000 s only." in story.answer
    assert [line.at_ms for line in story.lines if "was not ready" in line.text] == [10_000, 11_000]


def test_pods_that_never_had_an_address() -> None:
    """One fitted on no node, one asked in vain until the end of the run at 100 s."""
    one = made()
    one.node()
    one.pool(0, enis=1, assigned=3)
    one.pod(50_000, "big", reason="no node fits")
    one.waiting(61_000, adds=4)
    assert explain_pod(one.result(), "big-0").answer == (
        "It never had an address: no node had room for it in the 50.0 s it was there."
    )
    story = explain_pod(one.result(), "w-0")
    assert story.answer.startswith("It never had an address: 4 refused ADDs in 39.0 s.")
    assert story.lines[-1].text == "the run ended, and it still had no address"


def test_a_pod_that_did_not_wait_is_told_by_its_slowest_part() -> None:
    """0.1 s to be bound, 0.4 s of sandbox, 2.5 s of containers."""
    one = made()
    one.node()
    one.pool(0, enis=1, warm=3, unused=3)
    one.pool(20_500, enis=1, assigned=1, warm=2, unused=2)
    times = {"bound_ms": 20_100, "first_add_ms": 20_500, "address_ms": 20_500, "running_ms": 23_000}
    one.pod(20_000, node=0, adds=1, **times)
    story = explain_pod(one.result())
    assert story.answer.endswith("most of it, 2.5 s, for image pull and container start.")
    assert story.notes == ("No pod waited for its address, and none took longer to run.",)


def test_release_and_cooldown() -> None:
    """Released at 40 s, cooled off at 70.001 s; another's CIDR was gone by then."""
    one = made()
    one.node()
    one.pool(0, enis=1, warm=3, unused=3)
    one.pool(10_000, enis=1, assigned=2, warm=1, unused=1)
    one.pool(40_000, enis=1, assigned=1, cooldown=1, warm=1, unused=2)
    one.pool(45_000, enis=1, cooldown=2, warm=1, unused=3)
    one.pool(50_000, enis=1, cooldown=1, warm=1, unused=2)
    one.pool(70_001, enis=1, warm=2, unused=2)
    for released in (40_000, 45_000):
        one.served(10_000, ended_ms=39_000, released_ms=released, outcome="finished")
    assert texts(one, "w-0")[-1] == (70_001, "address cooled off: another pod may have it")
    assert "had left the data store by then" in texts(one, "w-1")[-1][1]


def test_adds_that_the_records_do_not_bear_out_are_not_told() -> None:
    """Two waits of 10 s do not lead from 10 to 31 s: only the first ADD is known."""
    one = made()
    one.node()
    one.pool(0, enis=1, assigned=3)
    one.pod(9_000, node=0, bound_ms=9_500, first_add_ms=10_000, address_ms=31_000, adds=3)
    assert adds_of(one.result(), 0) is None
    refused = [text for _, text in texts(one) if "ADD" in text and "refused" not in text[:11]]
    assert refused[0].startswith("first of 3 ADDs; 3 held")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("w-7", "w has 2 pods, w-0 to w-1"),
        ("taks-0", "tasks has 1 pod, tasks-0"),
        ("nothing-like-it-0", "workloads known here: w, tasks"),
    ],
)
def test_unknown_pods(name: str, remedy: str) -> None:
    """A wrong name gets those that are there."""
    one = made()
    one.pod(1_000)
    one.pod(2_000)
    one.pod(3_000, "tasks")
    with pytest.raises(InputError, match=remedy):
        explain_pod(one.result(), name)


def test_a_run_without_pods() -> None:
    """There is no worst one."""
    with pytest.raises(InputError, match="no pod asked for an address; "):
        explain_pod(made().result())
