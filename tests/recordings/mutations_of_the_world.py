"""Rules of the world around the pool, changed on purpose, as `mutations` does those of the pool.

Custom networking, trunk ENIs, subnets with tags, restarts, switches of the mode, failing calls.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from mutation import Patch, mutation, replaced

from sim.aws.client import is_retried
from sim.aws.ec2 import Answer
from sim.ipamd.awsutils import is_subnet_valid_for_eni_creation
from sim.ipamd.context import IpamContext, Steps
from sim.ipamd.daemon import handle_pre_scaling, refresh_sg_ids
from sim.ipamd.data_store import DataStore
from sim.ipamd.decisions import has_room_for_eni, has_room_for_trunk
from sim.ipamd.settings import Settings


def _nothing(*_: object) -> Steps:
    yield from ()


@mutation("isDatastorePoolTooLow", "world/custom/world-022")
def primary_eni_holds_pods() -> Patch:
    """Under custom networking the primary ENI takes no addresses of pods. Changed: it does."""
    plain = DataStore._is_allocatable

    def allocatable(store: DataStore, eni: object) -> bool:
        with patch.object(store, "settings", replace(store.settings, custom_networking=False)):
            return plain(store, eni)  # type: ignore[arg-type]

    return patch.object(DataStore, "_is_allocatable", allocatable)


@mutation("handlePreScaling", "world/custom/world-036")
def starts_with_an_empty_pool() -> Patch:
    """Under custom networking a start without an address fails. Changed: it succeeds."""

    def pre_scaling(c: IpamContext) -> Steps:
        is_ready = yield from handle_pre_scaling(c)
        return is_ready or not c.data_store.total_ips

    return replaced("handle_pre_scaling", pre_scaling)


@mutation("RefreshSGIDs", "world/custom/world-022")
def custom_networking_refreshes_security_groups() -> Patch:
    """Under custom networking no security groups are refreshed. Changed: they are."""

    def refresh(c: IpamContext) -> Steps:
        with patch.object(c, "settings", replace(c.settings, custom_networking=False)):
            yield from refresh_sg_ids(c)

    return replaced("refresh_sg_ids", refresh)


@mutation("hasRoomForEni", "world/trunk/world-006")
def no_slot_is_kept_for_the_trunk() -> Patch:
    """A slot is kept for a trunk ENI that is wanted. Changed: none is."""
    return replaced(
        "has_room_for_eni", lambda own, enis, _=False: has_room_for_eni(own, enis, has_trunk=True)
    )


@mutation("tryEnableSecurityGroupsForPods", "world/trunk/world-014")
def trunk_is_asked_for_on_a_full_node() -> Patch:
    """A trunk ENI is asked for once a slot is free. Changed: at the start, in any case."""

    def room(settings: Settings, enis: int) -> bool:
        return has_room_for_trunk(settings, 0 * enis)

    return replaced("has_room_for_trunk", room)


@mutation("nodeIPPoolReconcile", "world/trunk/world-000")
def trunk_is_found_a_minute_later() -> Patch:
    """While the trunk is missing each loop reconciles. Changed: as seldom as else."""
    return patch.object(IpamContext, "needs_trunk_eni", property(lambda _: False))


@mutation("ReadBackingStore", "world/restart/world-002")
def allocations_are_lost_at_a_restart() -> Patch:
    """A restart finds the addresses of pods in its checkpoint. Changed: it takes them for free."""

    def forget(_pods: object, old: DataStore, _new: DataStore, now: int) -> None:
        old.close(now)

    return replaced("restore_allocations", forget)


@mutation("tryUnassignIPsFromENIs, tryUnassignPrefixesFromENIs", "world/switch/world-049")
def the_other_modes_addresses_stay() -> Patch:
    """A start gives back what is free of the other mode. Changed: it does not."""
    return replaced("try_unassign_cidrs_of_other_mode", _nothing)


@mutation("isSubnetValidForENICreation", "world/tags/world-edge-146")
def untagged_subnets_are_discovered() -> Patch:
    """Another subnet than the node's needs a tag to be used. Changed: it needs none."""
    return replaced(
        "is_subnet_valid_for_eni_creation",
        lambda subnet, _: is_subnet_valid_for_eni_creation(subnet, is_primary_subnet=True),
    )


@mutation("aws/retry/standard.go", "world/fault/world-055")
def refusals_are_retried() -> Patch:
    """The SDK gives up on what a permission is missing for. Changed: it tries again."""

    def retried(answer: Answer) -> bool:
        return is_retried(answer) or answer.code == "UnauthorizedOperation"

    return replaced("is_retried", retried)


@mutation("aws/retry/standard.go", "world_ensembles/world-boot-under-500s")
def errors_of_the_server_are_not_retried() -> Patch:
    """The SDK retries errors of the server. Changed: throttling only."""
    return replaced("is_retried", lambda answer: answer.code == "RequestLimitExceeded")
