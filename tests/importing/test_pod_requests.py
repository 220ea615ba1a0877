"""What a pod requests in all, and Kubernetes quantities."""

from __future__ import annotations

from typing import Any

import pytest

from sim.importing.quantities import parse_quantity
from sim.importing.requests import asked_by
from sim.importing.values import Value


def box(requests: str = "", limits: str = "", **more: Any) -> dict[str, Any]:
    """A container that requests this cpu."""
    resources = {"requests": {"cpu": requests} if requests else {}}
    resources |= {"limits": {"cpu": limits}} if limits else {}
    return {"name": "c", "resources": resources, **more}


SIDECAR = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("spec", "millicores"),
    [
        ({}, 0),
        ({"containers": [{"name": "c"}]}, 0),
        ({"containers": [box("100m"), box("0.2")]}, 300),
        ({"containers": [box("", "300m"), box("100m", "1")]}, 400),  # a limit is a request
        ({"containers": [box("100m")], "initContainers": [box("500m")]}, 500),
        ({"containers": [box("600m")], "initContainers": [box("500m"), box("300m")]}, 600),
        ({"containers": [box("100m")], "initContainers": [box("50m", **SIDECAR)]}, 150),
        (
            {"containers": [box("100m")], "initContainers": [box("200m", **SIDECAR), box("400m")]},
            600,  # the second starts beside the sidecar
        ),
        (
            {"containers": [box("100m")], "initContainers": [box("400m"), box("200m", **SIDECAR)]},
            400,  # the first is done before the sidecar starts
        ),
        ({"containers": [box("100m")], "overhead": {"cpu": "250m"}}, 350),
        ({"containers": [box("100m")], "resources": {"requests": {"cpu": "1"}}}, 1000),
        ({"containers": [box("100m")], "resources": None, "initContainers": None}, 100),
    ],
)
def test_requests(spec: dict[str, Any], millicores: int) -> None:
    """Containers, sidecars, init containers, overhead and the pod itself add up as they should."""
    assert asked_by(Value(spec, "f", "spec")).cpu == millicores


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("500m", 1000, 500),
        ("1.5", 1000, 1500),
        (2, 1000, 2000),
        (0.5, 1000, 500),
        ("1u", 1000, 1),  # rounded up
        (".5", 1000, 500),
        ("5.", 1, 5),
        ("128974848", 1, 128974848),
        ("129e6", 1, 129000000),
        ("129E6", 1, 129000000),
        ("1E", 1, 10**18),
        ("123Mi", 1, 123 * 2**20),
        ("1k", 1, 1000),
        ("0.1Gi", 1, 107374183),
    ],
)
def test_quantities(text: Any, unit: int, number: int) -> None:
    """Every form that the API server takes is read, exactly and rounded up."""
    assert parse_quantity(text, unit) == number


@pytest.mark.parametrize("text", ["", "lots", "1Kb", "1e", "-1", "1 Gi", "--1", None, True, "1mm"])
def test_no_quantities(text: Any) -> None:
    """What is none is refused with an example."""
    with pytest.raises(ValueError, match="is no Kubernetes quantity such as 500m or 2Gi"):
        parse_quantity(text)
