"""The CNINode object of a node: what its daemon tells the VPC resource controller.

Source: aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go AddFeatureToCNINode.
"""

from __future__ import annotations

from collections.abc import Callable


def _nobody() -> None:
    """What happens if no controller listens."""


class CniNode:
    """It outlives the daemon's restarts; ``on_patch`` is called when a feature was added."""

    __slots__ = ("on_patch", "security_groups_for_pods")

    def __init__(self, on_patch: Callable[[], None] = _nobody) -> None:
        self.security_groups_for_pods = False
        self.on_patch = on_patch

    def enable_security_groups_for_pods(self) -> None:
        """Adds the feature, if it is not there; a patch takes no time and no EC2 request."""
        if not self.security_groups_for_pods:
            self.security_groups_for_pods = True
            self.on_patch()
