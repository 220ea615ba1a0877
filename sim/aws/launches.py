"""EC2's limits on launches: requests and instances a second, of the account in the Region.

Source: EC2 developer guide, ec2-api-throttling: RunInstances has a bucket of requests and one of
instances. What launches (an Auto Scaling group, Karpenter) asks for many instances in one request,
and again a second later for those it did not get.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sim.clock import Clock, Order

from .buckets import TokenBucket
from .ec2 import OK, THROTTLED

RUN_INSTANCES = "RunInstances"
RETRY_MS = 1_000

Record = Callable[[int, int, str, int, int, int, str, int, int], None]
"""As `sim.aws.client.Region.record`."""


class Launches:
    """Lets nodes be launched as the limits allow, in the order in which they were asked for.

    Args:
        clock: the simulation's clock.
        requests: the bucket of requests.
        instances: the bucket of instances.
        record: called for each request.
    """

    def __init__(
        self, clock: Clock, requests: TokenBucket, instances: TokenBucket, record: Record
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._instances = instances
        self._record = record
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self._attempt = 0  # of the request that is to be made; 0: none is

    def ask(self, node: int, launch: Callable[[], None]) -> None:
        """Calls ``launch`` once there is a token for the node's instance."""
        self._waiting.append((node, launch))
        if not self._attempt:
            self._attempt = 1
            self._clock.call(0, Order.ANSWER, self._request)  # all of this instant in one

    def _request(self, _: None) -> None:
        now, asked, node = self._clock.now, len(self._waiting), self._waiting[0][0]
        granted, has_token = 0, self._requests.take(now)
        while has_token and granted < asked and self._instances.take(now):
            granted += 1
            self._waiting.popleft()[1]()
        code = OK if granted == asked else THROTTLED
        tokens = self._requests.tokens
        self._record(now, node, RUN_INSTANCES, asked, granted, self._attempt, code, tokens, -1)
        if self._waiting:
            self._attempt += 1
            self._clock.call(RETRY_MS, Order.ANSWER, self._request)
        else:
            self._attempt = 0
