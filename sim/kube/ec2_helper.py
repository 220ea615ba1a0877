"""The resource controller's way to EC2: its own limit on requests, and its own tries.

Source: aws/amazon-vpc-resource-controller-k8s, pkg/aws/ec2/api/helper.go and wrapper.go.
"""

from __future__ import annotations

from sim.aws.client import Call, Ec2Client
from sim.aws.ec2 import Answer
from sim.clock import Clock, Order, Timer

from .work_queue import RateLimit, Steps

DELETE_WAITS_MS = (100, 300, 900, 2_700, 8_100)
"""defaultBackOff: the wait that would come next is over its cap, which ends the tries.

The last one is waited for nothing (wait.ExponentialBackoff).
"""

JITTER = 0.1


class Ec2Helper:
    """What a controller asks EC2 for; ``limit`` is that of its credentials."""

    def __init__(self, clock: Clock, limit: RateLimit) -> None:
        self._clock = clock
        self._limit = limit

    def limited(self, call: Call, limit: RateLimit | None = None) -> Call:
        """A call once the controller's own limit lets it."""
        wait = (limit or self._limit).wait_ms(self._clock.now)
        if wait:
            yield self._timer(wait)
        answer: Answer = yield from call
        return answer

    def delete_network_interface(self, client: Ec2Client, eni: int) -> Call:
        """DeleteNetworkInterface: five tries, whatever the error; the last one's answer."""
        for wait in DELETE_WAITS_MS:
            answer = yield from self.limited(client.delete_network_interface(eni))
            if answer.ok:
                break
            yield self._timer(int(wait * (1 + JITTER * client.random())))
        return answer

    def detach_and_delete(self, client: Ec2Client, eni: int) -> Steps:
        """DetachAndDeleteNetworkInterface: up to the first request that fails."""
        for call in (
            client.detach_network_interface(eni),
            client.describe_network_interfaces([eni]),
        ):
            if not (yield from self.limited(call)).ok:
                return
        yield from self.delete_network_interface(client, eni)

    def _timer(self, delay: int) -> Timer:
        return Timer(self._clock, delay, Order.ANSWER)
