"""What passes did, in words: from their calls to a clause, and a line for each call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.ipamd.context import RESTART
from sim.ipamd.settings import Settings

from .calls import ASSIGN, ATTACH, CREATE, DELETE, DETACH, MODIFY, UNASSIGN, Call, times
from .daemon import Acted, Daemon
from .story import lasting, listed, seconds
from .why import GROWS, SHRINKS, cidrs


def deeds(calls: Sequence[Call], settings: Settings) -> str:
    """What the calls of a pass came to: ``got 5 addresses``, ``freed an ENI``."""
    told = [*_assigned(calls, settings), *_made(calls, settings), *_given_back(calls, settings)]
    told.extend(_freed(calls))
    if not told and calls:
        told.append(f"asked EC2: {listed(sorted({one.action for one in calls}))}")
    return listed(told)


def _assigned(calls: Sequence[Call], settings: Settings) -> Iterable[str]:
    asked = [one for one in calls if one.action == ASSIGN]
    if not asked:
        return
    last = asked[-1]
    wanted = cidrs(asked[0].asked, settings)
    if last.ok:
        less = "" if last.asked == asked[0].asked else f" of {asked[0].asked} it asked for"
        yield f"got {cidrs(last.requests[-1].granted, settings)}{less}"
    else:
        yield f"asked for {wanted} in vain ({_why_not(asked)})"


def _why_not(calls: Sequence[Call]) -> str:
    """Why none of the calls was carried out."""
    if any(one.is_refused_for_room for one in calls):
        return "the subnet had no room"
    throttled = sum(one.throttled for one in calls)
    return f"throttled {times(throttled)}" if throttled else calls[-1].code


def _made(calls: Sequence[Call], settings: Settings) -> Iterable[str]:
    created = [one for one in calls if one.action == CREATE]
    if not created:
        return
    last, carried = created[-1], cidrs(created[-1].asked, settings)
    attached = any(one.action == ATTACH and one.ok for one in calls)
    if last.ok and attached:
        yield f"made one more ENI, with {carried}"
    elif last.ok:
        yield "made one more ENI, which could not be attached"
    else:
        yield f"asked for one more ENI in vain ({_why_not(created)})"


def _given_back(calls: Sequence[Call], settings: Settings) -> Iterable[str]:
    asked = [one for one in calls if one.action == UNASSIGN]
    if done := sum(one.asked for one in asked if one.ok):
        yield f"gave {cidrs(done, settings)} back"
    if failed := sum(one.asked for one in asked if not one.ok):
        yield f"dropped {cidrs(failed, settings)} that EC2 did not take back"


def _freed(calls: Sequence[Call]) -> Iterable[str]:
    if not any(one.action == DETACH for one in calls):
        return
    gone = any(one.action == DELETE and one.ok for one in calls)
    yield "freed an ENI" if gone else "took an ENI out of use, which is not gone yet"


# ---------------------------------------------------------------- passes


def told(daemon: Daemon, one: Acted) -> str:
    """A pass in one sentence: what it found, what it did, and how long it took."""
    done = deeds(one.calls, daemon.settings)
    took = min(one.when.end_ms, daemon.end_ms) - one.when.begin_ms
    lasted = f"after {lasting(took)}"
    if one.when.end_ms > daemon.end_ms:
        lasted = f"still at it at the end of the run, {lasting(took)} later"
    if one.when.kind == RESTART:
        asked = f"; at its start it {done}" if done else ""
        return f"aws-node died; the next process was ready {lasted}{asked}"
    if not one.when.is_check:
        return f"reconcile with the instance metadata: {done or 'changed the pool'}, {lasted}"
    why = _why(one, daemon)
    return f"pool check: {why}: {done}, {lasted}" if done else f"pool check: {why}, {lasted}"


def _why(one: Acted, daemon: Daemon) -> str:
    kind, text = one.verdict
    if kind in (GROWS, SHRINKS):
        return text
    if daemon.settings.warm_ip_targets_defined or daemon.settings.prefix_delegation:
        return f"{text}, and an ENI was not needed any more"
    return f"{text}, enough to let an ENI go"


def call_lines(daemon: Daemon, calls: Iterable[Call]) -> list[str]:
    """A line for each call, and for the wait for the instance metadata behind one."""
    lines = []
    previous: Call | None = None
    for call in calls:
        if previous is not None and previous.action == MODIFY and call.begin_ms > previous.end_ms:
            waited = lasting(call.begin_ms - previous.end_ms)
            lines.append(f"{seconds(previous.end_ms)}  instance metadata: shown after {waited}")
        lines.append(f"{seconds(call.begin_ms)}  {phrase(call, daemon.settings)}")
        previous = call
    return lines


def phrase(call: Call, settings: Settings) -> str:
    """A call in words: ``AssignPrivateIpAddresses, 5 addresses for eni-7: done after 0.14 s``."""
    what = call.action
    if call.action in (ASSIGN, UNASSIGN, CREATE):
        joint = " with " if call.action == CREATE else ", "
        what += f"{joint}{cidrs(call.asked, settings)}"
    if call.eni >= 0:
        what += f", {'as ' if call.action == CREATE else ''}{eni_name(call.eni)}"
    return f"{what}: {call.outcome()}"


def eni_name(eni: int) -> str:
    """What an interface is called here: ``eni-7``."""
    return f"eni-{eni}"
