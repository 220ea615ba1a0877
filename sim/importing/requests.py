"""What a pod requests in all, as the scheduler counts it.

Rules of Kubernetes' ``resource.PodRequests`` (k8s.io/component-helpers): containers and sidecars
(init containers that restart always) are summed up; another init container counts if it needs more
together with the sidecars that were started before it; requests of the pod itself replace both; its
overhead comes on top. A limit without a request is a request: the API server fills that in for
pods, but not in the templates of controllers.
"""

from __future__ import annotations

from .snapshot import Asked
from .values import Value

_UNITS = {"cpu": 1000, "memory": 1}


def asked_by(spec: Value) -> Asked:
    """The requests of a pod's spec, or of a template's.

    Raises:
        InputError: something in it is not as Kubernetes has it.
    """
    return Asked(_asked(spec, "cpu"), _asked(spec, "memory"))


def _asked(spec: Value, resource: str) -> int:
    running = sum(_requested(one, resource) for one in spec.at("containers").items())
    sidecars = highest = 0
    for one in spec.at("initContainers").items():
        requested = _requested(one, resource)
        if one.at("restartPolicy").text() == "Always":
            sidecars += requested
            requested = 0
        highest = max(highest, sidecars + requested)
    of_pod = _requested_or_none(spec, resource)
    total = max(running + sidecars, highest) if of_pod is None else of_pod
    return total + spec.at("overhead", resource).quantity(_UNITS[resource])


def _requested(container: Value, resource: str) -> int:
    return _requested_or_none(container, resource) or 0


def _requested_or_none(holder: Value, resource: str) -> int | None:
    for kind in ("requests", "limits"):
        value = holder.at("resources", kind, resource)
        if value.is_there:
            return value.quantity(_UNITS[resource])
    return None
