"""Others in the account: what they take from buckets, when, and what they are refused."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from sim.aws.buckets import TokenBucket
from sim.aws.tenants import Ledger, Tenant
from sim.clock import Clock, Order

ACTION = "CreateTags"
Row = tuple[int, ...]


class EveryQuarterSecond(random.Random):
    """Others that come every 250 ms instead of at random."""

    def expovariate(self, _lambd: float = 1.0) -> float:
        return 250.0


class Account:
    """A clock, one bucket, a tenant and what was counted of it."""

    def __init__(self, size: int, refill: int, attempts: int = 1) -> None:
        self.clock, self.bucket = Clock(), TokenBucket(size, refill)
        self.rows: list[Row] = []
        self.ledger = Ledger(self.rows.append)
        self.tenant = Tenant(
            self.clock, {ACTION: self.bucket}, attempts, lambda _u: 100, lambda: 0.5, self._count
        )

    def _count(self, made_ms: int, _action: str, throttled: bool, given_up: bool) -> None:
        self.ledger.count(made_ms, (0, 0), throttled, given_up)

    def take_at(self, times: list[int]) -> list[tuple[bool, int]]:
        """(whether there was a token, how many are left) of the nodes' requests."""
        found: list[tuple[bool, int]] = []
        for time in times:
            take = lambda _none, at=time: found.append((self.bucket.take(at), self.bucket.tokens))  # noqa: E731
            self.clock.call(time, Order.IPAMD, take)
        self.run(max(times) + 1)
        return found

    def run(self, until: int) -> None:
        """Lets everything happen before an instant, and closes the count."""
        self.clock.run(until=until)
        self.ledger.close()

    def totals(self) -> Iterator[int]:
        """Requests, throttled ones, calls given up."""
        return (sum(row[column] for row in self.rows) for column in (3, 4, 5))


def test_others_drink_first_come_first_served() -> None:
    """Others' requests before ours take their tokens; one at the same instant comes after ours."""
    account = Account(4, 4)
    account.tenant.poisson(ACTION, 4.0, EveryQuarterSecond())
    assert account.take_at([500, 1000, 1900]) == [
        (True, 2),  # 4 - the one at 250 - ours
        (True, 3),  # full again - ours
        (False, 0),  # 3, and four others: 1000 .. 1750
    ]
    assert account.rows == [(0, 0, 0, 3, 0, 0), (1000, 0, 0, 4, 1, 1)]


def test_others_are_a_poisson_process() -> None:
    """In 1,000 s at 3 a second others take 3,000 tokens, give or take 4 standard deviations."""
    account = Account(1_000_000, 0)
    account.tenant.poisson(ACTION, 3.0, random.Random(1))
    account.run(1_000_000)
    requests, throttled, _ = account.totals()
    assert abs(requests - 3000) < 4 * 3000**0.5
    assert (throttled, account.bucket.tokens) == (0, 1_000_000 - requests)


def test_a_storm_and_others_share_what_there_is() -> None:
    """With 10 a second of ours and 10 of others' every token goes, about half of them to us."""
    account = Account(5, 5)
    account.tenant.poisson(ACTION, 10.0, random.Random(1))
    ours = sum(granted for granted, _ in account.take_at(list(range(50, 400_000, 100))))
    supply = 5 + 5 * 399
    requests, throttled, _ = account.totals()
    assert requests - throttled + ours == supply
    assert ours == pytest.approx(supply / 2, rel=0.1)


def test_bursts_in_step() -> None:
    """300 at once from 120 tokens: 180 throttled each time, though the mean is half the refill."""
    account = Account(120, 20)
    account.tenant.bursts(ACTION, 300, 5_000, 30_000, 95_000, 0, lambda: 0.0)
    account.run(200_000)
    assert account.rows == [(at, 0, 0, 300, 180, 180) for at in (5_000, 35_000, 65_000)]


def test_spread_bursts() -> None:
    """The same calls spread over the 30 s find a token each."""
    account = Account(120, 20)
    account.tenant.bursts(ACTION, 300, 0, 30_000, 90_000, 30_000, random.Random(1).random)
    account.run(200_000)
    assert list(account.totals()) == [900, 0, 0]


def test_retries() -> None:
    """A call throttled at 0 is tried after 100 ms + 0.5 x 2 s, and again after 100 ms + 2 s."""
    account = Account(1, 0, attempts=3)
    account.tenant.bursts(ACTION, 2, 0, 60_000, 60_000, 0, lambda: 0.0)
    account.run(10_000)
    assert account.rows == [(0, 0, 0, 2, 1, 0), (1000, 0, 0, 1, 1, 0), (3000, 0, 0, 1, 1, 1)]


class Rates(EveryQuarterSecond):
    """Remembers which rates were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[float] = set()

    def expovariate(self, lambd: float = 1.0) -> float:
        self.asked.add(lambd)
        return super().expovariate(lambd)


def test_a_rate_is_one_of_milliseconds() -> None:
    """250 a second are 0.25 in each of the clock's ms."""
    account, stream = Account(4, 4), Rates()
    account.tenant.poisson(ACTION, 250.0, stream)
    account.run(2_000)
    assert stream.asked == {0.25}


class Watched(Account):
    """An account without a token, of whose tenant each request is noted, and when it came."""

    def __init__(self, attempts: int) -> None:
        super().__init__(0, 0, attempts)
        self.seen: list[tuple[int, int, str, bool, bool]] = []
        self.places: list[str] = []
        self.tenant.throttled_latency = lambda uniform: int(uniform * 200)
        self.tenant.count = lambda *what: self.seen.append((self.clock.now, *what))

    def request_at(self, ms: int) -> None:
        """A node's request in that ms, whose place among those of others is noted."""
        note = lambda _none: self.places.append(f"{ms} after {len(self.seen)}")  # noqa: E731
        self.clock.call(ms, Order.ANSWER, note)


def test_requests_of_others_to_the_ms() -> None:
    """Each is made in the ms before it is looked at, which is before all else in its ms."""
    account = Watched(attempts=2)
    account.tenant.poisson(ACTION, 4.0, EveryQuarterSecond())
    for ms in (251, 501, 1351):
        account.request_at(ms)
    account.run(1_352)
    first = [(at + 1, at, ACTION, True, False) for at in (250, 500, 750, 1000, 1250)]
    again = (250 + 1 + 100 + 1000, 250 + 100 + 1000, ACTION, True, True)
    assert account.seen == [*first, again]
    assert account.places == ["251 after 1", "501 after 2", "1351 after 6"]


@pytest.mark.parametrize(("spread_ms", "made"), [(0, [5_000, 35_000]), (1_000, [5_500, 35_500])])
def test_bursts_to_the_ms(spread_ms: int, made: list[int]) -> None:
    """A burst is made at its ms, or spread after it; what is throttled is tried again."""
    account = Watched(attempts=2)
    account.tenant.bursts(ACTION, 1, 5_000, 30_000, 60_000, spread_ms, lambda: 0.5)
    for ms in (5_001, *(at + 1 for at in made)):
        account.request_at(ms)
    account.run(70_000)
    first = [(at + 1, at, ACTION, True, False) for at in made]
    again = [(at + 1101, at + 1100, ACTION, True, True) for at in made]
    assert account.seen == sorted([*first, *again])
    assert account.places[-1] == f"{made[1] + 1} after 3"
