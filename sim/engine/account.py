"""The account's part of a world: buckets, their other drinkers, quotas, and an impaired EC2."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim.aws.buckets import TokenBucket
from sim.aws.tenants import Ledger, Tenant
from sim.clock import Clock, Order
from sim.randomness import Sampler, Streams, sampler
from sim.results.records import Recorder
from sim.scenario.account import Impairment
from sim.scenario.account import Tenant as TenantModel
from sim.scenario.aws import DEFAULT_LATENCY, OTHERS, Aws, SizedBucket, category_of

NO_END = 1 << 62


def buckets_of(aws: Aws) -> dict[str, TokenBucket]:
    """The bucket of each throttled action; actions that share one have the same."""
    shared: dict[str, TokenBucket] = {}
    buckets: dict[str, TokenBucket] = {}
    for action, sized in aws.sized_buckets().items():
        is_alone = not aws.shared_buckets or action in aws.buckets
        name = action if is_alone else f"category {category_of(action)}"
        buckets[action] = shared.setdefault(name, TokenBucket(sized.size, sized.refill_per_s))
    return buckets


def change_quotas(aws: Aws, clock: Clock, buckets: dict[str, TokenBucket]) -> None:
    """Puts the changes of quotas on the clock."""
    for action, bucket in buckets.items():
        first = SizedBucket(bucket.size, bucket.refill_per_s)
        for change in aws.quota_changes:
            if change.actions is None or action in change.actions:
                resize = partial(bucket.resize, *first.times(change.multiplier))
                clock.call(change.at + 1, Order.OTHERS, resize, change.at)


# ---------------------------------------------------------------------- tenants


def start_tenants(
    aws: Aws,
    clock: Clock,
    recorder: Recorder,
    streams: Streams,
    buckets: dict[str, TokenBucket],
) -> Ledger | None:
    """Lets the others in the account begin; None if there are none."""
    models = aws.all_tenants()
    if not models:
        return None
    names, ledger = recorder.names, Ledger(recorder.tenants.append)
    actions = dict.fromkeys(action for one in models for action in one.actions())
    names.actions.extend(action for action in actions if action not in names.actions)
    for number, one in enumerate(models):
        names.tenants.append(one.name)
        tenant = Tenant(
            clock,
            buckets,
            one.attempts,
            sampler(aws.throttled_latency),
            streams.stream("tenant", one.name, "retries").random,
            _counter(ledger, number, {name: place for place, name in enumerate(names.actions)}),
        )
        _start(one, tenant, streams)
    return ledger


def _counter(
    ledger: Ledger, number: int, actions: dict[str, int]
) -> Callable[[int, str, bool, bool], None]:
    def count(made_ms: int, action: str, throttled: bool, given_up: bool) -> None:
        ledger.count(made_ms, (number, actions[action]), throttled, given_up)

    return count


def _start(model: TenantModel, tenant: Tenant, streams: Streams) -> None:
    of = (OTHERS,) if model.name == OTHERS else ("tenant", model.name)
    for action, rate in model.requests_per_s.items():
        if rate:
            tenant.poisson(action, rate, streams.stream(*of, action))
    for place, one in enumerate(model.bursts):
        until = NO_END if one.until is None else one.until
        random = streams.stream("tenant", model.name, "burst", str(place)).random
        tenant.bursts(one.action, one.requests, one.at, one.every, until, one.spread, random)


# ------------------------------------------------------------------ impairments


def latencies(aws: Aws, clock: Clock) -> dict[str, Sampler]:
    """The latency of each action, longer while EC2 is impaired."""
    found: dict[str, Sampler] = {
        a: sampler(one) for a, one in (DEFAULT_LATENCY | aws.latency).items()
    }
    for one in aws.impairments:
        for action in one.actions or found:
            found[action] = _times(found[action], one, one.latency_factor, clock)
    return found


def metadata_delay(aws: Aws, clock: Clock) -> Sampler:
    """The delay of the instance metadata, longer while EC2 is impaired."""
    found = sampler(aws.metadata_delay)
    for one in aws.impairments:
        found = _times(found, one, one.metadata_delay_factor, clock)
    return found


def _times(sample: Sampler, window: Impairment, factor: float, clock: Clock) -> Sampler:
    """The samples, multiplied within a window of time."""
    if factor == 1:
        return sample

    def scaled(u: float) -> int:
        is_now = window.from_ <= clock.now < window.to
        return round(sample(u) * factor) if is_now else sample(u)

    return scaled
