"""Why a pod waited for its address: what its node lacked, what ipamd did, how the wait ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.report.format import number_of
from sim.results.records import NEVER

from .calls import GROWTH, Call
from .daemon import Daemon
from .loop import FOREVER, Pass
from .story import lasting, seconds
from .why import CORDONED, ENOUGH, EXHAUSTED, FULL, NO_ROOM

if TYPE_CHECKING:
    from .pod import Pod

BLOCKED = {
    FULL: "its node held as many addresses as max pods, and ipamd asks for no more than that",
    CORDONED: "its node was cordoned, so ipamd asked for no more",
    EXHAUSTED: "ipamd pauses for 120 s after EC2 has no address",
    NO_ROOM: "all ENIs of its node were full, and no more can be attached",
}


def why_it_waited(pod: Pod) -> str:
    """The reason of a pod's wait, in a few sentences, each from the records."""
    assert pod.daemon is not None
    if not pod.has("first_add_ms"):
        return "It was gone before its first ADD: it never came to ask for an address."
    return " ".join(_sentences(pod, pod.daemon))


def _sentences(pod: Pod, daemon: Daemon) -> Iterator[str]:
    begin, end = pod["first_add_ms"], pod.until("address_ms")
    waited = lasting(pod.waited_ms)
    if pod.has("address_ms"):
        yield f"It waited {waited} for its address, through {_refused(pod['adds'] - 1)}."
    else:
        yield f"It never had an address: {_refused(pod['adds'])} in {waited}."
    if daemon.ready_ms == NEVER or begin < daemon.ready_ms:
        yield _not_ready(daemon, end)
        begin = daemon.ready_ms
    elif restart := daemon.restart_at(begin):
        yield _no_daemon(restart)
        begin = restart.end_ms
    else:
        yield _what_was_there(daemon, begin)
    if NEVER < begin < end:
        yield from _what_ipamd_did(daemon, begin, end)
    yield from _others(pod, end)
    if pod.has("address_ms"):
        yield from _how_it_ended(daemon, max(begin, pod["first_add_ms"]), end)


def _no_daemon(restart: Pass) -> str:
    since = f"Its node had no daemon since {seconds(restart.begin_ms)}, when aws-node was restarted"
    if restart.end_ms == FOREVER:
        return f"{since}; none came any more."
    return f"{since}; the next was ready at {seconds(restart.end_ms)}."


def _others(pod: Pod, end: int) -> Iterator[str]:
    """Pods of the same node that got an address while this one waited."""
    pods = pod.result.pods
    got = pods["address_ms"]
    others = (
        (pods["node"] == pod["node"]) & (pods["host_network"] == 0) & (pods["pod"] != pod["pod"])
    )
    others &= (got > pod["first_add_ms"]) & (got < end)
    if number := int(others.sum()):
        yield f"Meanwhile {number_of(number, 'other pod')} on the node got an address."


def _what_was_there(daemon: Daemon, ms: int) -> str:
    held = daemon.pool.at_refusal(ms)
    if not held.total:
        return f"At the first, {daemon.name} held no address for pods at all."
    cooling = f", {held.cooldown} cooling" if held.cooldown else ""
    if held.total == 1:
        state = "cooling" if held.cooldown else "assigned"
        return f"At the first, the only address of {daemon.name} was {state}."
    return (
        f"At the first, none of the {held.total} addresses of {daemon.name} was usable: "
        f"{held.assigned} assigned{cooling}."
    )


def _refused(number: int) -> str:
    return number_of(number, "refused ADD")


def _not_ready(daemon: Daemon, end: int) -> str:
    if daemon.ready_ms == NEVER or daemon.ready_ms > end:
        failed = number_of(daemon.boot_failures, "failed start")
        more = f" ({failed})" if daemon.boot_failures else ""
        return f"ipamd on {daemon.name} was not ready in all that time{more}."
    return f"ipamd on {daemon.name} was ready at {seconds(daemon.ready_ms)} only."


def _what_ipamd_did(daemon: Daemon, begin: int, end: int) -> Iterator[str]:
    checks = daemon.idle_checks(begin, end - 1)  # at one instant ADDs come before checks
    kinds: Counter[str] = Counter()
    for one in checks:
        kinds[one.verdict.kind] += one.number
    cooling = sum(
        one.number for one in checks if one.verdict.kind == ENOUGH and not one.held.usable
    )
    calls = [
        call
        for one in daemon.acted(begin, end)
        for call in one.calls
        if call.action in GROWTH and call.begin_ms <= end
    ]
    if cooling:
        yield (
            f"{_checks(cooling)} found none usable and asked EC2 for nothing: ipamd counts cooling "
            "addresses as spare."
        )
    for kind, text in BLOCKED.items():
        if kinds[kind]:
            yield f"{_checks(kinds[kind])} asked for nothing: {text}."
    if calls:
        yield _asked(calls)


def _checks(number: int) -> str:
    return "A pool check" if number == 1 else f"{number:,} pool checks"


def _asked(calls: list[Call]) -> str:
    got = sum(one.ok for one in calls)
    refused = sum(one.is_refused_for_room for one in calls)
    throttled = sum(one.throttled for one in calls)
    parts = [f"ipamd asked EC2 for more {number_of(len(calls), 'time')}"]
    if refused:
        parts.append(f"{number_of(refused, 'call')} found no room in the subnet")
    if throttled:
        parts.append(f"{number_of(throttled, 'request was', 'requests were')} throttled")
    if got:
        first = next(one for one in calls if one.ok)
        parts.append(f"the first that succeeded did at {seconds(first.end_ms)}")
    return "; ".join(parts) + "."


def _how_it_ended(daemon: Daemon, begin: int, end: int) -> Iterator[str]:
    """When an address was usable at last, why, and when the kubelet asked again."""
    found = daemon.pool.came_to_be_usable(begin, end)
    if found is None:
        return
    ms, how = found
    later = lasting(end - ms)
    came = {"grew": "new addresses came from EC2", "cooled": "an address had cooled off"}[how]
    asked = "the kubelet asked at once" if ms == end else f"the kubelet asked again {later} later"
    yield f"At {seconds(ms)} {came}; {asked}."
