"""Times of CronJobs."""

from __future__ import annotations

import pytest

from sim.scenario.workload import CronJob
from sim.workload.arrivals import cron_times

MINUTE_MS, DAY_MS = 60_000, 86_400_000


def times(schedule: str, duration_ms: int) -> list[int]:
    """Times of a schedule."""
    given = {"kind": "cronjob", "name": "tick", "schedule": schedule, "lifetime": "5s"}
    return list(cron_times(CronJob.model_validate(given), duration_ms))


@pytest.mark.parametrize(
    ("schedule", "duration_ms", "expected_minutes"),
    [
        ("* * * * *", 3 * MINUTE_MS, [0, 1, 2]),
        ("* * * * *", 3 * MINUTE_MS + 1, [0, 1, 2, 3]),
        ("*/20 * * * *", 60 * MINUTE_MS, [0, 20, 40]),
        ("@hourly", 150 * MINUTE_MS, [0, 60, 120]),
        ("30 9 * * 1", 8 * DAY_MS, [570, 7 * 1440 + 570]),  # time 0 is a Monday
        ("0 0 * * 6,0", 7 * DAY_MS, [5 * 1440, 6 * 1440]),
        ("0 0 1 * *", 32 * DAY_MS, [0, 31 * 1440]),  # 1 January, 1 February
        ("0 0 29 2 *", 365 * DAY_MS, [59 * 1440]),  # 2024 is a leap year
        ("0 12 1 * 1", 8 * DAY_MS, [720, 7 * 1440 + 720]),  # day of month or of week
    ],
)
def test_times(schedule: str, duration_ms: int, expected_minutes: list[int]) -> None:
    """A schedule comes at its times within [0, duration), on a clock that starts on a Monday."""
    assert times(schedule, duration_ms) == [minute * MINUTE_MS for minute in expected_minutes]


def test_every_minute_of_a_day() -> None:
    """A day has 1,440 minutes, none skipped and none doubled."""
    assert times("* * * * *", DAY_MS) == list(range(0, DAY_MS, MINUTE_MS))
