"""What is told of a node, and why its checks did something or nothing."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from made_records import Made, scenario

from sim.explain.node import explain_node
from sim.explain.pool import NOTHING, Held
from sim.explain.why import (
    CORDONED,
    ENOUGH,
    EXHAUSTED,
    FULL,
    GROWS,
    NO_ROOM,
    SHRINKS,
    SHRUNK,
    Gates,
    judge,
    why_kept,
)
from sim.ipamd.settings import Settings


def settings(**changes: Any) -> Settings:
    """3 ENIs of 9 addresses, WARM_ENI_TARGET 1."""
    defaults = {"warm_eni_target": 1, "warm_prefix_target": 1, "warm_ip_target": 0}
    defaults |= {"minimum_ip_target": 0, "prefix_delegation": False, "max_enis": 3, "slots": 9}
    return Settings(**(defaults | {"max_pods": 29} | changes))


def held(**counts: int) -> Held:
    """What a data store had; all its ENIs may take CIDRs."""
    enis = counts.setdefault("enis", 1)
    return NOTHING._replace(**counts, open_enis=enis)


NOW = 200_000

CASES = [
    # 9 to spare, 9 wanted
    ({}, held(assigned=0, warm=9, unused=9), Gates(), ENOUGH, "9 to spare (9 held - 0 assigned)"),
    # 9 - 1 = 8 < 9, and two ENIs more would fit
    ({}, held(assigned=1, warm=8, unused=8), Gates(), GROWS, "WARM_ENI_TARGET=1 wants 9 to spare"),
    # 27 = 3 x 9 on 3 ENIs of 3
    ({}, held(enis=3, assigned=20, warm=7), Gates(), NO_ROOM, "its 3 ENIs were full"),
    ({"max_pods": 9}, held(assigned=8, warm=1), Gates(), FULL, "max pods, 9"),
    ({}, held(assigned=1, warm=8), Gates(is_cordoned=True), CORDONED, "the node was cordoned"),
    # 120 s are not over at 120.000 s, and are at 120.001 s
    ({}, held(assigned=1, warm=8), Gates(exhausted_ms=NOW - 120_000), EXHAUSTED, "at 80.000 s"),
    ({}, held(assigned=1, warm=8), Gates(exhausted_ms=NOW - 120_001), GROWS, "8 to spare"),
    # 5 to spare, 2 wanted: 3 over; 30 s are not over at 30.000 s
    ({"warm_ip_target": 2}, held(assigned=4, warm=5), Gates(), SHRINKS, "3 addresses over"),
    (
        {"warm_ip_target": 2},
        held(assigned=4, warm=5),
        Gates(shrunk_ms=NOW - 30_000),
        SHRUNK,
        "170.000 s",
    ),
    (
        {"warm_ip_target": 2},
        held(assigned=4, warm=5),
        Gates(shrunk_ms=NOW - 30_001),
        SHRINKS,
        "3 addr",
    ),
    # two /28s without a pod, one wanted
    (
        {"prefix_delegation": True},
        held(prefixes=3, assigned=1, partial=15, warm=30, cooldown=2, unused=2),
        Gates(),
        SHRINKS,
        "1 /28 over",
    ),
]


@pytest.mark.parametrize(("changes", "had", "gates", "kind", "said"), CASES)
def test_verdicts(changes: dict[str, Any], had: Held, gates: Gates, kind: str, said: str) -> None:
    """What a check finds by the counts, and what keeps it from acting."""
    verdict = judge(settings(**changes), had, NOW, gates)
    assert (verdict.kind, said in verdict.text) == (kind, True), verdict


def test_why_a_pool_is_kept() -> None:
    """A whole ENI goes with 2 x 9 to spare; a /28 with a pod does not go."""
    kept = why_kept(settings(), held(enis=2, assigned=5, warm=13))
    assert "only with 18 to spare (WARM_ENI_TARGET + 1 = 2 x 9); it counted 13" in kept
    scattered = held(prefixes=3, assigned=4, partial=44, unused=0)
    kept = why_kept(settings(prefix_delegation=True), scattered)
    assert "4 pods would fit into 1, and were on 3; 0 /28s had none" in kept


def grown() -> Made:
    """A node that starts with 9 addresses, makes a second ENI at 7.5 s, and frees it at 80 s."""
    one = Made(scenario())
    one.node(started_ms=4_000, ready_ms=5_000)
    one.call(4_000, "DescribeNetworkInterfaces", eni=1)
    one.call(4_100, "AssignPrivateIpAddresses", asked=9, granted=9, eni=1, answer_ms=5_000)
    one.pool(5_000, enis=1, warm=9, unused=9)
    one.pool(6_000, enis=1, assigned=3, warm=6, unused=6)
    actions = ("DescribeSubnets", "CreateNetworkInterface", "DescribeInstances")
    actions += ("AttachNetworkInterface", "ModifyNetworkInterfaceAttribute")
    for place, action in enumerate(actions):
        eni = 2 if place in (1, 3, 4) else -1
        asked = 9 if place == 1 else 1
        one.call(7_500 + 100 * place, action, eni=eni, asked=asked, granted=asked)
    one.call(12_000, "DescribeSubnets")
    one.a_pass(7_500, 12_100)
    one.pool(12_000, enis=2, assigned=3, warm=6, unused=6)
    one.pool(12_100, enis=2, assigned=3, warm=15, unused=15)
    one.call(20_000, "DescribeNetworkInterfaces")  # of leaked ENIs: it names none
    one.pool(70_000, enis=2, assigned=0, warm=18, unused=18)
    one.call(72_100, "DescribeNetworkInterfaces", eni=2)
    one.call(72_200, "DetachNetworkInterface", eni=2)
    one.call(74_300, "DeleteNetworkInterface", eni=2)
    one.a_pass(72_100, 74_400)
    one.pool(72_100, enis=1, warm=9, unused=9)
    return one


def test_a_node_that_grew_and_shrank() -> None:
    """Each pass with its reason, its calls and the wait for the metadata; idle checks between."""
    story = explain_node(grown().result(), "g-0")
    lines = {line.at_ms: line for line in story.lines}
    assert list(lines) == [0, 4_000, 5_000, 7_500, 17_100, 72_100, 79_400]
    assert lines[4_000].text == "aws-node starts: ipamd got 9 addresses"
    assert lines[7_500].text.startswith("pool check: it counted 6 to spare (9 held - 3 assigned)")
    assert lines[7_500].text.endswith("made one more ENI, with 9 addresses, after 4.6 s")
    assert "8.000 s  instance metadata: shown after 4.0 s" in lines[7_500].details
    assert lines[17_100].text.startswith("11 pool checks, 5 s apart, to 67.100 s: nothing to do")
    assert lines[72_100].text.endswith("enough to let an ENI go: freed an ENI, after 2.3 s")
    assert len(lines[72_100].details) == 3
    assert story.answer.startswith(
        "It grew in 2 calls, by 18 addresses and 1 ENI, and held 18 addresses at most, first at "
        "12.100 s. It gave back 0 addresses and 1 ENI."
    )
    assert story.notes == ("Beside its loop ipamd looked for leaked ENIs 1 time (at 20.000 s).",)


def test_calls_as_commands() -> None:
    """Comments and commands that a shell reads; the same id for the same interface."""
    story = explain_node(grown().result(), aws=True)
    script = "\n".join("\n".join(line.details) for line in story.lines)
    words = [one for one in _commands(script) if one]
    assert all(one[:2] == ["aws", "ec2"] for one in words)
    by_action = {one[2]: one[3:] for one in words}
    count = "--secondary-private-ip-address-count"
    assert by_action["assign-private-ip-addresses"] == [
        "--network-interface-id",
        "eni-1",
        count,
        "9",
    ]
    assert by_action["create-network-interface"][-4:] == [
        count,
        "9",
        "--tag-specifications",
        "TAGS",
    ]
    assert by_action["attach-network-interface"][:2] == ["--network-interface-id", "eni-2"]
    attached = ["--attachment", "AttachmentId=eni-attach-2,DeleteOnTermination=true"]
    assert by_action["modify-network-interface-attribute"][2:] == attached
    assert by_action["detach-network-interface"] == ["--attachment-id", "eni-attach-2"]
    assert by_action["delete-network-interface"] == ["--network-interface-id", "eni-2"]


def _commands(script: str) -> list[list[str]]:
    return [shlex.split(one, comments=True) for one in script.replace("\\\n", " ").splitlines()]


def test_a_stretch_of_time() -> None:
    """Only what reaches into it; nothing is left out of it."""
    story = explain_node(grown().result(), "g-0", from_ms=10_000, to_ms=30_000)
    assert [line.at_ms for line in story.lines] == [17_100]


def passes_of_an_assign(code: str) -> Made:
    """A node with 60 passes of one request each, all answered alike."""
    one = Made(scenario())
    one.node()
    one.pool(0, enis=1, warm=9, unused=9)
    for number in range(60):
        begin = 2_500 + 6_000 * number
        one.call(begin, "AssignPrivateIpAddresses", code, eni=1)
        one.a_pass(begin, begin + 1_000)
    return one


def test_long_lives_are_cut() -> None:
    """Forty lines, and a note on what is left out."""
    story = explain_node(passes_of_an_assign("OK").result(end_ms=400_000))
    assert len(story.lines) == 40
    assert story.notes[0].startswith("24 lines between")


def test_failures_alike_are_folded() -> None:
    """The first is told whole, the others in one line with their number and their end."""
    made = passes_of_an_assign("InsufficientFreeAddressesInSubnet")
    story = explain_node(made.result(end_ms=400_000))
    place = next(i for i, line in enumerate(story.lines) if line.at_ms == 2_500)
    assert len(story.lines[place].details) == 1
    more = story.lines[place + 1]
    assert more.text == "59 more passes like it, the last at 356.500 s"
    assert (more.until_ms, more.is_bad, more.details) == (356_500, True, ())


def test_folding_is_of_one_stretch_only() -> None:
    """A stretch begins with a pass told whole; what went well is told line by line."""
    made = passes_of_an_assign("InsufficientFreeAddressesInSubnet")
    story = explain_node(made.result(end_ms=400_000), from_ms=100_000)
    bad = [line for line in story.lines if line.is_bad]
    assert [len(line.details) for line in bad] == [1, 0]
    assert bad[0].at_ms >= 94_500
    at_once = Made(scenario())
    at_once.node(started_ms=0, ready_ms=0)
    at_once.call(0, "DescribeNetworkInterfaces", eni=1)
    at_once.pool(0, enis=1, warm=9, unused=9)
    lines = explain_node(at_once.result(end_ms=60_000)).lines
    assert not any("more passes" in line.text for line in lines)
    assert sum(line.at_ms == 0 for line in lines) == 3
