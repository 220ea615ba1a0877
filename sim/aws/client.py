"""A node's EC2 client: token buckets, latencies, and the SDK's retries around each request.

Source of the retries: aws-sdk-go-v2 aws/retry (standard.go, jitter_backoff.go, middleware.go) in
its behaviour before 2026, which v1.23.1 ships; the EC2 client is built without retry options, so
it makes three attempts (pkg/awsutils/awsutils.go New, pkg/ec2wrapper).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from simpy import Event

from sim.clock import Clock, Order, Timer

from .buckets import TokenBucket
from .ec2 import OK, THROTTLED, Answer, Ec2, Instance
from .faults import Fault, Faults

Call = Generator[Event, object, Answer]
"""A request under way: a process runs it with ``yield from`` and gets the answer."""

RETRY_QUOTA = 500
RETRY_COST = 5
RETRY_REFUND = 1
MAX_BACKOFF_MS = 20_000
MAX_BACKOFF_V1_MS = 300_000
NOT_THROTTLED = -1
NO_ENI = -1
THROTTLE_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""DefaultThrottleErrorCodes of the SDK's aws/retry/standard.go."""

RETRIED_CODES = THROTTLE_CODES | {"RequestTimeout", "RequestTimeoutException"}
RETRIED_STATUSES = frozenset({500, 502, 503, 504})
"""DefaultRetryableHTTPStatusCodes of the same."""

NO_TIMEOUT_MS = 1 << 62
REFUSED = Answer(THROTTLED)
CREATE = "CreateNetworkInterface"


def backoff_ms(failed_attempt: int, uniform: float, _is_throttled: bool = True) -> int:
    """Wait after the n-th failed attempt: U[0,1) x 2^n s, 20 s from the fifth on."""
    if failed_attempt > 4:
        return MAX_BACKOFF_MS
    return int(uniform * 2**failed_attempt * 1000)


def backoff_v1_ms(failed_attempt: int, uniform: float, is_throttled: bool) -> int:
    """The same of AWS SDK v1: U[1,2) x 2^(n-1) x 500 ms, or 30 ms if it was not throttled.

    Source: aws-sdk-go aws/client/default_retryer.go; the cap of 300 s comes after ten attempts.
    """
    least = 500 if is_throttled else 30
    wait = (1 + uniform) * least * 2 ** (failed_attempt - 1)
    return int(wait if wait <= MAX_BACKOFF_V1_MS else (1 + uniform) * MAX_BACKOFF_V1_MS / 2)


class Sdk(NamedTuple):
    """How the AWS SDK retries: its waits by (failed attempt, uniform, throttled), and their cost.

    The cost is in tokens of the retry quota.
    """

    wait_ms: Callable[[int, float, bool], int]
    retry_cost: int


SDK_V2 = Sdk(backoff_ms, RETRY_COST)
"""That of the releases from v1.19.4 on."""


def is_retried(answer: Answer) -> bool:
    """Whether the SDK tries a request with this answer again (RetryableError)."""
    return answer.code in RETRIED_CODES or answer.http_status in RETRIED_STATUSES


@dataclass(slots=True)
class Region:
    """What all clients of the account in the Region share.

    ``under_way`` are requests without an answer yet, with when they were made, in that order.
    ``record`` is called for each attempt that got its answer: (request ms, node, action, asked,
    granted, attempt, code, tokens left or -1, the interface or -1). ``faults`` are errors of EC2's
    own, which a request finds after it has got its token.
    """

    env: Clock
    ec2: Ec2
    buckets: dict[str, TokenBucket]
    latency: dict[str, Callable[[float], int]]
    throttled_latency: Callable[[float], int]
    attempts: int
    record: Callable[[int, int, str, int, int, int, str, int, int], None]
    under_way: dict[Request, int] = field(default_factory=dict)
    faults: Faults | None = None
    sdk: Sdk = SDK_V2

    def settled_ms(self) -> int:
        """Requests made before this ms have all been answered."""
        return next(iter(self.under_way.values()), self.env.now)


def _fail(fault: Fault, effect: Callable[[], Answer]) -> Answer:
    if fault.is_answer_lost:
        effect()
    return fault.answer


def _once(made: list[Answer], effect: Callable[[], Answer]) -> Answer:
    """A creation under one client token: what was made once is not made again."""
    if not made:
        answer = effect()
        if not answer.ok:
            return answer
        made.append(answer)
    return made[0]


class Request:
    """One request under way, from its token to its answer; a dead client's goes on all the same.

    Args:
        client: who makes it.
        action: what it asks for, ``asked`` how many, ``attempt`` for the how-manieth time.
        effect: what EC2 does if the request gets a token.
        eni: the interface it is about, -1: none; that of a creation comes with its answer.
    """

    __slots__ = ("_client", "_effect", "_what", "answer", "answered")

    def __init__(
        self,
        client: Ec2Client,
        action: str,
        asked: int,
        attempt: int,
        effect: Callable[[], Answer],
        eni: int,
    ) -> None:
        region = client.region
        now = region.env.now
        bucket = region.buckets.get(action)
        has_token = bucket is None or bucket.take(now)
        if has_token and region.faults is not None:
            fault = region.faults.met(action, now)
            if fault is not None:
                effect = partial(_fail, fault, effect)
        self._client = client
        self._effect = effect if has_token else None
        tokens = NOT_THROTTLED if bucket is None else bucket.tokens
        self._what = now, action, asked, attempt, tokens, eni
        self.answer = REFUSED
        latency = region.latency[action] if has_token else region.throttled_latency
        self.answered = Timer(region.env, latency(client.random()), Order.ANSWER)
        self.answered.callbacks.append(self._arrive)
        region.under_way[self] = now

    def _arrive(self, _event: Event) -> None:
        region, node = self._client.region, self._client.instance.node
        del region.under_way[self]
        if self._effect is not None:
            self.answer = self._effect()
        requested, action, asked, attempt, tokens, eni = self._what
        code, granted, value, _ = self.answer
        if action is CREATE and code == OK:
            eni = value
        region.record(requested, node, action, asked, granted, attempt, code, tokens, eni)


@dataclass(slots=True)
class Ec2Client:
    """The client of one daemon process.

    Args:
        region: what it shares with all other clients.
        instance: the instance it runs on.
        random: its own stream, uniform on [0, 1), for latencies and back-off.
    """

    region: Region
    instance: Instance
    random: Callable[[], float]
    retry_quota: int = field(default=RETRY_QUOTA)

    def call(
        self,
        action: str,
        asked: int,
        effect: Callable[[], Answer],
        timeout_ms: int = NO_TIMEOUT_MS,
        eni: int = NO_ENI,
    ) -> Call:
        """One SDK call: up to ``attempts`` requests of the action.

        ``effect`` is carried out when the answer of a request that got a token comes, whatever
        has become of the caller by then. Throttling and errors of the server are retried, errors
        of the client are not. After ``timeout_ms`` no wait for a next attempt goes on.
        """
        env = self.region.env
        deadline = env.now + timeout_ms
        attempt = 1
        while True:
            request = Request(self, action, asked, attempt, effect, eni)
            yield request.answered
            answer = request.answer
            if answer.ok:
                refund = RETRY_REFUND + (RETRY_COST if attempt > 1 else 0)
                self.retry_quota = min(RETRY_QUOTA, self.retry_quota + refund)
                return answer
            if attempt == self.region.attempts or not is_retried(answer):
                return answer
            sdk = self.region.sdk
            if self.retry_quota < sdk.retry_cost:
                return answer
            self.retry_quota -= sdk.retry_cost
            is_throttled = answer.code in THROTTLE_CODES
            wait = sdk.wait_ms(attempt, self.random(), is_throttled)
            wait = min(wait, max(deadline - env.now, 0))
            yield Timer(env, wait, Order.ANSWER)
            if env.now >= deadline:
                return answer
            attempt += 1

    # ------------------------------------------------------------ EC2's actions

    def describe_subnets(self, zone: str) -> Call:
        """All subnets of the zone (GetVpcSubnets)."""
        return self.call("DescribeSubnets", 1, lambda: self.region.ec2.describe_subnets(zone))

    def describe_network_interfaces(self, enis: list[int], timeout_ms: int = NO_TIMEOUT_MS) -> Call:
        """These interfaces."""
        ec2 = self.region.ec2
        return self.call(
            "DescribeNetworkInterfaces",
            len(enis),
            lambda: ec2.describe_network_interfaces(enis),
            timeout_ms,
            eni=enis[0] if len(enis) == 1 else NO_ENI,
        )

    def describe_available_interfaces(self) -> Call:
        """Interfaces of the CNI that are attached to nothing (getLeakedENIs)."""
        effect = self.region.ec2.describe_available_interfaces
        return self.call("DescribeNetworkInterfaces", 1, effect)

    def describe_instances(self) -> Call:
        """The instance itself (awsGetFreeDeviceNumber)."""
        ec2 = self.region.ec2
        return self.call("DescribeInstances", 1, lambda: ec2.describe_instances(self.instance))

    def create_tags(self, eni: int) -> Call:
        """Tags an interface."""
        return self.call("CreateTags", 1, lambda: self.region.ec2.create_tags(eni), eni=eni)

    def modify_network_interface_attribute(self, eni: int) -> Call:
        """Sets security groups."""
        effect = partial(self.region.ec2.modify_network_interface_attribute, eni)
        return self.call("ModifyNetworkInterfaceAttribute", 1, effect, eni=eni)

    def set_delete_on_termination(self, eni: int) -> Call:
        """Has an attached interface go with its instance."""
        effect = partial(self.region.ec2.set_delete_on_termination, eni)
        return self.call("ModifyNetworkInterfaceAttribute", 1, effect, eni=eni)

    def create_network_interface(self, subnet: int, count: int, is_prefix: bool) -> Call:
        """An interface with ``count`` CIDRs; all attempts of the call bear one client token.

        Source: ec2-api CreateNetworkInterface, ClientToken, which the SDKs fill in by themselves.
        """
        ec2, node = self.region.ec2, self.instance.node
        effect = partial(ec2.create_network_interface, node, subnet, count, is_prefix)
        return self.call(CREATE, count, partial(_once, [], effect))

    def create_controllers_interface(self, subnet: int, kind: str) -> Call:
        """A trunk or branch ENI for the instance."""
        ec2, node = self.region.ec2, self.instance.node
        effect = partial(ec2.create_controllers_interface, node, subnet, kind)
        return self.call(CREATE, 0, partial(_once, [], effect))

    def no_effect(self, action: str, eni: int) -> Call:
        """An action on an interface of which nothing but its success matters here."""
        ec2 = self.region.ec2
        return self.call(action, 1, lambda: ec2.modify_network_interface_attribute(eni), eni=eni)

    def attach_network_interface(self, eni: int) -> Call:
        """Attaches an interface to the instance."""
        ec2 = self.region.ec2
        return self.call(
            "AttachNetworkInterface",
            1,
            lambda: ec2.attach_network_interface(eni, self.instance),
            eni=eni,
        )

    def detach_network_interface(self, eni: int) -> Call:
        """Detaches an interface."""
        ec2 = self.region.ec2
        effect = partial(ec2.detach_network_interface, eni)
        return self.call("DetachNetworkInterface", 1, effect, eni=eni)

    def delete_network_interface(self, eni: int) -> Call:
        """Deletes an interface."""
        ec2 = self.region.ec2
        effect = partial(ec2.delete_network_interface, eni)
        return self.call("DeleteNetworkInterface", 1, effect, eni=eni)

    def assign_private_ip_addresses(self, eni: int, count: int, is_prefix: bool) -> Call:
        """More CIDRs for an interface."""
        ec2 = self.region.ec2
        return self.call(
            "AssignPrivateIpAddresses",
            count,
            lambda: ec2.assign_private_ip_addresses(eni, count, is_prefix),
            eni=eni,
        )

    def assign_ipv6_addresses(self, eni: int) -> Call:
        """A /80 for an interface."""
        effect = partial(self.region.ec2.assign_ipv6_addresses, eni)
        return self.call("AssignIpv6Addresses", 1, effect, eni=eni)

    def unassign_private_ip_addresses(self, eni: int, cidrs: list[int], is_prefix: bool) -> Call:
        """CIDRs given back."""
        ec2 = self.region.ec2
        return self.call(
            "UnassignPrivateIpAddresses",
            len(cidrs),
            lambda: ec2.unassign_private_ip_addresses(eni, cidrs, is_prefix),
            eni=eni,
        )
