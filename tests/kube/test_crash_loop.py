"""The kubelet's waits between starts of a container that ends: 10 s, doubling, up to 5 min."""

from __future__ import annotations

from sim.kube.crash_loop import QUIET_MS, CrashLoop

MOST = 300_000


def waits(loop: CrashLoop, times: int, first_ms: int = 10_000) -> list[int]:
    """The waits of a container that ends 1 s after each of its starts."""
    now, found = 0, []
    for _ in range(times):
        found.append(loop.wait(first_ms, now))
        now += found[-1] + 1_000
    return found


def test_waits_double_up_to_five_minutes() -> None:
    """10, 20, 40, 80, 160 s, then 300 s for ever."""
    assert waits(CrashLoop(MOST), 7) == [10_000 * 2**n for n in range(5)] + [MOST, MOST]


def test_a_first_wait_over_the_most_stays() -> None:
    """A distribution's sample over the most is waited in full; one as long as it is constant."""
    assert waits(CrashLoop(10_000), 3) == [10_000] * 3
    assert waits(CrashLoop(0), 3) == [10_000] * 3


def test_ten_quiet_minutes_start_anew() -> None:
    """A container that ran for longer than ten minutes after its restart waits 10 s again."""
    loop = CrashLoop(MOST)
    assert [loop.wait(10_000, 0), loop.wait(10_000, 11_000)] == [10_000, 20_000]
    restarted = 31_000
    assert loop.wait(10_000, restarted + QUIET_MS) == 40_000
    restarted += QUIET_MS + 40_000
    assert loop.wait(10_000, restarted + QUIET_MS + 1) == 10_000
