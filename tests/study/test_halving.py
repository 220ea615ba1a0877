"""The search by halving, on responses that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_candidates import scenario

from sim.randomness import keyed_uniform
from sim.study.candidates import IPS, PREFIX_IPS, Candidate, Space, space
from sim.study.halving import COARSE, SAMPLE, Race, Trial, doublings, most_runs, search

REPLICATIONS = 10
SPACE = space(scenario("m5.4xlarge", max_pods="recommended").model)

Model = Callable[[Candidate, int], Trial]


class Known:
    """Runs candidates by a model, and counts how often each is asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.asked: Counter[tuple[Candidate, int]] = Counter()

    def __call__(self, wanted: Sequence[tuple[Candidate, int]]) -> list[Trial]:
        self.asked.update(wanted)
        return [self.model(*one) for one in wanted]


NUMBERS = {one: number for number, one in enumerate(SPACE.candidates)}
DAY = 1_000_000


def noise(*key: int) -> float:
    """A number from -1 to 1 that hangs on the key only."""
    return 2 * keyed_uniform(*key) - 1


def pool(best: float, luck: float, seed: int) -> Model:
    """Waste grows with what a node holds; who holds less than pods need fails, by chance too."""

    def trial(one: Candidate, replication: int) -> Trial:
        held = max(one.minimum, one.warm + 10) * (1.15 if one.kind == PREFIX_IPS else 1)
        day = 1 + 0.1 * noise(seed, DAY, replication)
        own = 1 + luck * noise(seed, NUMBERS.get(one, 0), replication)
        lacking = best * day - held if one.kind in (IPS, PREFIX_IPS) else best
        return Trial((held * day * own, 100.0 - one.warm), max(lacking, 0.0) / best)

    return trial


def truth(model: Model, every: Space) -> dict[Candidate, float]:
    """The mean of every candidate that keeps the limits in all replications."""
    trials = {one: [model(one, r) for r in range(REPLICATIONS)] for one in every.candidates}
    fitting = {one: ts for one, ts in trials.items() if not any(t.excess for t in ts)}
    return {one: sum(t.score[0] for t in ts) / REPLICATIONS for one, ts in fitting.items()}


@settings(max_examples=8, deadline=None)
@given(st.floats(12, 100), st.sampled_from([0.0, 0.01, 0.05]), st.integers(0, 1000))
def test_finds_the_best_at_a_quarter_of_the_runs(best: float, luck: float, seed: int) -> None:
    """Within 5 % of the best of all candidates, with less than a quarter of their runs."""
    model = pool(best, luck, seed)
    known = Known(model)
    race = search(SPACE, known, REPLICATIONS)
    all_there_are = truth(model, SPACE)
    choice = race.leader()
    assert choice is not None
    assert all_there_are[choice] <= 1.05 * min(all_there_are.values())
    assert race.runs == known.asked.total() <= len(SPACE.candidates) * REPLICATIONS / 4


def test_no_run_is_asked_for_twice() -> None:
    """Replications are numbered from 0 without a gap, and none is repeated."""
    known = Known(pool(40, 0.02, 1))
    race = search(SPACE, known, REPLICATIONS, confirming=3)
    assert set(known.asked.values()) == {1}
    for one, trials in race.trials.items():
        assert {r for c, r in known.asked if c == one} == set(range(len(trials)))


def test_choice_has_all_replications_and_those_that_confirm() -> None:
    """The leader has run on every replication, the finalists on all but those that confirm."""
    race = search(SPACE, Known(pool(40, 0.02, 2)), REPLICATIONS, confirming=4)
    leader = race.leader()
    assert leader is not None
    counts = sorted((len(trials) for trials in race.trials.values()), reverse=True)
    assert len(race.trials[leader]) == counts[0] == REPLICATIONS + 4
    assert counts[1:3] == [REPLICATIONS] * 2


def test_who_fails_where_it_is_confirmed_is_out() -> None:
    """A setting that kept the limits by luck is replaced by the best that keeps them elsewhere."""
    plain = pool(40, 0.0, 3)
    lucky = search(SPACE, Known(plain), REPLICATIONS).leader()

    def model(one: Candidate, replication: int) -> Trial:
        trial = plain(one, replication)
        is_late = replication >= REPLICATIONS and one == lucky
        return trial._replace(excess=0.2) if is_late else trial

    race = search(SPACE, Known(model), REPLICATIONS, confirming=5)
    choice = race.leader()
    assert choice not in (None, lucky)
    assert not race.fits(lucky)  # type: ignore[arg-type]
    fitting = truth(plain, SPACE)
    assert fitting[choice] == min(mean for one, mean in fitting.items() if one != lucky)  # type: ignore[index]


def test_one_overstepped_limit_is_enough() -> None:
    """A candidate that oversteps a limit in one replication gets no further one."""
    known = Known(lambda one, _: Trial((float(one.warm),), float(one.warm < 5)))
    race = search(SPACE, known, REPLICATIONS)
    failed = [trials for one, trials in race.trials.items() if not race.fits(one)]
    assert failed
    assert all(len(trials) == 1 for trials in failed)
    assert min(one.warm for one in race.trials if race.fits(one)) == race.leader().warm == 5  # type: ignore[union-attr]


def test_where_nobody_fits_the_closest_come_first() -> None:
    """Without a candidate that keeps the limits there is no leader; the least excess is found."""
    within = [one for one in SPACE.candidates if one.kind == IPS and 10 < one.warm < one.minimum]
    least = within[len(within) // 2]

    def model(one: Candidate, _: int) -> Trial:
        off = abs(one.warm - least.warm) + abs(one.minimum - least.minimum)
        return Trial((1.0,), 1.0 + off + 100 * (one.kind != IPS))

    race = search(SPACE, Known(model), REPLICATIONS)
    assert race.leader() is None
    assert race.ranked()[0] == least
    assert all(len(trials) == 1 for trials in race.trials.values())


def test_gives_up_where_nothing_can_do() -> None:
    """If few say that no setting can, only those next to the best of them are tried."""
    model: Model = lambda one, _: Trial((1.0,), 1.0 + abs(one.warm - 5) + one.minimum)  # noqa: E731
    race = search(SPACE, Known(model), REPLICATIONS, hopeless=lambda race: not race.leader())
    assert SAMPLE < len(race.trials) < COARSE + SAMPLE
    assert {trials[0] for trials in race.trials.values()} == {model(o, 0) for o in race.trials}
    assert race.excess(race.ranked()[0]) == min(model(o, 0).excess for o in SPACE.candidates)


def test_does_not_give_up_once_there_is_hope() -> None:
    """Where those next to the best tell otherwise the search is the one without a question."""
    model, asked = pool(40, 0.02, 5), [False, True]
    race = search(SPACE, Known(model), REPLICATIONS, hopeless=lambda _: asked.pop())
    assert race.leader() == search(SPACE, Known(model), REPLICATIONS).leader()
    assert not asked
    assert race.runs <= most_runs(len(SPACE.candidates), REPLICATIONS)


def test_ranks_by_what_comes_next_where_the_first_is_equal() -> None:
    """Ties in what matters most are settled by the next figure."""
    race = search(SPACE, Known(lambda one, _: Trial((0.0, float(one.warm), 1.0))), 3)
    assert race.leader().warm == min(one.warm for one in SPACE.candidates)  # type: ignore[union-attr]


def test_passed_over_ones_move_up_when_better_ones_fail() -> None:
    """Those that looked best for one replication and then fail do not end the search."""
    model: Model = lambda one, r: Trial((float(one.warm),), float(r > 1 and one.warm < 30))  # noqa: E731
    race = search(SPACE, Known(model), REPLICATIONS)
    best = min(one.warm for one in SPACE.candidates if one.warm >= 30)
    assert race.leader().warm == best  # type: ignore[union-attr]


def test_beaten_beyond_chance_only() -> None:
    """One is beaten if all its paired differences say so, not if they vary around nothing."""
    values = {0: [1.0, 2.0, 3.0, 4.0], 1: [1.5, 2.4, 3.5, 4.6], 2: [1.5, 1.5, 3.5, 3.5]}
    a, b, c = SPACE.candidates[:3]
    race = Race(lambda _: [])
    for one, row in zip((a, b, c), values.values(), strict=True):
        race.trials[one] = [Trial((value,)) for value in row]
    assert race.is_beaten(b, a)
    assert not race.is_beaten(c, a)
    race.trials[b] = race.trials[b][:3]
    assert not race.is_beaten(b, a)


def test_small_spaces_run_whole() -> None:
    """Where there are fewer candidates than the first round takes, all of them run."""
    every = space(scenario("t2.nano").model)
    assert len(every.candidates) < COARSE
    race = search(every, Known(pool(11, 0.0, 4)), 3)
    assert set(race.trials) == set(every.candidates)


@pytest.mark.parametrize(
    ("n", "rounds"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (8, [1, 2, 4, 8]), (10, [1, 2, 4, 8, 10])],
)
def test_doublings(n: int, rounds: list[int]) -> None:
    """Replications double up to all of them."""
    assert doublings(n) == rounds
