"""Recorded decision states: a data store and settings in, every decision of the daemon out."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

from sim.aws.instance_types import instance_type
from sim.ipamd.data_store import DataStore
from sim.ipamd.decisions import (
    compute_extra_prefixes_over_warm_target,
    datastore_target_state,
    get_eni_resources_to_allocate,
    get_prefixes_needed,
    has_room_for_eni,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    should_remove_extra_enis,
)
from sim.ipamd.settings import Settings

NOW = 10_000_000
"""When recorded states are taken, in ms; what cools was released one ms before."""


def settings_of(row: Mapping[str, str]) -> Settings:
    """The daemon's settings in a recorded state."""
    limits = instance_type(row["instance_type"])
    most = int(row["MAX_ENI"])
    return Settings(
        warm_eni_target=int(row["WARM_ENI_TARGET"]),
        warm_prefix_target=int(row["WARM_PREFIX_TARGET"]),
        warm_ip_target=int(row["WARM_IP_TARGET"]),
        minimum_ip_target=int(row["MINIMUM_IP_TARGET"]),
        prefix_delegation=row["prefix_delegation"] == "true",
        max_enis=min(limits.max_enis, most) if most >= 1 else limits.max_enis,
        slots=limits.slots,
        max_pods=int(row["max_pods"]),
    )


def data_store_of(row: Mapping[str, str], settings: Settings) -> DataStore:
    """The data store in a recorded state, at `NOW`; ENI ids are the recorded indices."""
    store = DataStore(settings, random.Random(1).random)
    for index, recorded in enumerate(json.loads(row["enis"])):
        eni = store.add_eni(index, 0, bool(recorded["primary"]), NOW - recorded["age_s"] * 1000)
        addresses = range(index * 1024, index * 1024 + 16 * len(recorded["cidrs"]), 16)
        store.add_cidrs(eni, addresses, settings.prefix_delegation, NOW - 2)
        by_address = {cidr.address: cidr for cidr in eni.cidrs.entries()}
        for address, (assigned, cooling) in zip(addresses, recorded["cidrs"], strict=True):
            store.restore(by_address[address], assigned, cooling, NOW - 1)
    return store


def decide(row: Mapping[str, str]) -> dict[str, str]:
    """What the model decides in a recorded state, by the recording's columns.

    ``deletable_enis`` holds every ENI that may be taken.
    """
    settings = settings_of(row)
    store = data_store_of(row, settings)
    stats = store.get_ip_stats(NOW)
    short, over, defined = datastore_target_state(settings, stats)
    exists = store.freeable_eni_exists()
    deletable = [eni.id for eni in store.enis.entries() if store.is_deletable(eni, NOW)]
    values = {
        "total_ips": stats.total_ips,
        "total_prefixes": stats.total_prefixes,
        "assigned_ips": stats.assigned_ips,
        "cooldown_ips": stats.cooldown_ips,
        "free_prefixes": stats.free_prefixes,
        "short": short,
        "over": over,
        "targets_defined": defined,
        "too_low": is_datastore_pool_too_low(settings, stats),
        "too_high": is_datastore_pool_too_high(settings, stats),
        "should_remove_extra_enis": should_remove_extra_enis(settings, stats, exists),
        "prefixes_needed": get_prefixes_needed(settings, stats),
        "eni_resources_to_allocate": get_eni_resources_to_allocate(settings, stats),
        "has_room_for_eni": has_room_for_eni(settings, len(store.enis)),
        "deletable_enis": " ".join(map(str, sorted(deletable))),
        "extra_prefixes": compute_extra_prefixes_over_warm_target(settings, stats),
    }
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
