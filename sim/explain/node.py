"""Why one node holds what it holds: each pass that changed its pool, and why others did not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from sim.report.format import number_of
from sim.results.records import NEVER
from sim.results.result import Result

from .aws_cli import commands
from .calls import ASSIGN, ATTACH, CREATE, DELETE, DETACH, UNASSIGN, Call
from .daemon import Checks, Daemon
from .deeds import call_lines, deeds, told
from .names import busiest_node, node_number
from .story import Line, Story, lasting, listed, seconds
from .why import FULL, NO_ROOM, counts, targets, why_kept

MOST_LINES = 40
"""Of a node's lines are told if no stretch of time is asked for."""

FEWEST_FOLDED = 2
"""Passes that do as the one before, from which on one line tells of them."""

_TOOK = re.compile(r", after [^,]+$")

Details = Callable[[Daemon, Sequence[Call]], list[str]]


def explain_node(
    result: Result,
    name: str | None = None,
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
    aws: bool = False,
) -> Story:
    """Why a node grew, and why it did not shrink, call by call.

    Args:
        result: a run.
        name: the node; None: the one that made the most EC2 requests.
        from_ms: tell only what happened from this ms on.
        to_ms: tell only what happened up to this ms.
        aws: show calls as the ``aws ec2`` commands they amount to.

    Raises:
        InputError: there is no such node.
    """
    daemon = Daemon(result, busiest_node(result) if name is None else node_number(result, name))
    details: Details = commands if aws else call_lines
    lines = sorted(_lines(daemon, details), key=lambda line: line.at_ms)
    begin, end = from_ms or 0, daemon.result.end_ms if to_ms is None else to_ms
    inside = [one for one in lines if one.at_ms <= end and (one.until_ms or one.at_ms) >= begin]
    is_whole = from_ms is None and to_ms is None
    folded = _folded(inside)
    shown, notes = _capped(folded) if is_whole else (folded, ())
    return Story(
        "node",
        daemon.name,
        _about(daemon),
        _answer(daemon),
        tuple(shown),
        None,
        (*notes, *_looks(daemon)),
    )


def _folded(lines: list[Line]) -> list[Line]:
    """Passes in a row that fail alike: the first as it is, the others in one line."""

    def what(placed: tuple[int, Line]) -> str | int:
        place, line = placed
        return _TOOK.sub("", line.text) if line.is_bad and line.details else place

    folded: list[Line] = []
    for _, group in groupby(enumerate(lines), what):
        first, *others = (line for _, line in group)
        folded.append(first)
        if len(others) < FEWEST_FOLDED:
            folded += others
            continue
        last = others[-1].at_ms
        text = f"{len(others):,} more passes like it, the last at {seconds(last)}"
        folded.append(Line(others[0].at_ms, text, until_ms=last, is_bad=True))
    return folded


def _capped(lines: list[Line]) -> tuple[list[Line], tuple[str, ...]]:
    if len(lines) <= MOST_LINES:
        return lines, ()
    half = MOST_LINES // 2
    first, last = lines[half], lines[-half - 1]
    note = (
        f"{len(lines) - MOST_LINES:,} lines between {seconds(first.at_ms)} and "
        f"{seconds(last.at_ms)} are left out; --from and --to show a stretch of time whole."
    )
    return [*lines[:half], *lines[-half:]], (note,)


def _about(daemon: Daemon) -> str:
    names, settings = daemon.result.names, daemon.settings
    mode = "/28 prefixes" if settings.prefix_delegation else "secondary addresses"
    return (
        f"{daemon.group.instance_type} of group {daemon.group.name} in subnet "
        f"{names.subnets[daemon.subnet]}; {mode}, up to {settings.max_enis} ENIs with "
        f"{settings.slots} each; {targets(settings)}"
    )


# ----------------------------------------------------------------------- answer


def _answer(daemon: Daemon) -> str:
    if daemon.requested_ms == NEVER:
        return "It was never launched: no subnet had an address for it."
    if daemon.ready_ms == NEVER:
        failed = number_of(daemon.boot_failures, "failed start")
        return f"Its ipamd never became ready; {failed} before the end."
    return " ".join(_sentences(daemon))


def _sentences(daemon: Daemon) -> Iterator[str]:
    calls = daemon.calls
    grown = [one for one in calls if one.ok and one.action in (ASSIGN, CREATE)]
    attached = sum(one.ok and one.action == ATTACH for one in calls)
    back = sum(one.asked for one in calls if one.ok and one.action == UNASSIGN)
    freed = sum(one.ok and one.action == DETACH for one in calls)
    unit = "/28s" if daemon.settings.prefix_delegation else "addresses"
    peak_ms, peak = daemon.pool.highest()
    asked = sum(one.requests[-1].granted for one in grown)
    if not grown:
        yield "EC2 gave it no addresses for pods."
    else:
        yield (
            f"It grew in {number_of(len(grown), 'call')}, by {asked:,} {unit} and "
            f"{number_of(attached, 'ENI')}, and held {peak:,} addresses at most, first at "
            f"{seconds(peak_ms)}."
        )
    if back or freed:
        yield f"It gave back {back:,} {unit} and {number_of(freed, 'ENI')}."
    refused = sum(one.is_refused_for_room for one in calls)
    throttled = sum(one.throttled for one in calls)
    if refused:
        yield f"{number_of(refused, 'call')} found no room in the subnet."
    if throttled:
        yield f"{number_of(throttled, 'request was', 'requests were')} throttled."
    yield _at_the_end(daemon)


def _at_the_end(daemon: Daemon) -> str:
    if daemon.terminated_ms != NEVER:
        return f"It was terminated at {seconds(daemon.terminated_ms)}, and gave all back."
    held = daemon.pool.at(daemon.end_ms)
    return f"At the end it had {counts(held)}. {_capital(why_kept(daemon.settings, held))}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ------------------------------------------------------------------------ lines


def _lines(daemon: Daemon, details: Details) -> Iterator[Line]:
    if daemon.requested_ms != NEVER:
        yield Line(daemon.requested_ms, "launched: its primary ENI takes an address")
    yield from _start(daemon, details)
    acted = daemon.acted(0, daemon.end_ms)
    for one in acted:
        is_bad = any(call.throttled or call.is_refused_for_room for call in one.calls)
        text = told(daemon, one)
        yield Line(one.when.begin_ms, text, tuple(details(daemon, one.calls)), is_bad=is_bad)
    marks = [one.when.begin_ms for one in acted]
    checks = daemon.idle_checks(0, daemon.end_ms)

    def stretch(one: Checks) -> tuple[int, str]:
        return sum(mark <= one.first_ms for mark in marks), one.verdict.kind

    for _, group in groupby(checks, stretch):
        yield _idle_line(list(group))
    if daemon.cordoned_ms != NEVER:
        yield Line(daemon.cordoned_ms, "cordoned: no new pods, and no ENIs come or go")
    if daemon.terminated_ms != NEVER:
        yield Line(daemon.terminated_ms, "terminated: all its addresses are free again")


def _start(daemon: Daemon, details: Details) -> Iterator[Line]:
    """The start of aws-node, or its starts, up to the point at which the node was ready."""
    if daemon.started_ms == NEVER:
        return
    end = daemon.end_ms if daemon.ready_ms == NEVER else daemon.ready_ms
    calls = [one for one in daemon.calls_in(daemon.started_ms, end) if one not in daemon.looks]
    done = [one for one in calls if one.begin_ms < end or one.begin_ms == daemon.started_ms]
    failed = (
        f", after {number_of(daemon.boot_failures, 'failed start')}" if daemon.boot_failures else ""
    )
    got = deeds(done, daemon.settings)
    text = f"aws-node starts{failed}: ipamd {got}" if got else f"aws-node starts{failed}"
    is_bad = bool(daemon.boot_failures) or any(one.throttled for one in done)
    yield Line(daemon.started_ms, text, tuple(details(daemon, done)), is_bad=is_bad)
    if daemon.ready_ms != NEVER:
        took = lasting(daemon.ready_ms - daemon.started_ms)
        held = counts(daemon.pool.at(daemon.ready_ms))
        yield Line(daemon.ready_ms, f"ready after {took}: {held}")


def _idle_line(group: Sequence[Checks]) -> Line:
    """Checks in a row that did nothing for one reason."""
    first, last, number = group[0], group[-1], sum(one.number for one in group)
    spare = [one.held.total - one.held.assigned for one in group]
    which = (
        "pool check"
        if number == 1
        else f"{number:,} pool checks, 5 s apart, to {seconds(last.last_ms)}"
    )
    text = f"{which}: nothing to do: {first.verdict.text}"
    if min(spare) != max(spare):
        text += f"; later {min(spare):,} to {max(spare):,} to spare"
    until = last.last_ms if number > 1 else None
    return Line(first.first_ms, text, until_ms=until, is_bad=first.verdict.kind in (FULL, NO_ROOM))


def _looks(daemon: Daemon) -> Iterable[str]:
    """A note on the looks for leaked ENIs, which run beside the loop."""
    looks = [one for one in daemon.looks if one.is_look]
    if not looks:
        return
    deleted = sum(one.action == DELETE and one.ok for one in daemon.looks)
    found = f", and deleted {deleted}" if deleted else ""
    times = [seconds(one.begin_ms) for one in sorted(looks, key=lambda one: one.begin_ms)[:3]]
    more = f" and {len(looks) - 3} more" if len(looks) > 3 else ""
    yield (
        f"Beside its loop ipamd looked for leaked ENIs {number_of(len(looks), 'time')} "
        f"(at {listed(times) if not more else ', '.join(times)}{more}{found})."
    )
