"""The life of one pod: when it was created, scheduled, refused, given its address, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sim.report.format import number_of
from sim.results.records import NEVER, POD_OUTCOMES, UNSERVED_REASONS
from sim.results.result import Result

from .daemon import Acted, Checks, Daemon
from .deeds import call_lines, told
from .names import pod_name, pod_row, worst_pod
from .reasons import why_it_waited
from .retries import adds_of
from .story import Line, Story, lasting, seconds
from .why import counts

PARTS = {
    "scheduling": ("created_ms", "bound_ms"),
    "the sandbox": ("bound_ms", "first_add_ms"),
    "the wait for an address": ("first_add_ms", "address_ms"),
    "image pull and container start": ("address_ms", "running_ms"),
}
FIRST, LAST = 3, 2
"""Of many refused ADDs, or passes, how many of the first and of the last are told one by one."""

UNBOUND = {"no node fits": "no node had room for it"}


@dataclass(frozen=True)
class Pod:
    """One row of the pods' table."""

    result: Result
    row: int

    def __getitem__(self, column: str) -> int:
        return int(self.result.pods[column][self.row])

    def has(self, column: str) -> bool:
        """Whether it came to an instant."""
        return self[column] != NEVER

    @property
    def name(self) -> str:
        """What it is called."""
        return pod_name(self.result, self.row)

    @property
    def outcome(self) -> str:
        """One of `POD_OUTCOMES`."""
        return POD_OUTCOMES[self["outcome"]]

    @property
    def reason(self) -> str:
        """Why it never had an address, one of `UNSERVED_REASONS`."""
        return UNSERVED_REASONS[self["reason"]]

    @cached_property
    def daemon(self) -> Daemon | None:
        """That of its node; None if it was never bound to one."""
        return Daemon(self.result, self["node"]) if self.has("node") else None

    @property
    def gone_ms(self) -> int:
        """When it was deleted, or its work ended, or else the run."""
        return self["ended_ms"] if self.has("ended_ms") else self.result.end_ms

    def until(self, column: str) -> int:
        """When it came to an instant, or else when it was gone."""
        return self[column] if self.has(column) else self.gone_ms

    def lasted(self, start: str, stop: str) -> int:
        """How long it took from one instant to another, in ms, or has taken so far."""
        return max(self.until(stop) - self[start], 0) if self.has(start) else 0

    @property
    def waited_ms(self) -> int:
        """How long it waited for its address from its first ADD on."""
        return self.lasted("first_add_ms", "address_ms")


def explain_pod(result: Result, name: str | None = None) -> Story:
    """The life of a pod.

    Args:
        result: a run.
        name: such as ``tasks-17``: its workload and its index there; None: the one that waited
            longest for its address, of equals the slowest to run.

    Raises:
        InputError: there is no such pod.
    """
    row = worst_pod(result) if name is None else pod_row(result, name)
    pod = Pod(result, row)
    lines = sorted(_lines(pod), key=lambda line: line.at_ms)
    chosen = () if name is not None else (_why_this_one(pod),)
    return Story(
        "pod", pod.name, _about(pod), _answer(pod), tuple(lines), pod["created_ms"], chosen
    )


def _why_this_one(pod: Pod) -> str:
    if pod.waited_ms:
        return "No other pod waited longer for its address."
    return "No pod waited for its address, and none took longer to run."


def _about(pod: Pod) -> str:
    workload = pod.result.names.workloads[pod["workload"]]
    where = "never on a node"
    if pod.daemon is not None:
        where = f"on {pod.daemon.name} ({pod.daemon.group.instance_type})"
    return f"of workload {workload}, {where}; {pod.outcome}"


def _answer(pod: Pod) -> str:
    if pod["host_network"]:
        return "It was on the host's network and needed no address of its own."
    if pod.daemon is None:
        waited = lasting(pod.gone_ms - pod["created_ms"])
        return f"It never had an address: {UNBOUND[pod.reason]} in the {waited} it was there."
    if pod.waited_ms or not pod.has("address_ms"):
        return why_it_waited(pod)
    longest = max(PARTS, key=lambda part: pod.lasted(*PARTS[part]))
    whole, part = pod.lasted("created_ms", "running_ms"), pod.lasted(*PARTS[longest])
    end = "to run" if pod.has("running_ms") else "and did not come to run"
    return (
        "It did not wait for an address: its first ADD brought one. It took "
        f"{lasting(whole)} {end}, most of it, {lasting(part)}, for {longest}."
    )


# ------------------------------------------------------------------------ lines


def _lines(pod: Pod) -> Iterator[Line]:
    yield Line(pod["created_ms"], "created")
    if pod.daemon is not None and pod.has("bound_ms"):
        yield Line(pod["bound_ms"], f"scheduled on {pod.daemon.name}")
    if pod.daemon is not None and pod.has("first_add_ms"):
        yield from _wait(pod, pod.daemon)
    if pod.has("address_ms"):
        yield Line(pod["address_ms"], _has_address(pod))
    if pod.has("running_ms"):
        yield Line(pod["running_ms"], "running: image pulled, containers started")
    yield from _end(pod)


def _has_address(pod: Pod) -> str:
    if pod["host_network"]:
        return "sandbox ready, on the host's network"
    tries = "the first ADD" if pod["adds"] == 1 else f"ADD number {pod['adds']}"
    if pod.daemon is None:
        return f"address: {tries} brought it"
    before = pod.daemon.pool.before(pod["address_ms"])
    at = pod.daemon.pool.at(pod["address_ms"])
    return f"address: {tries} brought it ({counts(at if pod.waited_ms else before)} on its node)"


def _end(pod: Pod) -> Iterator[Line]:
    if not pod.has("ended_ms"):
        if not pod.has("address_ms"):
            yield Line(pod.result.end_ms, "the run ended, and it still had no address", is_bad=True)
        return
    by_itself = pod.outcome == "finished"
    text = "its work ended" if by_itself else "deleted"
    if pod["deadline_missed"]:
        text = "deleted: its Job's deadline was over"
    if not pod.has("address_ms"):
        text += ", without ever having had an address"
    yield Line(pod["ended_ms"], text, is_bad=not pod.has("address_ms"))
    if pod.has("released_ms") and pod.daemon is not None and not pod["host_network"]:
        yield from _release(pod, pod.daemon)


def _release(pod: Pod, daemon: Daemon) -> Iterator[Line]:
    released = pod["released_ms"]
    if released == daemon.terminated_ms:
        yield Line(released, f"address gone with {daemon.name}, which was terminated")
        return
    cooldown = daemon.settings.ip_cooldown_ms
    cooled = released + cooldown + 1
    text = f"CNI DEL: address released; it cools for {lasting(cooldown)}"
    yield Line(released, text)
    if cooled > daemon.end_ms:
        return
    if daemon.pool.at(cooled).cooldown < daemon.pool.before(cooled).cooldown:
        yield Line(cooled, "address cooled off: another pod may have it")
    else:
        yield Line(cooled, "its address would have cooled off, but had left the data store by then")


# ------------------------------------------------------------------------- wait


def _wait(pod: Pod, daemon: Daemon) -> Iterator[Line]:
    """Refused ADDs, and what the daemon did until the address came."""
    if not pod.waited_ms and pod.has("address_ms"):
        return
    begin, end = pod["first_add_ms"], pod.until("address_ms")
    yield from _refusals(pod, daemon, begin)
    passes = [one for one in daemon.acted(begin, end) if one.calls]
    yield from _passes(daemon, passes)
    marks = [begin, *_told_adds(pod), *(one.when.begin_ms for one in passes)]
    yield from _idle(daemon, [one for one in marks if begin <= one < end], end)
    if begin < daemon.ready_ms <= end:
        held = counts(daemon.pool.at(daemon.ready_ms))
        yield Line(daemon.ready_ms, f"ipamd on {daemon.name} ready: {held}")


def _told_adds(pod: Pod) -> list[int]:
    """The refused ADDs that are told one by one."""
    adds = adds_of(pod.result, pod.row) or [pod["first_add_ms"]]
    refused = adds[:-1] if pod.has("address_ms") else adds
    return refused if len(refused) <= FIRST + LAST + 1 else [*refused[:FIRST], *refused[-LAST:]]


def _refusals(pod: Pod, daemon: Daemon, begin: int) -> Iterator[Line]:
    adds = adds_of(pod.result, pod.row)
    if adds is None:  # not borne out by the records: only the first is known
        text = f"first of {pod['adds']} ADDs; {_refusal(daemon, begin)}"
        yield Line(begin, text, is_bad=True)
        return
    shown = _told_adds(pod)
    for ms in shown:
        yield Line(ms, f"ADD refused: {_refusal(daemon, ms)}", is_bad=True)
    refused = len(adds) - pod.has("address_ms")
    if more := refused - len(shown):
        at, until = adds[FIRST], adds[refused - LAST - 1]
        text = f"{number_of(more, 'more ADD')} refused until {seconds(until)}"
        yield Line(at, text, until_ms=until, is_bad=True)


def _refusal(daemon: Daemon, ms: int) -> str:
    if daemon.ready_ms == NEVER or ms < daemon.ready_ms:
        return f"ipamd on {daemon.name} was not ready"
    if daemon.restart_at(ms):
        return "no daemon to ask, aws-node was being restarted"
    held = daemon.pool.at_refusal(ms)
    available = held.total - held.assigned
    text = f"{counts(held)}"
    return f"{text}; ipamd counted {available} to spare" if available else text


def _passes(daemon: Daemon, passes: Sequence[Acted]) -> Iterator[Line]:
    many = len(passes) > FIRST + LAST + 1
    shown = [*passes[:FIRST], *passes[-LAST:]] if many else passes
    for one in shown:
        details = tuple(call_lines(daemon, one.calls))
        is_bad = any(call.throttled or call.is_refused_for_room for call in one.calls)
        yield Line(one.when.begin_ms, told(daemon, one), details, is_bad=is_bad)
    if many:
        between = passes[FIRST:-LAST]
        calls = [call for one in between for call in one.calls]
        throttled, refused = (
            sum(call.throttled for call in calls),
            sum(call.is_refused_for_room for call in calls),
        )
        text = (
            f"{len(between)} more passes made {number_of(len(calls), 'call')} to EC2: {throttled} "
            f"requests were throttled, {refused} calls found no room in the subnet"
        )
        begin, end = between[0].when.begin_ms, between[-1].when.begin_ms
        yield Line(begin, text, until_ms=end, is_bad=bool(throttled or refused))


def _idle(daemon: Daemon, marks: Sequence[int], end: int) -> Iterator[Line]:
    """Checks that did nothing: one line for those between two marks that had one reason."""
    for since, until in pairwise([*sorted(set(marks)), end]):
        groups: dict[str, list[Checks]] = {}
        for one in daemon.idle_checks(since, until - 1):
            groups.setdefault(one.verdict.kind, []).append(one)
        yield from map(_idle_line, groups.values())


def _idle_line(group: Sequence[Checks]) -> Line:
    first, last, number = group[0], group[-1], sum(one.number for one in group)
    if number == 1:
        which = "pool check"
    elif number == 2:
        which = f"pool checks, here and at {seconds(last.last_ms)},"
    else:
        which = f"{number} pool checks, to {seconds(last.last_ms)},"
    of = "" if len(group) == 1 else ", at the last one"
    text = f"{which} asked for nothing{of}: {last.verdict.text}"
    return Line(first.first_ms, text, until_ms=last.last_ms if number > 1 else None)
