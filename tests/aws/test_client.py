"""The EC2 client: attempts, back-off, retry quota, latencies and records.

Written from aws-sdk-go-v2 aws/retry: standard.go, jitter_backoff.go, middleware.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Interrupt, Process

from sim.aws.buckets import TokenBucket
from sim.aws.client import RETRY_QUOTA, Ec2Client, Region, backoff_ms
from sim.aws.ec2 import THROTTLED, Answer, Ec2, Instance
from sim.aws.metadata import InstanceMetadata
from sim.clock import Clock

NODE, LATENCY, THROTTLED_LATENCY = 5, 100, 30


class Sdk:
    """A client whose action "Do" answers from a list, with OK when that is spent.

    ``bucket`` holds its tokens; by default it is not throttled by one. Waits after a failed
    attempt are half of their bound.
    """

    def __init__(
        self, answers: list[str] | None = None, bucket: TokenBucket | None = None, attempts: int = 3
    ) -> None:
        self.clock = Clock()
        self.rows: list[tuple[Any, ...]] = []
        self.effects: list[int] = []
        self._answers: Iterator[str] = iter(answers or [])
        region = Region(
            env=self.clock,
            ec2=Ec2([], lambda: 0, lambda *_: None),
            buckets={} if bucket is None else {"Do": bucket},
            latency={"Do": lambda _u: LATENCY},
            throttled_latency=lambda _u: THROTTLED_LATENCY,
            attempts=attempts,
            record=lambda *row: self.rows.append((*row, self.clock.now)),
        )
        instance = Instance(NODE, 0, 1, 1, InstanceMetadata(lambda: 0))
        self.client = Ec2Client(region, instance, lambda: 0.5)

    def effect(self) -> Answer:
        """What the action does when its answer comes."""
        self.effects.append(self.clock.now)
        return Answer(next(self._answers, "OK"), 7)

    def start(self, **more: int) -> Process:
        """A call that begins now."""
        return self.clock.process(self.client.call("Do", 9, self.effect, **more))

    def do(self, **more: int) -> Answer:
        """A call from its first request to its answer."""
        answer = self.clock.run(until=self.start(**more))
        assert isinstance(answer, Answer)
        return answer


@pytest.mark.parametrize(
    ("failed", "uniform", "wait"),
    [
        (1, 0.0, 0),
        (1, 0.5, 1000),
        (1, 0.9999, 1999),
        (2, 0.5, 2000),
        (3, 0.5, 4000),
        (4, 0.5, 8000),
        (5, 0.0, 20_000),
        (9, 0.5, 20_000),
    ],
)
def test_backoff(failed: int, uniform: float, wait: int) -> None:
    """After failed attempt n: U[0, 1) x 2^n s, and 20 s from the fifth on."""
    assert backoff_ms(failed, uniform) == wait


@settings(deadline=None)
@given(failed=st.integers(1, 4), uniform=st.floats(0, 1, exclude_max=True))
def test_backoff_bounds(failed: int, uniform: float) -> None:
    """It never reaches 2^n s."""
    assert 0 <= backoff_ms(failed, uniform) < 1000 * 2**failed


def test_one_attempt() -> None:
    """An answer comes after the latency, and its record says all of it."""
    sdk = Sdk()
    assert sdk.do() == Answer("OK", 7)
    assert sdk.rows == [(0, NODE, "Do", 9, 7, 1, "OK", -1, -1, LATENCY)]


def test_three_attempts() -> None:
    """Throttled twice, then granted: a record an attempt, waits of 1 s and 2 s between."""
    sdk = Sdk([THROTTLED, THROTTLED])
    assert sdk.do().ok
    starts = [0, 100 + 1000, 1200 + 2000]
    assert [(row[0], row[5], row[6]) for row in sdk.rows] == [
        (starts[0], 1, THROTTLED),
        (starts[1], 2, THROTTLED),
        (starts[2], 3, "OK"),
    ]


@pytest.mark.parametrize("attempts", [1, 2, 3, 10])
def test_attempts_are_bounded(attempts: int) -> None:
    """After the last attempt the answer is that it was throttled."""
    sdk = Sdk([THROTTLED] * 20, attempts=attempts)
    assert sdk.do().code == THROTTLED
    assert len(sdk.rows) == attempts


@pytest.mark.parametrize(
    "code",
    [
        "InsufficientCidrBlocks",
        "InsufficientFreeAddressesInSubnet",
        "InvalidParameterValue",
        "PrivateIpAddressLimitExceeded",
        "InvalidNetworkInterfaceID.NotFound",
    ],
)
def test_other_errors_are_not_retried(code: str) -> None:
    """Anything but throttling comes back at once."""
    sdk = Sdk([code])
    assert sdk.do().code == code
    assert len(sdk.rows) == 1


def test_bucket() -> None:
    """Without a token a request fails after the throttled latency, and has no effect."""
    sdk = Sdk(bucket=TokenBucket(1, 0), attempts=1)
    assert [sdk.do().code, sdk.do().code] == ["OK", THROTTLED]
    assert sdk.effects == [LATENCY]
    assert [row[4:] for row in sdk.rows] == [
        (7, 1, "OK", 0, -1, LATENCY),
        (0, 1, THROTTLED, 0, -1, LATENCY + THROTTLED_LATENCY),
    ]


@pytest.mark.parametrize(
    ("answers", "quota", "left"),
    [
        ([], 100, 100 + 1),  # +1 for a success
        ([THROTTLED], 100, 100 - 5 + 5 + 1),  # a retry that succeeds gives its 5 back
        ([THROTTLED] * 2, 100, 100 - 5 - 5 + 5 + 1),  # only the last retry's
        ([THROTTLED] * 3, 100, 100 - 5 - 5),  # no success, nothing back
        ([THROTTLED, "InvalidParameterValue"], 100, 100 - 5),
        (["InvalidParameterValue"], 100, 100),
        ([], RETRY_QUOTA, RETRY_QUOTA),  # never over 500
        ([THROTTLED], RETRY_QUOTA, RETRY_QUOTA),
        ([THROTTLED], 5, 5 - 5 + 5 + 1),
        ([THROTTLED], 4, 4),  # a retry that cannot be paid is not made
    ],
)
def test_retry_quota(answers: list[str], quota: int, left: int) -> None:
    """A retry costs 5 of 500 tokens, back if it succeeds; a success gives 1."""
    sdk = Sdk(answers)
    sdk.client.retry_quota = quota
    sdk.do()
    assert sdk.client.retry_quota == left


def test_a_storm_empties_the_quota() -> None:
    """500 tokens pay for 100 retries: 50 calls of three attempts, then calls of one."""
    sdk = Sdk([THROTTLED] * 1000)
    for _ in range(52):
        sdk.do()
    attempts = [row[5] for row in sdk.rows]
    assert attempts == [1, 2, 3] * 50 + [1, 1]


def test_timeout() -> None:
    """No wait goes past the time-out; the answer is then that of the last attempt."""
    sdk = Sdk([THROTTLED] * 9, attempts=9)
    assert sdk.do(timeout_ms=10_000).code == THROTTLED
    # 100 + 1,000 + 100 + 2,000 + 100 + 4,000 + 100 = 7,400; the next wait would be 8,000
    assert [row[0] for row in sdk.rows] == [0, 1100, 3200, 7300]
    assert sdk.clock.now == 10_000


def test_the_effect_comes_with_the_answer() -> None:
    """Nothing has happened while a request is under way."""
    sdk = Sdk()
    call = sdk.start()
    sdk.clock.run(until=LATENCY)
    assert (sdk.effects, call.is_alive) == ([], True)
    sdk.clock.run(until=LATENCY + 1)
    assert (sdk.effects, call.is_alive) == ([LATENCY], False)


def test_the_effect_comes_without_its_caller() -> None:
    """A request whose caller was killed meanwhile has its effect, and its record."""
    sdk = Sdk()
    sdk.client.retry_quota = 100
    call = sdk.start()
    sdk.clock.run(until=50)
    call.interrupt()
    with pytest.raises(Interrupt):
        sdk.clock.run(until=call)
    sdk.clock.run()
    assert sdk.effects == [LATENCY]
    assert [row[6] for row in sdk.rows] == ["OK"]
    assert sdk.client.retry_quota == 100
