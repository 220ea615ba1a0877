"""Deployments, Jobs and CronJobs: how many pods there are, and when they come and go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    RUNNING_MS,
    STOP_MS,
    Data,
    column,
    deployment,
    group,
    job,
    play,
    pods,
)

from sim.clock import Order
from sim.engine.build import World
from sim.kube.deployments import Rollout
from sim.kube.pods import Pod

UPDATE_MS = 60_000


def update(at: str = "60s", **bounds: Any) -> Data:
    """A rolling update."""
    return {"at": at} | bounds


def cron(every: str = "*/2 * * * *", **changes: Any) -> Data:
    """A CronJob of one pod."""
    spec = {"kind": "cronjob", "name": "cron", "schedule": every, "lifetime": "10s"}
    return spec | changes


# -------------------------------------------------------------------- Deployments


def test_a_deployment_follows_its_steps() -> None:
    """Pods are created at 5 and 20 s; at 40 s the two that came to run last are deleted."""
    steps = [
        {"at": "5s", "replicas": 1},
        {"at": "20s", "replicas": 4},
        {"at": "40s", "replicas": 2},
    ]
    world = play(deployment(steps))
    assert column(world, "created_ms") == [5_000] + [20_000] * 3
    assert column(world, "ended_ms") == [-1, -1, 40_000, 40_000]
    assert column(world, "released_ms") == [-1, -1, 40_000 + STOP_MS, 40_000 + STOP_MS]


def test_pods_that_do_not_run_are_deleted_first() -> None:
    """Of 30 pods three wait for room; a step down to 28 takes two of those."""
    world = play(deployment([{"at": "0s", "replicas": 30}, {"at": "30s", "replicas": 28}]))
    assert column(world, "ended_ms") == [-1] * 28 + [30_000] * 2
    assert column(world, "node") == ["g-0"] * 27 + [""] * 3


def test_a_pod_is_replaced_at_the_end_of_its_lifetime() -> None:
    """60 s after it runs a pod is deleted, which takes 2.3 s; the next is created at once."""
    world = play(deployment([{"at": "5s", "replicas": 1}], lifetime="60s"), duration="150s")
    second = 5_000 + RUNNING_MS + 60_000
    third = second + RUNNING_MS + 60_000
    assert column(world, "created_ms") == [5_000, second, third]
    assert column(world, "ended_ms") == [second, third, -1]
    assert column(world, "released_ms") == [second + STOP_MS, third + STOP_MS, -1]
    assert column(world, "outcome") == ["deleted", "deleted", "running"]


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "most", "fewest"),
    [
        (10, "25%", "25%", 13, 8),
        (10, 0, 3, 10, 7),
        (3, "25%", "25%", 4, 3),
        (1, "0%", "50%", 1, 0),
        (2, 1, 5, 3, 0),
        (4, "0%", "10%", 4, 3),
        (0, "25%", "25%", 0, 0),
    ],
)
def test_bounds_of_an_update(
    replicas: int, surge: int | str, unavailable: int | str, most: int, fewest: int
) -> None:
    """Surge rounds up, unavailable down; if both come to 0 one may be unavailable."""
    assert Rollout(0, surge, unavailable).bounds(replicas) == (most, fewest)


def test_an_update_one_by_one() -> None:
    """One too many, none missing: each new pod runs 3.01 s later, then an old one goes."""
    web = deployment([{"at": "5s", "replicas": 3}], updates=[update(maxSurge=1, maxUnavailable=0)])
    world = play(web)
    times = [UPDATE_MS + k * RUNNING_MS for k in range(4)]
    assert column(world, "created_ms") == [5_000] * 3 + times[:3]
    assert sorted(column(world, "ended_ms")[:3]) == times[1:]
    assert column(world, "ended_ms")[3:] == [-1] * 3


def test_an_update_with_the_defaults() -> None:
    """10 pods, at most 13, at least 8 available.

    At once 3 new ones, 2 old ones less, 2 new ones more. Those 5 run 3.01 s later: 13 available, so
    the 5 old ones over 8 go and 5 more new ones come; 3.01 s later the last 3 old ones go.
    """
    world = play(deployment([{"at": "5s", "replicas": 10}], updates=[update()]))
    times = [UPDATE_MS + k * RUNNING_MS for k in range(3)]
    assert column(world, "created_ms")[10:] == [times[0]] * 5 + [times[1]] * 5
    assert (
        sorted(column(world, "ended_ms")[:10]) == [times[0]] * 2 + [times[1]] * 5 + [times[2]] * 3
    )


def test_old_pods_that_do_not_run_may_block_an_update() -> None:
    """No pod can run. 10 old ones; at most 13, at least 8 available.

    13 - 8 - 3 new ones that do not run: 2 old ones go, 2 new ones come; 13 - 8 - 5 is 0: it stops.
    """
    web = deployment(10, updates=[update()])
    world = play(web, groups=[group(nodes=0)])
    assert column(world, "created_ms") == [0] * 10 + [UPDATE_MS] * 5
    assert sorted(column(world, "ended_ms")) == [-1] * 13 + [UPDATE_MS] * 2


def test_a_second_update_ends_the_oldest_pods_first() -> None:
    """1.5 s into the first update the 2 new pods do not run yet: the second deletes those first.

    4 replicas, 1 missing, 1 too many: at 60 s 1 old pod goes and 2 new ones come, which makes 5. At
    61.5 s those 2 go (5 - 3 fewest = 2 may) and 2 of the second version come; when they run the 2
    old ones over 3 available go for 2 more new ones, and then the last.
    """
    bounds = {"maxSurge": 1, "maxUnavailable": 1}
    updates = [update(**bounds), update("61500ms", **bounds)]
    world = play(deployment([{"at": "5s", "replicas": 4}], updates=updates))
    second, third = 61_500 + RUNNING_MS, 61_500 + 2 * RUNNING_MS
    assert column(world, "created_ms")[4:] == [60_000] * 2 + [61_500] * 2 + [second] * 2
    assert column(world, "ended_ms")[4:] == [61_500] * 2 + [-1] * 4
    assert sorted(column(world, "ended_ms")[:4]) == [60_000, second, second, third]


def test_an_old_pod_that_is_lost_in_an_update_comes_back_old() -> None:
    """One too many, none missing: the new pod of 60 s runs at 63.01 s.

    At 61 s an old pod is deleted by hand. Its ReplicaSet makes another old one, which does not run
    yet at 63.01 s and goes first; then the second new pod comes.
    """
    first_of_two = 2  # after the DaemonSets' pods
    planned: list[World] = []

    def delete_it(world: World) -> None:
        world.api.kubelets.delete(world.api.pods[first_of_two])

    def plan(world: World) -> None:
        if not planned:
            delay = 61_000 - world.clock.now
            planned.append(world)
            world.clock.call(delay, Order.POD_DELETE, delete_it, world)

    bounds = {"maxSurge": 1, "maxUnavailable": 0}
    web = deployment([{"at": "5s", "replicas": 2}], updates=[update(**bounds)])
    world = play(web, watch=plan)
    assert column(world, "created_ms") == [5_000, 5_000, 60_000, 61_000, 63_010]
    assert column(world, "ended_ms") == [61_000, 66_020, -1, 63_010, -1]


class Watch:
    """Looks at the pods of a Deployment after every event."""

    def __init__(self, replicas: int, most: int, fewest: int) -> None:
        self.most = most
        self.fewest = fewest
        self.replicas = replicas
        self.was_complete = False

    def __call__(self, world: World) -> None:
        """Fails if there are more pods than allowed or, once all ran, fewer available ones."""
        alive = [pod for pod in world.api.pods.values() if is_wanted(pod)]
        available = sum(-1 < pod.running_ms <= world.clock.now for pod in alive)
        self.was_complete |= available == self.replicas
        assert len(alive) <= self.most, world.clock.now
        assert available >= self.fewest or not self.was_complete, world.clock.now


def is_wanted(pod: Pod) -> bool:
    """A pod of a controller that nobody has deleted."""
    return pod.owner is not None and pod.ended_ms < 0


amounts = st.one_of(st.integers(0, 4), st.integers(0, 100).map("{}%".format))


@settings(max_examples=60, deadline=None)
@given(
    replicas=st.integers(1, 12),
    surge=amounts,
    unavailable=amounts,
    second_after_ms=st.integers(1, 20_000),
    seed=st.integers(0, 99),
)
def test_an_update_keeps_to_its_bounds_at_every_instant(
    replicas: int, surge: int | str, unavailable: int | str, second_after_ms: int, seed: int
) -> None:
    """Neither too many pods nor too few available, through two updates; then all are new."""
    if {str(surge).rstrip("%"), str(unavailable).rstrip("%")} == {"0"}:
        unavailable = 1
    bounds = {"maxSurge": surge, "maxUnavailable": unavailable}
    second = UPDATE_MS + second_after_ms
    updates = [update(**bounds), update(f"{second}ms", **bounds)]
    world = play(
        deployment(replicas, updates=updates),
        watch=Watch(replicas, *Rollout(0, surge, unavailable).bounds(replicas)),
        kube={"image_pull_time": {"uniform": {"min": "0s", "max": "9s"}}},
        seed=seed,
    )
    left = [pod for pod in pods(world) if pod.ended_ms < 0]
    assert len(left) == replicas
    assert all(pod.created_ms >= second for pod in left)


@settings(max_examples=40, deadline=None)
@given(
    before=st.integers(1, 12),
    after=st.integers(0, 12),
    step_after_ms=st.integers(0, 15_000),
    percent=st.integers(1, 100),
)
def test_a_step_in_an_update_is_followed(
    before: int, after: int, step_after_ms: int, percent: int
) -> None:
    """The bound holds for the old number up to the step, then for the new one; all get new."""
    step_ms = UPDATE_MS + 1 + step_after_ms
    steps = [{"at": "0s", "replicas": before}, {"at": f"{step_ms}ms", "replicas": after}]
    rollout = Rollout(0, f"{percent}%", "25%")

    def watch(world: World) -> None:
        now = world.clock.now
        allowed = [before] * (now <= step_ms) + [after] * (now >= step_ms)
        alive = sum(map(is_wanted, world.api.pods.values()))
        assert alive <= max(rollout.bounds(replicas)[0] for replicas in allowed), now

    web = deployment(steps, updates=[update(maxSurge=f"{percent}%")])
    left = [pod for pod in pods(play(web, watch=watch)) if pod.ended_ms < 0]
    assert len(left) == after
    assert all(pod.created_ms >= UPDATE_MS for pod in left)


# --------------------------------------------------------------------------- Jobs


def test_a_job_works_in_parallel() -> None:
    """Five completions, two at a time, each 3.01 s of start and 10 s of work."""
    world = play(job(completions=5, parallelism=2))
    rounds = [2_000 + k * (RUNNING_MS + 10_000) for k in range(4)]
    assert column(world, "created_ms") == [rounds[0]] * 2 + [rounds[1]] * 2 + [rounds[2]]
    assert column(world, "ended_ms") == [rounds[1]] * 2 + [rounds[2]] * 2 + [rounds[3]]
    assert set(column(world, "outcome")) == {"finished"}


def test_a_deadline_ends_a_job() -> None:
    """At 2 + 20 s two of four pods have finished; the other two are deleted and have missed it."""
    world = play(job(completions=4, parallelism=2, activeDeadlineSeconds=20))
    assert column(world, "ended_ms") == [15_010] * 2 + [22_000] * 2
    assert column(world, "outcome") == ["finished"] * 2 + ["deleted"] * 2
    assert column(world, "deadline_missed") == [0, 0, 1, 1]


@settings(max_examples=30, deadline=None)
@given(
    completions=st.integers(1, 12),
    parallelism=st.integers(1, 8),
    scale_in_s=st.integers(3, 60),
    seed=st.integers(0, 99),
)
def test_a_job_completes_through_drains(
    completions: int, parallelism: int, scale_in_s: int, seed: int
) -> None:
    """Exactly so many pods finish, never more than so many are there; evicted ones are redone."""
    nodes = [{"at": "0s", "nodes": 3}, {"at": f"{scale_in_s}s", "nodes": 1}]
    batch = job(
        completions=completions,
        parallelism=parallelism,
        lifetime={"exponential": {"mean": "15s"}},
    )

    def watch(world: World) -> None:
        assert sum(map(is_wanted, world.api.pods.values())) <= parallelism

    world = play(batch, watch=watch, groups=[group(nodes=nodes)], duration="1h", seed=seed)
    outcomes = column(world, "outcome")
    assert outcomes.count("finished") == completions
    assert set(outcomes) <= {"finished", "deleted", "unserved"}


# ----------------------------------------------------------------------- CronJobs


@pytest.mark.parametrize(
    ("policy", "created", "ended"),
    [
        ("Allow", [0, 120, 240, 360], [304.01, 423.01, -1, -1]),
        # The first is over at 304.01 s; one Job makes up for 120 and 240 s then, at 360 s it works.
        ("Forbid", [0, 304.01], [304.01, -1]),
        ("Replace", [0, 120, 240, 360], [120, 240, 360, -1]),
    ],
)
def test_concurrency_policies(policy: str, created: list[float], ended: list[float]) -> None:
    """Every 2 min a Job of 300 s of work, until 470 s; the first waits 1 s for its node."""
    world = play(cron(lifetime="300s", concurrencyPolicy=policy), duration="470s")
    assert [at / 1000 for at in column(world, "created_ms")] == created
    assert [at if at < 0 else at / 1000 for at in column(world, "ended_ms")] == ended


@pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
def test_jobs_that_do_not_meet(policy: str) -> None:
    """If each Job is over before the next one's time, the policy does not matter."""
    world = play(cron(parallelism=2, completions=2, concurrencyPolicy=policy), duration="470s")
    assert column(world, "created_ms") == [k * 120_000 for k in range(4) for _ in range(2)]
    assert set(column(world, "outcome")) == {"finished"}


def test_a_missed_time_is_made_up_for_after_a_deadline() -> None:
    """The Job of 0 s is ended at 150 s, and that of 120 s started; its turn ends at 300 s."""
    every = cron(lifetime="1h", concurrencyPolicy="Forbid", activeDeadlineSeconds=150)
    world = play(every, duration="310s")
    assert column(world, "created_ms") == [0, 150_000, 300_000]
    assert column(world, "deadline_missed") == [1, 1, 0]
