"""What a user writes under ``change``: new settings of aws-node, rolled out on a live cluster."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_serializer

from .base import Strict
from .distributions import Distribution, lognormal
from .errors import shown
from .ipamd import Ipamd
from .units import Duration

_PERCENT = re.compile(r"[1-9][0-9]?%|100%", re.ASCII)


def _max_unavailable(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100_000:
        return value
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return value
    raise ValueError(
        f"{shown(value)} is neither a number of nodes from 1 on nor a share, as in 10%"
    )


MaxUnavailable = Annotated[
    int | str,
    BeforeValidator(
        _max_unavailable,
        json_schema_input_type=Annotated[int, Field(ge=1, le=100_000)]
        | Annotated[str, Field(pattern="^([1-9][0-9]?|100)%$")],
    ),
]


class Change(Strict):
    """A rollout of aws-node: its pods are replaced, with new settings or with the same."""

    at: Duration = Field(description="When the new settings are applied.")
    ipamd: Ipamd = Field(
        Ipamd(),
        description="Environment variables from then on; those that are not given stay as they "
        "are. None: a restart, as of `kubectl rollout restart ds/aws-node`.",
    )
    node_groups: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="Node groups whose aws-node it is; all if not given."
    )
    maxUnavailable: MaxUnavailable = Field(  # noqa: N815 (the Kubernetes API's spelling)
        "10%",
        description="Nodes that may be without a ready aws-node at a time: a number, or a share of "
        "the nodes, rounded up. Source: shipped manifest, updateStrategy.",
    )
    restart_time: Distribution = Field(
        lognormal(5_000, 15_000),
        description="From the end of a node's old aws-node process to the start of the new one: "
        "the pod goes, its successor is made, its init container runs (assumed).",
    )

    @field_serializer("ipamd")
    def _only_what_is_given(self, value: Ipamd) -> dict[str, Any]:
        return value.model_dump(exclude_unset=True)

    def most_unavailable(self, nodes: int) -> int:
        """Nodes that may be without a ready aws-node, of so many."""
        if isinstance(self.maxUnavailable, int):
            return self.maxUnavailable
        return -(-nodes * int(self.maxUnavailable[:-1]) // 100)
