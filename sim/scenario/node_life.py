"""What a user writes of nodes that do not stay: recycling, spot interruptions, a zone's outage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Strict
from .units import Duration


class Recycling(Strict):
    """All nodes of a group are replaced, some at a time, as for a new AMI.

    Karpenter's are replaced as it does with nodes that have drifted: an empty one goes at once, any
    other once its replacement is ready.
    """

    at: Duration = Field(description="When it begins; nodes that come later are not replaced.")
    at_once: Annotated[int, Field(ge=1, le=100_000)] = Field(
        1, description="Nodes replaced at a time. Source: EKS, updateConfig.maxUnavailable."
    )
    surge: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None,
        description="Nodes more than before while it goes on; they are ready before the first old "
        "node is drained. If not given, at_once or twice the zones of the group, whichever is "
        "more; 0 is EKS's minimal strategy. Source: EKS user guide, managed-node-update-behavior.",
    )
    linger: Duration = Field(
        60_000,
        description="From a node's last pod to its end. Source: EKS user guide, the same page.",
    )


class Spot(Strict):
    """Spot capacity that EC2 takes back.

    An Auto Scaling group asks for another node with the notice, as EKS's capacity rebalancing does;
    Karpenter when pods need one.
    """

    mean_life: Annotated[Duration, Field(gt=0)] = Field(
        description="Of a node from its launch to its interruption, on average (exponential)."
    )
    notice: Duration = Field(
        120_000,
        description="From the notice, at which the node is drained, to its end. Source: EC2 user "
        "guide, spot-interruptions.",
    )


class ZoneOutage(Strict):
    """A zone whose nodes are lost, and in which none can be launched for a while."""

    zone: Annotated[str, Field(max_length=63)] = Field(description="Which zone.")
    at: Duration = Field(description="When its nodes are lost, with their pods.")
    to: Annotated[Duration, Field(gt=0)] | None = Field(
        None, description="When nodes can be launched there again; not in this run if not given."
    )
