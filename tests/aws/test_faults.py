"""Errors of EC2's own: which requests find them, what they cost, and which the SDK tries again.

Written from aws-sdk-go-v2 aws/retry, standard.go (DefaultRetryableHTTPStatusCodes, DefaultThrottle-
ErrorCodes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.aws.buckets import TokenBucket
from sim.aws.client import RETRY_QUOTA, Ec2Client, Region
from sim.aws.ec2 import Answer, Ec2, Instance
from sim.aws.faults import Fault, Faults
from sim.aws.metadata import InstanceMetadata
from sim.clock import Clock

LATENCY = 100


class Account:
    """A client with one action, "Do", some of whose requests fail."""

    def __init__(self, *faults: Fault, random: Callable[[], float] = lambda: 0.0) -> None:
        self.clock = Clock()
        self.rows: list[tuple[int, str]] = []
        self.done = 0
        self.bucket = TokenBucket(100, 0)
        region = Region(
            env=self.clock,
            ec2=Ec2([], lambda: 0, lambda *_: None),
            buckets={"Do": self.bucket},
            latency={"Do": lambda _u: LATENCY},
            throttled_latency=lambda _u: LATENCY,
            attempts=3,
            record=self._record,
            faults=Faults({"Do": faults}, random),
        )
        instance = Instance(0, 0, 1, 1, InstanceMetadata(lambda: 0))
        self.client = Ec2Client(region, instance, lambda: 0.5)

    def _record(self, *row: Any) -> None:
        self.rows.append((row[0], row[6]))

    def _effect(self) -> Answer:
        self.done += 1
        return Answer("OK")

    def do(self) -> Answer:
        """A call from its first request to its answer."""
        answer = self.clock.run(until=self.clock.process(self.client.call("Do", 1, self._effect)))
        assert isinstance(answer, Answer)
        return answer


def fault(code: str = "Denied", status: int = 403, share: float = 1.0, **window: int) -> Fault:
    """From 0 to 10 s unless said otherwise."""
    begin, end = window.get("begin", 0), window.get("end", 10_000)
    return Fault(begin, end, Answer(code, http_status=status), share)


def test_a_request_in_a_window_takes_a_token_and_its_time_and_does_nothing() -> None:
    """It is answered by the fault after its latency."""
    account = Account(fault())
    assert account.do().code == "Denied"
    assert (account.clock.now, account.done, account.bucket.tokens) == (LATENCY, 0, 99)


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [(0, 1, "Denied"), (1, 9, "OK"), (0, 0, "OK"), (50, 100, "OK")],
)
def test_the_instant_of_the_request_decides(begin: int, end: int, code: str) -> None:
    """A window has its first ms and not its last; when the answer comes does not matter."""
    assert Account(fault(begin=begin, end=end)).do().code == code


@pytest.mark.parametrize(
    ("code", "status", "requests"),
    [
        ("InternalError", 500, 3),
        ("Unavailable", 503, 3),
        ("BadGateway", 502, 3),
        ("GatewayTimeout", 504, 3),
        ("NotImplemented", 501, 1),
        ("UnauthorizedOperation", 403, 1),
        ("InvalidParameterValue", 400, 1),
        ("RequestLimitExceeded", 503, 3),
        ("Throttling", 400, 3),
        ("RequestTimeout", 400, 3),
    ],
)
def test_what_is_tried_again(code: str, status: int, requests: int) -> None:
    """Four statuses, throttling and timeouts: three attempts, 1 s and 2 s apart."""
    account = Account(fault(code, status))
    assert account.do().code == code
    assert account.rows == [(0, code), (1100, code), (3200, code)][:requests]


def test_a_later_attempt_may_fall_after_the_window() -> None:
    """Then it is carried out, and the tokens of the retry quota come back."""
    account = Account(fault("InternalError", 500, end=1000))
    assert account.do().ok
    assert account.rows == [(0, "InternalError"), (1100, "OK")]
    assert account.client.retry_quota == RETRY_QUOTA


def test_failures_spend_the_retry_quota() -> None:
    """Each retry costs 5 of 500 tokens; with none left there is one attempt a call."""
    account = Account(fault("InternalError", 500, end=10**9))
    for _ in range(RETRY_QUOTA // 10):
        account.do()
    assert (account.client.retry_quota, len(account.rows)) == (0, 3 * RETRY_QUOTA // 10)
    account.do()
    assert len(account.rows) == 3 * RETRY_QUOTA // 10 + 1


def test_a_share_of_requests_fails() -> None:
    """Which ones is up to a stream that only shares below 1 ask."""
    numbers = iter([0.2, 0.3, 0.29, 0.9])
    account = Account(fault(share=0.3), random=lambda: next(numbers))
    assert [account.do().code for _ in range(4)] == ["Denied", "OK", "Denied", "OK"]
    account = Account(fault(), random=lambda: next(numbers))  # it has none left
    assert account.do().code == "Denied"


def test_the_first_fault_that_holds_counts() -> None:
    """Faults of one action are looked through in their order."""
    account = Account(fault("First", end=50), fault("Second"))
    assert [account.do().code for _ in range(2)] == ["First", "Second"]


def test_other_actions_are_carried_out() -> None:
    """A fault is about its action only."""
    assert Faults({"Do": [fault()]}, lambda: 0.0).met("Else", 0) is None


def test_an_answer_that_is_lost() -> None:
    """EC2 has done it, once an attempt, and the client hears of an error each time."""
    account = Account(fault("InternalError", 500)._replace(is_answer_lost=True))
    assert account.do().code == "InternalError"
    assert account.done == len(account.rows) == 3


def test_a_creation_whose_answer_is_lost_is_not_made_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All attempts of a call bear one client token: the next one gets the interface made before."""
    account, made = Account(), list[int]()

    def create(*_: object) -> Answer:
        made.append(7 + len(made))
        return Answer("OK", 0, made[-1])

    monkeypatch.setattr(Ec2, "create_network_interface", create)
    region, action = account.client.region, "CreateNetworkInterface"
    lost = fault("InternalError", 500, end=1000)._replace(is_answer_lost=True)
    region.faults, region.latency[action] = Faults({action: [lost]}, lambda: 0.0), lambda _u: 100
    for eni in (7, 8):  # another call makes another
        call = account.client.create_network_interface(0, 1, False)
        assert account.clock.run(until=account.clock.process(call)).value == eni
    assert made == [7, 8]
    assert [code for _, code in account.rows] == ["InternalError", "OK", "OK"]
