"""Findings: each says what the records show, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from made_records import Made, scenario

from sim.results.findings import DEFINITIONS, MOST, RULES

PREFIXES = {"ENABLE_PREFIX_DELEGATION": True}
TWO_GROUPS = [{"name": "batch"}, {"name": "web"}]


def findings(made: Made) -> list[str]:
    found: list[str] = made.summary()["findings"]
    return found


def quiet(**top: Any) -> Made:
    """A node that holds 10 addresses, 9 of them with a pod."""
    made = Made(scenario(**top))
    group = made.names.groups[0]
    node = made.node(group)
    made.space(0, node, held=10, free=241, free_28s=10)
    made.pool(0, node, enis=1, assigned=9)
    return made


def test_nothing_bad() -> None:
    """One sentence with the figures that show it."""
    made = quiet()
    for time in range(9):
        made.served(time)
    made.call(5)
    assert findings(made) == [
        "All 9 pods got an address, the slowest after 0 s; EC2 throttled none of 1 request, and "
        "subnet a never had fewer than 241 of 251 addresses free."
    ]


def test_nothing_happened() -> None:
    """A run without pods does not say that they were served."""
    assert findings(quiet())[0].startswith("No pod asked for an address; EC2 throttled none of 0 ")


def test_nothing_happened_after_the_warm_up() -> None:
    """Pods that had their addresses before are not denied."""
    made = quiet(warm_up="10s")
    made.served(0)
    assert findings(made)[0].startswith("No pod asked for an address after the warm-up; EC2 ")


def test_pods_that_were_starting_are_not_a_fault() -> None:
    """They are told apart from those that were served, but are no finding of their own."""
    made = quiet()
    made.served(0)
    made.pod(99_999, node=0, bound_ms=99_999, reason="starting")
    assert findings(made)[0].startswith("1 of 2 pods got an address, the slowest after 0 s; ")


def test_a_subnet_that_ran_out() -> None:
    """When, and what failed there."""
    made = quiet()
    made.space(65_000, 0, held=251, free=0)
    made.pool(65_000, 0, enis=1, assigned=250)
    made.failed_launch(70_000)
    made.call(71_000, "AssignPrivateIpAddresses", "InsufficientFreeAddressesInSubnet")
    made.call(72_000, "CreateNetworkInterface", "InvalidParameterValue")
    made.call(73_000, "DeleteNetworkInterface", "InvalidParameterValue")  # still in use
    assert findings(made) == [
        "Subnet a ran out of addresses at 1 min 05 s: 1 node launch failed; EC2 refused 2 "
        "requests for lack of room."
    ]


def test_several_subnets_that_ran_out() -> None:
    """All are named, the first one with its time."""
    subnets = [{"name": name, "cidr": f"10.0.{i}.0/28"} for i, name in enumerate("abcde")]
    made = quiet(subnets=subnets)
    for subnet, time in ((3, 20_000), (1, 10_000), (0, 30_000), (2, 40_000), (4, 50_000)):
        made.space(time, -1, held=11, free=0, subnet=subnet)
    assert findings(made)[0] == (
        "Subnets b, d, a and 2 more ran out of addresses, b first, at 10.0 s."
    )


def test_failed_launches_in_a_subnet_that_did_not_run_out() -> None:
    """Reserved addresses can be free and yet not be had."""
    made = quiet()
    made.failed_launch(1_000)
    made.failed_launch(2_000)
    assert findings(made) == ["2 node launches failed for lack of an address in subnet a."]


def test_unserved_pods() -> None:
    """How many of how many, and why, the most frequent reason first."""
    made = quiet()
    made.pod(0, reason="no node fits")
    made.pod(0, reason="no free address")
    made.pod(0, reason="no free address")
    made.pod(0, reason="starting")
    assert findings(made)[0] == (
        "3 of 4 pods never got an address: 2 found no free address on their node, 1 fitted on no "
        "node."
    )


def test_unserved_pods_of_one_workload_and_reason() -> None:
    """If all are of one workload of several, it is named."""
    made = quiet()
    made.served(0, workload="web")
    made.pod(0, reason="node not ready")
    assert findings(made)[0] == (
        "1 of 2 pods never got an address, all of workload w: all were on a node whose ipamd was "
        "not running."
    )


def test_failed_starts_of_ipamd() -> None:
    """How often, and whether the nodes came up in the end."""
    made = quiet()
    made.node(boot_failures=2)
    assert findings(made)[0] == "ipamd failed to start 2 times; all nodes got ready in the end."
    made = quiet()
    made.node(boot_failures=1, ready_ms=-1)
    assert findings(made)[0] == "ipamd failed to start 1 time; 1 of 2 nodes never got ready."


def test_a_subnet_without_prefixes() -> None:
    """Addresses were free, but no /28."""
    made = quiet(ipamd=PREFIXES)
    made.space(30_000, 0, held=17, free=234, free_28s=0)
    made.call(31_000, "AssignPrivateIpAddresses", "InsufficientCidrBlocks")
    assert findings(made)[0] == (
        "Subnet a had no free /28 left at 30.0 s, though never fewer than 234 of its addresses "
        "were free; EC2 refused 1 request for lack of room."
    )


def throttled(of: int) -> Made:
    made = quiet()
    for time in range(of - 2):
        made.call(time)
    made.call(7_000, "AssignPrivateIpAddresses", "RequestLimitExceeded")
    made.call(7_001, "AssignPrivateIpAddresses", "RequestLimitExceeded")
    return made


def test_throttling() -> None:
    """Share, action and the action's busiest second."""
    assert findings(throttled(of=20)) == [
        "EC2 throttled 2 of 20 requests (10 %), all of them AssignPrivateIpAddresses, whose "
        "busiest second, at 7.0 s, had 2."
    ]


def test_a_little_throttling_comes_after_long_waits() -> None:
    """Below 1 % of the requests a pod that waited long is more serious."""
    for of, place in ((20, 0), (1000, 1)):
        made = throttled(of)
        made.served(50_000, wait_ms=11_000)
        assert findings(made)[place].startswith("EC2 throttled 2 of ")


def test_failures_of_ec2() -> None:
    """How many requests met a fault, and of which action; below one percent it is not said."""
    for of, is_said in ((20, True), (300, False)):
        made = quiet(aws={"faults": [{}]})
        made.call(7_000, "AssignPrivateIpAddresses", "InternalError")
        made.call(7_001, "DescribeSubnets", "InternalError")
        made.call(7_002, "DescribeSubnets", "InternalError" if is_said else "OK")
        for time in range(of - 3):
            made.call(time)
        said = "EC2 answered 3 of 20 requests with InternalError, 2 of them DescribeSubnets."
        assert (findings(made) == [said]) is is_said


def test_missed_deadlines() -> None:
    """Pods that activeDeadlineSeconds ended."""
    made = quiet()
    made.served(0, deadline_missed=1)
    assert findings(made) == ["1 pod was ended by activeDeadlineSeconds."]
    made.served(0, workload="web")
    made.served(0, deadline_missed=1)
    assert findings(made) == ["2 pods, all of workload w, were ended by activeDeadlineSeconds."]


def test_no_room_for_one_more_node() -> None:
    """9 of 11 addresses are free, but nodes hold 10."""
    made = quiet(subnets=[{"name": "a", "cidr": "10.0.0.0/28"}])
    made.space(0, 0, held=10, free=1)
    assert findings(made) == [
        "Subnet a came down to 1 of 11 addresses at 0 s: not one more node like those there would "
        "have fitted."
    ]


def test_waste() -> None:
    """Twice what pods use is worth a sentence, and so is use of none."""
    made = quiet()
    made.space(0, 0, held=18, free=233)
    assert findings(made) == [
        "Nodes held 2.0 times the addresses that pods used: on average 18.0 against 9.0."
    ]
    made = quiet()
    made.pool(0, 0, enis=1, warm=9)
    assert findings(made) == ["Nodes held 10 addresses on average, and pods used none of them."]


def test_stranded_addresses() -> None:
    """Of 4 prefixes 33 pods need 3 and one more is kept free; 32 pods need one less."""
    made = quiet(ipamd=PREFIXES)
    made.space(0, 0, held=65, free=186, free_28s=9)
    made.pool(0, 0, enis=1, prefixes=4, assigned=33, partial=31)
    assert not any("stranded" in one for one in findings(made))
    made.pool(0, 0, enis=1, prefixes=4, assigned=32, partial=32)
    assert findings(made)[-1] == (
        "16.0 of 65.0 addresses held on average were stranded in prefixes that would not be "
        "needed if pods were packed."
    )


def test_at_most_three_sentences_the_most_serious_first() -> None:
    """Four things went wrong; the waste is not mentioned."""
    made = throttled(of=20)
    made.space(65_000, 0, held=251, free=0)
    made.served(0, deadline_missed=1)
    starts = [one.split()[0] for one in findings(made)]
    assert starts == ["Subnet", "EC2", "1"]


def test_each_rule_is_documented() -> None:
    """As many rules as the document lists."""
    assert len(RULES) == len(DEFINITIONS)
    assert MOST == 3


# --------------------------------------------------------------- why pods waited


def late(cause: str, **top: Any) -> str:
    """The sentence about one late pod on a node whose pool looked like this when it asked."""
    made = quiet(**top)
    pools = {
        "cooling": {"assigned": 2, "cooldown": 7},
        "full": {"assigned": 27},
        "empty": {"assigned": 9},
        "free": {"assigned": 2, "warm": 7},
    }
    made.pool(40_000, 0, enis=1, **pools[cause])
    made.served(50_000, wait_ms=11_000, adds=2)
    return findings(made)[0]


WAITED = "1 pod waited over 10 s for an address"


def test_cooling_addresses_that_count_as_free() -> None:
    """No address was usable, 7 were cooling, and 7 are enough for WARM_IP_TARGET=5."""
    because = f"{WAITED}: the nodes count cooling addresses as free."
    assert late("cooling", ipamd={"WARM_IP_TARGET": 5}) == because


def test_cooling_addresses_that_are_not_enough() -> None:
    """With WARM_IP_TARGET=8 the pool was too low in ipamd's own eyes: nothing to blame shows."""
    assert late("cooling", ipamd={"WARM_IP_TARGET": 8}) == f"{WAITED}."


def test_a_full_node() -> None:
    """An m5.large holds 27 addresses for pods; with MAX_ENI=1 it holds 9."""
    because = f"{WAITED}: the nodes held all the addresses their settings allow."
    assert late("full") == because
    assert late("cooling", ipamd={"MAX_ENI": 1}) == because
    assert late("empty") == f"{WAITED}."


def test_a_usable_address_is_no_reason_to_wait() -> None:
    """If the node had a free address, the records do not show why the pod waited."""
    assert late("free") == f"{WAITED}."


def test_a_node_that_was_not_ready() -> None:
    """The first ADD came before ipamd was."""
    made = quiet()
    made.node(ready_ms=20_000)
    made.served(10_000, wait_ms=11_000, node=1)
    assert findings(made)[0] == f"{WAITED}: ipamd was not ready yet on the nodes."


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "InsufficientFreeAddressesInSubnet",
            "EC2 had no room in the subnet for the nodes to grow",
        ),
        ("OK", "the pools of the nodes had to grow first"),
    ],
)
def test_what_ec2_answered_meanwhile(code: str, why: str) -> None:
    """A request of the pod's node for addresses, made while it waited, tells why."""
    made = quiet()
    made.node()
    made.served(50_000, wait_ms=11_000)
    made.call(49_999, "AssignPrivateIpAddresses", code)
    made.call(55_000, "AssignPrivateIpAddresses", code, node=1)
    made.call(61_001, "AssignPrivateIpAddresses", code)
    made.call(55_000, "DescribeSubnets", code)
    assert findings(made)[-1] == f"{WAITED}."
    made.call(55_000, "AssignPrivateIpAddresses", code)
    assert findings(made)[-1] == f"{WAITED}: {why}."


def test_throttled_meanwhile() -> None:
    """Any throttled request holds up the node's daemon."""
    made = quiet()
    made.served(50_000, wait_ms=11_000)
    made.call(51_000, "DescribeSubnets", "RequestLimitExceeded")
    assert findings(made)[1] == f"{WAITED}: EC2 throttled the nodes."


def test_failed_meanwhile() -> None:
    """So does one that meets a fault; the same error in a run without faults does not."""
    for aws, why in (({"faults": [{}]}, ": EC2 answered the nodes with errors."), ({}, ".")):
        made = quiet(aws=aws)
        made.served(50_000, wait_ms=11_000)
        made.call(51_000, "DescribeSubnets", "InternalError")
        assert findings(made)[-1] == f"{WAITED}{why}"


def test_exactly_ten_seconds_is_not_long() -> None:
    """Only more than that is; unserved pods count with their wait so far."""
    made = quiet()
    made.served(50_000, wait_ms=10_000)
    assert "waited over" not in findings(made)[0]
    made.waiting(89_999)
    assert findings(made)[1] == f"{WAITED}."


def test_the_group_is_named_if_there_are_several() -> None:
    """All, or more than half, in one group; the cause with the number it holds for."""
    made = quiet(groups=TWO_GROUPS, ipamd={"WARM_IP_TARGET": 1})
    web = made.node("web")
    made.pool(0, 0, enis=1, assigned=2, cooldown=7)
    for _ in range(2):
        made.served(50_000, wait_ms=11_000)
    assert findings(made)[0] == (
        "2 pods waited over 10 s for an address, all in group batch: its nodes count cooling "
        "addresses as free."
    )
    made.served(50_000, wait_ms=11_000, node=web)
    assert findings(made)[0] == (
        "3 pods waited over 10 s for an address, 2 of them in group batch: for 2 of them their "
        "nodes count cooling addresses as free."
    )
    made.served(50_000, wait_ms=11_000, node=web)
    assert findings(made)[0].startswith("4 pods waited over 10 s for an address: for 2 of them ")
