"""The search: many candidates for one replication, ever fewer for twice as many.

All candidates run on the same replications, so that differences are taken run by run. The rule:

1. `COARSE` candidates that fill the space run one replication, `SAMPLE` of them first. If these
   say that no setting can keep the limits, only the neighbours of the best `NEAR` are tried, until
   there is none left: to find those that overstep the limits least.
2. For 1, 2, 4, ... replications up to all: the best so far (`WIDEST` of them, half as many each
   time, at least `FINALISTS`) get that many, and their neighbours that have not run get one. This
   goes on until the best have what they should and no neighbour is left.
3. Whoever oversteps a limit in one replication is out: no further one can mend that. Whoever is
   worse than the leader beyond the paired 95 % interval gets no further replication, from
   `LEAST_TO_JUDGE` replications on.
4. Those passed over are not out. If better ones overstep a limit later, they move up again.
5. Where nobody keeps the limits, the neighbours of those that overstep them least are tried until
   there is none left.
6. At last the front in waste, wait and calls gets all replications too, `LONGEST_FRONT` of it.
7. The best of all that have run on all replications is tried on as many that took no part in the
   search: the tightest of many that kept the limits may owe that to luck. If it oversteps one
   there, it is out, and the next best is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import sub
from statistics import fmean
from typing import NamedTuple

from .candidates import Candidate, Space
from .front import pareto_front, thinned
from .statistics import paired

SAMPLE = 12
NEAR = 2
COARSE = 48
WIDEST = 12
FINALISTS = 5
LEAST_TO_JUDGE = 4
LONGEST_FRONT = 8


class Trial(NamedTuple):
    """What one run of a candidate says.

    Attributes:
        score: what is to be small, the most important first.
        excess: by how much limits are overstepped, as a share of them; 0: all hold.
        respects: what the front is about, all to be small.
    """

    score: tuple[float, ...]
    excess: float = 0.0
    respects: tuple[float, ...] = ()


Run = Callable[[Sequence[tuple[Candidate, int]]], Sequence[Trial]]
"""Runs (candidate, replication) pairs; replications are numbered from 0."""


@dataclass(frozen=True)
class Race:
    """All candidates that have run, with their trials on the first replications.

    Attributes:
        run: how they run.
        trials: of each candidate, in the order of the replications.
    """

    run: Run
    trials: dict[Candidate, list[Trial]] = field(default_factory=dict)

    def replicate(self, wanted: dict[Candidate, int]) -> None:
        """Runs what is lacking for each candidate to have so many replications, all at once."""
        lacking = [
            (one, replication)
            for one, n in wanted.items()
            for replication in range(len(self.trials.get(one, ())), n)
        ]
        for (one, _), trial in zip(lacking, self.run(lacking) if lacking else (), strict=True):
            self.trials.setdefault(one, []).append(trial)

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return sum(map(len, self.trials.values()))

    def fits(self, one: Candidate) -> bool:
        """Whether it has kept all limits so far."""
        return all(trial.excess == 0 for trial in self.trials[one])

    def leader(self) -> Candidate | None:
        """The best of those with most replications that keep the limits; None if nobody does."""
        fitting = [one for one in self.trials if self.fits(one)]
        most = max((len(self.trials[one]) for one in fitting), default=0)
        longest = [one for one in fitting if len(self.trials[one]) == most]
        return min(longest, key=self._means, default=None)

    def ranked(self) -> list[Candidate]:
        """All candidates, best first, those that keep the limits before the others.

        They are ranked by their mean paired difference to the leader, as far as each has run;
        those that overstep limits by how much they do.
        """
        leader = self.leader()
        if leader is None:
            return sorted(self.trials, key=lambda one: (self.excess(one), *self._means(one)))
        fitting = [one for one in self.trials if self.fits(one)]
        others = sorted((o for o in self.trials if not self.fits(o)), key=self.excess)
        return sorted(fitting, key=lambda one: self._behind(one, leader)) + others

    def excess(self, one: Candidate) -> float:
        """By how much a candidate oversteps the limits, on average."""
        return fmean(trial.excess for trial in self.trials[one])

    def is_beaten(self, one: Candidate, leader: Candidate) -> bool:
        """Whether it is worse than the leader in what matters most, beyond chance."""
        here, there = ([t.score[0] for t in self.trials[c]] for c in (leader, one))
        n = min(len(here), len(there))
        return n >= LEAST_TO_JUDGE and paired(here[:n], there[:n]).low > 0

    def _means(self, one: Candidate) -> tuple[float, ...]:
        return tuple(map(fmean, _columns([trial.score for trial in self.trials[one]])))

    def _behind(self, one: Candidate, leader: Candidate) -> tuple[float, ...]:
        n = len(self.trials[one])  # never more than the leader's
        own, first = ([trial.score for trial in self.trials[c][:n]] for c in (one, leader))
        pairs = zip(_columns(own), _columns(first), strict=True)
        return tuple(fmean(map(sub, mine, theirs)) for mine, theirs in pairs)

    def front(self, least: int = 1) -> list[Candidate]:
        """The front of those that keep the limits and have so many replications."""
        able = [c for c, trials in self.trials.items() if len(trials) >= least and self.fits(c)]
        respects = {c: [trial.respects for trial in self.trials[c]] for c in able}
        return pareto_front({c: tuple(map(fmean, _columns(respects[c]))) for c in able})


def _columns(rows: list[tuple[float, ...]]) -> Iterator[tuple[float, ...]]:
    return zip(*rows, strict=True)


Hopeless = Callable[["Race"], bool]
"""Whether what has run says that no setting can keep the limits."""


def search(
    space: Space,
    run: Run,
    replications: int,
    confirming: int = 0,
    hopeless: Hopeless = lambda _: False,
) -> Race:
    """Looks for the best candidates that keep the limits.

    Args:
        space: what to choose from.
        run: runs candidates.
        replications: how many the finalists get.
        confirming: how many more the choice gets.
        hopeless: asked when few have run; if it says so then, and when those next to the best of
            them have run too, no more are tried.

    Returns:
        The race; its leader is the choice.
    """
    race = Race(run)
    race.replicate(dict.fromkeys(space.spread(SAMPLE), 1))
    if hopeless(race):
        _settle(race, space, 1, NEAR)
        if hopeless(race):
            return race
    race.replicate(dict.fromkeys(space.spread(COARSE), 1))
    width = WIDEST
    for n in doublings(replications):
        _settle(race, space, n, width)
        width = max(FINALISTS, width // 2)
    race.replicate(dict.fromkeys(thinned(race.front(), LONGEST_FRONT), replications))
    in_all = replications + confirming
    while True:
        _settle(race, space, replications, FINALISTS)
        leader = race.leader()
        if leader is None or len(race.trials[leader]) >= in_all:
            return race
        race.replicate({leader: in_all})


def most_runs(candidates: int, replications: int, confirming: int = 0) -> int:
    """How many runs a search may take: all once, and all replications of the best and the front.

    Only where many of the best fail late, one after the other, it takes more.
    """
    several = min(candidates, WIDEST + FINALISTS + LONGEST_FRONT)
    return candidates + several * (replications - 1) + confirming


def doublings(n: int) -> list[int]:
    """1, 2, 4, ... and ``n``."""
    return [2**power for power in range(n.bit_length()) if 2**power < n] + [n]


def _settle(race: Race, space: Space, n: int, width: int) -> None:
    """Runs until the best have ``n`` replications and all their neighbours have run."""
    while True:
        best = race.ranked()[:width]
        fresh = [one for one in _around(space, best) if one not in race.trials]
        wanted = dict.fromkeys(fresh, 1) | dict.fromkeys(_behind(race, best, n), n)
        if not wanted:
            return
        race.replicate(wanted)


def _around(space: Space, best: Iterable[Candidate]) -> Iterator[Candidate]:
    for one in best:
        yield from space.neighbours(one)


def _behind(race: Race, best: Iterable[Candidate], n: int) -> Iterator[Candidate]:
    """Those of the best that should get more replications."""
    leader = race.leader()
    for one in best:
        may_win = leader is not None and race.fits(one) and not race.is_beaten(one, leader)
        if may_win and len(race.trials[one]) < n:
            yield one
