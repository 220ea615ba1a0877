"""A cluster of 300 nodes as many are: an EKS node group, Karpenter, cron jobs, other tenants."""

from __future__ import annotations

from functools import partial

from .plan import Controller, Net, Plan, Pool

_ROLE = {"kubernetes.io/role/internal-elb": "1", "kubernetes.io/cluster/shop": "shared"}


def _net(zone: str, third: int) -> Net:
    base = f"10.20.{third}"
    tenants = {
        "alb": (f"{base}.10-{base}.17", f"10.20.{third + 9}.44"),
        "nat": (f"{base}.8",),
        "rds": (f"10.20.{third + 3}.20-10.20.{third + 3}.29",),
        "endpoint": (f"10.20.{third + 5}.77", f"10.20.{third + 6}.101"),
        "lambda": (f"10.20.{third + 7}.128-10.20.{third + 7}.220",),
        "eks": (f"10.20.{third + 1}.5",),
        "instance": tuple(f"10.20.{third + 8}.{last}" for last in range(7, 250, 11)),
        "cni": (f"10.20.{third + 11}.64-10.20.{third + 11}.93",),
    }
    return Net(f"shop-private-{zone}", f"{base}.0/20", zone, _ROLE, tenants)


NETS = (_net("eu-west-1a", 0), _net("eu-west-1b", 16), _net("eu-west-1c", 32))


def _pool(
    name: str, made_by: str, instance_type: str, nodes: tuple[int, int, int], size: str
) -> Pool:
    vcpus, memory_ki, reserved_ki, max_pods, enis, per_eni = _SIZES[size]
    return Pool(
        name=name,
        made_by=made_by,
        instance_type=instance_type,
        nodes={net.name: count for net, count in zip(NETS, nodes, strict=True)},
        cpu=1_000 * vcpus,
        memory_ki=memory_ki,
        reserved_cpu=60 + 10 * min(vcpus // 2, 2) + 5 * (vcpus > 2),
        reserved_ki=reserved_ki,
        max_pods=max_pods,
        enis=enis,
        per_eni=per_eni,
        arch="arm64" if instance_type.startswith("m6g") else "amd64",
        labels={"team": "data"} if name == "batch" else {},
        taints=((_TAINTS[name], "true", "NoSchedule"),) if name in _TAINTS else (),
    )


_SIZES = {
    "large": (2, 7_910_180, 690_000, 29, 3, 10),
    "xlarge": (4, 16_070_000, 1_040_000, 58, 4, 15),
    "c-2xlarge": (8, 16_000_000, 1_040_000, 58, 4, 15),
    "m-2xlarge": (8, 32_000_000, 1_040_000, 58, 4, 15),
}
"""vCPUs, KiB of memory and of what is kept of it, pods, ENIs, addresses of an ENI."""

_TAINTS = {"system": "CriticalAddonsOnly", "batch": "batch"}

POOLS = (
    _pool("system", "eks", "m5.large", (2, 2, 2), "large"),
    _pool("web", "eks", "m5.xlarge", (40, 40, 40), "xlarge"),
    _pool("general", "karpenter", "m6g.2xlarge", (22, 21, 21), "m-2xlarge"),
    _pool("general", "karpenter", "c6i.2xlarge", (19, 12, 25), "c-2xlarge"),
    _pool("batch", "karpenter", "m6i.xlarge", (18, 18, 18), "xlarge"),
)

_agent = partial(Controller, kind="DaemonSet", tolerations=("*",))
_on_system = partial(
    Controller,
    namespace="kube-system",
    node_selector={"eks.amazonaws.com/nodegroup": "system"},
    tolerations=("CriticalAddonsOnly",),
)
_for_data = partial(Controller, namespace="data", tolerations=("batch",))

_SERVICES = {
    "storefront": (240, "250m", "512Mi"),
    "checkout": (120, "500m", "1Gi"),
    "catalogue": (180, "250m", "768Mi"),
    "search": (150, "500m", "1Gi"),
    "cart": (120, "200m", "256Mi"),
    "prices": (90, "200m", "256Mi"),
    "accounts": (80, "250m", "512Mi"),
    "images": (140, "300m", "384Mi"),
    "reviews": (60, "100m", "256Mi"),
    "stock": (75, "200m", "384Mi"),
    "notifications": (45, "100m", "128Mi"),
    "recommendations": (96, "500m", "1Gi"),
    "gateway": (110, "400m", "384Mi"),
    "sessions": (64, "150m", "256Mi"),
    "shipping": (50, "150m", "256Mi"),
    "invoices": (36, "100m", "256Mi"),
}
"""Deployments of the namespace shop: pods, cpu, memory."""

CONTROLLERS = (
    _agent("aws-node", "kube-system", cpu="50m", host_network=True),
    _agent("kube-proxy", "kube-system", cpu="100m", host_network=True),
    _agent("ebs-csi-node", "kube-system", cpu="30m", memory="120Mi"),
    _agent("node-exporter", "monitoring", cpu="20m", memory="32Mi", host_network=True),
    _agent("log-agent", "monitoring", cpu="50m", memory="128Mi"),
    _on_system("coredns", pods=6, cpu="100m", memory="70Mi"),
    _on_system("karpenter", pods=2, cpu="500m", memory="1Gi", host_network=True),
    *(
        Controller(name, "shop", pods=pods, cpu=cpu, memory=memory)
        for name, (pods, cpu, memory) in _SERVICES.items()
    ),
    _for_data(
        "kafka",
        kind="StatefulSet",
        pods=24,
        cpu="1",
        memory="4Gi",
        node_selector={"kubernetes.io/arch": "amd64"},
        tolerations=(),
    ),
    _for_data("redis", kind="StatefulSet", pods=18, cpu="500m", memory="2Gi", tolerations=()),
    Controller("ci-runner", "build", pods=160, cpu="500m", memory="1Gi", lifetime_s=420),
    _for_data(
        "reprice",
        kind="CronJob",
        pods=0,
        cpu="500m",
        memory="512Mi",
        schedule="*/5 * * * *",
        lifetime_s=90,
        finished=3,
    ),
    _for_data(
        "exports",
        kind="CronJob",
        pods=40,
        cpu="250m",
        memory="512Mi",
        schedule="*/15 * * * *",
        lifetime_s=600,
        finished=3,
        node_selector={"team": "data"},
    ),
    _for_data(
        "reindex",
        kind="Job",
        pods=30,
        cpu="1",
        memory="2Gi",
        lifetime_s=5_400,
        finished=10,
        node_selector={"team": "data"},
    ),
    Controller("debug", kind="Pod"),
)

EXAMPLE = Plan(name="shop", nets=NETS, pools=POOLS, controllers=CONTROLLERS)
"""The plan of the files in scenarios/cluster."""
