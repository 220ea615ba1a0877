"""AWS's VPC resource controller: the trunk ENI of a node and the branch ENIs of its pods.

Source: aws/amazon-vpc-resource-controller-k8s, pkg/provider/branch (provider.go, trunk/trunk.go,
cooldown), pkg/node/manager and pkg/aws/ec2/api/helper.go; functions carry its names. EKS runs it
beside the API server. Its EC2 requests drink from the account's buckets, and are recorded as of
the node they are made for; its own limit on them is that of a client-side token bucket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from sim.aws.client import Ec2Client, Region
from sim.aws.ec2 import BRANCH, ENI_NOT_FOUND, TRUNK
from sim.clock import Clock, Order, Task
from sim.randomness import Streams
from sim.results.records import NEVER

from .ec2_helper import Ec2Helper
from .work_queue import RateLimit, Steps, Workers

if TYPE_CHECKING:
    from .nodes import Node
    from .pods import Pod

BRANCH_WORKERS = 30
"""PodENIDefaultWorker: jobs on branch ENIs that are under way at once, in all of the cluster."""

DELETE_QUEUE_MS = 30_000
"""deleteQueueRequeueRequest: between two looks at what has cooled down."""

NODE_DELETE_MS = 60_000
"""NodeDeleteRequeueRequestDelay: a node's branch ENIs go this long after it."""

POD_REQUEUE_MS = 1_000
"""PodRequeueRequest: a pod on a node without a trunk is looked at again."""

DELETE_RETRIES = 3
"""MaxDeleteRetries: then a branch ENI is forgotten, and stays."""

JOB_RETRIES = 5
"""WorkQueueDefaultMaxRetries, of a job that failed."""

JOB_RETRY_MS = 5
"""First wait of the work queue's exponential back-off."""

RESYNC_MS = 1_800_000
"""A pod whose job was given up is looked at again with the next resync of all pods."""

INSTANCE_ATTACH = "CreateNetworkInterfacePermission"
ASSOCIATE, DISASSOCIATE = "AssociateTrunkInterface", "DisassociateTrunkInterface"


@dataclass(frozen=True, slots=True)
class ControllerTimes:
    """How the controller works; see `sim.scenario.resource_controller`."""

    reaction_ms: int
    retry_ms: int
    branch_cooldown_ms: int
    requests_per_s: int
    burst: int
    makes_requests: bool


@dataclass(slots=True, eq=False)
class Branch:
    """A branch ENI; it cools from ``cools_from`` on, and goes at once where that is NEVER."""

    eni: int
    cools_from: int = NEVER


@dataclass(slots=True, eq=False)
class TrunkEni:
    """A node's trunk ENI with its branch ENIs: those of pods, by pod, and those that go."""

    node: Node
    client: Ec2Client
    limit: int
    subnet: int
    swept_ms: int
    branches: dict[int, Branch] = field(default_factory=dict)
    being_made: int = 0
    without_pod: int = 0  # made, but not yet a pod's, or no more
    delete_queue: deque[Branch] = field(default_factory=deque)
    is_swept: bool = False

    @property
    def can_create_more(self) -> bool:
        """Whether the type's limit leaves room; cooling branch ENIs count (canCreateMore)."""
        return len(self.branches) + self.being_made + len(self.delete_queue) < self.limit


class ResourceController:
    """The controller of one cluster.

    Args:
        clock, region, streams: the simulation's.
        times: how it works.
        advertise: called with (node, branch ENIs its pods can have) once its trunk is there.
        is_gone: whether a pod is no more.
        log: gets a row of `sim.results.records.BRANCH_COLUMNS` with each change.
    """

    def __init__(  # noqa: PLR0913 (what it looks at and what looks at it)
        self,
        clock: Clock,
        region: Region,
        streams: Streams,
        times: ControllerTimes,
        advertise: Callable[[Node, int], None],
        is_gone: Callable[[Pod], bool],
        log: Callable[[tuple[int, ...]], None],
    ) -> None:
        self._clock = clock
        self._region = region
        self._streams = streams
        self._times = times
        self._advertise = advertise
        self._is_gone = is_gone
        self._log = log
        self._workers = Workers(BRANCH_WORKERS)
        self._helper = Ec2Helper(clock, RateLimit(times.requests_per_s, times.burst))
        self._limited = self._helper.limited
        self._instance = RateLimit(times.requests_per_s, times.burst)
        self._trunks: dict[int, TrunkEni] = {}

    # -------------------------------------------------------------------- trunks

    def wants_trunk(self, node: Node) -> None:
        """The node's daemon has asked for security groups for pods (its patch of CNINode)."""
        self._clock.call(self._times.reaction_ms, Order.ANSWER, self._init_node, node)

    def _init_node(self, node: Node) -> None:
        if node.terminated_ms != NEVER:
            return
        if not self._times.makes_requests:
            self._conjure_trunk(node)
        elif node.spec.max_branch_enis:
            Task(self._init_trunk(node))

    def _try_again(self, node: Node) -> None:
        self._clock.call(self._times.retry_ms, Order.ANSWER, self._init_node, node)

    def _conjure_trunk(self, node: Node) -> None:
        """A trunk without EC2 requests, if the instance has a slot for it."""
        instance, ec2 = node.instance, self._region.ec2
        assert instance is not None
        if len(instance.interfaces) < instance.max_enis:
            made = ec2.create_controllers_interface(node.number, node.subnet, TRUNK)
            if made.ok:
                ec2.attach_network_interface(made.value, instance)
                ec2.set_delete_on_termination(made.value)
                self._has_trunk(node, self._client(node))
                if node.spec.max_branch_enis:
                    self._advertise(node, node.spec.max_branch_enis)
                return
        self._try_again(node)

    def _init_trunk(self, node: Node) -> Steps:
        """InitTrunk of a node: its details, then the trunk it has, or else a new one."""
        client, zone = self._client(node), self._region.ec2.subnets[node.subnet].zone
        for look in (
            client.describe_instances,
            partial(client.describe_subnets, zone),
            client.describe_instances,
        ):
            if not (yield from self._limited(look())).ok:
                self._try_again(node)
                return
        there = [one.id for one in client.instance.interfaces if one.kind == TRUNK]
        if there:  # of an earlier try, which did not hear of it
            has_trunk = yield from self._find_trunk(node, client, there)
        else:
            has_trunk = yield from self._make_trunk(node, client)
        if not has_trunk:
            self._try_again(node)
        elif node.terminated_ms == NEVER:
            self._advertise(node, node.spec.max_branch_enis)

    def _find_trunk(self, node: Node, client: Ec2Client, enis: list[int]) -> Steps:
        """Takes what is attached for the trunk; False if EC2 does not tell of it."""
        for _ in ("its status", "its branch ENIs"):
            if not (yield from self._limited(client.describe_network_interfaces(enis))).ok:
                return False
        if node.terminated_ms == NEVER:
            self._has_trunk(node, client)
        return True

    def _make_trunk(self, node: Node, client: Ec2Client) -> Steps:
        """CreateAndAttachNetworkInterface; False if it was for nothing."""
        if len(client.instance.interfaces) >= client.instance.max_enis:
            return False  # GetHighestUnusedDeviceIndex finds none
        subnet = self._subnet(node)
        made = yield from self._limited(client.create_controllers_interface(subnet, TRUNK))
        return made.ok and (yield from self._attach_trunk(node, client, made.value))

    def _attach_trunk(self, node: Node, client: Ec2Client, eni: int) -> Steps:
        """What follows the creation; what fails takes the trunk away again."""
        done = yield from self._limited(client.no_effect(INSTANCE_ATTACH, eni))
        if done.ok:
            done = yield from self._limited(client.attach_network_interface(eni))
        if not done.ok:
            yield from self._helper.delete_network_interface(client, eni)
            return False
        self._has_trunk(node, client)
        done = yield from self._limited(client.set_delete_on_termination(eni))
        if done.ok:
            done = yield from self._limited(client.describe_network_interfaces([eni]))
        if not done.ok:
            self._trunks.pop(node.number, None)
            yield from self._helper.detach_and_delete(client, eni)
        return done.ok

    def _has_trunk(self, node: Node, client: Ec2Client) -> None:
        subnet, now = self._subnet(node), self._clock.now
        limit = node.spec.max_branch_enis
        self._trunks[node.number] = TrunkEni(node, client, limit, subnet, now)

    def node_gone(self, node: Node) -> None:
        """The node is no more: its branch ENIs go in a minute (DeInitResource)."""
        trunk = self._trunks.pop(node.number, None)
        if trunk is not None:
            self._clock.call(NODE_DELETE_MS, Order.ANSWER, self._delete_node, trunk)

    def _delete_node(self, trunk: TrunkEni) -> None:
        leaving = [*trunk.branches.values(), *trunk.delete_queue]
        trunk.without_pod += len(trunk.branches)
        trunk.branches.clear()
        trunk.delete_queue.clear()
        self._workers.submit(self._delete_all(trunk, leaving))

    def _delete_all(self, trunk: TrunkEni, branches: list[Branch]) -> Steps:
        for branch in branches:
            yield from self._delete(trunk, branch)

    # ------------------------------------------------------------------- branches

    def pod_bound(self, pod: Pod) -> None:
        """A pod that is to have a branch ENI was bound to its node."""
        delay = pod.bound_ms - self._clock.now + self._times.reaction_ms
        self._clock.call(delay, Order.ANSWER, self._handle_create, (pod, 0))

    def has_branch_eni(self, pod: Pod) -> bool:
        """Whether the pod is annotated with its branch ENI."""
        assert pod.node is not None
        trunk = self._trunks.get(pod.node.number)
        return trunk is not None and pod.number in trunk.branches

    def pod_gone(self, pod: Pod) -> None:
        """The pod is no more: its branch ENI begins to cool (PushBranchENIsToCoolDownQueue)."""
        assert pod.node is not None
        trunk = self._trunks.get(pod.node.number)
        branch = None if trunk is None else trunk.branches.pop(pod.number, None)
        if trunk is not None and branch is not None:
            branch.cools_from = self._clock.now
            trunk.delete_queue.append(branch)
            trunk.without_pod += 1
            self._record(trunk)
            self._await_sweep(trunk)

    def _handle_create(self, job: tuple[Pod, int]) -> None:
        pod, _ = job
        if self._is_gone(pod):
            return
        assert pod.node is not None
        trunk = self._trunks.get(pod.node.number)
        if trunk is None:
            self._clock.call(POD_REQUEUE_MS, Order.ANSWER, self._handle_create, job)
        else:
            self._workers.submit(self._create(trunk, *job))

    def _create(self, trunk: TrunkEni, pod: Pod, failures: int) -> Steps:
        """CreateAndAnnotateResources: a branch ENI for the pod, or another try later."""
        if self._is_gone(pod):
            return
        if not trunk.can_create_more:
            wait = self._times.branch_cooldown_ms
        else:
            trunk.being_made += 1
            is_made = yield from self._create_and_associate(trunk, pod)
            trunk.being_made -= 1
            if is_made:
                return
            failures = (failures + 1) % (JOB_RETRIES + 1)
            wait = JOB_RETRY_MS << failures - 1 if failures else RESYNC_MS
        self._clock.call(wait, Order.ANSWER, self._handle_create, (pod, failures))

    def _create_and_associate(self, trunk: TrunkEni, pod: Pod) -> Steps:
        """CreateAndAssociateBranchENIs; a branch ENI that is of no use goes at the next look."""
        client, subnet = trunk.client, trunk.subnet
        made = yield from self._limited(client.create_controllers_interface(subnet, BRANCH))
        if not made.ok:
            return False
        trunk.without_pod += 1
        self._record(trunk)
        answer = yield from self._limited(client.no_effect(INSTANCE_ATTACH, made.value))
        if answer.ok:
            call = client.no_effect(ASSOCIATE, made.value)
            answer = yield from self._limited(call, self._instance)
        if answer.ok and not self._is_gone(pod):
            trunk.branches[pod.number] = Branch(made.value)
            trunk.without_pod -= 1
            self._record(trunk)
            return True
        trunk.delete_queue.appendleft(Branch(made.value))
        self._await_sweep(trunk)
        return bool(answer.ok)

    # ------------------------------------------------------------------- deletion

    def _await_sweep(self, trunk: TrunkEni) -> None:
        """The next look at the delete queue, on its grid of 30 s."""
        if trunk.is_swept:
            return
        trunk.is_swept = True
        behind = (self._clock.now - trunk.swept_ms) // DELETE_QUEUE_MS
        due = trunk.swept_ms + (behind + 1) * DELETE_QUEUE_MS
        self._clock.call(due - self._clock.now, Order.ANSWER, self._sweep, trunk)

    def _sweep(self, trunk: TrunkEni) -> None:
        self._workers.submit(self._delete_cooled_down(trunk))

    def _delete_cooled_down(self, trunk: TrunkEni) -> Steps:
        """DeleteCooledDownENIs: from the front of the queue up to the first that still cools."""
        queue, period = trunk.delete_queue, self._times.branch_cooldown_ms
        while queue:
            since = queue[0].cools_from
            if since != NEVER and self._clock.now <= since + period:
                break
            branch = queue.popleft()
            for _ in range(DELETE_RETRIES):
                if (yield from self._delete(trunk, branch)):
                    break
        trunk.swept_ms, trunk.is_swept = self._clock.now, False
        if queue:
            self._await_sweep(trunk)

    def _delete(self, trunk: TrunkEni, branch: Branch) -> Steps:
        """Takes a branch ENI off its trunk and deletes it (deleteENI)."""
        client, eni = trunk.client, branch.eni
        yield from self._limited(client.no_effect(DISASSOCIATE, eni))
        answer = yield from self._helper.delete_network_interface(client, eni)
        is_gone = answer.ok or answer.code == ENI_NOT_FOUND
        if is_gone:
            trunk.without_pod -= 1
            self._record(trunk)
        return is_gone

    def _record(self, trunk: TrunkEni) -> None:
        node = trunk.node
        counts = len(trunk.branches), trunk.without_pod
        self._log((self._clock.now, node.number, trunk.subnet, *counts))

    # ------------------------------------------------------------------- requests

    def _subnet(self, node: Node) -> int:
        """Where trunk and branch ENIs lie: under custom networking in the ENIConfig's subnet."""
        if self._times.makes_requests and node.aws_node.settings.custom_networking:
            zone = self._region.ec2.subnets[node.subnet].zone
            return node.services.eni_configs.get(zone, node.subnet)
        return node.subnet

    def _client(self, node: Node) -> Ec2Client:
        assert node.instance is not None
        stream = self._streams.stream("node", node.name, "resource controller")
        return Ec2Client(self._region, node.instance, stream.random)
