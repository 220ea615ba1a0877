"""Ends that no file tells: the estimate, and where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_history import MINUTE_MS, pod, write_events

from sim.importing.churn.estimates import survival, van_der_corput
from sim.importing.churn.lives import Life, Rules
from sim.importing.churn.read import read_churn

AGES = st.lists(st.tuples(st.integers(0, 1000), st.booleans()), min_size=1, max_size=40)


def test_survival_counts_censored_pods_while_they_were_seen() -> None:
    """Worked by hand: of 4 pods one ends at 1, one is last seen at 2, one ends at 3."""
    assert survival([(1, True), (2, False), (3, True), (5, False)]) == ((1, 3), (0.75, 0.375))


@given(AGES)
def test_survival_without_censoring_is_the_share_that_is_left(ages: list[tuple[int, bool]]) -> None:
    """If every pod was seen to end, the estimate is the plain share at every age."""
    lives = [age for age, _ in ages]
    found = survival((age, True) for age in lives)
    for age, share in zip(*found, strict=True):
        assert share == pytest.approx(sum(one > age for one in lives) / len(lives))


@given(AGES)
def test_survival_falls(ages: list[tuple[int, bool]]) -> None:
    """Ages rise, shares fall, and stay within 0 and 1."""
    found = survival(ages)
    assert list(found.ages_ms) == sorted(set(found.ages_ms))
    assert list(found.shares) == sorted(found.shares, reverse=True)
    assert all(-1e-9 <= share <= 1 for share in found.shares)


def test_van_der_corput_spreads_evenly() -> None:
    """Any 2^n - 1 first numbers are the evenly spaced ones."""
    assert sorted(map(van_der_corput, range(7))) == [(i + 1) / 8 for i in range(7)]


def job(number: int, created_s: int, ended_s: int | None) -> object:
    return pod(
        number, created_s, ended_s, kind="CronJob", name="tick", finished=ended_s is not None
    )


def read(tmp_path: Path, pods: list[object], rules: Rules | None = None) -> list[Life]:
    path = write_events(tmp_path / "events.json", pods)  # type: ignore[arg-type]
    return read_churn([path], rules=rules).lives


def test_missing_ends_come_from_the_same_controllers_pods(tmp_path: Path) -> None:
    """Pods of a CronJob whose end no event tells live as long as its others, and are marked."""
    known = [job(i, 60 * i, 60 * i + 20 + 2 * i) for i in range(5)]
    unknown = [job(10 + i, 600 + 60 * i, None) for i in range(3)]
    found = [one for one in read(tmp_path, known + unknown) if one.end.how == "estimated"]
    ages = {one.age_ms for one in found}
    assert len(found) == 3
    assert ages <= {1000 * (20 + 2 * i) for i in range(5)}
    assert len(ages) == 3, "spread over the known ones, not one for all"


def test_pods_of_deployments_stay_when_no_end_is_told(tmp_path: Path) -> None:
    """The kubelet would have said Killing: a pod without it is there at the end."""
    found = read(tmp_path, [pod(0, 0, 50), pod(1, 10, None)])
    assert [one.end.how for one in found] == ["said", "stays"]


def test_ends_can_be_estimated_for_all_or_none(tmp_path: Path) -> None:
    """--open-ends estimate and stay overrule what kinds of controllers do."""
    pods = [pod(0, 0, 50), pod(1, 10, None), job(0, 0, 30), job(1, 10, None)]
    for open_ends, expected in (("estimate", 2), ("by-kind", 1), ("stay", 0)):
        found = read(tmp_path, pods, Rules(open_ends=open_ends))  # type: ignore[arg-type]
        assert sum(one.end.how == "estimated" for one in found) == expected


def test_a_given_life_stands_in_where_none_is_known(tmp_path: Path) -> None:
    """Without any known life pods stay, and are counted as a guess, unless a life is given."""
    path = write_events(tmp_path / "events.json", [job(0, 0, None), pod(1, 5, 9)])  # type: ignore[list-item]
    assert any("stay" in one for one in read_churn([path]).notes.guessed)
    churn = read_churn([path], rules=Rules(life_ms=MINUTE_MS))
    assert [one.age_ms for one in churn.lives if one.end.how == "estimated"] == [MINUTE_MS]
