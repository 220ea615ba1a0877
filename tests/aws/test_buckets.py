"""Token buckets, against the closed form of EC2's documentation (ec2-api-throttling)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.aws.buckets import TokenBucket


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


def test_a_raised_quota() -> None:
    """A larger bucket fills up by its new refill; a smaller one keeps no more than its size."""
    bucket = TokenBucket(2, 1)
    assert [bucket.take(0), bucket.take(0)] == [True, True]
    bucket.resize(10, 3, 2000)  # two tokens came by then, at the old rate
    assert bucket.tokens == 2
    assert (bucket.take(4000), bucket.tokens) == (True, 2 + 2 * 3 - 1)
    bucket.resize(4, 1, 4500)
    assert (bucket.tokens, bucket.size) == (4, 4)


def test_a_quota_raised_amid_a_second() -> None:
    """Tokens come at whole seconds then, too: those of this second have come already."""
    bucket = TokenBucket(9, 2)
    assert all(bucket.take(0) for _ in range(9))
    bucket.resize(9, 4, 2_500)
    assert bucket.tokens == 4
    assert (bucket.take(2_900), bucket.tokens) == (True, 3)
    assert (bucket.take(3_000), bucket.tokens) == (True, 6)
