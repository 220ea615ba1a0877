"""The model against recordings of the real daemon."""

from __future__ import annotations

import pytest

from sim.conformance import recorded
from sim.conformance.decisions import decide
from sim.conformance.doc_tables import case_of, settled
from sim.conformance.replay import agreement, replay
from sim.conformance.story import replayed

TIMELINES = recorded.timelines()
STORIES = recorded.stories()
WORLD = recorded.world_stories()
DOC_ROWS = recorded.doc_tables()


def test_all_decisions_are_the_daemons() -> None:
    """In each of 12,000 recorded states every decision is the one the daemon took."""
    compared, differing = 0, []
    for row in recorded.decisions():
        compared += 1
        ours = decide(row)
        differing += [(row["id"], name) for name, value in ours.items() if row[name] != value]
    assert compared == 12_000
    assert differing == []


def test_all_columns_of_decisions_are_compared() -> None:
    """Whatever a recorded state holds beside its inputs is compared."""
    row = next(recorded.decisions())
    inputs = {"id", "instance_type", "max_pods", "prefix_delegation", "MAX_ENI", "enis"}
    inputs |= {"WARM_ENI_TARGET", "WARM_PREFIX_TARGET", "WARM_IP_TARGET", "MINIMUM_IP_TARGET"}
    assert row.keys() - inputs == decide(row).keys()


@pytest.mark.parametrize(
    "row", DOC_ROWS, ids=[f"{r['instance_type']}-{r['settings']}-{r['pods']}" for r in DOC_ROWS]
)
def test_documentation_rows_settle_as_the_daemon_does(row: dict[str, str]) -> None:
    """ENIs, CIDRs and addresses of each row of upstream's tables are the daemon's."""
    case = case_of(row)
    pool = replayed(replay(case, seed=1), case)["pool"]
    daemon = tuple(int(row[f"daemon_{what}"]) for what in ("enis", "cidrs", "total_ips"))
    assert settled(pool[-1], row) == daemon


def test_all_documentation_rows_ship() -> None:
    """The tables have 36 rows."""
    assert len(DOC_ROWS) == 36


@pytest.mark.parametrize("name", TIMELINES)
def test_timelines_are_exact(name: str) -> None:
    """Calls to the millisecond, pool, cooldown and pods are the daemon's up to the horizon."""
    found = agreement(TIMELINES[name])
    assert found.is_exact, f"{found.agreed} of {found.tried} seeds; {found.difference}"


def test_all_timelines_ship() -> None:
    """52 timelines and 299 stories are there to be compared, and 256 of the world around."""
    assert (len(TIMELINES), len(STORIES), len(WORLD)) == (52, 299, 256)


@pytest.mark.parametrize("name", STORIES)
def test_stories_are_exact(name: str) -> None:
    """The same for random stories of one node."""
    found = agreement(STORIES[name])
    assert found.is_exact, f"{found.agreed} of {found.tried} seeds; {found.difference}"


@pytest.mark.parametrize("name", WORLD)
def test_stories_of_the_world_are_exact(name: str) -> None:
    """The same for what clusters switch on around the pool, and for what fails."""
    found = agreement(WORLD[name])
    assert found.is_exact, f"{found.agreed} of {found.tried} seeds; {found.why}"
