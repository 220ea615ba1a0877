"""What a pod's keyed random numbers are for."""

from __future__ import annotations

from enum import IntEnum


class Purpose(IntEnum):
    """Tells the samples of one pod apart; numbers stay, so that seeds mean the same for ever."""

    SCHEDULE = 1
    SANDBOX = 2
    IMAGE_PULL = 3
    CONTAINER_START = 4
    ADD_RETRY = 5
    NOT_INITIALISED_RETRY = 6
    SYNC_TICK = 7
    TEARDOWN = 8
    LIFETIME = 9
    TERMINATION = 10
