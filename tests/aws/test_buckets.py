"""Token buckets, against the closed form of EC2's documentation (ec2-api-throttling)."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.aws.buckets import SharedBucket, TokenBucket


@pytest.mark.parametrize(
    ("size", "refill", "times", "granted"),
    [
        (3, 1, [0, 0, 0, 0], "yyyn"),  # full at the start
        (1, 1, [0, 999, 1000], "yny"),  # refilled at whole seconds
        (1, 1, [999, 1000], "yy"),  # ... of the clock, not of the bucket
        (2, 1, [0, 0, 1500, 1500, 2000], "yyyny"),
        (2, 5, [0, 0, 9000, 9000, 9000], "yyyyn"),  # never over its size
        (2, 0, [0, 0, 60_000], "yyn"),  # no refill
    ],
)
def test_tokens(size: int, refill: int, times: list[int], granted: str) -> None:
    """It starts full, gets whole tokens at whole seconds, and never holds more than its size."""
    bucket = TokenBucket(size, refill)
    assert ["ny"[bucket.take(time)] for time in times] == list(granted)


@settings(deadline=None)
@given(
    refill=st.integers(0, 10),
    more_size=st.integers(1, 50),
    more=st.integers(0, 40),
    seconds=st.integers(1, 60),
)
def test_sustained_rate(refill: int, more_size: int, more: int, seconds: int) -> None:
    """Of k requests a second, k at least the refill, min(all, size + refill x time) are granted."""
    size = refill + more_size
    bucket = TokenBucket(size, refill)
    a_second = refill + more
    times = [1000 * second + i for second in range(seconds + 1) for i in range(a_second)]
    granted = sum(map(bucket.take, times))
    assert granted == min(len(times), size + refill * seconds)


@settings(deadline=None)
@given(size=st.integers(1, 9), refill=st.integers(0, 9), times=st.lists(st.integers(0, 9_999)))
def test_burst(size: int, refill: int, times: list[int]) -> None:
    """No second grants more than the size, and no run of seconds more than size and refill."""
    bucket = TokenBucket(size, refill)
    granted = [time for time in sorted(times) if bucket.take(time)]
    assert max(Counter(time // 1000 for time in granted).values(), default=0) <= size
    assert len(granted) <= size + 9 * refill


class EveryQuarterSecond(random.Random):
    """Others that come every 250 ms instead of at random."""

    def expovariate(self, _lambd: float = 1.0) -> float:
        return 250.0


def test_others_drink_first_come_first_served() -> None:
    """Others' requests before ours take their tokens; one at the same instant comes after ours."""
    bucket = SharedBucket(4, 4, 4.0, EveryQuarterSecond())
    assert (bucket.take(500), bucket.tokens) == (True, 2)  # 4 - the one at 250 - ours
    assert (bucket.take(1000), bucket.tokens) == (True, 3)  # full again - ours
    assert (bucket.take(1900), bucket.tokens) == (False, 0)  # 3, and four others: 1000 .. 1750
    assert bucket.others_refused == 1


def test_others_are_a_poisson_process() -> None:
    """In 1,000 s at 3 a second others take 3,000 tokens, give or take 4 standard deviations."""
    bucket = SharedBucket(1_000_000, 0, 3.0, random.Random(1))
    bucket.take(1_000_000)
    others = 1_000_000 - bucket.tokens - 1
    assert abs(others - 3000) < 4 * 3000**0.5


def test_a_storm_and_others_share_what_there_is() -> None:
    """With 10 a second of ours and 10 of others' every token goes, about half of them to us."""
    bucket = SharedBucket(5, 5, 10.0, random.Random(1))
    ours = sum(bucket.take(time) for time in range(50, 400_000, 100))
    supply = 5 + 5 * 399
    assert bucket.others_refused > 1000
    assert ours == pytest.approx(supply / 2, rel=0.1)
