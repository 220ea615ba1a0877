"""EC2 requests second by second, and how full the buckets were that they were taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.results.ec2 import OK, THROTTLED
from sim.results.records import NEVER
from sim.results.steps import Ints
from sim.results.tables import Records
from sim.scenario.aws import SizedBucket

from .thin import bin_of, telling

if TYPE_CHECKING:
    from sim.results.result import Result

SECOND = 1000


class Requests(NamedTuple):
    """The requests of one action, by the second in which they were made; quiet ones are left out.

    Attributes:
        seconds: shape (seconds,), whole seconds from the start of the run, rising.
        made: shape (seconds,), requests in each, all attempts of the SDK counted.
        throttled: of these, answered with RequestLimitExceeded.
        failed: of these, answered with another error.
    """

    seconds: Ints
    made: Ints
    throttled: Ints
    failed: Ints

    def binned(self, width_s: int, end_ms: int) -> Requests:
        """Of each stretch of so many seconds its busiest second, with the throttled ones in it.

        No average: a bucket sees single seconds, and a burst of one is what it is emptied by. A
        stretch without a request is there too, with nothing in it, so that all can be drawn.

        Args:
            width_s: seconds of a stretch.
            end_ms: when the run ended.

        Returns:
            ``seconds`` are those at which the stretches begin.
        """
        starts = np.arange(0, -(-end_ms // SECOND), width_s, dtype=np.int64)
        counts = np.zeros((3, len(starts)), np.int64)
        order = np.lexsort((self.throttled, self.made))  # the busiest come last, and stay
        for row, values in enumerate((self.made, self.throttled, self.failed)):
            counts[row, self.seconds[order] // width_s] = values[order]
        return Requests(starts, *counts)


def request_series(result: Result) -> dict[str, Requests]:
    """The requests of each action that was requested, over the whole run.

    Actions with throttled requests come first, then those with most requests.
    """
    calls = result.ec2_calls
    found = {name: calls["action"] == number for number, name in enumerate(result.names.actions)}
    series = {name: _requests(calls.only(rows)) for name, rows in found.items() if rows.any()}
    ranked = sorted(series, key=lambda name: _rank(series[name]))
    return {name: series[name] for name in ranked}


def _rank(one: Requests) -> tuple[int, int]:
    return -int(one.throttled.sum()), -int(one.made.sum())


def _requests(calls: Records) -> Requests:
    seconds, place = np.unique(calls["request_ms"] // SECOND, return_inverse=True)
    is_code = {code: calls["code"] == n for n, code in enumerate(calls.names.codes)}
    none = np.zeros(len(calls), bool)
    throttled = is_code.get(THROTTLED, none)
    failed = ~throttled & ~is_code.get(OK, none)
    flags = (none | True, throttled, failed)
    return Requests(seconds, *(np.bincount(place[flag], minlength=len(seconds)) for flag in flags))


# ---------------------------------------------------------------------- buckets


class TokenSeries(NamedTuple):
    """How many tokens one action's bucket held: a line through these points.

    After a request the level is the recorded one. Until the next it rises by the refill, up to the
    size. If others in the account drink from the bucket, it may have risen less.

    Attributes:
        times: shape (points,), ms, rising, with ties.
        tokens: shape (points,).
        bucket: its size and its refill (the rate of requests that it sustains), at the start.
    """

    times: Ints
    tokens: Ints
    bucket: SizedBucket


def token_series(result: Result, action: str, bins: int | None = None) -> TokenSeries | None:
    """The bucket of an action over the whole run; None if the action is not throttled.

    Args:
        result: whose records.
        action: EC2's name.
        bins: keep no more points than a picture of so many bins needs; None: all.
    """
    bucket, end = result.scenario.model.aws.sized_buckets().get(action), result.end_ms
    if bucket is None:
        return None
    times, tokens = _line(*_levels(result, action), result.scenario.model.aws.quotas(action), end)
    if bins is not None:
        kept = telling(bin_of(np.minimum(times, end - 1), end, bins), tokens)
        times, tokens = times[kept], tokens[kept]
    return TokenSeries(times, tokens, bucket)


def _levels(result: Result, action: str) -> tuple[Ints, Ints]:
    """(instants with requests, tokens left after the last request of each)."""
    calls, names = result.ec2_calls, result.names.actions
    number = names.index(action) if action in names else NEVER
    ours = calls.only(np.flatnonzero((calls["action"] == number) & (calls["tokens"] != NEVER)))
    order = np.lexsort((-ours["tokens"], ours["request_ms"]))
    times, tokens = ours["request_ms"][order], ours["tokens"][order]
    last = np.flatnonzero(np.diff(times, append=times[-1:] + 1))
    return times[last], tokens[last]


def _line(
    times: Ints, tokens: Ints, quotas: list[tuple[int, SizedBucket]], end: int
) -> tuple[Ints, Ints]:
    """The level's line: where each rise begins, where the bucket is full, where the next begins.

    A quota that changes counts from the next request on.
    """
    begin, until = np.append(0, times), np.append(times, end)
    since = np.searchsorted([at for at, _ in quotas], begin, side="right") - 1
    size, refill = np.array([one for _, one in quotas])[since].T
    level = np.append(size[:1], tokens)
    gained = np.maximum(until // SECOND - begin // SECOND, 0) * refill
    reached = np.minimum(level + gained, size)
    seconds = -(-(size - level) // np.maximum(refill, 1))
    full = np.minimum((begin // SECOND + seconds) * SECOND, until)
    full = np.maximum(np.where(refill > 0, full, until), begin)
    points = np.stack([begin, full, until], axis=1).ravel()
    return points, np.stack([level, reached, reached], axis=1).ravel()
