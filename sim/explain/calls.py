"""EC2 requests as calls: the attempts of one belong together, and each can be put in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sim.aws.client import MAX_BACKOFF_MS
from sim.results.ec2 import INSUFFICIENT, OK, THROTTLED
from sim.results.records import NEVER
from sim.results.tables import Records

from .story import lasting

ASSIGN, UNASSIGN = "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"
CREATE, DELETE = "CreateNetworkInterface", "DeleteNetworkInterface"
ATTACH, DETACH = "AttachNetworkInterface", "DetachNetworkInterface"
DESCRIBE = "DescribeNetworkInterfaces"
MODIFY = "ModifyNetworkInterfaceAttribute"
GROWTH = (ASSIGN, CREATE)


class Request(NamedTuple):
    """One row of the EC2 table, with names for its numbers."""

    request_ms: int
    answer_ms: int
    action: str
    asked: int
    granted: int
    attempt: int
    code: str
    eni: int


@dataclass(frozen=True)
class Call:
    """One call of the SDK: a request, and those that followed because it was throttled."""

    requests: tuple[Request, ...]

    @property
    def begin_ms(self) -> int:
        """When its first request was made."""
        return self.requests[0].request_ms

    @property
    def end_ms(self) -> int:
        """When its last answer came."""
        return self.requests[-1].answer_ms

    @property
    def action(self) -> str:
        """What it asks EC2 to do."""
        return self.requests[0].action

    @property
    def asked(self) -> int:
        """How many: CIDRs, interfaces, ..."""
        return self.requests[0].asked

    @property
    def code(self) -> str:
        """Of its last answer."""
        return self.requests[-1].code

    @property
    def eni(self) -> int:
        """The interface it is about, -1 if none."""
        return self.requests[-1].eni

    @property
    def ok(self) -> bool:
        """Whether EC2 did it."""
        return self.code == OK

    @property
    def is_refused_for_room(self) -> bool:
        """Whether the subnet had no room for what it asked for."""
        return self.action in GROWTH and self.code in INSUFFICIENT

    @property
    def is_look(self) -> bool:
        """Whether it looks for leaked ENIs: it asks for interfaces, and names none."""
        return self.action == DESCRIBE and self.eni == NEVER and self.asked == 1

    @property
    def throttled(self) -> int:
        """How many of its requests were throttled."""
        return sum(one.code == THROTTLED for one in self.requests)

    def outcome(self) -> str:
        """What came of it: ``done after 0.14 s``, ``throttled 3 times, given up after 4.2 s``."""
        took = lasting(self.end_ms - self.begin_ms)
        often = f"throttled {times(self.throttled)}, " if self.throttled else ""
        if self.ok:
            return f"{often}done after {took}"
        if self.code == THROTTLED:
            return f"{often}given up after {took}"
        why = f"no room in the subnet, {self.code}" if self.is_refused_for_room else self.code
        return f"{often}refused after {took} ({why})"


def times(number: int) -> str:
    """How often: ``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def calls_of(rows: Records) -> list[Call]:
    """The calls of one node from its rows of the EC2 table, in the order of their beginning.

    A call's next attempt is of the same action for the same number of CIDRs and the same
    interface, and is made at most 20 s after it was throttled (`MAX_BACKOFF_MS`).
    """
    done: list[list[Request]] = []
    throttled: list[list[Request]] = []  # calls that may go on
    for request in _requests(rows):
        oldest = request.request_ms - MAX_BACKOFF_MS
        throttled = [one for one in throttled if one[-1].answer_ms >= oldest]
        call = next((one for one in reversed(throttled) if _goes_on(one[-1], request)), None)
        if call is None:
            call = []
            done.append(call)
        else:
            throttled.remove(call)
        call.append(request)
        if request.code == THROTTLED:
            throttled.append(call)
    return [Call(tuple(one)) for one in done]


def _goes_on(last: Request, request: Request) -> bool:
    """Whether a request is the next attempt of a call; a creation's interface comes in the end."""
    return (
        request.attempt == last.attempt + 1
        and (request.action, request.asked) == (last.action, last.asked)
        and last.eni in (NEVER, request.eni)
        and last.answer_ms <= request.request_ms
    )


def _requests(rows: Records) -> Iterable[Request]:
    actions, codes = rows.texts("action") or (), rows.texts("code") or ()
    wanted = [rows[name].tolist() for name in Request._fields]
    for ms, answer, action, asked, granted, attempt, code, eni in zip(*wanted, strict=True):
        yield Request(ms, answer, actions[action], asked, granted, attempt, codes[code], eni)
